/** A sealed epoch: everything that one commit writes, in files of the spool. */
import type { ConversionTotal } from "@growthnav/spec";
import type { SpoolPart } from "../contract.ts";
import type { Table, TableColumn } from "../tables/layout.ts";

/** A file, or the rows of it whose `_gn_seq` lies between two bounds: above `after`, not above `through`. */
export interface LoadPart extends SpoolPart {
	after?: number;
	through?: number;
}

/** A line of a file of the epoch that the store does not take: BigQuery may refuse what was typed for it. */
export interface RefusedLine {
	file: string;
	/** From 1. */
	line: number;
	/** `row_too_large`, `refused_by_store`. */
	code: string;
	/** In words, without the value. */
	reason: string;
	/** The column at fault, where it is known. */
	column?: string | undefined;
}

/** What one stream brings to a commit. */
export interface EpochStream {
	stream: string;
	namespace: string | undefined;
	/** Its table; also the value of `_gn_table`. */
	table: Table;
	/** Where its rows go: the table, or the shadow that takes its place when the stream is complete. */
	target: string;
	/** Where its conversions go: `conversions`, or their shadow; absent where the stream maps none. */
	conversionsTarget: string | undefined;
	/** The columns that its spool files fill, of the table. */
	columns: TableColumn[];
	/** One row per `_gn_key`, the newest version; else every row is kept. */
	keyed: boolean;
	/** The column that says which of two versions is newer, before `_gn_emitted_at` does. */
	cursor: string | undefined;
	/** Some rows say that their key was deleted. */
	deletions: boolean;
	generation: number;
	rows: LoadPart[];
	/** How many rows that are; a store that finds another number must not commit. */
	rowCount: number;
	conversions: LoadPart[];
	conversionCount: number;
	/** Columns that are in their files, or some of these; the others are in none. Left out: all may be. */
	conversionColumns?: ReadonlySet<string>;
	/** The shadow becomes the table, its conversions those of the stream, in this commit. */
	publish: boolean;
}

export interface SealedEpoch {
	/** Counted per connection. */
	epoch: number;
	batchId: string;
	connection: string;
	customerId: string;
	syncId: string;
	/** RFC 3339, UTC: `_gn_loaded_at` and `loaded_at` of all its rows. */
	loadedAt: string;
	streams: EpochStream[];
	deadLetters: LoadPart[];
	/** `{"_gn_id":"…"}` per dead letter that passed this time. */
	resolved: LoadPart[];
	/**
	 * Seconds, to the millisecond, since the oldest line that it covers was read; undefined where it covers none. Asked by
	 * the store when it commits, for the outcome: so ledger and report say the same.
	 */
	lag(): number | undefined;
	/**
	 * The epoch without these rows, which become dead letters in it, with counts that balance. Before the commit; what is
	 * refused of the file of a letter is shortened. Files of which nothing is refused are the same as before.
	 */
	refuse(lines: readonly RefusedLine[]): Promise<SealedEpoch>;
	/** The row of `_gn_commits`, from what the commit did. Decimals and times as text, JSON as JSON text. */
	ledgerRow(outcome: EpochOutcome): LedgerRow;
}

/** What a commit did. */
export interface EpochOutcome {
	/** In the order of the epoch's streams: rows that are new or changed. */
	loaded: number[];
	/** The same for conversions, and how many went because their row yields them no more. */
	conversionsLoaded: number[];
	conversionsRemoved: number;
	totals: ConversionTotal[];
	/** Seconds from the reading of the oldest line to the commit: `SealedEpoch.lag` as late as the ledger can still say it. */
	lagS?: number | undefined;
	/** Of a store that bills: bytes, and dollars at list price. */
	bytesBilled?: number;
	costUsd?: number;
}

/** By column of `COMMIT_COLUMNS`. */
export type LedgerRow = Record<string, string | number | boolean | null>;

export function shadowOf(table: string): string {
	return `_gn_new__${table}`;
}

export function conversionsShadowOf(table: string): string {
	return `_gn_new_conversions__${table}`;
}
