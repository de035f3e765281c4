/** What stands in a DuckDB file of ours, for comparing it with another. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import duckdb from "@growthnav/destination-duckdb";
import type { CommitReport, JsonObject, StatePayload } from "@growthnav/spec";
import { expect } from "vitest";

export async function rows(path: string, query: string): Promise<JsonObject[]> {
	const result = await duckdb.sql({ config: { path, customer_id: "acme" }, query });
	const all: JsonObject[] = [];
	try {
		for await (const row of result.rows) all.push(row);
	} finally {
		await result.close();
	}
	return all;
}

export async function value(path: string, query: string): Promise<unknown> {
	const [row] = await rows(path, query);
	return Object.values(row!)[0];
}

/** What a source may go on from, as `destination-duckdb state` prints it. */
export async function statesOf(path: string, connection = "default"): Promise<StatePayload[]> {
	const states = await duckdb.state({ config: { path, customer_id: "acme", connection } });
	return states.map(({ state }) => state);
}

/** When and in which commit a row was loaded, which two histories of the same data do not share. */
export const OF_THE_COMMIT = [
	"_gn_batch_id",
	"_gn_loaded_at",
	"_gn_seq",
	"batch_id",
	"line",
	"loaded_at",
	"rejected_at",
	"sync_id",
];
/** When it was read: not the same where the source was asked twice. */
export const OF_THE_READING = ["_gn_emitted_at", "emitted_at", "extracted_at"];

export interface Contents {
	/** By table: its columns with their types, and its rows as text, sorted. */
	[table: string]: { columns: string[]; rows: string[] };
}

/**
 * All tables but the ledger, without the columns that are named. Values are compared as DuckDB writes them, exact. A
 * shadow in which nothing stands is as good as none.
 */
export async function contentsOf(path: string, without: readonly string[] = OF_THE_COMMIT): Promise<Contents> {
	const columns = await rows(
		path,
		`SELECT table_name AS "table", column_name AS "column", data_type AS type FROM duckdb_columns()
		WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal AND table_name <> '_gn_commits'
		ORDER BY table_name, column_name`,
	);
	const contents: Contents = {};
	for (const { table, column, type } of columns as Record<string, string>[]) {
		contents[table!] ??= { columns: [], rows: [] };
		if (!without.includes(column!)) contents[table!]!.columns.push(`${column} ${type}`);
	}
	const selects = Object.entries(contents).map(([table, { columns }]) => {
		const names = columns.map((one) => `"${one.split(" ")[0]}"`).join(", ");
		return `SELECT '${table}' AS "table", CAST(x AS VARCHAR) AS "row" FROM (SELECT ${names} FROM "${table}") AS x`;
	});
	for (const { table, row } of await rows(path, selects.join(" UNION ALL "))) {
		contents[table as string]!.rows.push(row as string);
	}
	for (const [table, { rows }] of Object.entries(contents)) {
		rows.sort();
		if (table.startsWith("_gn_new_") && rows.length === 0) delete contents[table];
	}
	return contents;
}

/** What the commits of the ledger say they did, oldest first. */
export async function commitsOf(path: string): Promise<CommitReport[]> {
	const counts = await rows(
		path,
		"SELECT counts FROM _gn_commits WHERE counts IS NOT NULL ORDER BY epoch, committed_at",
	);
	return counts.map((row) => row.counts as never as CommitReport);
}

/** In every commit and stream read = loaded + superseded + rejected, and conversions likewise. */
export function expectBalance(commits: readonly CommitReport[]): void {
	for (const { streams, conversions } of commits) {
		for (const one of streams) expect({ ...one, read: one.loaded + one.superseded + one.rejected }).toEqual(one);
		const { loaded, superseded, rejected, left_out } = conversions;
		expect(conversions.mapped).toBe(loaded + superseded + rejected + left_out);
	}
}

/** Nothing of a run is left beside the store: no spool, no log of DuckDB's. */
export function expectTidy(path: string): void {
	const spool = join(dirname(path), ".growthnav", "spool");
	expect(existsSync(spool) ? readdirSync(spool) : []).toEqual([]);
	expect(existsSync(`${path}.wal`)).toBe(false);
}
