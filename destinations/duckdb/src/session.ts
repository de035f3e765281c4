/** Statements on one connection, one after the other. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Json, JsonObject, QueryResult } from "@growthnav/sdk/store";
import { jsonValue } from "./values.ts";

export interface Session {
	/** Answers how many rows it wrote. */
	run(sql: string): Promise<number>;
	/** All rows, as JSON. */
	rows(sql: string): Promise<JsonObject[]>;
	stream(sql: string, signal?: AbortSignal): Promise<QueryResult>;
}

export function openSession(connection: DuckDBConnection): Session {
	const stream = async (sql: string, signal?: AbortSignal): Promise<QueryResult> => {
		const result = await connection.stream(sql);
		const names = result.deduplicatedColumnNames();
		const types = result.columnTypes();
		return {
			columns: names.map((name, at) => ({ name, type: types[at]!.alias ?? types[at]!.toString() })),
			rows: (async function* () {
				for (;;) {
					signal?.throwIfAborted();
					const chunk = await result.fetchChunk();
					if (chunk === null || chunk.rowCount === 0) return;
					for (const row of chunk.getRows()) {
						const members = names.map((name, at): [string, Json] => [name, jsonValue(row[at]!, types[at]!)]);
						yield Object.fromEntries(members);
					}
				}
			})(),
		};
	};
	return {
		stream,
		async run(sql) {
			return (await connection.run(sql)).rowsChanged;
		},
		async rows(sql) {
			const { rows } = await stream(sql);
			const all: JsonObject[] = [];
			for await (const row of rows) all.push(row);
			return all;
		},
	};
}
