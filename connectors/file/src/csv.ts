/**
 * Rows of CSV (RFC 4180, any delimiter) out of text. A quote that does not open a field is text. Rows know their first
 * line; a row that cannot be read takes no good row with it.
 */
import type { Block } from "./blocks.ts";
import { type RowReader, type RowSink, tooLong } from "./rows.ts";

export interface CsvOptions {
	delimiter: string;
	/** What ends a row. */
	newline: "\n" | "\r";
	/** Fields that a row must have; left out: any number. */
	width?: number | undefined;
	/** The line of the file at which the first block begins. */
	line: number;
	/** Characters of the longest row. */
	limit: number;
}

/** A quoted row, read from `source` at some place. */
type Quoted =
	| { cells: string[]; end: number }
	/** The text ends inside quotes. */
	| "unfinished"
	/** Text behind a closing quote; the line that has it ends at `end`. */
	| { wrong: number };

/** Reads blocks into `sink`. Line ends inside quotes stay as they are. */
export function csvReader(options: CsvOptions, sink: RowSink<string[]>): RowReader {
	const { delimiter, newline, width, limit } = options;
	let open = "";
	let line = options.line;
	/** Lines with wrong bytes, by number. */
	const faults = new Map<number, string>();

	const withoutReturn = (source: string, start: number, end: number) =>
		newline === "\n" && end > start && source.charCodeAt(end - 1) === RETURN ? end - 1 : end;

	function emit(cells: string[], raw: string, lines: number): void {
		const first = line;
		line += lines;
		const fault = faults.size > 0 ? takeFault(faults, first, line) : undefined;
		if (fault !== undefined) sink.bad({ line: first, reason: fault, raw });
		else if (cells.every(isBlank)) sink.blank(first);
		else if (width !== undefined && cells.length !== width) {
			sink.bad({ line: first, reason: `the row has ${cells.length} fields, the header has ${width}`, raw });
		} else sink.row(cells, first, raw);
	}

	function refuse(source: string, start: number, end: number, lines: number, reason: string): void {
		const raw = source.slice(start, withoutReturn(source, start, end));
		const fault = faults.size > 0 ? takeFault(faults, line, line + lines) : undefined;
		sink.bad({ line, reason: fault ?? reason, raw });
		line += lines;
	}

	/** Reads what can be read; answers where the row begins that has no end yet. */
	function read(source: string, atEnd: boolean): number {
		let at = 0;
		let quote = source.indexOf('"');
		while (at < source.length) {
			const end = endOfLine(source, at, newline);
			if (end === source.length && !atEnd) return at;
			if (quote >= 0 && quote < at) quote = source.indexOf('"', at);
			if (quote < 0 || quote > end) {
				const raw = source.slice(at, withoutReturn(source, at, end));
				emit(raw.split(delimiter), raw, 1);
				at = end + 1;
				continue;
			}
			const next = readQuoted(source, at, end, atEnd);
			if (next === undefined) return at;
			at = next;
		}
		return source.length;
	}

	/** Reads one row with quotes; answers where the next one begins, or undefined for a row without end. */
	function readQuoted(source: string, at: number, endOfLine: number, atEnd: boolean): number | undefined {
		const row = rowAt(source, at, delimiter, newline);
		const stop = row === "unfinished" ? source.length : "end" in row ? row.end : row.wrong;
		const length = stop - at;
		if (length > limit || (row === "unfinished" && atEnd)) {
			// the quote is a stray one: its line is refused, the next line begins a row
			const reason = length > limit ? `a quoted field is longer than row_bytes (${limit})` : "a quote is never closed";
			refuse(source, at, endOfLine, 1, reason);
			return endOfLine + 1;
		}
		// its last line may go on in the next block
		if (row === "unfinished" || (stop === source.length && !atEnd)) return undefined;
		if ("end" in row) {
			const raw = source.slice(at, withoutReturn(source, at, row.end));
			emit(row.cells, raw, countLines(raw, newline));
			return row.end + 1;
		}
		// if the following lines are rows of their own, only the first is wrong
		const alone = endOfLine < row.wrong && areRows(source.slice(endOfLine + 1, row.wrong));
		const end = alone ? endOfLine : row.wrong;
		refuse(source, at, end, alone ? 1 : countLines(source.slice(at, end), newline), "text follows a closing quote");
		return end + 1;
	}

	/** True where every line of the text, read from its start, gives rows of the right width and nothing else. */
	function areRows(text: string): boolean {
		for (let at = 0; at < text.length; ) {
			const row = rowAt(text, at, delimiter, newline);
			if (row === "unfinished" || "wrong" in row || row.cells.length !== width) return false;
			at = row.end + 1;
		}
		return true;
	}

	function finish(): void {
		read(open, true);
		open = "";
	}

	return {
		get open() {
			return open;
		},
		get line() {
			return line;
		},
		push(block: Block): void {
			if (block.oversize !== undefined) {
				finish();
				sink.bad(tooLong(block, line++, limit));
				return;
			}
			if (block.fault !== undefined) faults.set(line + countLines(open, newline) - 1, block.fault);
			const source = open === "" ? block.text : open + block.text;
			open = "";
			open = source.slice(read(source, false));
		},
		end: finish,
	};
}

const RETURN = 13;

const isBlank = (cell: string): boolean => cell === "" || cell.trim() === "";

/** Lines of a text without the newline at its end: one more than newlines in it. */
function countLines(text: string, newline: string): number {
	let lines = 1;
	for (let at = text.indexOf(newline); at >= 0; at = text.indexOf(newline, at + 1)) lines++;
	return lines;
}

function takeFault(faults: Map<number, string>, first: number, next: number): string | undefined {
	for (const [line, fault] of faults) {
		if (line >= next) continue;
		faults.delete(line);
		if (line >= first) return fault;
	}
	return undefined;
}

/** The row that begins at `at`, with its quotes looked at, field by field; `end` is where its newline stands. */
export function rowAt(source: string, at: number, delimiter: string, newline: string): Quoted {
	const cells: string[] = [];
	// where the line ends is looked up once per line, not once per field: a row may have a million
	let line = at - 1;
	for (;;) {
		let end: number;
		if (source.charCodeAt(at) === QUOTE) {
			const field = quotedField(source, at + 1);
			if (field === undefined) return "unfinished";
			cells.push(field.value);
			end = skipBlanks(source, field.end, delimiter);
		} else {
			if (line < at) line = endOfLine(source, at, newline);
			end = endOfField(source, at, line, delimiter);
			cells.push(source.slice(at, end));
		}
		if (end < source.length && source.startsWith(delimiter, end)) {
			at = end + delimiter.length;
			continue;
		}
		if (newline === "\n" && source.charCodeAt(end) === RETURN && source.charCodeAt(end + 1) === LINE_FEED) end++;
		else if (source.charCodeAt(end) === RETURN && end + 1 === source.length) end++;
		if (end >= source.length || source[end] === newline) {
			if (source.charCodeAt(end - 1) === RETURN) trimReturn(cells);
			return { cells, end };
		}
		const wrong = source.indexOf(newline, end);
		return { wrong: wrong < 0 ? source.length : wrong };
	}
}

const QUOTE = 34;
const LINE_FEED = 10;

/** The end of the line that goes on at `at`, without its newline; the length of the text where it has none. */
function endOfLine(source: string, at: number, newline: string): number {
	const end = source.indexOf(newline, at);
	return end < 0 ? source.length : end;
}

/** A field ends before the delimiter or the line end; a CR LF that follows is not part of it. */
function endOfField(source: string, at: number, lineEnd: number, delimiter: string): number {
	// not looked for behind the line: a delimiter that never comes would be sought to the end of the text by every field
	const next = source.slice(at, lineEnd).indexOf(delimiter);
	return next < 0 ? lineEnd : at + next;
}

/** An unquoted last field was cut at the LF: its CR goes. */
function trimReturn(cells: string[]): void {
	const last = cells.at(-1);
	if (last?.endsWith("\r")) cells[cells.length - 1] = last.slice(0, -1);
}

function quotedField(source: string, from: number): { value: string; end: number } | undefined {
	let value = "";
	for (;;) {
		const quote = source.indexOf('"', from);
		if (quote < 0) return undefined;
		if (source.charCodeAt(quote + 1) !== QUOTE) return { value: value + source.slice(from, quote), end: quote + 1 };
		value += source.slice(from, quote + 1);
		from = quote + 2;
	}
}

/** Blanks between a closing quote and the delimiter mean nothing. */
function skipBlanks(source: string, at: number, delimiter: string): number {
	while (source.charCodeAt(at) === SPACE || (source.charCodeAt(at) === TAB && delimiter !== "\t")) at++;
	return at;
}

const SPACE = 32;
const TAB = 9;
