/**
 * Exact reading of times as text: RFC 3339, and ISO 8601 with a space for the T, without seconds, or with an offset
 * such as `+0200` or `+02`. Each function answers one canonical text, or undefined for what is no such time: 30
 * February, 24:00, second 60, year 0000. Nothing is guessed: without a zone there is no instant.
 *
 * Canonical: `2026-07-03T19:22:10Z`, `2026-07-03T19:22:10.5Z`, `2026-07-03T19:22:10.5`, `2026-07-03`, `19:22:10.5`;
 * microseconds at most, the rest cut off (`losesDigits` tells), no zeros at the end of a fraction.
 */

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const [DASH, COLON, DOT, COMMA, SPACE, PLUS] = [45, 58, 46, 44, 32, 43];

/** An instant, in UTC: `2026-07-03T21:22:10.500+02:00` is `2026-07-03T19:22:10.5Z`. */
export function parseInstant(text: string): string | undefined {
	const clock = clockEnd(text);
	if (clock < 0) return undefined;
	const end = fractionEnd(text, clock);
	const last = text.charCodeAt(end);
	if ((last === 90 || last === 122) && end + 1 === text.length) {
		// the form of most APIs, kept as it stands
		if (end === 19 && last === 90 && text.charCodeAt(10) === 84) return text;
		return `${dayAndClock(text, clock)}${fractionOf(text, clock, end)}Z`;
	}
	const offset = offsetMinutes(text, end);
	if (offset === undefined) return undefined;
	const moved = offset === 0 ? dayAndClock(text, clock) : shifted(text, clock, -offset);
	return moved && `${moved}${fractionOf(text, clock, end)}Z`;
}

/** A local date and time, without zone: `2026-07-03 19:22` is `2026-07-03T19:22:00`. */
export function parseLocalDateTime(text: string): string | undefined {
	const clock = clockEnd(text);
	if (clock < 0) return undefined;
	const end = fractionEnd(text, clock);
	if (end !== text.length) return undefined;
	if (end === 19 && text.charCodeAt(10) === 84) return text;
	return dayAndClock(text, clock) + fractionOf(text, clock, end);
}

/** A day: exactly `2026-07-03`, years 0001 to 9999. */
export function parseDate(text: string): string | undefined {
	return text.length === 10 && isDay(text) ? text : undefined;
}

/** A time of day without zone: `19:22` is `19:22:00`. */
export function parseTime(text: string): string | undefined {
	const clock = clockEndAt(text, 0);
	if (clock < 0) return undefined;
	const end = fractionEnd(text, clock);
	if (end !== text.length) return undefined;
	return (clock === 5 ? `${text}:00` : text.slice(0, 8)) + fractionOf(text, clock, end);
}

/** True where a time has more than microseconds: what its canonical text leaves out is not zero. */
export function losesDigits(text: string): boolean {
	return /[.,]\d{6}0*[1-9]/.test(text);
}

/** Two digits as a number; NaN where they are none. */
function two(text: string, at: number): number {
	const high = text.charCodeAt(at) - 48;
	const low = text.charCodeAt(at + 1) - 48;
	return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : Number.NaN;
}

function isDay(text: string): boolean {
	if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return false;
	const year = two(text, 0) * 100 + two(text, 2);
	const month = two(text, 5);
	const day = two(text, 8);
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
	const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
	return leap ? 29 : DAYS[month - 1]!;
}

/** Where the clock of a date and time ends, without its fraction: 19, or 16 without seconds; -1 where there is none. */
function clockEnd(text: string): number {
	const separator = text.charCodeAt(10);
	if (separator !== 84 && separator !== SPACE && separator !== 116) return -1;
	return isDay(text) ? clockEndAt(text, 11) : -1;
}

function clockEndAt(text: string, at: number): number {
	if (!(text.charCodeAt(at + 2) === COLON && two(text, at) <= 23 && two(text, at + 3) <= 59)) return -1;
	if (text.charCodeAt(at + 5) !== COLON) return at + 5;
	return two(text, at + 6) <= 59 ? at + 8 : -1;
}

/** The end of the fraction that follows a clock with seconds; a point without digits ends nothing well. */
function fractionEnd(text: string, clock: number): number {
	const point = text.charCodeAt(clock);
	if (point !== DOT && point !== COMMA) return clock;
	let end = clock + 1;
	while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
	// 19:22.5 is a part of a minute, and `10.` nothing: neither is read
	return end > clock + 1 && clock !== 16 && clock !== 5 ? end : clock;
}

function fractionOf(text: string, clock: number, end: number): string {
	let last = Math.min(end, clock + 7);
	while (last > clock && text.charCodeAt(last - 1) === 48) last--;
	return last <= clock + 1 ? "" : `.${text.slice(clock + 1, last)}`;
}

function dayAndClock(text: string, clock: number): string {
	return `${text.slice(0, 10)}T${text.slice(11, clock)}${clock === 16 ? ":00" : ""}`;
}

/** East of Greenwich is positive; undefined where no offset, and nothing else, stands at `at`. */
function offsetMinutes(text: string, at: number): number | undefined {
	if (text.charCodeAt(at) === SPACE) at++;
	if (text.length === at + 3 && text.endsWith("UTC")) return 0;
	if (text.length === at + 1 && /[Zz]$/.test(text)) return 0;
	const sign = text.charCodeAt(at);
	if (sign !== PLUS && sign !== DASH) return undefined;
	const colon = text.charCodeAt(at + 3) === COLON ? 1 : 0;
	const minutes = text.length === at + 3 ? 0 : text.length === at + 5 + colon ? two(text, at + 3 + colon) : Number.NaN;
	const hours = two(text, at + 1);
	if (!(hours <= 23 && minutes <= 59)) return undefined;
	return (hours * 60 + minutes) * (sign === DASH ? -1 : 1);
}

/** The same wall clock some minutes (less than a day) later or earlier; undefined outside of the years 0001 to 9999. */
function shifted(text: string, clock: number, minutes: number): string | undefined {
	let year = two(text, 0) * 100 + two(text, 2);
	let month = two(text, 5);
	let day = two(text, 8);
	let minute = two(text, 11) * 60 + two(text, 14) + minutes;
	if (minute < 0) {
		minute += 1440;
		if (--day === 0) {
			if (--month === 0) {
				month = 12;
				year--;
			}
			day = daysIn(year, month);
		}
	} else if (minute >= 1440) {
		minute -= 1440;
		if (++day > daysIn(year, month)) {
			day = 1;
			if (++month > 12) {
				month = 1;
				year++;
			}
		}
	}
	if (year < 1 || year > 9999) return undefined;
	const seconds = clock === 16 ? "00" : text.slice(17, 19);
	const date = `${String(year).padStart(4, "0")}-${TWO[month]}-${TWO[day]}`;
	return `${date}T${TWO[Math.floor(minute / 60)]}:${TWO[minute % 60]}:${seconds}`;
}

const TWO = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));
