/** One line of a load, held against the columns: an unknown field or a wrong type is an error, nothing is bent to fit. */
import { invalid } from "./refusal.ts";
import type { Field } from "./schema.ts";
import { canonical, exactNumber } from "./translate/json.ts";
import { hasZone, isDate, isDatetime, isNumeric, isTime, microsOf, plainDecimal } from "./translate/times.ts";

/** Texts that DuckDB casts to the column's type, lists and records of them. */
export type Texts = string | null | Texts[] | { [name: string]: Texts };

/** Numbers that a double may not hold as they are written. */
const RISKY = /\d[\d.]{14}|\d[eE]|\.\d*0[,}\] ]/;

interface Raw {
	rawJSON: string;
}

const isRaw = (value: unknown): value is Raw =>
	(JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
const rawJSON = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

export function parseRow(line: string): Record<string, unknown> {
	let row: unknown;
	try {
		row = RISKY.test(line) ? JSON.parse(line, keepNumbers) : JSON.parse(line);
	} catch (thrown) {
		throw invalid(`Parser terminated before end of string: ${(thrown as Error).message}`);
	}
	if (row === null || typeof row !== "object" || Array.isArray(row)) throw invalid("Start of object expected");
	return row as Record<string, unknown>;
}

function keepNumbers(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
	const source = context?.source;
	return typeof value === "number" && source !== undefined && source !== String(value) ? rawJSON(source) : value;
}

const names = new WeakMap<readonly Field[], Set<string>>();

function namesOf(fields: readonly Field[]): Set<string> {
	const known = names.get(fields) ?? new Set(fields.map((field) => field.name));
	names.set(fields, known);
	return known;
}

/** Without what is NULL. Throws what the service would say of the row. */
export function textsOf(row: Record<string, unknown>, fields: readonly Field[], path = ""): { [name: string]: Texts } {
	const known = namesOf(fields);
	for (const name in row) if (!known.has(name)) throw invalid(`No such field: ${path}${name}.`);
	const texts: { [name: string]: Texts } = {};
	for (const field of fields) {
		const text = fieldTexts(row[field.name], field, path);
		if (text !== null) texts[field.name] = text;
	}
	return texts;
}

function fieldTexts(value: unknown, field: Field, path: string): Texts {
	const name = path + field.name;
	if (field.mode === "REPEATED") {
		if (value === undefined) return [];
		if (value === null) throw invalid(`Only optional fields can be set to NULL. Field: ${name}; Value: NULL`);
		if (!Array.isArray(value)) throw invalid(`Repeated field must be imported as a JSON array. Field: ${name}.`);
		return value.map((item) => {
			if (item === null) throw invalid(`Only optional fields can be set to NULL. Field: ${name}; Value: NULL`);
			return scalarText(item, field, name);
		});
	}
	if (value === undefined || value === null) {
		if (field.mode === "REQUIRED") throw invalid(`Missing required field: ${name}.`);
		return null;
	}
	return scalarText(value, field, name);
}

function scalarText(value: unknown, field: Field, name: string): Texts {
	if (field.type === "JSON") return jsonOf(value, name);
	if (field.type === "RECORD") {
		if (typeof value !== "object" || Array.isArray(value)) throw invalid(`This field: ${name} is not a record.`);
		return textsOf(value as Record<string, unknown>, field.fields ?? [], `${name}.`);
	}
	if (Array.isArray(value)) throw invalid(`Array specified for non-repeated field: ${name}.`);
	const text = isRaw(value) ? value.rawJSON : String(value);
	const kind = isRaw(value) ? "number" : typeof value;
	const read = kind === "object" ? undefined : READERS[field.type](text, kind);
	if (read === undefined)
		throw invalid(`Could not convert value to ${field.type.toLowerCase()}. Field: ${name}; Value: ${shown(text)}`);
	return read;
}

const shown = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);

/** Undefined where the value is not of the type; `kind` is JSON's own type of it. */
const READERS: Record<Exclude<Field["type"], "RECORD" | "JSON">, (text: string, kind: string) => string | undefined> = {
	STRING: (text, kind) => (kind === "string" ? text : undefined),
	BYTES: (text, kind) => (kind === "string" && isBase64(text) ? blobText(text) : undefined),
	INTEGER: (text, kind) => (kind !== "boolean" && isInteger(text) ? text : undefined),
	FLOAT: (text, kind) =>
		kind === "number" || (kind === "string" && /^(NaN|[+-]?Infinity|-?\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(text))
			? text
			: undefined,
	NUMERIC: (text, kind) => (kind !== "boolean" && isNumeric(text) ? plainDecimal(text) : undefined),
	BOOLEAN: (text) => (text === "true" || text === "false" ? text : undefined),
	DATE: (text, kind) => (kind === "string" && isDate(text) ? text : undefined),
	TIME: (text, kind) => (kind === "string" && isTime(text) ? text : undefined),
	DATETIME: (text, kind) => (kind === "string" && isDatetime(text) ? text.replace(/[Tt]/, " ") : undefined),
	// the service takes one without zone for UTC: here it must be said
	TIMESTAMP: (text, kind) => (kind === "string" && hasZone(text) ? timestampText(text) : undefined),
};

function isInteger(text: string): boolean {
	if (!/^-?\d{1,19}$/.test(text)) return false;
	const value = BigInt(text);
	return value >= -(2n ** 63n) && value < 2n ** 63n;
}

function isBase64(text: string): boolean {
	return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** As DuckDB casts it to BLOB. */
function blobText(base64: string): string {
	return Buffer.from(base64, "base64").toString("hex").replace(/../g, "\\x$&");
}

function timestampText(text: string): string | undefined {
	const micros = microsOf(text);
	if (micros === undefined) return undefined;
	const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
	const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString();
	return /^\d{4}/.test(seconds) ? `${seconds.slice(0, 19)}.${String(fraction).padStart(6, "0")}+00` : undefined;
}

function jsonOf(value: unknown, name: string): string {
	try {
		return canonical(exact(value), 0);
	} catch (thrown) {
		throw invalid(`Invalid JSON value. Field: ${name}; ${(thrown as Error).message}`);
	}
}

/** Numbers as JSON keeps them; throws for one that it cannot hold. */
function exact(value: unknown): unknown {
	if (isRaw(value)) return exactNumber(Number(value.rawJSON), value.rawJSON);
	if (Array.isArray(value)) return value.map(exact);
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, exact(inner)]));
}
