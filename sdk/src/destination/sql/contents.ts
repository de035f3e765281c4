/** What stands in the tables of ours, read by queries that every store understands. */
import type { JsonObject } from "@growthnav/spec";
import { type CommitRow, readEntries } from "../ledger/ledger.ts";
import type { NameRow, StoreContents } from "../store.ts";
import type { ColumnType } from "../tables/columns.ts";
import { OWN_TABLES } from "../tables/layout.ts";
import type { Dialect } from "./dialect.ts";
import { commitsQuery, customersQuery } from "./ledger.ts";
import { nameMapQuery } from "./name-map.ts";

/** `ask` answers rows by column, numbers and booleans as such, instants as RFC 3339, json as its value. */
export async function contentsOf(
	dialect: Dialect,
	connection: string,
	tables: Map<string, string[]>,
	ask: (query: string) => Promise<JsonObject[]>,
): Promise<StoreContents> {
	// a database that is not ours can be opened for reading
	if (!OWN_TABLES.every((table) => tables.has(table.name))) {
		return { customers: [], layout: 0, commits: [], names: [], tables };
	}
	const customers = await ask(customersQuery(dialect));
	return {
		customers: customers.map((row) => row.customer_id as string),
		layout: Math.max(0, ...customers.map((row) => Number(row.layout))),
		commits: (await ask(commitsQuery(dialect, connection))).map(commitRow),
		names: (await ask(nameMapQuery(dialect))).map(nameRow),
		tables,
	};
}

function commitRow(row: JsonObject): CommitRow {
	return {
		epoch: Number(row.epoch),
		batchId: row.batch_id as string,
		committedAt: row.committed_at as string,
		finished: row.finished === true,
		entries: readEntries(row.states as string),
	};
}

function nameRow(row: JsonObject): NameRow {
	const text = (field: string) => (row[field] ?? null) as string | null;
	const json = (field: string) => (row[field] == null ? null : JSON.stringify(row[field]));
	return {
		namespace: text("namespace"),
		stream: row.stream as string,
		table: row.table as string,
		column: text("column"),
		property: text("property"),
		type: text("type") as ColumnType | null,
		position: row.position == null ? null : Number(row.position),
		kept: row.kept === true,
		key: json("key"),
		cursor: json("cursor"),
		mode: text("mode"),
		connection: text("connection"),
	};
}
