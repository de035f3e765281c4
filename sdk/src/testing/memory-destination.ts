/** A destination in memory: the reference for what real stores do, and a test double where a store is not the point. */

import type { JsonObject } from "@growthnav/spec";
import { defineDestination } from "../destination/define.ts";
import type { Destination } from "../destination/definition.ts";
import type { EpochOutcome, RefusedLine, SealedEpoch } from "../destination/epochs/epoch.ts";
import { readEntries } from "../destination/ledger/ledger.ts";
import { spoolLines } from "../destination/spool/lines.ts";
import type { NameRow, Store, StoreContents, TableChange } from "../destination/store.ts";
import { COMMITS, OWN_TABLES } from "../destination/tables/layout.ts";
import { ConnectorError } from "../errors.ts";
import { parseJson } from "../protocol/parse.ts";
import { object } from "../schema/vocabulary.ts";
import { commitToMemory, type Tables } from "./memory-commit.ts";
import type { Row } from "./memory-values.ts";

export interface MemoryDatabase {
	/** Rows as `sql` of a real store would answer them. */
	tables: Tables;
	columns: Map<string, string[]>;
	names: NameRow[];
}

export interface MemoryOptions {
	/** Folder of the spool. */
	spool: string;
	/** Lives as long as its owner keeps it; left out: a new one. */
	database?: MemoryDatabase;
	/** Count rows and keep none: for measuring everything but a store. */
	discard?: true;
	/** Refuses staged lines, as BigQuery may: answers why, undefined for what it takes. */
	refuses?: Refuses;
}

/** A line of a file as it is staged, for rows, conversions or letters alike. */
export type Refuses = (line: JsonObject) => Pick<RefusedLine, "code" | "reason" | "column"> | undefined;

export function memoryDatabase(): MemoryDatabase {
	return { tables: new Map(), columns: new Map(), names: [] };
}

export function memoryDestination({
	spool,
	database = memoryDatabase(),
	discard,
	refuses,
}: MemoryOptions): Destination {
	return defineDestination({
		name: "memory",
		version: "0.1.0",
		title: "Memory",
		config: object({}),
		check: async () => "memory is there",
		store: async () => memoryStore(database, discard === true, refuses),
		spool: () => spool,
	});
}

export function memoryStore(database: MemoryDatabase, discard = false, refuses?: Refuses): Store {
	let crash: ((point: "before_load" | "after_load" | "before_commit" | "after_commit") => void) | undefined;
	return {
		name: "memory",
		async open(mode, hooks) {
			crash = hooks?.crash;
			if (mode === "read" && database.tables.size === 0) return undefined;
			for (const table of OWN_TABLES) makeTable(database, { change: "create", table });
			return contentsOf(database, hooks?.connection ?? "default");
		},
		async evolve({ tables, names }) {
			for (const change of tables) makeTable(database, change);
			for (const row of names) {
				database.names = database.names.filter((one) => one.table !== row.table || one.column !== row.column);
				database.names.push(row);
			}
		},
		async commit(sealed) {
			crash?.("before_load");
			const refused = refuses === undefined ? [] : await refusedLines(sealed, refuses);
			const epoch = refused.length === 0 ? sealed : await sealed.refuse(refused);
			const copy: Tables = new Map([...database.tables].map(([name, rows]) => [name, rows.map((row) => ({ ...row }))]));
			const outcome = discard ? countOnly(epoch.streams) : commitToMemory(copy, epoch);
			crash?.("after_load");
			copy.get(COMMITS)!.push(epoch.ledgerRow(outcome) as Row);
			crash?.("before_commit");
			database.tables = copy;
			crash?.("after_commit");
			return outcome;
		},
		async note(row) {
			database.tables.get(COMMITS)!.push(row as Row);
		},
		async query() {
			throw new ConnectorError("config.no_sql", "The memory destination has no SQL", {
				next: "look at the tables of its database",
			});
		},
		async close() {},
	};
}

async function refusedLines(epoch: SealedEpoch, refuses: Refuses): Promise<RefusedLine[]> {
	const { streams, deadLetters, resolved } = epoch;
	const parts = [...streams.flatMap(({ rows, conversions }) => [...rows, ...conversions]), ...deadLetters, ...resolved];
	const refused: RefusedLine[] = [];
	for (const file of new Set(parts.map((part) => part.file))) {
		for await (const { number, bytes } of spoolLines(file)) {
			const why = refuses(parseJson(bytes.toString()) as JsonObject);
			if (why !== undefined) refused.push({ file, line: number, ...why });
		}
	}
	return refused;
}

function countOnly(streams: readonly { rowCount: number; conversionCount: number }[]): EpochOutcome {
	return {
		loaded: streams.map((stream) => stream.rowCount),
		conversionsLoaded: streams.map((stream) => stream.conversionCount),
		conversionsRemoved: 0,
		totals: [],
	};
}

function makeTable({ tables, columns }: MemoryDatabase, change: TableChange): void {
	switch (change.change) {
		case "create":
			if (tables.has(change.table.name)) return;
			tables.set(change.table.name, []);
			columns.set(
				change.table.name,
				change.table.columns.map((column) => column.name),
			);
			return;
		case "add":
			columns.get(change.table)!.push(change.column.name);
			for (const row of tables.get(change.table)!) row[change.column.name] = null;
			return;
		case "widen":
			// an integer beyond 2^53 is text already, as decimals are
			for (const row of tables.get(change.table)!) {
				const value = row[change.column.name];
				if (typeof value === "number") row[change.column.name] = String(value);
			}
			return;
		case "drop":
			tables.delete(change.table);
			columns.delete(change.table);
	}
}

function contentsOf({ tables, columns, names }: MemoryDatabase, connection: string): StoreContents {
	const commits = tables.get(COMMITS)!;
	return {
		customers: [...new Set(commits.map((row) => String(row.customer_id)))],
		layout: Math.max(0, ...commits.map((row) => Number(row.layout))),
		commits: commits
			.filter((row) => row.connection === connection)
			.map((row) => ({
				epoch: Number(row.epoch),
				batchId: String(row.batch_id),
				committedAt: String(row.committed_at),
				finished: row.finished === true,
				entries: readEntries(String(row.states)),
			})),
		names: [...names],
		tables: new Map(columns),
	};
}
