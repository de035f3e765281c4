/** Times in text, as BigQuery reads them. */

const TIMESTAMP =
	/^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?)?(?: ?([Zz]|UTC|[+-]\d{1,2}(?::?\d{2})?))?$/;
const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?$/;

/** Microseconds since 1970; without zone as UTC; undefined for what is no date or time. More than six decimals are none. */
export function microsOf(text: string): bigint | undefined {
	const match = TIMESTAMP.exec(text);
	if (match === null) return undefined;
	const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone] = match;
	const numbers = [year, month, day, hour, minute, second].map(Number) as [
		number,
		number,
		number,
		number,
		number,
		number,
	];
	if (!inRange(numbers)) return undefined;
	const date = new Date(0);
	date.setUTCFullYear(numbers[0], numbers[1] - 1, numbers[2]);
	date.setUTCHours(numbers[3], numbers[4], numbers[5]);
	if (date.getUTCMonth() !== numbers[1] - 1 || numbers[0] < 1) return undefined;
	const offset = zoneSeconds(zone);
	return BigInt(date.getTime() - offset * 1000) * 1000n + BigInt(fraction.padEnd(6, "0"));
}

function inRange([, month, day, hour, minute, second]: number[]): boolean {
	return month! >= 1 && month! <= 12 && day! >= 1 && day! <= 31 && hour! < 24 && minute! < 60 && second! < 60;
}

function zoneSeconds(zone: string | undefined): number {
	const match = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone ?? "");
	if (match === null) return 0;
	return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60);
}

export function hasZone(text: string): boolean {
	return TIMESTAMP.exec(text)?.[8] !== undefined;
}

export function isDate(text: string): boolean {
	return /^\d{4}-\d{1,2}-\d{1,2}$/.test(text) && microsOf(text) !== undefined;
}

export function isDatetime(text: string): boolean {
	return microsOf(text) !== undefined && !hasZone(text);
}

export function isTime(text: string): boolean {
	const match = TIME.exec(text);
	return match !== null && Number(match[1]) < 24 && Number(match[2]) < 60 && Number(match[3]) < 60;
}

const NUMERIC = /^-?\d*(?:\.(\d*))?(?:[eE][+-]?\d+)?$/;

/** NUMERIC: 29 digits before the point and at most 9 after it, as written. */
export function isNumeric(text: string): boolean {
	const match = NUMERIC.exec(text);
	if (match === null || !/\d/.test(text)) return false;
	if (/[eE]/.test(text)) return isNumeric(plainDecimal(text));
	const [whole, fraction = ""] = text.replace("-", "").split(".") as [string, string?];
	return whole.replace(/^0+/, "").length <= 29 && fraction.replace(/0+$/, "").length <= 9;
}

/** `1.5e3` as `1500`. */
export function plainDecimal(text: string): string {
	const match = /^(-?)(\d*)(?:\.(\d*))?[eE]([+-]?\d+)$/.exec(text);
	if (match === null) return text;
	const [, sign, whole = "", fraction = "", exponent] = match;
	const shift = Number(exponent);
	if (Math.abs(shift) > 100) return `${sign}${"9".repeat(60)}`;
	const digits = whole + fraction;
	const point = whole.length + shift;
	if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
	if (point >= digits.length) return sign + digits.padEnd(point, "0");
	return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
