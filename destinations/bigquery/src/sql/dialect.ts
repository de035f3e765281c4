/** BigQuery's names, literals and types: GoogleSQL. */
import type { ColumnType, Dialect, TableColumn } from "@growthnav/sdk/store";
import { identifier } from "./guard.ts";

export const TYPES: Record<ColumnType, string> = {
	string: "STRING",
	integer: "INT64",
	decimal: "NUMERIC",
	float: "FLOAT64",
	boolean: "BOOL",
	date: "DATE",
	timestamp: "TIMESTAMP",
	datetime: "DATETIME",
	time: "TIME",
	json: "JSON",
	bytes: "BYTES",
};

const ESCAPES: Record<string, string> = { "\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

export const bigqueryDialect: Dialect = {
	name: identifier,
	text: literal,
	instant: (text) => `TIMESTAMP ${literal(text)}`,
	json: (text) => `PARSE_JSON(${literal(text)})`,
	type: typeOf,
	scratch: (table, query) => `CREATE TEMP TABLE ${bigqueryDialect.name(table)} AS ${query}`,
	empty: (table) => `TRUNCATE TABLE ${bigqueryDialect.name(table)}`,
};

/** Control characters and line ends as escapes: a literal stands on one line. */
function literal(value: string): string {
	const inner = value.replace(
		/[\\'\p{Cc}\u2028\u2029]/gu,
		(one) => ESCAPES[one] ?? `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
	return `'${inner}'`;
}

function typeOf({ type, repeated }: TableColumn): string {
	if (repeated === undefined) return TYPES[type];
	if (repeated === true) return `ARRAY<${TYPES[type]}>`;
	return `ARRAY<STRUCT<${repeated.map((field) => `${bigqueryDialect.name(field.name)} ${TYPES[field.type]}`).join(", ")}>>`;
}

/**
 * The dialect of one commit: tables of its statements have names of their own in the dataset, where they end by
 * themselves, and days are named where the target is partitioned.
 */
export function commitDialect(scratch: {
	/** The table in the dataset for a name of the statements. */
	tables: ReadonlyMap<string, string>;
	/** RFC 3339: when they end. */
	expires: string;
	partitions: Dialect["partitions"];
	adopted?: Dialect["adopted"];
}): Dialect {
	const name = (one: string) => identifier(scratch.tables.get(one) ?? one);
	return {
		...bigqueryDialect,
		name,
		scratch: (table, query) =>
			scratch.tables.has(table)
				? `CREATE OR REPLACE TABLE ${name(table)} OPTIONS (expiration_timestamp = ${bigqueryDialect.instant(scratch.expires)}) AS ${query}`
				: bigqueryDialect.scratch(table, query),
		...(scratch.partitions !== undefined && { partitions: scratch.partitions }),
		...(scratch.adopted !== undefined && { adopted: scratch.adopted }),
	};
}
