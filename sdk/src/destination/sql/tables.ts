/** Statements that make and change tables; all are harmless when they run a second time. */
import type { Table, TableColumn } from "../tables/layout.ts";
import type { Dialect } from "./dialect.ts";

export function createTable(dialect: Dialect, table: Table): string {
	const columns = table.columns.map((column) => `${dialect.name(column.name)} ${dialect.type(column)}`);
	return `CREATE TABLE IF NOT EXISTS ${dialect.name(table.name)} (${columns.join(", ")})`;
}

export function addColumn(dialect: Dialect, table: string, column: TableColumn): string {
	return `ALTER TABLE ${dialect.name(table)} ADD COLUMN IF NOT EXISTS ${dialect.name(column.name)} ${dialect.type(column)}`;
}

/** Only to a type that holds every value of the old one. */
export function widenColumn(dialect: Dialect, table: string, column: TableColumn): string {
	return `ALTER TABLE ${dialect.name(table)} ALTER COLUMN ${dialect.name(column.name)} SET DATA TYPE ${dialect.type(column)}`;
}

export function dropTable(dialect: Dialect, table: string): string {
	return `DROP TABLE IF EXISTS ${dialect.name(table)}`;
}
