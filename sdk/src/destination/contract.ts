/**
 * What the destination core and a store (DuckDB, BigQuery, memory) say to each other. The core turns messages into
 * sealed epochs; a store loads the epoch's files and commits them with its ledger row, whole or not at all.
 */
import type { Column, RepeatedColumn } from "./tables/columns.ts";

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
			/**
			 * The columns as JSON members without braces: `"id":"7","total":"12.5"`; in column order, null columns left out,
			 * last `_gn_extra` where the record has properties without a column. Decimals and times stand in their
			 * canonical form, so equal values are equal text.
			 */
			members: string;
			/** Canonical text of the key values, absent for streams without a key. */
			key: string | undefined;
			/** Value of the cursor column as canonical text; absent without a cursor or where it is null. */
			cursor: string | undefined;
			/** Values that became null or were changed, and why. */
			changes: ValueChange[] | undefined;
	  }
	/**
	 * `code`: wrong_type, out_of_range, no_zone, has_zone, too_deep, missing_key, empty_record. `reason` is a whole sentence
	 * with the path in it and the value masked: `updated_at: "2026-02-30" is not a date`.
	 */
	| { ok: false; code: string; reason: string; path: string };

export interface ValueChange {
	column: string;
	/**
	 * Of a value that became null as for a refused record; else what it lost: rounded, truncated, lone_surrogate,
	 * unsafe_number (a number in JSON that became a string of its digits).
	 */
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
