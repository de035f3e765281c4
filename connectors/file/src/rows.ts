/** What the readers of CSV and of JSON Lines have in common: blocks of text in, rows and faults out, line by line. */
import type { Json } from "@growthnav/sdk";
import type { Block } from "./blocks.ts";

/** A row that cannot be used. `raw` is its text as it stands in the file. */
export interface BadRow {
	line: number;
	reason: string;
	raw: Json;
}

/** Where rows go. `line` is the first line of the row, from 1; `raw` its text without the line end. */
export interface RowSink<Row> {
	row(row: Row, line: number, raw: string): void;
	bad(bad: BadRow): void;
	/** A row without any value. */
	blank(line: number): void;
}

export interface RowReader {
	/** Blocks of one file, in order. */
	push(block: Block): void;
	/** The file ends here: what is left is read as a row. */
	end(): void;
	/** The beginning of a row whose end has not come yet. */
	readonly open: string;
	/** The line at which the next row begins, `open` if there is one. */
	readonly line: number;
}

/** The reject of a line that is longer than allowed, which was never in memory as a whole. */
export function tooLong(block: Block, line: number, limit: number): BadRow {
	const { prefix, bytes, sha256 } = block.oversize!;
	const reason = `a line of ${bytes} bytes is longer than row_bytes (${limit}) allows`;
	return { line, reason, raw: { prefix, bytes, sha256 } };
}
