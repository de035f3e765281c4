/**
 * The key of a row as text, for `_gn_key`: the canonical JSON of its values in a list, `["9cXkQ7f"]`, `["A",7]`. Numbers
 * stand without quotes and without zeros at their end, so a column that widens from integer to decimal keeps its keys.
 */
import { hash } from "node:crypto";
import type { Json, JsonObject } from "@growthnav/spec";
import { recordId } from "../../conversion/conversion-id.ts";
import { canonicalDecimal, isRawNumber, shortestDecimal } from "../../protocol/numbers.ts";
import { parseJson } from "../../protocol/parse.ts";
import type { Column, ColumnType } from "../tables/columns.ts";
import { convertValue, reasonOf } from "./values/convert.ts";
import type { WrongCode } from "./values/converted.ts";
import { isQuoted, textOfValue } from "./values/quick.ts";

/** Longer keys are kept as `h:` and the SHA-256 of their text. */
const LONGEST_KEY = 200;

/** Why a record has no key, or no version. */
export interface KeyFault {
	code: "missing_key" | WrongCode;
	reason: string;
	path: string;
}

type Part = (data: JsonObject) => string | undefined;

/**
 * Key text of a record, whose values of `columns` have been found right. A part may be null, not all of them. Undefined
 * where the stream has no key.
 */
export function compileKey(
	columns: readonly Column[],
	primaryKey: readonly string[][],
): ((data: JsonObject) => string | KeyFault) | undefined {
	if (primaryKey.length === 0) return undefined;
	const parts = primaryKey.map((path) => partOf(columns, path));
	const named = primaryKey.map((path) => path.join(".")).join(", ");
	const missing: KeyFault = { code: "missing_key", reason: `${named} is missing`, path: named };
	const [first] = parts;
	if (parts.length === 1 && first !== undefined) {
		return (data) => {
			const text = first(data);
			return text === undefined ? missing : text === NO_SCALAR ? noScalar(named) : shortened(`[${text}]`);
		};
	}
	return (data) => {
		const texts = parts.map((part) => part(data));
		if (texts.every((text) => text === undefined)) return missing;
		const wrong = texts.indexOf(NO_SCALAR);
		if (wrong >= 0) return noScalar(primaryKey[wrong]!.join("."));
		return shortened(`[${texts.map((text) => text ?? "null").join(",")}]`);
	};
}

/**
 * The cursor value as plain text (an instant, a number, a word), undefined where there is none. `type` is for a path
 * into an object, whose column does not tell: a value that is not of it is a fault, as a wrong value of a column is.
 */
export function compileCursor(
	columns: readonly Column[],
	cursor: readonly string[] = [],
	type?: ColumnType,
): (data: JsonObject) => string | KeyFault | undefined {
	if (cursor.length === 0) return () => undefined;
	const path = [...cursor];
	const kind = type ?? typeAt(columns, path);
	const read = valueAt(path);
	return (data) => {
		const value = read(data);
		if (value === undefined || value === null) return undefined;
		const text = scalarText(kind, value);
		if (text === undefined && type !== undefined) return wrongCursor(kind, path, value);
		// escaped as in JSON
		return text?.includes("\\") && isText(kind, value) ? (JSON.parse(`"${text}"`) as string) : text;
	};
}

function wrongCursor(type: ColumnType, cursor: string[], value: Json): KeyFault {
	const path = cursor.join(".");
	const code = convertValue(type, value).wrong ?? "wrong_type";
	return { code, reason: `${path}: ${reasonOf(type, code, value)}`, path };
}

/** No text of a value is empty: this is a list or an object where one value was expected. */
const NO_SCALAR = "";

function noScalar(path: string): KeyFault {
	return { code: "wrong_type", reason: `${path}: a key is one value, not a list or an object`, path };
}

function shortened(key: string): string {
	return key.length <= LONGEST_KEY ? key : `h:${hash("sha256", key)}`;
}

/** One value of a record as JSON text: as its column keeps it, or as it is where it has no column of its own. */
function partOf(columns: readonly Column[], path: string[]): Part {
	const type = typeAt(columns, path);
	const read = valueAt(path);
	return (data) => {
		const value = read(data);
		if (value === undefined || value === null) return undefined;
		const text = scalarText(type, value);
		if (text === undefined) return NO_SCALAR;
		return isText(type, value) ? `"${text}"` : text;
	};
}

function typeAt(columns: readonly Column[], path: string[]): ColumnType {
	const column = path.length === 1 ? columns.find(({ property }) => property === path[0]) : undefined;
	return column?.type ?? "json";
}

/** Reads the value at a path. */
function valueAt(path: string[]): (data: JsonObject) => Json | undefined {
	const [property = ""] = path;
	if (path.length === 1 && !(property in Object.prototype)) return (data) => data[property];
	return (data) => {
		let value: Json | undefined = data;
		for (const name of path) {
			if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
			value = (value as JsonObject)[name];
		}
		return value;
	};
}

/** Text as JSON without quotes, or the digits of a number; undefined for lists and objects. */
function scalarText(type: ColumnType, value: Json): string | undefined {
	if (type !== "json") {
		const text = textOfValue(type, value);
		// beyond 2^53 the spool has integers in quotes, a key never
		return type === "integer" && text?.charCodeAt(0) === QUOTE ? text.slice(1, -1) : text;
	}
	if (typeof value === "string") return textOfValue("string", value);
	if (!isRawNumber(value)) return typeof value === "object" ? undefined : JSON.stringify(value);
	const decimal = canonicalDecimal(value.rawJSON);
	return decimal === undefined ? value.rawJSON : shortestDecimal(decimal);
}

const QUOTE = 34;

function isText(type: ColumnType, value: Json): boolean {
	return type === "json" ? typeof value === "string" : isQuoted(type) && type !== "decimal";
}

/** A key as people know the record: `["9cXkQ7f"]` is 9cXkQ7f, `["A",7]` is A:7, as in `source_record_id`. */
export function recordIdOf(key: string): string {
	const parts = key.startsWith("[") ? parseJson(key) : undefined;
	if (!Array.isArray(parts)) return key;
	return recordId(parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))));
}
