/** Columns: what a stream's JSON Schema means in a table. */

/** Each means one BigQuery type and one DuckDB type. `datetime` has no zone; `json` also holds what has no one type. */
export type ColumnType =
	| "string"
	| "integer"
	| "decimal"
	| "float"
	| "boolean"
	| "date"
	| "timestamp"
	| "datetime"
	| "time"
	| "json"
	| "bytes";

export interface Column {
	/** Name of the property in the record. */
	property: string;
	/** Name of the column, from the persisted name map. */
	name: string;
	type: ColumnType;
	/** Part of the key or required by us: a wrong value refuses the record. */
	required?: boolean;
	/** The table has it, new rows do not fill it: its property vanished, or has another column since its type changed. */
	kept?: boolean;
}

/** A list column of the conversions table; stream tables have none (lists are json there). */
export interface RepeatedColumn {
	name: string;
	/** Absent: a list of strings. */
	fields?: { name: string; type: ColumnType }[];
}
