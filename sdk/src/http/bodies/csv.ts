/** CSV with a header, by csv-parse, which is loaded with the first file. */
import type { CsvError, Parser } from "csv-parse";
import { count } from "../../count.ts";
import type { Download, Format } from "./contract.ts";
import { cutOff, rowTooLarge, unreadable } from "./failures.ts";
import { textOf } from "./text.ts";

export interface CsvFormat {
	/** "," unless set. */
	delimiter?: string;
	/** The names of the columns, where the file does not begin with them. */
	header?: string[];
	/** "utf-8" unless set; "utf-16le", "windows-1252" and whatever else a `TextDecoder` knows. */
	encoding?: string;
}

/** A row of a file: a cell without text is null, since CSV does not tell the one from the other. */
export type CsvRow = Record<string, string | null>;

/** Rows of CSV; blank lines are none. A row of another width than the header is an error with its line. */
export function csv({ delimiter = ",", header, encoding = "utf-8" }: CsvFormat = {}): Format<CsvRow> {
	return {
		accept: "text/csv, */*",
		async *rows(bytes, download) {
			const { parse } = await import("csv-parse");
			const parser = parse({
				delimiter,
				skip_empty_lines: true,
				relax_quotes: true,
				max_record_size: download.rowBytes,
			});
			let rowOf = header === undefined ? undefined : rowsUnder(header, download);
			for await (const lines of parsed(parser, textOf(bytes, encoding, download), download)) {
				const rows = rowOf === undefined ? lines.slice(1) : lines;
				rowOf ??= rowsUnder(lines[0]!, download);
				if (rows.length > 0) yield rows.map(rowOf);
			}
		},
	};
}

/** The lines of a file in order, as pieces of text complete them. */
async function* parsed(parser: Parser, text: AsyncIterable<string>, download: Download): AsyncGenerator<string[][]> {
	let lines: string[][] = [];
	let failure: CsvError | undefined;
	let atEnd = false;
	parser.on("data", (line) => lines.push(line));
	parser.on("error", (error) => {
		failure = error as CsvError;
	});
	const taken = () => {
		if (failure !== undefined) throw failureOf(failure, atEnd, download);
		const whole = lines;
		lines = [];
		return whole;
	};
	try {
		for await (const piece of text) {
			await new Promise<void>((done) => parser.write(piece, () => done()));
			const whole = taken();
			if (whole.length > 0) yield whole;
		}
		atEnd = true;
		const ended = new Promise<void>((done) => parser.once("end", done).once("error", () => done()));
		parser.end();
		await ended;
		const last = taken();
		if (last.length > 0) yield last;
	} finally {
		parser.destroy();
	}
}

/** Makes rows of lines. Throws for a header that names a column twice or not at all. */
function rowsUnder(header: string[], download: Download): (cells: string[]) => CsvRow {
	const names = header.map((name) => name.trim());
	const wrong = names.find((name, at) => name === "" || names.indexOf(name) !== at);
	if (wrong !== undefined)
		throw unreadable(
			download,
			"header",
			wrong === "" ? "a column has no name" : `two columns are called ${JSON.stringify(wrong)}`,
		);
	return (cells) => Object.fromEntries(names.map((name, at) => [name, cells[at] === "" ? null : cells[at]!]));
}

function failureOf(error: CsvError, atEnd: boolean, download: Download): Error {
	const lines = (error as { lines?: number }).lines;
	const place = lines === undefined ? "in its text" : `line ${count(lines)}`;
	if (error.code === "CSV_MAX_RECORD_SIZE") return rowTooLarge(download, place);
	const isWidth = error.code === "CSV_RECORD_INCONSISTENT_FIELDS_LENGTH";
	const why = isWidth
		? "it does not have as many cells as the header"
		: error.code === "CSV_QUOTE_NOT_CLOSED"
			? "a quote is never closed"
			: // the message quotes the row
				error.code;
	// the end of the last line is missing: so may be the end of the body
	return atEnd ? cutOff(download.request, `${place}, the last one: ${why}`) : unreadable(download, place, why);
}
