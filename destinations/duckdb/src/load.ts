/**
 * Files of the spool as a query. Two types are not read as what they become: text to DECIMAL(38,9) costs 5.5 µs a
 * value wherever it is done, but 35 ns by way of DECIMAL(18,9) for the short values that nearly all are; and bytes
 * stand in JSON as base64. Times of ours are microseconds there.
 */
import type { ColumnType, LoadPart, StagedColumn } from "@growthnav/sdk/store";
import { duckdbDialect, typeOf } from "./dialect.ts";

const { name, text } = duckdbDialect;

const READ_TYPES: Record<ColumnType, string> = {
	string: "VARCHAR",
	integer: "BIGINT",
	decimal: "VARCHAR",
	float: "DOUBLE",
	boolean: "BOOLEAN",
	date: "DATE",
	timestamp: "TIMESTAMPTZ",
	datetime: "TIMESTAMP",
	time: "TIME",
	json: "JSON",
	bytes: "VARCHAR",
};

/** DuckDB keeps buffers of twice the longest line per thread: files with long lines are read alone. */
const LONG_LINE = 1_000_000;

/** Queries that together give the rows of all parts, typed; few where the parts are alike. */
export function loadQueries(columns: readonly StagedColumn[], parts: readonly LoadPart[]): string[] {
	const alike = new Map<string, LoadPart[]>();
	for (const part of parts) {
		if (part.rows === 0) continue;
		const long = part.longestLine > LONG_LINE;
		const group = long ? part.file : `${part.after ?? ""} ${part.through ?? ""}`;
		alike.set(group, [...(alike.get(group) ?? []), part]);
	}
	return [...alike.values()].map((group) => loadQuery(columns, group));
}

/** An empty result of the same columns. */
export function emptyQuery(columns: readonly StagedColumn[]): string {
	return `SELECT ${columns.map(empty).join(", ")} WHERE FALSE`;
}

function empty(column: StagedColumn): string {
	return `CAST(NULL AS ${duckdbDialect.type(column)}) AS ${name(column.name)}`;
}

function loadQuery(columns: readonly StagedColumn[], parts: readonly LoadPart[]): string {
	const [{ after, through }] = parts as [LoadPart];
	const present = columns.filter((column) => column.absent !== true);
	const read = present.map((column) => {
		const type = column.micros === true ? "BIGINT" : typeOf(column, READ_TYPES);
		return `${text(column.name)}: ${text(type)}`;
	});
	const longest = Math.max(...parts.map((part) => part.longestLine));
	const bounds = [
		...(after === undefined ? [] : [`"_gn_seq" > ${after}`]),
		...(through === undefined ? [] : [`"_gn_seq" <= ${through}`]),
	];
	return (
		`SELECT ${columns.map(selected).join(", ")} ` +
		`FROM read_json([${parts.map((part) => text(part.file)).join(", ")}], format = 'newline_delimited', ` +
		`records = true, columns = {${read.join(", ")}}, maximum_object_size = ${longest + 2})` +
		(bounds.length === 0 ? "" : ` WHERE ${bounds.join(" AND ")}`)
	);
}

function selected(column: StagedColumn): string {
	return column.absent === true ? empty(column) : `${typed(column)} AS ${name(column.name)}`;
}

function typed(column: StagedColumn): string {
	const value = name(column.name);
	if (column.micros === true) return `make_timestamptz(${value})`;
	const { repeated } = column;
	if (repeated === undefined) return converted(column.type, value);
	if (repeated === true)
		return needsWork(column.type) ? `list_transform(${value}, lambda e: ${converted(column.type, "e")})` : value;
	if (!repeated.some((field) => needsWork(field.type))) return value;
	const fields = repeated.map((field) => `${name(field.name)} := ${converted(field.type, `e.${name(field.name)}`)}`);
	return `list_transform(${value}, lambda e: struct_pack(${fields.join(", ")}))`;
}

function needsWork(type: ColumnType): boolean {
	return type === "decimal" || type === "bytes";
}

function converted(type: ColumnType, value: string): string {
	if (type === "bytes") return `from_base64(${value})`;
	if (type !== "decimal") return value;
	return (
		`CASE WHEN length(${value}) <= 9 THEN ${value}::DECIMAL(18,9)::DECIMAL(38,9) ` + `ELSE ${value}::DECIMAL(38,9) END`
	);
}
