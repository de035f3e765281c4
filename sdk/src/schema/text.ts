/** What counts as a date, a time or a number in text: the forms of the wire (RFC 3339, JSON), nothing else. */

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Two digits at `at` as a number; NaN where they are not digits. */
function two(text: string, at: number): number {
	const high = text.charCodeAt(at) - 48;
	const low = text.charCodeAt(at + 1) - 48;
	return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : Number.NaN;
}

/** A day of the calendar at the start of the text: `2024-02-29`. */
function startsWithDate(text: string): boolean {
	const year = two(text, 0) * 100 + two(text, 2);
	const month = two(text, 5);
	const day = two(text, 8);
	if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1)) return false;
	if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return false;
	const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
	return day <= DAYS[month - 1]! + (leap ? 1 : 0);
}

/** Where a time of day (`19:22:10`, `19:22:10.123`) that begins at `at` ends; -1 where there is none. */
function endOfTime(text: string, at: number): number {
	if (!(two(text, at) <= 23 && two(text, at + 3) <= 59 && two(text, at + 6) <= 59)) return -1;
	if (text.charCodeAt(at + 2) !== 58 || text.charCodeAt(at + 5) !== 58) return -1;
	let end = at + 8;
	if (text.charCodeAt(end) !== 46) return end;
	const fraction = ++end;
	while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
	return end > fraction ? end : -1;
}

/** `2026-07-03` */
export function isDate(text: string): boolean {
	return text.length === 10 && startsWithDate(text);
}

/** `19:22:10`, with or without a fraction, without zone. */
export function isTime(text: string): boolean {
	return text.length >= 8 && endOfTime(text, 0) === text.length;
}

/** `2026-07-03T19:22:10`, without zone. */
export function isDatetime(text: string): boolean {
	return text.charCodeAt(10) === 84 && startsWithDate(text) && endOfTime(text, 11) === text.length;
}

/** `2026-07-03T19:22:10Z` or with `+02:00`: an instant. */
export function isTimestamp(text: string): boolean {
	if (text.charCodeAt(10) !== 84 || !startsWithDate(text)) return false;
	const end = endOfTime(text, 11);
	if (end < 0) return false;
	const sign = text.charCodeAt(end);
	if (sign === 90) return end + 1 === text.length;
	if (sign !== 43 && sign !== 45) return false;
	const offset = text.charCodeAt(end + 3) === 58 && two(text, end + 1) <= 23 && two(text, end + 4) <= 59;
	return offset && end + 6 === text.length;
}

const DECIMAL = /^([+-]?)0*(\d*)(\.\d+|\.)?([eE][+-]?\d{1,4})?$/;

/**
 * The number that a text spells, as a JSON literal with every digit kept: `12.50`, `+5` as `5`, `007` as `7`, `.5` as
 * `0.5`. Undefined for anything else, also for separators of thousands: `1,234.56` is for whoever knows its locale.
 */
export function decimalLiteral(text: string): string | undefined {
	const match = DECIMAL.exec(text);
	if (match === null || !/\d/.test(text.replace(/[eE].*$/, ""))) return undefined;
	const [, sign, whole, fraction = "", exponent = ""] = match;
	return (sign === "-" ? "-" : "") + (whole || "0") + (fraction === "." ? "" : fraction) + exponent;
}

/** A JSON literal of a whole number: `-7`, `9007199254740993`. */
export function isIntegerLiteral(text: string): boolean {
	return /^-?\d+$/.test(text);
}
