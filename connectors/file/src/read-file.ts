/** The rows of one file, block by block, each with the place at which a later run could go on. */
import type { Json, JsonObject, Reject } from "@growthnav/sdk";
import { textBlocks } from "./blocks.ts";
import { chunksOf, type OpenFile } from "./bytes.ts";
import { csvReader } from "./csv.ts";
import { byteLength } from "./encoding.ts";
import { jsonLinesReader } from "./json-lines.ts";
import type { Layout } from "./layout.ts";
import type { Made, RecordMaker } from "./record.ts";
import type { BadRow, RowReader, RowSink } from "./rows.ts";
import type { Position } from "./state.ts";

export type FileReject = Omit<Reject, "stream" | "namespace">;

/** What came out of a block, and where the next row begins. */
export interface Batch {
	rows: JsonObject[];
	rejects: FileReject[];
	/** Rows without any value. */
	blanks: number;
	position: Position;
	/** The file has no more. */
	last: boolean;
}

export interface ReadFileOptions {
	open: OpenFile;
	layout: Layout;
	/** Where to begin; left out: at the first row. */
	from?: Position;
	/** The file was written to since the last run: a last row without line end is left for the next one. */
	grows?: boolean;
	maker: RecordMaker;
	/** Bytes of the longest row. */
	limit: number;
}

/** Throws what `chunksOf` throws. */
export async function* readFile(options: ReadFileOptions): AsyncGenerator<Batch> {
	const { open, layout, grows = false, limit } = options;
	const from = options.from ?? { offset: layout.start, line: layout.line, open: 0 };
	const { encoding, newline } = layout;
	let batch = emptyBatch(from.offset, from.line);
	const reader = readerFor(options, from, () => batch);
	let end = from.offset;
	let openAt = end;
	for await (const block of textBlocks(chunksOf(open, from.offset), { encoding, newline, start: end, limit })) {
		const before = reader.open.length;
		reader.push(block);
		end = block.end;
		if (reader.open === "") openAt = end;
		// else an older row may still be open, or one began in this block
		else if (reader.open.length !== before + block.text.length || before === 0) {
			openAt = block.fault === undefined ? end - byteLength(reader.open, encoding) : block.start;
		}
		batch.position = { offset: openAt, line: reader.line, open: 0, done: false };
		yield batch;
		batch = emptyBatch(openAt, reader.line);
	}
	const { line } = reader;
	if (reader.open !== "" && !grows && (await open.handle.stat()).size <= open.size) reader.end();
	const left = reader.open === "" ? end - openAt : 0;
	yield { ...batch, position: { offset: openAt, line, open: left, done: reader.open === "" }, last: true };
}

function emptyBatch(offset: number, line: number): Batch {
	return { rows: [], rejects: [], blanks: 0, position: { offset, line, open: 0, done: false }, last: false };
}

function readerFor(
	{ open, layout, maker, limit }: ReadFileOptions,
	from: Pick<Position, "line" | "open">,
	batch: () => Batch,
): RowReader {
	const refuse = (line: number, raw: Json, refused: Pick<Reject, "code" | "reason" | "path">) => {
		batch().rejects.push({ ...refused, file: open.file.shown, line, raw });
	};
	const take = ({ record, refusal }: Made, line: number, raw: string) => {
		// the last run had this row already, only not its line end
		if (line === from.line && from.open > 0 && byteLength(raw, layout.encoding) === from.open) return;
		if (record !== undefined) batch().rows.push(record);
		else refuse(line, raw, refusal);
	};
	const code = layout.format === "csv" ? "csv_row" : "json_line";
	const faults: Pick<RowSink<unknown>, "bad" | "blank"> = {
		bad: ({ line, reason, raw }: BadRow) => refuse(line, raw, { code, reason }),
		blank: () => {
			batch().blanks++;
		},
	};
	const { delimiter, newline, names } = layout;
	const { line } = from;
	if (layout.format === "jsonl") {
		const row = (object: JsonObject, line: number, raw: string) => take(maker.fromObject(object, line), line, raw);
		return jsonLinesReader({ newline, line, limit }, { ...faults, row });
	}
	const row = (cells: string[], line: number, raw: string) => take(maker.fromCells(cells, line), line, raw);
	return csvReader({ delimiter, newline, width: names.length, line, limit }, { ...faults, row });
}
