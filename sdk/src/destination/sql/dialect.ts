/** What differs between the SQL of two stores; everything else of our statements is common to DuckDB and BigQuery. */
import type { TableColumn } from "../tables/layout.ts";

export interface Dialect {
	/** The only way in which a name comes into a statement. */
	name(identifier: string): string;
	/** A text literal. */
	text(value: string): string;
	/** A timestamp literal; the text is RFC 3339 in UTC. */
	instant(text: string): string;
	type(column: TableColumn): string;
}

/** Identifiers in one order everywhere, so that statements can be compared with golden ones. */
export function names(dialect: Dialect, identifiers: readonly string[], table?: string): string {
	const prefix = table === undefined ? "" : `${table}.`;
	return [...identifiers]
		.sort(byCodeUnits)
		.map((identifier) => prefix + dialect.name(identifier))
		.join(", ");
}

export function byCodeUnits(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
