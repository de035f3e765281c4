/** Rows in BigQuery's JSON: `{ f: [{ v }] }`, everything text. */
import type {
	DuckDBBlobValue,
	DuckDBListValue,
	DuckDBStructValue,
	DuckDBTimestampTZValue,
	DuckDBValue,
} from "@duckdb/node-api";
import type { Field } from "./schema.ts";

export type Cell = { v: CellValue };
export type CellValue = string | null | Cell[] | { f: Cell[] };
export type Row = { f: Cell[] };

export interface ValueFormat {
	/** TIMESTAMP as microseconds since 1970; else seconds as a float. */
	int64Timestamps: boolean;
}

export function rowOf(values: readonly DuckDBValue[], fields: readonly Field[], format: ValueFormat): Row {
	return { f: fields.map((field, at) => ({ v: cellValue(values[at] ?? null, field, format) })) };
}

function cellValue(value: DuckDBValue, field: Field, format: ValueFormat): CellValue {
	if (field.mode === "REPEATED") {
		// there are no null arrays
		const items = value === null ? [] : (value as DuckDBListValue).items;
		return items.map((item) => ({ v: scalar(item, field, format) }));
	}
	return scalar(value, field, format);
}

function scalar(value: DuckDBValue, field: Field, format: ValueFormat): CellValue {
	if (value === null) return null;
	switch (field.type) {
		case "RECORD": {
			const { entries } = value as DuckDBStructValue;
			return rowOf(
				(field.fields ?? []).map((inner) => entries[inner.name] ?? null),
				field.fields ?? [],
				format,
			);
		}
		case "BYTES":
			return Buffer.from((value as DuckDBBlobValue).bytes).toString("base64");
		case "NUMERIC":
			return withoutZeros(String(value));
		case "FLOAT":
			return floatText(Number(value));
		case "TIMESTAMP":
			return timestampText((value as DuckDBTimestampTZValue).micros, format);
		case "DATETIME":
			return String(value).replace(" ", "T");
		default:
			return String(value);
	}
}

function withoutZeros(text: string): string {
	return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function timestampText(micros: bigint, { int64Timestamps }: ValueFormat): string {
	return int64Timestamps ? String(micros) : floatText(Number(micros) / 1e6);
}

/** As Java writes a double. */
export function floatText(value: number): string {
	if (!Number.isFinite(value)) return String(value).replace("Infinity", "Infinity");
	if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
	const size = Math.abs(value);
	if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
	const [mantissa, exponent] = value.toExponential().split("e") as [string, string];
	return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** The same row as an object by column name, for tests: REST's text, lists and records plain. */
export function plainRow(row: Row, fields: readonly Field[]): Record<string, unknown> {
	return Object.fromEntries(fields.map((field, at) => [field.name, plain(row.f[at]!.v, field)]));
}

function plain(value: CellValue, field: Field): unknown {
	if (Array.isArray(value)) return value.map((item) => plain(item.v, field));
	if (value !== null && typeof value === "object") return plainRow(value, field.fields ?? []);
	return value;
}
