/**
 * One value as a column keeps it: its JSON text in the spool. Exact, or changed and told, or wrong and told; never
 * silently different, never guessed. These are the careful ways; `row.ts` has short cuts for what most values are.
 */
import type { Json } from "@growthnav/spec";
import { maskValue } from "../../../mask.ts";
import { redact } from "../../../redact.ts";
import { parseDate, parseInstant, parseLocalDateTime, parseTime } from "../../../schema/time.ts";
import type { ColumnType } from "../../tables/columns.ts";
import type { Converted, WrongCode } from "./converted.ts";
import { jsonOf } from "./json.ts";
import { decimalOf, floatOf, integerOf } from "./numbers.ts";
import { textOf, timeOf } from "./text.ts";

const WRONG: Converted = { wrong: "wrong_type" };

const CONVERT: Record<ColumnType, (value: Json) => Converted> = {
	string: textOf,
	integer: integerOf,
	decimal: decimalOf,
	float: floatOf,
	boolean: booleanOf,
	date: (value) => timeOf(value, parseDate),
	timestamp: instantOf,
	datetime: localDateTimeOf,
	time: (value) => timeOf(value, parseTime),
	json: jsonOf,
	bytes: bytesOf,
};

/** Any value but null, for a column of this type. */
export function convertValue(type: ColumnType, value: Json): Converted {
	return CONVERT[type](value);
}

/** JSON booleans and exactly "true" and "false": no other word is yes or no. */
function booleanOf(value: Json): Converted {
	if (typeof value === "boolean") return { text: String(value) };
	return value === "true" || value === "false" ? { text: value } : WRONG;
}

function instantOf(value: Json): Converted {
	const converted = timeOf(value, parseInstant);
	if (converted.wrong === undefined || typeof value !== "string") return converted;
	return parseLocalDateTime(value) === undefined ? converted : { wrong: "no_zone" };
}

function localDateTimeOf(value: Json): Converted {
	const converted = timeOf(value, parseLocalDateTime);
	if (converted.wrong === undefined || typeof value !== "string") return converted;
	return parseInstant(value) === undefined ? converted : { wrong: "has_zone" };
}

/** Base64 with its padding, as JSON carries bytes. */
function bytesOf(value: Json): Converted {
	if (typeof value !== "string" || value.length % 4 !== 0) return WRONG;
	return /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? { text: `"${value}"` } : WRONG;
}

const KINDS: Record<ColumnType, string> = {
	string: "no text",
	integer: "no integer",
	decimal: "no number",
	float: "no number",
	boolean: "neither true nor false",
	date: "not a date",
	timestamp: "not a date",
	datetime: "not a date",
	time: "not a time of day",
	json: "no value",
	bytes: "not base64",
};

const REASONS: Record<Exclude<WrongCode, "wrong_type">, string> = {
	out_of_range: "is out of range",
	no_zone: "has no zone, so it is no instant",
	has_zone: "has a zone, which a local time cannot keep",
	too_deep: "is nested more than 500 levels deep",
};

/** Why a value is wrong, for people; the value is masked: `"2026-02-30" is not a date`. */
export function reasonOf(type: ColumnType, code: WrongCode, value: Json): string {
	return `${maskValue(value)} ${code === "wrong_type" ? `is ${KINDS[type]}` : REASONS[code]}`;
}

/** A value as text for `_gn_meta`, at most 200 characters; a secret in it goes before it is cut. */
export function shortText(value: Json): string {
	const text = typeof value === "string" ? value : JSON.stringify(value);
	return redact(text).slice(0, 200).toWellFormed();
}
