/** DuckDB's names, literals and types. */
import type { ColumnType, Dialect, TableColumn } from "@growthnav/sdk/store";

const TYPES: Record<ColumnType, string> = {
	string: "VARCHAR",
	integer: "BIGINT",
	decimal: "DECIMAL(38,9)",
	float: "DOUBLE",
	boolean: "BOOLEAN",
	date: "DATE",
	timestamp: "TIMESTAMPTZ",
	datetime: "TIMESTAMP",
	time: "TIME",
	json: "JSON",
	bytes: "BLOB",
};

/** Without NUL, at which DuckDB would take a statement for ended. */
const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;

export const duckdbDialect: Dialect = {
	name: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
	text: (value) => (value.includes("\0") ? value.split("\0").map(quoted).join(" || chr(0) || ") : quoted(value)),
	instant: (text) => `TIMESTAMPTZ ${duckdbDialect.text(text)}`,
	json: (text) => duckdbDialect.text(text),
	type: (column) => typeOf(column, TYPES),
	scratch: (table, query) => `CREATE TEMP TABLE ${duckdbDialect.name(table)} AS ${query}`,
	empty: (table) => `DELETE FROM ${duckdbDialect.name(table)} WHERE TRUE`,
};

/** The type of a column under some choice of types for single values. */
export function typeOf(column: TableColumn, types: Record<ColumnType, string>): string {
	const { repeated } = column;
	if (repeated === undefined) return types[column.type];
	if (repeated === true) return `${types[column.type]}[]`;
	const fields = repeated.map((field) => `${duckdbDialect.name(field.name)} ${types[field.type]}`);
	return `STRUCT(${fields.join(", ")})[]`;
}
