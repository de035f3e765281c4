/** Columns as the REST API says them, as GoogleSQL says them, and as DuckDB holds them. */
import type { DuckDBListType, DuckDBStructType, DuckDBType } from "@duckdb/node-api";
import { invalid } from "./refusal.ts";
import type { SqlType } from "./sql/syntax.ts";

export interface Field {
	name: string;
	/** The REST API's word: INTEGER, FLOAT, BOOLEAN, RECORD. */
	type: FieldType;
	mode: "NULLABLE" | "REQUIRED" | "REPEATED";
	fields?: Field[];
	description?: string;
}

export type FieldType = keyof typeof DUCK_TYPES | "RECORD";

const DUCK_TYPES = {
	STRING: "VARCHAR",
	BYTES: "BLOB",
	INTEGER: "BIGINT",
	FLOAT: "DOUBLE",
	NUMERIC: "DECIMAL(38,9)",
	BOOLEAN: "BOOLEAN",
	DATE: "DATE",
	TIME: "TIME",
	DATETIME: "TIMESTAMP",
	TIMESTAMP: "TIMESTAMPTZ",
	JSON: "JSON",
};

const ALIASES: Record<string, FieldType> = { INT64: "INTEGER", FLOAT64: "FLOAT", BOOL: "BOOLEAN", STRUCT: "RECORD" };
const SQL_NAMES: Record<string, string> = { INTEGER: "INT64", FLOAT: "FLOAT64", BOOLEAN: "BOOL" };

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export function duckType(field: Field): string {
	const fields = (field.fields ?? []).map((inner) => `${quote(inner.name)} ${duckType(inner)}`);
	const one = field.type === "RECORD" ? `STRUCT(${fields.join(", ")})` : DUCK_TYPES[field.type];
	return field.mode === "REPEATED" ? `${one}[]` : one;
}

/** As INFORMATION_SCHEMA and error messages say it. */
export function sqlName(field: Field): string {
	const fields = (field.fields ?? []).map((inner) => `${inner.name} ${sqlName(inner)}`);
	const one = field.type === "RECORD" ? `STRUCT<${fields.join(", ")}>` : (SQL_NAMES[field.type] ?? field.type);
	return field.mode === "REPEATED" ? `ARRAY<${one}>` : one;
}

export function fieldOfSql(name: string, type: SqlType): Field {
	if (type.of === "array") return { ...fieldOfSql(name, type.item), mode: "REPEATED" };
	if (type.of === "scalar") return { name, type: ALIASES[type.name] ?? (type.name as FieldType), mode: "NULLABLE" };
	const fields = type.fields.map((inner) => fieldOfSql(inner.name, inner.type));
	return { name, type: "RECORD", mode: "NULLABLE", fields };
}

/** What a query of DuckDB's answers, in BigQuery's types. */
export function fieldOfDuck(name: string, type: DuckDBType): Field {
	if (type.alias === "JSON") return { name, type: "JSON", mode: "NULLABLE" };
	const text = type.toString();
	if (text.endsWith("]")) return { ...fieldOfDuck(name, (type as DuckDBListType).valueType), mode: "REPEATED" };
	if (text.startsWith("STRUCT(")) {
		const { entryNames, entryTypes } = type as DuckDBStructType;
		const fields = entryNames.map((entry, at) => fieldOfDuck(entry, entryTypes[at]!));
		return { name, type: "RECORD", mode: "NULLABLE", fields };
	}
	const known = text.startsWith("DECIMAL") ? "NUMERIC" : OF_DUCK[text];
	if (known === undefined) throw invalid(`the fake has no type of BigQuery for DuckDB's ${text} (column ${name})`);
	return { name, type: known, mode: "NULLABLE" };
}

const OF_DUCK: Record<string, FieldType> = {
	...(Object.fromEntries(Object.entries(DUCK_TYPES).map(([field, duck]) => [duck, field])) as Record<
		string,
		FieldType
	>),
	"TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
	TINYINT: "INTEGER",
	SMALLINT: "INTEGER",
	INTEGER: "INTEGER",
	UBIGINT: "INTEGER",
	HUGEINT: "INTEGER",
	FLOAT: "FLOAT",
	SQLNULL: "INTEGER",
};

const RESERVED_PREFIXES =
	/^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_SEQUENCE_NUMBER|_CHANGE_TYPE|_CHANGE_TIMESTAMP)/i;

/** Names that BigQuery takes, without the characters of flexible names: stricter than it. */
export function checkColumnName(name: string): void {
	if (!/^[A-Za-z_][A-Za-z0-9_]{0,299}$/.test(name)) {
		throw invalid(
			`Invalid field name "${name}". Fields must contain the allowed characters, and be at most 300 characters long.`,
		);
	}
	if (RESERVED_PREFIXES.test(name)) throw invalid(`Field name ${name} is not allowed: its prefix is reserved`);
}

export function checkColumns(fields: readonly Field[]): void {
	if (fields.length > 10_000) throw invalid("Too many fields: a table has at most 10,000");
	const seen = new Set<string>();
	for (const field of fields) {
		checkColumnName(field.name);
		const name = field.name.toLowerCase();
		if (seen.has(name)) throw invalid(`Field ${field.name} already exists in schema`);
		seen.add(name);
		if (field.fields !== undefined) checkColumns(field.fields);
	}
}

/** `{ fields: […] }` of a request. */
export function fieldsOf(schema: unknown): Field[] {
	const { fields } = (schema ?? {}) as { fields?: unknown };
	if (!Array.isArray(fields)) throw invalid("Schema has no fields");
	const read = fields.map(fieldOf);
	checkColumns(read);
	return read;
}

const KNOWN = new Set(["name", "type", "mode", "fields", "description", "policyTags"]);

function fieldOf(given: Record<string, unknown>): Field {
	const unknown = Object.keys(given).find((key) => !KNOWN.has(key));
	if (unknown !== undefined)
		throw invalid(`Invalid JSON payload received. Unknown name "${unknown}" at a field of the schema`);
	const name = String(given.name ?? "");
	const type = String(given.type ?? "").toUpperCase();
	const known = ALIASES[type] ?? (type as FieldType);
	if (known !== "RECORD" && !(known in DUCK_TYPES))
		throw invalid(`Invalid value for type: ${type} is not a valid value`);
	const mode = (given.mode ?? "NULLABLE") as Field["mode"];
	if (!["NULLABLE", "REQUIRED", "REPEATED"].includes(mode))
		throw invalid(`Invalid value for mode: ${mode} is not a valid value`);
	if ((known === "RECORD") !== Array.isArray(given.fields))
		throw invalid(`Field ${name} is type RECORD but has no schema`);
	return {
		name,
		type: known,
		mode,
		...(known === "RECORD" && { fields: fieldsOf({ fields: given.fields }) }),
		...(typeof given.description === "string" && { description: given.description }),
	};
}

/** Types that hold every value of another: all that SET DATA TYPE and INSERT may do by themselves. */
export function holds(wide: Field, narrow: Field): boolean {
	if ((wide.mode === "REPEATED") !== (narrow.mode === "REPEATED")) return false;
	if (wide.type === narrow.type) {
		return wide.type !== "RECORD" || sqlName(wide) === sqlName(narrow);
	}
	return (WIDER[narrow.type] ?? []).includes(wide.type);
}

const WIDER: Record<string, FieldType[]> = { INTEGER: ["NUMERIC", "FLOAT"], NUMERIC: ["FLOAT"] };
