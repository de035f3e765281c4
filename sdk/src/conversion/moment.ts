/** Times of records: what kind they are, and their place on the line of seconds. */
import { losesDigits, parseDate, parseInstant, parseLocalDateTime } from "../schema/time.ts";

export interface Moment {
	/** An instant is in UTC; a local time is what a clock on a wall shows; a day has no time. */
	kind: "instant" | "local" | "day";
	/** Canonical: `2026-07-03T19:22:10.5Z`, `2026-07-03T19:22:10.5`, `2026-07-03`. */
	text: string;
	/** Digits beyond microseconds were left out, and one of them was not zero. */
	truncated: boolean;
}

export function parseMoment(text: string): Moment | undefined {
	const instant = parseInstant(text);
	if (instant !== undefined)
		return { kind: "instant", text: instant, truncated: instant !== text && losesDigits(text) };
	const day = parseDate(text);
	if (day !== undefined) return { kind: "day", text: day, truncated: false };
	const local = parseLocalDateTime(text);
	return local === undefined ? undefined : { kind: "local", text: local, truncated: losesDigits(text) };
}

export const DAY = 86_400;
const FIRST_SECOND = -62_135_596_800; // 0001-01-01T00:00:00
const LAST_SECOND = 253_402_300_799; // 9999-12-31T23:59:59

/** Seconds from 1970-01-01T00:00:00 on the same clock to a canonical text; its fraction is left out. */
export function secondsOf(canonical: string): number {
	const day = daysSince1970(digits(canonical, 0, 4), digits(canonical, 5, 7), digits(canonical, 8, 10)) * DAY;
	if (canonical.length === 10) return day;
	return day + digits(canonical, 11, 13) * 3600 + digits(canonical, 14, 16) * 60 + digits(canonical, 17, 19);
}

function digits(text: string, from: number, to: number): number {
	let number = 0;
	for (let i = from; i < to; i++) number = number * 10 + text.charCodeAt(i) - 48;
	return number;
}

/** The algorithm `days_from_civil` of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms"; years from 1. */
function daysSince1970(year: number, month: number, day: number): number {
	const y = month > 2 ? year : year - 1;
	const era = Math.floor(y / 400);
	const yearOfEra = y - era * 400;
	const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
	const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
	return era * 146_097 + dayOfEra - 719_468;
}

/** An instant in UTC: `2026-07-03T19:22:10.5Z`; `fraction` with its point. Undefined outside of the years 1 to 9999. */
export function instantText(second: number, fraction: string): string | undefined {
	const day = Math.floor(second / DAY);
	const date = dayText(day);
	if (date === undefined) return undefined;
	const time = second - day * DAY;
	const clock = `${TWO[Math.floor(time / 3600)]}:${TWO[Math.floor(time / 60) % 60]}:${TWO[time % 60]}`;
	return `${date}T${clock}${fraction}Z`;
}

const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, "0"));
const dayTexts = new Map<number, string>();
const MOST_DAYS = 20_000;

/** A day as `2026-07-03`; undefined outside of the years 1 to 9999. Records have few different days: each is written once. */
export function dayText(day: number): string | undefined {
	const known = dayTexts.get(day);
	if (known !== undefined) return known;
	const second = day * DAY;
	if (second < FIRST_SECOND || second > LAST_SECOND) return undefined;
	const text = new Date(second * 1000).toISOString().slice(0, 10);
	if (dayTexts.size >= MOST_DAYS) dayTexts.clear();
	dayTexts.set(day, text);
	return text;
}
