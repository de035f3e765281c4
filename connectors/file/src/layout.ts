/** How a file is written: its format, encoding, delimiter and header, as detected in its beginning or as declared. */
import { ConnectorError } from "@growthnav/sdk";
import { chunksOf, type OpenFile } from "./bytes.ts";
import { rowAt } from "./csv.ts";
import { writtenDate } from "./dates.ts";
import { decode, detectEncoding, type Encoding, unitOf } from "./encoding.ts";
import { readNumber } from "./money.ts";
import type { StreamSettings } from "./settings.ts";

export interface Layout {
	format: "csv" | "jsonl";
	encoding: Encoding;
	newline: "\n" | "\r";
	/** CSV only, as are the names of the columns. */
	delimiter: string;
	names: string[];
	/** Where its rows begin: in bytes (unpacked), and the line. */
	start: number;
	line: number;
}

/** What is known of a file's layout from an earlier run: a file that grew keeps it. */
export type KnownLayout = Pick<Layout, "encoding" | "delimiter" | "newline">;

/** Fields that we add to every row. */
export const OWN_FIELDS = ["_file", "_line", "_content", "_ordinal"];

const HEAD = 262_144;
const LOOKED_AT = 100;

/** The layout of a file; undefined for a file without anything but blank lines. */
export async function layoutOf(
	open: OpenFile,
	settings: StreamSettings,
	known?: KnownLayout,
): Promise<Layout | undefined> {
	const lines = await headLines(open, settings, known);
	const format = formatOf(open.file.name, settings, lines);
	const first = lines.texts.findIndex(
		(text, i) => (format === "jsonl" || i >= settings.skipRows) && text.trim() !== "",
	);
	if (first < 0) return undefined;
	const { encoding, newline } = lines;
	if (format === "jsonl") return { format, encoding, newline, delimiter: "", names: [], ...placeOf(lines, first) };
	return csvLayout(open, settings, lines, first, known);
}

async function headOf(open: OpenFile): Promise<{ bytes: Buffer; whole: boolean }> {
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of chunksOf(open)) {
		chunks.push(Buffer.from(chunk));
		length += chunk.length;
		if (length > HEAD) return { bytes: Buffer.concat(chunks).subarray(0, HEAD), whole: false };
	}
	return { bytes: Buffer.concat(chunks), whole: true };
}

/** Files that people take for CSV, by their first bytes. */
const OTHER_KINDS: [start: RegExp, kind: string, next: string][] = [
	[/^PK\x03\x04/, "a ZIP archive or an Excel workbook", "unpack it, or save its sheet as CSV"],
	[/^\xd0\xcf\x11\xe0/, "an old Excel workbook", "save its sheet as CSV"],
	[/^%PDF/, "a PDF", "export the data as CSV"],
	[/^PAR1/, "Parquet", "export the data as CSV or JSON Lines"],
	[/^\s*(<!doctype html|<html)/i, "a web page, perhaps one that asks for a login", "download the file again"],
	[/^\s*\[\s*\{/, "one JSON list", "write JSON Lines: one object per line (jq -c '.[]')"],
];

function checkKind({ file }: OpenFile, bytes: Buffer, { skipRows }: StreamSettings): void {
	const start = bytes.toString("latin1", 0, 200);
	const other = skipRows > 0 ? undefined : OTHER_KINDS.find(([pattern]) => pattern.test(start));
	if (other === undefined) return;
	throw new ConnectorError("config.file_kind", `${file.shown} is ${other[1]}`, {
		where: file.shown,
		why: "CSV, TSV and JSON Lines are read, plain or gzipped",
		next: `${other[2]}, or leave it out of the path`,
	});
}

export interface HeadLines {
	encoding: Encoding;
	newline: "\n" | "\r";
	/** Lines with their ends; "" for one that cannot be read. */
	texts: string[];
	/** Where each begins, in bytes; one more than lines. */
	starts: number[];
}

/** The first lines of a file, up to 256 kB, in the encoding that was declared, known or detected. */
export async function headLines(open: OpenFile, settings: StreamSettings, known?: KnownLayout): Promise<HeadLines> {
	const { bytes, whole } = await headOf(open);
	checkKind(open, bytes, settings);
	const detected = detectEncoding(bytes);
	const encoding = settings.encoding ?? known?.encoding ?? detected.encoding;
	const bom = detected.encoding === encoding ? detected.bom : 0;
	const view = bytes.toString(unitOf(encoding) === 1 ? "latin1" : "utf16le");
	const lineFeed = encoding === "utf-16be" ? "\u0a00" : "\n";
	const newline: "\n" | "\r" = known?.newline ?? (view.includes(lineFeed) || !view.includes("\r") ? "\n" : "\r");
	const lines: HeadLines = { encoding, newline, texts: [], starts: [bom] };
	const code = Buffer.from(newline, "utf16le");
	const mark =
		unitOf(encoding) === 1 ? code.subarray(0, 1) : encoding === "utf-16le" ? code : Buffer.from(code).swap16();
	for (let at = bom; at < bytes.length; ) {
		const end = endOfLine(bytes, mark, at);
		if (end === undefined && !whole) break;
		const next = end ?? bytes.length;
		lines.texts.push(decode(bytes.subarray(at, next), encoding) ?? "");
		lines.starts.push(next);
		at = next;
	}
	return lines;
}

function endOfLine(bytes: Buffer, mark: Buffer, from: number): number | undefined {
	for (let at = bytes.indexOf(mark, from); at >= 0; at = bytes.indexOf(mark, at + 1)) {
		if ((at - from) % mark.length === 0) return at + mark.length;
	}
	return undefined;
}

/** Where line `index` begins. A last line without end goes on there, should the file grow. */
function placeOf({ starts, texts, newline }: HeadLines, index: number): { start: number; line: number } {
	const before = texts[index - 1];
	const goesOn = index === texts.length && before !== undefined && !before.endsWith(newline);
	return { start: starts[index]!, line: goesOn ? index : index + 1 };
}

function formatOf(name: string, { format }: StreamSettings, lines: HeadLines): "csv" | "jsonl" {
	const ending = /\.([a-z]+)(\.gz)?$/i.exec(name)?.[1]?.toLowerCase() ?? "";
	if (format !== undefined) return format === "jsonl" ? "jsonl" : "csv";
	if (["csv", "tsv", "tab"].includes(ending)) return "csv";
	if (["jsonl", "ndjson"].includes(ending)) return "jsonl";
	return lines.texts
		.find((text) => text.trim() !== "")
		?.trimStart()
		.startsWith("{")
		? "jsonl"
		: "csv";
}

function csvLayout(
	{ file }: OpenFile,
	settings: StreamSettings,
	lines: HeadLines,
	first: number,
	known: KnownLayout | undefined,
): Layout {
	const { encoding, newline } = lines;
	// Excel's own way to name the delimiter
	const separator = /^sep=(.)\r?\n?$/i.exec(lines.texts[first] ?? "")?.[1];
	const at = separator === undefined ? first : first + 1;
	const text = lines.texts.slice(at, at + LOOKED_AT).join("");
	const byName = settings.format === "tsv" || /\.(tsv|tab)(\.gz)?$/i.test(file.name) ? "\t" : undefined;
	const delimiter = settings.delimiter ?? known?.delimiter ?? separator ?? byName ?? detectDelimiter(text, newline);
	const row = rowAt(text, 0, delimiter, newline);
	if (row === "unfinished" || "wrong" in row) throw brokenHeader(file.shown, at + 1);
	const header = settings.header ?? (settings.names === undefined && isHeader(row.cells));
	const used = header ? text.slice(0, row.end).split(newline).length : 0;
	return {
		format: "csv",
		encoding,
		newline,
		delimiter,
		names: columnNames(settings.names ?? (header ? row.cells : row.cells.map(() => ""))),
		...placeOf(lines, Math.min(at + used, lines.starts.length - 1)),
	};
}

function brokenHeader(where: string, line: number): ConnectorError {
	return new ConnectorError("config.header", `The first row of ${where} cannot be read`, {
		where: `${where}:${line}`,
		why: "its quotes do not close properly, or it is longer than 256 kB",
		next: "set delimiter or skip_rows, or correct the file",
	});
}

/** The first that cuts all rows into the same number of fields, at least two; else the one that does so most often. */
const DELIMITERS = ["\t", ";", ",", "|"];

function detectDelimiter(text: string, newline: string): string {
	let best = { delimiter: ",", share: 0 };
	for (const delimiter of DELIMITERS) {
		const widths = widthsOf(text, delimiter, newline);
		const width = widths[0] ?? 1;
		const share = width < 2 ? 0 : widths.filter((other) => other === width).length / widths.length;
		if (share > best.share) best = { delimiter, share };
	}
	return best.delimiter;
}

function widthsOf(text: string, delimiter: string, newline: string): number[] {
	const widths: number[] = [];
	for (let at = 0; at < text.length; ) {
		const row = rowAt(text, at, delimiter, newline);
		if (row === "unfinished") break;
		if ("wrong" in row) at = row.wrong + 1;
		else {
			if (row.cells.some((cell) => cell.trim() !== "")) widths.push(row.cells.length);
			at = row.end + 1;
		}
	}
	return widths;
}

/** A row names columns if no cell of it is a value: a number, a date, true or false. */
function isHeader(cells: string[]): boolean {
	const isNumber = (cell: string) => readNumber(cell, "point") !== undefined || readNumber(cell, "comma") !== undefined;
	const isValue = (cell: string) =>
		isNumber(cell) || writtenDate(cell) !== undefined || /^(true|false)$/i.test(cell.trim());
	return cells.some((cell) => cell.trim() !== "") && !cells.some(isValue);
}

/** Unique and never empty: `column_3` for a blank one, `amount_2` for the second `amount`. */
export function columnNames(cells: readonly string[]): string[] {
	const taken = new Set<string>(OWN_FIELDS);
	/** The last number that each name got, so that a thousand equal names are not counted a thousand times. */
	const last = new Map<string, number>();
	return cells.map((cell, i) => {
		const name = cell.trim() || `column_${i + 1}`;
		let unique = name;
		for (let n = last.get(name) ?? 2; taken.has(unique); n++) {
			unique = `${name}_${n}`;
			last.set(name, n);
		}
		taken.add(unique);
		return unique;
	});
}
