/** What a query answers: its fields and rows. */
import type { DuckDBValue } from "@duckdb/node-api";
import type { DuckSession } from "./engine.ts";
import { invalidQuery } from "./refusal.ts";
import type { Answered } from "./run.ts";
import { type Field, fieldOfDuck } from "./schema.ts";
import { rowOf } from "./values.ts";

export async function columnTypes(session: DuckSession, sql: string): Promise<Field[]> {
	return (await session.columns(sql)).map(({ name, type }) => fieldOfDuck(name, type));
}

export function answeredOf(sql: string, fields: Field[], rows: DuckDBValue[][]): Answered {
	return {
		sql,
		fields,
		count: rows.length,
		rows: (int64Timestamps) => rows.map((row) => rowOf(row, fields, { int64Timestamps })),
	};
}

/** The outermost names of a result must differ; those of a subquery need not. */
export function checkDistinctNames(columns: readonly string[]): void {
	const seen = new Set<string>();
	for (const column of columns) {
		if (seen.has(column.toLowerCase())) {
			throw invalidQuery(`Duplicate column names in the result are not supported. Found duplicate(s): ${column}`);
		}
		seen.add(column.toLowerCase());
	}
}
