/** The short cuts of the row writer. They decide nothing: what they answer, `convertValue` answers too. */
import type { Json } from "@growthnav/spec";
import { centsText } from "../../../protocol/numbers.ts";
import { parseDate, parseInstant } from "../../../schema/time.ts";
import type { ColumnType } from "../../tables/columns.ts";
import { convertValue } from "./convert.ts";
import { isPlain } from "./text.ts";

/** Types whose values are JSON strings, always. Their texts travel without quotes here, for the row writer adds them. */
const QUOTED: ReadonlySet<ColumnType> = new Set([
	"string",
	"decimal",
	"date",
	"timestamp",
	"datetime",
	"time",
	"bytes",
]);

export function isQuoted(type: ColumnType): boolean {
	return QUOTED.has(type);
}

/** Where a seventh digit of the seconds would stand. */
const BEYOND_MICROSECONDS = "2026-07-03T19:22:10.123456".length;

/**
 * The JSON text of a value that needs no care, without its quotes where the type is quoted; undefined for all other
 * values, wrong ones too.
 */
export function quickText(type: ColumnType, value: Json): string | undefined {
	if (typeof value === "string") {
		if (type === "string") return isPlain(value) ? value : undefined;
		if (type === "timestamp") return isDigit(value.charCodeAt(BEYOND_MICROSECONDS)) ? undefined : parseInstant(value);
		return type === "date" ? parseDate(value) : undefined;
	}
	if (typeof value === "number") {
		if (type === "decimal") return centsText(value);
		return type === "integer" && Number.isSafeInteger(value) ? String(value) : undefined;
	}
	return type === "boolean" && typeof value === "boolean" ? String(value) : undefined;
}

function isDigit(code: number): boolean {
	return code >= 48 && code <= 57;
}

/** As `quickText`, for every value; undefined for wrong ones. */
export function textOfValue(type: ColumnType, value: Json): string | undefined {
	return quickText(type, value) ?? unquoted(type, convertValue(type, value).text);
}

/** The text of `convertValue` as `quickText` gives it. */
export function unquoted(type: ColumnType, text: string | undefined): string | undefined {
	return text !== undefined && isQuoted(type) ? text.slice(1, -1) : text;
}
