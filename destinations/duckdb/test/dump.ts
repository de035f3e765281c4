/** What a store holds, without what differs between two runs of the same input. */
import type { Json, JsonObject } from "@growthnav/sdk/destination";
import type { MemoryDatabase } from "@growthnav/sdk/testing";
import { rows } from "./support.ts";

const VARIES = new Set([
	"_gn_batch_id",
	"_gn_loaded_at",
	"batch_id",
	"extracted_at",
	"loaded_at",
	"rejected_at",
	"sync_id",
]);

export type Dump = Record<string, string[]>;

/** Rows of all tables but the ledger and the name map, as JSON, sorted. */
export async function dumpFile(path: string, leaveOut: string[] = [], seen?: (value: Json) => Json): Promise<Dump> {
	const tables = await rows(
		path,
		"SELECT table_name AS name FROM duckdb_tables() WHERE table_name NOT IN ('_gn_commits', '_gn_columns') ORDER BY 1",
	);
	const dump: Dump = {};
	for (const { name } of tables) dump[String(name)] = dumpRows(await rows(path, `FROM "${name}"`), leaveOut, seen);
	return dump;
}

/** `seen` is applied to every value: what a store cannot tell apart. */
export function dumpMemory({ tables }: MemoryDatabase, leaveOut: string[] = [], seen?: (value: Json) => Json): Dump {
	const names = [...tables.keys()].filter((name) => !["_gn_commits", "_gn_columns"].includes(name)).sort();
	return Object.fromEntries(names.map((name) => [name, dumpRows(tables.get(name)!, leaveOut, seen)]));
}

/** Rows as JSON, sorted. */
export function dumpRows(all: JsonObject[], leaveOut: string[] = [], seen = (value: Json) => value): string[] {
	return all
		.map((row) =>
			JSON.stringify(
				Object.entries(row)
					.filter(([column]) => !VARIES.has(column) && !leaveOut.includes(column))
					.map(([column, value]) => [column, column === "resolved_at" ? value != null : seen((value ?? null) as Json)])
					.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
			),
		)
		.sort();
}
