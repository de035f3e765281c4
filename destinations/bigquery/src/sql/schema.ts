/** Tables and staged files as the schemas of BigQuery's REST API. */
import type { Json, JsonObject, StagedColumn, TableColumn } from "@growthnav/sdk/store";
import { TYPES } from "./dialect.ts";

export interface Field {
	name: string;
	type: string;
	mode?: "REPEATED" | "NULLABLE" | "REQUIRED";
	fields?: Field[];
}

/** REST says INTEGER, FLOAT and BOOLEAN where SQL says INT64, FLOAT64 and BOOL; it takes both. */
export function fieldOf({ name, type, repeated }: TableColumn): Field {
	if (repeated === undefined) return { name, type: TYPES[type] };
	if (repeated === true) return { name, type: TYPES[type], mode: "REPEATED" };
	return {
		name,
		type: "RECORD",
		mode: "REPEATED",
		fields: repeated.map((field) => ({ name: field.name, type: TYPES[field.type] })),
	};
}

/** A file of the spool as it is: times of ours are microseconds there. */
export function rawField(column: StagedColumn): Field {
	return column.micros === true ? { name: column.name, type: "INT64" } : fieldOf(column);
}

/** Rows of a query, whose values are text in BigQuery's JSON, as values of their types. */
export function typedRow(row: Record<string, Json>, fields: readonly Field[]): JsonObject {
	return Object.fromEntries(fields.map((field) => [field.name, typedValue(row[field.name] ?? null, field)]));
}

function typedValue(value: Json, { type, mode, fields }: Field): Json {
	if (value === null) return null;
	if (mode === "REPEATED" && Array.isArray(value)) {
		const one = { name: "", type, ...(fields !== undefined && { fields }) };
		return value.map((item) => typedValue(item, one));
	}
	if (fields !== undefined && typeof value === "object" && !Array.isArray(value)) {
		return typedRow(value as Record<string, Json>, fields);
	}
	const text = String(value);
	switch (type) {
		case "INT64":
		case "INTEGER":
			return Number.isSafeInteger(Number(text)) ? Number(text) : text;
		case "FLOAT64":
		case "FLOAT":
			return Number.isFinite(Number(text)) ? Number(text) : text;
		case "BOOL":
		case "BOOLEAN":
			return text === "true";
		case "TIMESTAMP":
			return instantOf(text);
		case "JSON":
			return JSON.parse(text) as Json;
		default:
			return text;
	}
}

/** From microseconds since 1970 as text (`useInt64Timestamp`) to RFC 3339 in UTC. */
function instantOf(text: string): string {
	if (!/^-?\d+$/.test(text)) return text;
	const micros = BigInt(text);
	const second = micros / 1_000_000n - (micros % 1_000_000n < 0n ? 1n : 0n);
	const fraction = String(micros - second * 1_000_000n)
		.padStart(6, "0")
		.replace(/0+$/, "");
	const whole = new Date(Number(second) * 1000).toISOString().slice(0, 19);
	return `${whole}${fraction === "" ? "" : `.${fraction}`}Z`;
}
