/**
 * The key of a row as text, for `_gn_key`: the canonical JSON of its values in a list, `["9cXkQ7f"]`, `["A",7]`. Numbers
 * stand without quotes and without zeros at their end, so a column that widens from integer to decimal keeps its keys.
 */
import { hash } from "node:crypto";
import type { Json, JsonObject } from "@growthnav/spec";
import { canonicalDecimal, isRawNumber, shortestDecimal } from "../protocol/numbers.ts";
import { parseInstant } from "../schema/time.ts";
import type { Column, ColumnType } from "./columns.ts";
import { convertValue } from "./values/convert.ts";
import { quickText } from "./values/quick.ts";

/** Longer keys are kept as `h:` and the SHA-256 of their text. */
const LONGEST_KEY = 200;

/** Why a record has no key. */
export interface KeyFault {
	code: "missing_key" | "wrong_type";
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

/** The cursor value as plain text (an instant, a number, a word), undefined where there is none. */
export function compileCursor(columns: readonly Column[], cursor: readonly string[] | undefined): Part {
	if (cursor === undefined || cursor.length === 0) return () => undefined;
	const part = partOf(columns, [...cursor]);
	const instant = columns.find(({ property }) => cursor.length === 1 && property === cursor[0])?.type === "timestamp";
	return (data) => {
		const value = instant ? data[cursor[0]!] : undefined;
		if (typeof value === "string") return parseInstant(value);
		const text = part(data);
		if (text === undefined || text === NO_SCALAR || text.charCodeAt(0) !== 34) return text || undefined;
		return text.includes("\\") ? (JSON.parse(text) as string) : text.slice(1, -1);
	};
}

/** No JSON text is empty: this is a list or an object where one value was expected. */
const NO_SCALAR = "";

function noScalar(path: string): KeyFault {
	return { code: "wrong_type", reason: `${path}: a key is one value, not a list or an object`, path };
}

function shortened(key: string): string {
	return key.length <= LONGEST_KEY ? key : `h:${hash("sha256", key)}`;
}

/** One value of a record as JSON text: as its column keeps it, or as it is where it has no column of its own. */
function partOf(columns: readonly Column[], path: string[]): Part {
	const column = path.length === 1 ? columns.find((each) => each.property === path[0]) : undefined;
	const type = column?.type ?? "json";
	const [property = ""] = path;
	const direct = path.length === 1 && !(property in Object.prototype);
	return (data) => {
		const value = direct ? data[property] : valueAt(data, path);
		return value === undefined || value === null ? undefined : partText(type, value);
	};
}

function valueAt(data: JsonObject, path: string[]): Json | undefined {
	let value: Json | undefined = data;
	for (const name of path) {
		if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
		value = (value as JsonObject)[name];
	}
	return value;
}

function partText(type: ColumnType, value: Json): string {
	if (isRawNumber(value) && type === "json") {
		const decimal = canonicalDecimal(value.rawJSON);
		return decimal === undefined ? value.rawJSON : shortestDecimal(decimal);
	}
	if (type === "json" && typeof value === "object") return NO_SCALAR;
	const text = quickText(type, value) ?? convertValue(type, value).text;
	if (text === undefined) return NO_SCALAR;
	return (type === "integer" || type === "decimal") && text.charCodeAt(0) === 34 ? text.slice(1, -1) : text;
}
