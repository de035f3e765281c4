/** What differs between the SQL of two stores; everything else of our statements is common to DuckDB and BigQuery. */
import { byCodeUnits } from "../../order.ts";
import type { TableColumn } from "../tables/layout.ts";

export interface Dialect {
	/** The only way in which a name comes into a statement. */
	name(identifier: string): string;
	/** A text literal. */
	text(value: string): string;
	/** A timestamp literal; the text is RFC 3339 in UTC. */
	instant(text: string): string;
	/** A literal for a json column, from its JSON text. */
	json(text: string): string;
	type(column: TableColumn): string;
	/** Makes a table for the statements of one commit from a query. */
	scratch(table: string, query: string): string;
	/** Takes all rows out of a table. */
	empty(table: string): string;
	/** Left out by a store that keeps its tables whole. */
	partitions?: Partitions;
	/** Left out by a store in which all tables are ours from the start. */
	adopted?: Adopted;
}

/** A table that was made by others before, whose columns stay as they are. */
export interface Adopted {
	/** The value as the table's column takes it. */
	value(table: string, column: string, value: string): string;
	/** Columns that are not ours and must be filled, with what fills them. */
	extra(table: string): ReadonlyMap<string, string>;
}

/** Tables that are kept in parts by the days of a column, of which a statement reads only those that it names. */
export interface Partitions {
	/** Undefined for a table in one part. */
	column(table: string): string | undefined;
	/**
	 * A condition on the column in which `find` bounds where rows that are there already may lie, `change` where those
	 * lie that are changed. Undefined: anywhere.
	 */
	within(table: string, alias: string, use: PartitionUse): string | undefined;
}

export type PartitionUse = "find" | "change";

/** ` AND (…)`, or nothing where all of a table is meant. */
export function within(dialect: Dialect, table: string, alias: string, use: PartitionUse): string {
	const condition = dialect.partitions?.within(table, alias, use);
	return condition === undefined ? "" : ` AND (${condition})`;
}

/** Where the row of the table that was found lies: a column of a verdict table, or nothing. */
export function found(dialect: Dialect, table: string, alias: string): string {
	const column = dialect.partitions?.column(table);
	return column === undefined ? "" : `, ${alias}.${dialect.name(column)} AS ${dialect.name("found")}`;
}

/** Identifiers in one order everywhere, so that statements can be compared with golden ones. */
export function names(dialect: Dialect, identifiers: readonly string[], table?: string): string {
	const prefix = table === undefined ? "" : `${table}.`;
	return [...identifiers]
		.sort(byCodeUnits)
		.map((identifier) => prefix + dialect.name(identifier))
		.join(", ");
}
