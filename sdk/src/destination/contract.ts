/**
 * What the destination core and a store (DuckDB, BigQuery, memory) say to each other. The core turns messages into
 * sealed epochs; a store loads the epoch's files and commits them with its ledger row, whole or not at all.
 */
import type { Column, RepeatedColumn } from "./columns.ts";

/** A finished file of the spool: NDJSON, one row a line, exactly the columns of its table. */
export interface SpoolPart {
	file: string;
	rows: number;
	bytes: number;
	/** Bytes of its longest line. */
	longestLine: number;
}

/** A row of a stream as the row writer gives it. */
export type RowResult =
	| {
			ok: true;
			/** The columns as JSON members without braces: `"id":"7","total":"12.50"`; always in column order. */
			members: string;
			/** Canonical text of the key values, absent for streams without a key. */
			key: string | undefined;
			/** Value of the cursor column as canonical text; absent without a cursor or where it is null. */
			cursor: string | undefined;
			/** Values that became null or were changed, and why. */
			changes: ValueChange[] | undefined;
	  }
	| { ok: false; code: string; reason: string; path: string };

export interface ValueChange {
	column: string;
	/** wrong_type, out_of_range, rounded, truncated, lone_surrogate, … */
	code: string;
	/** The value as text, at most 200 characters. */
	text: string;
	/** Became null; else it was changed as `code` says. */
	nulled: boolean;
}

export interface TableSchema {
	table: string;
	columns: Column[];
	repeated?: RepeatedColumn[];
}
