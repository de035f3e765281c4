/** The tables as a store makes them: our own, and the columns of ours that stand in every table of a stream. */
import { CONVERSION_COLUMNS, type ConversionColumnDefinition } from "@growthnav/spec";
import type { Column, ColumnType } from "./columns.ts";

/** Of our own tables; a store whose ledger says a higher number was written by a newer version. */
export const LAYOUT_VERSION = 1;

export interface TableColumn {
	name: string;
	type: ColumnType;
	/** A list: of `type`, or of rows with these fields. */
	repeated?: true | { name: string; type: ColumnType }[];
}

export interface Table {
	name: string;
	columns: TableColumn[];
}

export const CONVERSIONS = "conversions";
export const DEAD_LETTERS = "_gn_dead_letters";
export const COMMITS = "_gn_commits";
export const NAME_MAP = "_gn_columns";

/** What the spool says of each row of a stream, beside the stream's own columns. Times there are microseconds. */
export const SPOOLED_META: TableColumn[] = [
	{ name: "_gn_deleted_at", type: "timestamp" },
	{ name: "_gn_emitted_at", type: "timestamp" },
	{ name: "_gn_extra", type: "json" },
	{ name: "_gn_hash", type: "string" },
	{ name: "_gn_key", type: "string" },
	{ name: "_gn_meta", type: "json" },
	{ name: "_gn_seq", type: "integer" },
];

/** What is the same for all rows of one commit. */
export const COMMIT_META: TableColumn[] = [
	{ name: "_gn_batch_id", type: "string" },
	{ name: "_gn_generation_id", type: "integer" },
	{ name: "_gn_loaded_at", type: "timestamp" },
];

/** Cursor values that are no column of their own, because the cursor is a path into an object. */
export const NESTED_CURSOR = "_gn_cursor";

/** The table of a stream: its columns in the order of the name map, then ours. */
export function streamTable(name: string, columns: readonly Column[], nestedCursor?: ColumnType): Table {
	const own = columns.map((column): TableColumn => ({ name: column.name, type: column.type }));
	const cursor: TableColumn[] = nestedCursor === undefined ? [] : [{ name: NESTED_CURSOR, type: nestedCursor }];
	return { name, columns: [...own, ...cursor, ...SPOOLED_META, ...COMMIT_META] };
}

/** The columns of `conversions`, those of the Conversion first; `_gn_table` and `_gn_hash` are the store's own. */
export const CONVERSION_TABLE_COLUMNS: TableColumn[] = [
	...CONVERSION_COLUMNS.map((column: ConversionColumnDefinition): TableColumn => {
		const { name, type, repeated } = column;
		if (repeated === undefined) return { name, type };
		return { name, type, repeated: repeated === true ? true : repeated.map(({ name, type }) => ({ name, type })) };
	}),
	// the table of the stream that the row came from: with `_gn_key` it leads to the record
	{ name: "_gn_table", type: "string" },
	{ name: "_gn_hash", type: "string" },
];

/** Of a conversion, what is the same for all rows of one stream in one commit. */
export const CONVERSION_COMMIT_COLUMNS = ["_gn_generation_id", "_gn_table", "loaded_at", "sync_id"] as const;

/** Filled in later by other programs: a new version of a conversion leaves them, where it does not bring its own. */
export const CONVERSION_LATER_COLUMNS: readonly string[] = [
	"global_customer_id",
	...CONVERSION_COLUMNS.filter((column) => column.group === "attribution").map((column) => column.name),
];

export const DEAD_LETTER_COLUMNS: TableColumn[] = [
	{ name: "_gn_id", type: "string" },
	{ name: "connection", type: "string" },
	{ name: "namespace", type: "string" },
	{ name: "stream", type: "string" },
	// record, conversion, or line where no record could be made out
	{ name: "kind", type: "string" },
	{ name: "code", type: "string" },
	{ name: "reason", type: "string" },
	{ name: "path", type: "string" },
	{ name: "file", type: "string" },
	// of the file; where there is none, of the input
	{ name: "line", type: "integer" },
	{ name: "record_id", type: "string" },
	// the mapping whose conversion was refused
	{ name: "mapping", type: "string" },
	{ name: "emitted_at", type: "timestamp" },
	// the record's data as JSON, or the line; only its start where it is longer than the limit
	{ name: "raw", type: "string" },
	{ name: "raw_bytes", type: "integer" },
	{ name: "raw_sha256", type: "string" },
	{ name: "sync_id", type: "string" },
	{ name: "batch_id", type: "string" },
	{ name: "rejected_at", type: "timestamp" },
	{ name: "resolved_at", type: "timestamp" },
];

/** One row per commit; the last rows per stream hold the states from which a source goes on. */
export const COMMIT_COLUMNS: TableColumn[] = [
	{ name: "batch_id", type: "string" },
	{ name: "connection", type: "string" },
	{ name: "customer_id", type: "string" },
	{ name: "epoch", type: "integer" },
	{ name: "sync_id", type: "string" },
	{ name: "source", type: "string" },
	// JSON, but as text: a JSON column would write 1.0 as 1, and a state goes back as it came
	{ name: "states", type: "string" },
	{ name: "counts", type: "json" },
	{ name: "rows", type: "integer" },
	{ name: "bytes", type: "integer" },
	{ name: "layout", type: "integer" },
	{ name: "started_at", type: "timestamp" },
	{ name: "committed_at", type: "timestamp" },
	// the last commit of a run that read its input to the end
	{ name: "finished", type: "boolean" },
	// seconds from the reading of its oldest line to the commit
	{ name: "lag_s", type: "float" },
];

/** The name map: which property of which stream stands in which column; it never changes a name once given. */
export const NAME_MAP_COLUMNS: TableColumn[] = [
	{ name: "namespace", type: "string" },
	{ name: "stream", type: "string" },
	{ name: "table_name", type: "string" },
	{ name: "column_name", type: "string" },
	{ name: "property", type: "string" },
	{ name: "type", type: "string" },
	{ name: "position", type: "integer" },
	{ name: "kept", type: "boolean" },
	{ name: "key", type: "json" },
	{ name: "cursor", type: "json" },
	{ name: "mode", type: "string" },
	{ name: "connection", type: "string" },
];

/** What every store has from the start. */
export const OWN_TABLES: Table[] = [
	{ name: CONVERSIONS, columns: CONVERSION_TABLE_COLUMNS },
	{ name: DEAD_LETTERS, columns: DEAD_LETTER_COLUMNS },
	{ name: COMMITS, columns: COMMIT_COLUMNS },
	{ name: NAME_MAP, columns: NAME_MAP_COLUMNS },
];
