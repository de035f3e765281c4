/**
 * What a store does for the core: open, tell its ledger, change tables by adding, commit a sealed epoch whole or not at
 * all, answer queries. Everything else (typed rows, which row wins, SQL text, states, counts) is the core's.
 */
import type { JsonObject } from "@growthnav/spec";
import type { Crash } from "./crash.ts";
import type { EpochOutcome, LedgerRow, SealedEpoch } from "./epochs/epoch.ts";
import type { CommitRow } from "./ledger/ledger.ts";
import type { ColumnType } from "./tables/columns.ts";
import type { Table, TableColumn } from "./tables/layout.ts";

export interface Store {
	/** As people call it: `acme.duckdb`. */
	readonly name: string;
	/**
	 * For writing: makes what is missing of our own tables. For reading: undefined where nothing exists yet. Throws
	 * `transient.database_locked`, `config.not_writable`, `config.not_a_database` and their like.
	 */
	open(mode: "write" | "read", hooks?: StoreHooks): Promise<StoreContents | undefined>;
	/** Additive changes of tables, and the rows of the name map that tell them; before the commit that needs them. */
	evolve(evolution: Evolution): Promise<void>;
	/** Loads and commits in one transaction with the ledger row. The files stay: they are the core's. */
	commit(epoch: SealedEpoch): Promise<EpochOutcome>;
	/** A row of the ledger that comes with no epoch: a reset. */
	note(row: LedgerRow): Promise<void>;
	query(sql: string, signal?: AbortSignal): Promise<QueryResult>;
	close(): Promise<void>;
}

export interface StoreHooks {
	/** Whose commits are wanted. */
	connection: string;
	/** Called at the points of `CRASH_POINTS` that lie inside the store. */
	crash?: Crash | undefined;
}

/** What stands in the tables of ours when the store is opened. */
export interface StoreContents {
	/** Of all commits; more than one is a fault of a store that is shared against the rules. */
	customers: string[];
	/** The highest layout version of all commits; 0 where there is none. */
	layout: number;
	/** Of the connection, oldest first. */
	commits: CommitRow[];
	names: NameRow[];
	/** Tables that exist, ours or not, with their columns. */
	tables: Map<string, string[]>;
}

/** A row of `_gn_columns`: a column of a stream's table, or with `column` null the table itself. */
export interface NameRow {
	namespace: string | null;
	stream: string;
	table: string;
	column: string | null;
	property: string | null;
	type: ColumnType | null;
	/** Of the column in its table, from 0: the order never changes, and with it the content hash of a row. */
	position: number | null;
	/** The column is no longer filled. */
	kept: boolean;
	/** Of the table: paths of key and cursor as JSON, and how rows are written. */
	key: string | null;
	cursor: string | null;
	mode: string | null;
	/** Of the table: the last connection that wrote it. */
	connection: string | null;
}

export type TableChange =
	| { change: "create"; table: Table }
	| { change: "add"; table: string; column: TableColumn }
	| { change: "widen"; table: string; column: TableColumn }
	| { change: "drop"; table: string };

export interface Evolution {
	tables: TableChange[];
	/** Replace the rows of the same table and column. */
	names: NameRow[];
}

export interface QueryResult {
	columns: { name: string; type: string }[];
	rows: AsyncIterable<JsonObject>;
}
