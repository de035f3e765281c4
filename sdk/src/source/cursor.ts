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

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** "90s", "15m", "1h", "3d" in seconds; for integers a bare number. Undefined where it is neither. */
export function parseLookback(kind: CursorKind, text: string): Lookback | undefined {
	const match = /^(\d{1,9})([smhd]?)$/.exec(text);
	if (match === null || (kind === "integer") !== (match[2] === "")) return undefined;
	return Number(match[1]) * (UNITS[match[2]!] ?? 1);
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

const MOVED: Record<CursorKind, (saved: string, lookback: Lookback) => string> = {
	timestamp: (saved, seconds) => `${earlier(parseInstant(saved)!.slice(0, -1), seconds)}Z`,
	datetime: (saved, seconds) => earlier(parseLocalDateTime(saved)!, seconds),
	date: (saved, seconds) => earlier(`${saved}T00:00:00`, Math.ceil(seconds / 86_400) * 86_400).slice(0, 10),
	integer: (saved, units) => String(BigInt(saved) - BigInt(units)),
};

const FIRST_MOMENT = Date.parse("0001-01-01T00:00:00Z");

/** A wall clock (`2026-07-03T19:22:10.5`) some seconds earlier; its fraction stays. */
function earlier(clock: string, seconds: number): string {
	const moment = Math.max(FIRST_MOMENT, Date.parse(`${clock.slice(0, 19)}Z`) - seconds * 1_000);
	return new Date(moment).toISOString().slice(0, 19) + clock.slice(19);
}
