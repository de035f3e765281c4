/** The short cuts of the row writer. They say nothing new: what they answer, `convertValue` answers too. */
import type { Json } from "@growthnav/spec";
import { parseDate, parseInstant } from "../../schema/time.ts";
import type { ColumnType } from "../columns.ts";
import { centsText } from "./numbers.ts";
import { isPlain } from "./text.ts";

const MICROSECONDS = "2026-07-03T19:22:10.123456Z".length;

/** The JSON text of a value that needs no care; undefined for all others, wrong ones too. */
export function quickText(type: ColumnType, value: Json): string | undefined {
	if (typeof value === "string") return quickTextOfString(type, value);
	if (typeof value === "number") {
		if (type === "decimal") {
			const cents = centsText(value);
			return cents === undefined ? undefined : `"${cents}"`;
		}
		return type === "integer" && Number.isSafeInteger(value) ? String(value) : undefined;
	}
	return type === "boolean" && typeof value === "boolean" ? String(value) : undefined;
}

function quickTextOfString(type: ColumnType, value: string): string | undefined {
	if (type === "string" || type === "json") return isPlain(value) ? `"${value}"` : undefined;
	if (value.length > MICROSECONDS) return undefined;
	const time = type === "timestamp" ? parseInstant(value) : type === "date" ? parseDate(value) : undefined;
	return time === undefined ? undefined : `"${time}"`;
}
