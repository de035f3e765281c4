/** The name map as rows of its table. */

import type { NameRow } from "../store.ts";
import { NAME_MAP, NAME_MAP_COLUMNS } from "../tables/layout.ts";
import { type Dialect, names } from "./dialect.ts";

const COLUMNS: Record<keyof NameRow, string> = {
	namespace: "namespace",
	stream: "stream",
	table: "table_name",
	column: "column_name",
	property: "property",
	type: "type",
	position: "position",
	kept: "kept",
	key: "key",
	cursor: "cursor",
	mode: "mode",
	connection: "connection",
};

/** Takes the place of rows of the same table and column. */
export function nameMapStatements(dialect: Dialect, rows: readonly NameRow[]): string[] {
	if (rows.length === 0) return [];
	const { name, text } = dialect;
	const table = name(NAME_MAP);
	const removed = [...Map.groupBy(rows, (row) => row.table)].map(([of, group]) => {
		const columns = group.flatMap((row) => (row.column === null ? [] : [text(row.column)]));
		const alternatives = [
			...(columns.length > 0 ? [`${name("column_name")} IN (${columns.join(", ")})`] : []),
			...(columns.length < group.length ? [`${name("column_name")} IS NULL`] : []),
		];
		return `DELETE FROM ${table} WHERE ${name("table_name")} = ${text(of)} AND (${alternatives.join(" OR ")})`;
	});
	const fields = Object.entries(COLUMNS) as [keyof NameRow, string][];
	fields.sort(([, a], [, b]) => (a < b ? -1 : 1));
	const literal = (field: keyof NameRow, value: string | number | boolean | null) => {
		if (value === null) return "NULL";
		if (typeof value !== "string") return String(value).toUpperCase();
		return field === "key" || field === "cursor" ? dialect.json(value) : text(value);
	};
	const values = rows.map((row) => `(${fields.map(([field]) => literal(field, row[field])).join(", ")})`);
	return [
		...removed,
		`INSERT INTO ${table} (${names(
			dialect,
			NAME_MAP_COLUMNS.map((column) => column.name),
		)}) VALUES ${values.join(", ")}`,
	];
}

export function nameMapQuery(dialect: Dialect): string {
	const { name } = dialect;
	const fields = Object.entries(COLUMNS).map(([field, column]) => `${name(column)} AS ${name(field)}`);
	return `SELECT ${fields.join(", ")} FROM ${name(NAME_MAP)} ORDER BY ${name("table_name")}, ${name("position")}`;
}
