/** Values of spool files as the memory destination keeps them: as `sql` of a real store would answer them. */
import { readFileSync } from "node:fs";
import type { Json, JsonObject } from "@growthnav/spec";
import type { LoadPart } from "../destination/epochs/epoch.ts";
import type { ColumnType } from "../destination/tables/columns.ts";
import type { TableColumn } from "../destination/tables/layout.ts";
import { compareDecimals, isRawNumber, numberText, shortestDecimal } from "../protocol/numbers.ts";
import { parseJson } from "../protocol/parse.ts";

export type Row = { [column: string]: Json };

/** Rows of the parts, with `_gn_seq`. `micros` names the columns whose times are microseconds there. */
export function rowsOf(
	parts: readonly LoadPart[],
	columns: readonly TableColumn[],
	micros: ReadonlySet<string>,
): Row[] {
	return parts.flatMap((part) =>
		readFileSync(part.file, "utf8")
			.split("\n")
			.filter((line) => line !== "")
			.map((line) => parseJson(line) as JsonObject)
			.filter((line) => isWithin(part, Number(line._gn_seq)))
			.map((line) => rowOf(line, columns, micros)),
	);
}

function isWithin({ after, through }: LoadPart, seq: number): boolean {
	return (after === undefined || seq > after) && (through === undefined || seq <= through);
}

function rowOf(line: JsonObject, columns: readonly TableColumn[], micros: ReadonlySet<string>): Row {
	const row: Row = {};
	for (const column of columns) {
		const value = line[column.name] ?? null;
		row[column.name] =
			value !== null && micros.has(column.name) ? instantOf(value as number) : typedValue(column, value);
	}
	return row;
}

function typedValue({ type, repeated }: TableColumn, value: Json): Json {
	if (value === null || repeated === undefined) return value === null ? null : single(type, value);
	if (repeated === true) return (value as Json[]).map((item) => (item === null ? null : single(type, item)));
	return (value as JsonObject[]).map((item) =>
		Object.fromEntries(
			repeated.map((field) => {
				const inner = item[field.name] ?? null;
				return [field.name, inner === null ? null : single(field.type, inner)];
			}),
		),
	);
}

function single(type: ColumnType, value: Json): Json {
	if (type === "decimal") return shortestDecimal(literal(value));
	if (type !== "integer") return value;
	const whole = literal(value);
	return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
}

function literal(value: Json): string {
	return typeof value === "number" || isRawNumber(value) ? numberText(value) : String(value);
}

function instantOf(micros: number): string {
	const fraction = ((micros % 1_000_000) + 1_000_000) % 1_000_000;
	const seconds = new Date((micros - fraction) / 1000).toISOString().slice(0, -5);
	const digits = fraction === 0 ? "" : `.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
	return `${seconds}${digits}Z`;
}

/** The order of a column's values; null stands before all others. */
export function compareValues(type: ColumnType, a: Json, b: Json): number {
	if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
	switch (type) {
		case "integer":
		case "decimal":
			return compareDecimals(literal(a), literal(b));
		case "float":
		case "boolean":
			return Number(a) - Number(b);
		case "timestamp":
		case "datetime":
		case "time":
			return byBytes(padded(String(a)), padded(String(b)));
		default:
			return byBytes(String(a), String(b));
	}
}

/** With six decimals and without its zone, which is the same for all. */
function padded(time: string): string {
	const [clock = "", fraction = ""] = time.replace(/Z$/, "").split(".");
	return `${clock}.${fraction.padEnd(6, "0")}`;
}

/** Stores compare text by its UTF-8. */
function byBytes(a: string, b: string): number {
	return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
