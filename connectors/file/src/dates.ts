/**
 * Dates and times as files write them. Without a declared format only those are read that mean the same thing to
 * everyone (`2026-07-03`, `6 July 2026`), or whose order of day and month is known; a year has four digits.
 */
import { type Moment, parseMoment } from "@growthnav/sdk";

/** Which number comes first in `03/04/2026`. */
export type DayOrder = "MDY" | "DMY";

export type ReadMoment = (text: string) => Moment | undefined;

export interface WrittenDate {
	/** Values of one column must agree in it: `03/04/2026` and `2026-04-03` in one column are no dates. */
	shape: string;
	kind: Moment["kind"];
	/** The orders in which it is a real day; both for what does not depend on an order. */
	orders: readonly DayOrder[];
	/** False for `03/04/2026`: the two orders give two days. */
	certain: boolean;
}

/** No written date has more characters. */
export const LONGEST_DATE = 60;
const TIME = String.raw`(?:(?:[T ]| ?, ?| +at +)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([AP])\.?M\.?)?)?`;
const ZONE = String.raw`(?: ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?`;
const ofDay = (day: string): RegExp => new RegExp(`^${day}${TIME}${ZONE}$`, "i");
const YEAR_FIRST = ofDay(String.raw`(\d{4})([-/.])(\d{1,2})\2(\d{1,2})`);
const YEAR_LAST = ofDay(String.raw`(\d{1,2})([-/.])(\d{1,2})\2(\d{4})`);
const DAY_NAME = ofDay(String.raw`(\d{1,2})([- ])([a-z]{3,9})\.?,?[- ](\d{4})`);
const NAME_DAY = ofDay(String.raw`([a-z]{3,9})(\.? )(\d{1,2}),? (\d{4})`);
const BOTH: readonly DayOrder[] = ["MDY", "DMY"];

const MONTHS = "january february march april may june july august september october november december".split(" ");

/** The number of an English month name or its first three letters ("sept" too); undefined for other words. */
export function monthOf(name: string): string | undefined {
	const word = name.toLowerCase();
	const index = MONTHS.findIndex((month) => month === word || month.slice(0, 3) === word || word === "sept");
	if (index < 0) return undefined;
	return two(String(word === "sept" ? 9 : index + 1));
}

/** A number of one digit with a zero before it. */
export const two = (digits: string): string => digits.padStart(2, "0");

interface Match {
	shape: string;
	/** Year, month and day in each order; equal where the order does not matter. */
	mdy: string;
	dmy: string;
	time: string | undefined;
}

function match(text: string): Match | undefined {
	if (text.length > LONGEST_DATE) return undefined;
	let parts = YEAR_FIRST.exec(text);
	if (parts !== null) return matched(`ymd${parts[2]}`, parts, `${parts[1]}-${two(parts[3]!)}-${two(parts[4]!)}`);
	parts = YEAR_LAST.exec(text);
	if (parts !== null) {
		const [first, second, year] = [two(parts[1]!), two(parts[3]!), parts[4]];
		return matched(`number${parts[2]}`, parts, `${year}-${first}-${second}`, `${year}-${second}-${first}`);
	}
	parts = DAY_NAME.exec(text);
	if (parts !== null) return matched("day name", parts, `${parts[4]}-${monthOf(parts[3]!)}-${two(parts[1]!)}`);
	parts = NAME_DAY.exec(text);
	if (parts !== null) return matched("name day", parts, `${parts[4]}-${monthOf(parts[1]!)}-${two(parts[3]!)}`);
	return undefined;
}

function matched(shape: string, parts: RegExpExecArray, mdy: string, dmy = mdy): Match | undefined {
	const [, , , , , hour, minute, second, fraction, half, zone] = parts;
	const time = clock({ hour, minute, second, fraction, half, zone });
	return time === "never" ? undefined : { shape, mdy, dmy, time };
}

/** The parts of a written time as text. */
export interface Clock {
	hour: string | undefined;
	minute: string | undefined;
	second: string | undefined;
	fraction: string | undefined;
	half: string | undefined;
	zone: string | undefined;
}

/** `T19:22:10.5+02:00`; undefined without a time, `never` for what no clock shows (13:00 PM, a zone without a time). */
export function clock({ hour, minute = "00", second, fraction, half, zone }: Clock): string | undefined {
	if (hour === undefined) return zone === undefined ? undefined : "never";
	let hours = Number(hour);
	if (half !== undefined) {
		if (hours < 1 || hours > 12) return "never";
		hours = (hours % 12) + (/p/i.test(half) ? 12 : 0);
	}
	const offset = zone === undefined ? "" : /^[+-]/.test(zone) ? zone : "Z";
	return `T${two(String(hours))}:${minute}:${second ?? "00"}${fraction === undefined ? "" : `.${fraction}`}${offset}`;
}

/** What an undeclared date looks like, for the decision about its column; undefined for what is none. */
export function writtenDate(text: string): WrittenDate | undefined {
	const found = match(text.trim());
	if (found === undefined) return undefined;
	const mdy = momentOf(found, "MDY");
	const dmy = momentOf(found, "DMY");
	const kind = (mdy ?? dmy)?.kind;
	if (kind === undefined) return undefined;
	const orders = BOTH.filter((order) => (order === "MDY" ? mdy : dmy) !== undefined);
	return { shape: found.shape, kind, orders, certain: orders.length < 2 || found.mdy === found.dmy };
}

function momentOf(found: Match, order: DayOrder): Moment | undefined {
	return parseMoment((order === "MDY" ? found.mdy : found.dmy) + (found.time ?? ""));
}

/** Reads undeclared dates; without an order only those that need none. */
export function readDates(order: DayOrder | undefined): ReadMoment {
	return (text) => {
		const plain = parseMoment(text);
		if (plain !== undefined) return plain;
		const found = match(text.trim());
		if (found === undefined) return undefined;
		return order === undefined && found.mdy !== found.dmy ? undefined : momentOf(found, order ?? "MDY");
	};
}

/** The order of a locale with a region (`en-US` MDY, `en-GB` DMY); undefined for `en`, which is written in both. */
export function orderOf(locale: string): DayOrder | undefined {
	try {
		if (new Intl.Locale(locale).region === undefined) return undefined;
		const parts = new Intl.DateTimeFormat(locale, { dateStyle: "short" }).formatToParts(0).map(({ type }) => type);
		const [month, day, year] = [parts.indexOf("month"), parts.indexOf("day"), parts.indexOf("year")];
		if (year < Math.max(month, day)) return undefined;
		return month < day ? "MDY" : "DMY";
	} catch {
		return undefined;
	}
}
