/** Cursors: how their values compare, and how far back a read begins. Pure. */
import { isRawNumber } from "../protocol/numbers.ts";
import { parseDate, parseInstant, parseLocalDateTime } from "../schema/time.ts";

export const CURSOR_KINDS = ["timestamp", "datetime", "date", "integer"] as const;
export type CursorKind = (typeof CURSOR_KINDS)[number];

/** What values are compared by, with `<`: text for times, a number or bigint for integers. */
export type CursorKey = string | number | bigint;

export interface Cursor {
	/** Undefined where the value is no cursor of this kind, null included. */
	keyOf(value: unknown): CursorKey | undefined;
	/** A saved cursor moved back by the stream's lookback; the text itself without one. */
	movedBack(saved: string): string;
}

/** Seconds, or units of an integer cursor. */
export type Lookback = number;

const A_DAY = 86_400;
const UNITS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: A_DAY };

/** "90s", "15m", "1h", "3d" in seconds. Undefined where it is none. */
export function parseDuration(text: string): number | undefined {
	const match = /^(\d{1,9})([smhd])$/.exec(text);
	return match === null ? undefined : Number(match[1]) * UNITS[match[2]!]!;
}

/** A duration; for integers a bare number. Undefined where it is neither. */
export function parseLookback(kind: CursorKind, text: string): Lookback | undefined {
	if (kind !== "integer") return parseDuration(text);
	return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

export function cursorOf(kind: CursorKind, lookback: Lookback = 0): Cursor {
	const keyOf = KEYS[kind];
	return {
		keyOf,
		movedBack: (saved) => (lookback === 0 || keyOf(saved) === undefined ? saved : MOVED[kind](saved, lookback)),
	};
}

/** The text of a cursor value as the state keeps it and as the vendor gave it. */
export function cursorText(value: unknown): string {
	return isRawNumber(value) ? value.rawJSON : String(value);
}

const KEYS: Record<CursorKind, (value: unknown) => CursorKey | undefined> = {
	// in UTC and without its Z the text of an instant sorts as the instant does: "10" before "10.5" before "11"
	timestamp: (value) => (typeof value === "string" ? parseInstant(value)?.slice(0, -1) : undefined),
	datetime: (value) => (typeof value === "string" ? parseLocalDateTime(value) : undefined),
	date: (value) => (typeof value === "string" ? parseDate(value) : undefined),
	integer(value) {
		if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
		const text = isRawNumber(value) ? value.rawJSON : value;
		if (typeof text !== "string" || !/^-?\d{1,100}$/.test(text)) return undefined;
		const number = Number(text);
		return Number.isSafeInteger(number) ? number : BigInt(text);
	},
};

/** A moment as a cursor of this kind holds it, without the part of a second; of an integer cursor, an instant. */
export function momentText(kind: CursorKind, milliseconds: number): string {
	const text = new Date(Math.min(LAST_MOMENT, Math.max(FIRST_MOMENT, milliseconds))).toISOString().slice(0, 19);
	if (kind === "date") return text.slice(0, 10);
	return kind === "datetime" ? text : `${text}Z`;
}

/** A day or an instant as a cursor of this kind, `2026-07-01` being its first moment; undefined where it is no such. */
export function beginningText(kind: CursorKind, text: string): string | undefined {
	if (kind === "integer") return cursorOf(kind).keyOf(text) === undefined ? undefined : text;
	const day = parseDate(text);
	const instant = parseInstant(day === undefined ? text : `${day}T00:00:00Z`);
	const local = instant?.slice(0, -1) ?? parseLocalDateTime(text);
	if (kind === "timestamp") return instant;
	return kind === "date" ? local?.slice(0, 10) : local;
}

/** A cursor value some seconds later; whole days for a date. Units of an integer. */
export function movedOn(kind: CursorKind, text: string, seconds: number): string {
	return MOVED[kind](text, -seconds);
}

const MOVED: Record<CursorKind, (saved: string, lookback: Lookback) => string> = {
	timestamp: (saved, seconds) => `${earlier(parseInstant(saved)!.slice(0, -1), seconds)}Z`,
	datetime: (saved, seconds) => earlier(parseLocalDateTime(saved)!, seconds),
	date: (saved, seconds) => earlier(`${saved}T00:00:00`, Math.ceil(seconds / A_DAY) * A_DAY).slice(0, 10),
	integer: (saved, units) => String(BigInt(saved) - BigInt(units)),
};

const FIRST_MOMENT = Date.parse("0001-01-01T00:00:00Z");
const LAST_MOMENT = Date.parse("9999-12-31T23:59:59Z");

/** A wall clock (`2026-07-03T19:22:10.5`) some seconds earlier; its fraction stays. */
function earlier(clock: string, seconds: number): string {
	const moment = Date.parse(`${clock.slice(0, 19)}Z`) - seconds * 1_000;
	return new Date(Math.min(LAST_MOMENT, Math.max(FIRST_MOMENT, moment))).toISOString().slice(0, 19) + clock.slice(19);
}
