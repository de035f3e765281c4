/**
 * Exact numbers as text. A **decimal** here is a JSON number without exponent: `0`, `-12.50`, never `-0`, `+1`, `.5`
 * or `007`. Its digits are kept as they are: `12.50` stays `12.50`. Nothing in this file goes through a float unless
 * the float is exact.
 */
import type { RawNumber } from "@growthnav/spec";

const raw = JSON as unknown as {
	rawJSON(text: string): RawNumber;
	isRawJSON(value: unknown): value is RawNumber;
};

const PLAIN = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const JSON_NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/;
/** Longer texts, and exponents that would make longer ones, are no decimals to us: work on them grows with the square. */
const LONGEST = 10_000;
/** Texts of so many characters hold at most 15 digits, which a float holds exactly, also as an integer. */
const SHORT = 15;

/** True for a number that `JSON.rawJSON` keeps as text because a float cannot hold it. */
export function isRawNumber(value: unknown): value is RawNumber {
	return typeof value === "object" && value !== null && raw.isRawJSON(value);
}

/** A number that `JSON.stringify` writes exactly as `text`, which is a JSON number literal. Throws a SyntaxError else. */
export function rawNumber(text: string): RawNumber {
	return raw.rawJSON(text);
}

/** The exact literal: `1e+21`, `0.1`, `9007199254740993`; may have an exponent. `NaN` and infinities are no decimals. */
export function numberText(value: number | RawNumber): string {
	return typeof value === "number" ? String(value) : value.rawJSON;
}

const CENTS = Array.from({ length: 100 }, (_, cents) =>
	cents === 0 ? "" : cents % 10 === 0 ? `.${cents / 10}` : `.${String(cents).padStart(2, "0")}`,
);

/**
 * The digits of a number with at most two decimals, which most money is; undefined for any other. Below 10^13 a double
 * holds 15 digits, so the one nearest to n/100 means exactly n/100. Five times as fast as `String`.
 */
export function centsText(value: number): string | undefined {
	if (value < 0) {
		const positive = centsText(-value);
		return positive === undefined ? undefined : `-${positive}`;
	}
	const cents = Math.round(value * 100);
	if (cents / 100 !== value || cents >= 1e15) return undefined;
	return Math.floor(cents / 100) + CENTS[cents % 100]!;
}

/**
 * A JSON number literal as a decimal: `1.5e3` → `1500`, `-0` → `0`, `12.50` stays. Undefined for anything else, and
 * above 10,000 characters.
 */
export function canonicalDecimal(text: string): string | undefined {
	if (text.length > LONGEST) return undefined;
	if (PLAIN.test(text)) return text.charCodeAt(0) === MINUS && isZero(text) ? text.slice(1) : text;
	const parts = JSON_NUMBER.exec(text);
	if (parts === null) return undefined;
	const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
	const shift = Number(exponent);
	if (Math.abs(shift) > LONGEST) return undefined;
	return signed(sign === "-", point(whole + fraction, fraction.length - shift));
}

/** The digits of an amount as a vendor sends it, a number or its text: `12.5` → `12.5`. Undefined for anything else. */
export function decimalOf(amount: unknown): string | undefined {
	if (typeof amount === "string") return canonicalDecimal(amount.trim());
	return typeof amount === "number" || isRawNumber(amount) ? canonicalDecimal(numberText(amount)) : undefined;
}

/** The shortest decimal of the same value: `12.50` → `12.5`, `3.00` → `3`. Equal values, equal texts. */
export function shortestDecimal(decimal: string): string {
	if (!decimal.includes(".")) return decimal;
	let end = decimal.length;
	while (decimal.charCodeAt(end - 1) === ZERO) end--;
	return decimal.slice(0, decimal.charCodeAt(end - 1) === POINT ? end - 1 : end);
}

/** -1, 0 or 1, by value: `1.0` equals `1`. */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 {
	if (a.length <= SHORT && b.length <= SHORT) return order(Number(a), Number(b));
	const scale = Math.max(scaleOf(a), scaleOf(b));
	return order(units(a, scale), units(b, scale));
}

/** The exact sum, with as many decimals as the longer of the two has: `48.20` + `-5.7` = `42.50`. */
export function addDecimals(a: string, b: string): string {
	const scale = Math.max(scaleOf(a), scaleOf(b));
	if (a.length + scale <= SHORT && b.length + scale <= SHORT) {
		const sum = shortUnits(a, scale) + shortUnits(b, scale);
		return signed(sum < 0, point(String(Math.abs(sum)), scale));
	}
	const sum = units(a, scale) + units(b, scale);
	return signed(sum < 0n, point(String(sum < 0n ? -sum : sum), scale));
}

export function negateDecimal(decimal: string): string {
	if (decimal.charCodeAt(0) === MINUS) return decimal.slice(1);
	return isZero(decimal) ? decimal : `-${decimal}`;
}

/** The decimal times ten to the `power`: minor units by minus their exponent, `1999` and -2 → `19.99`, -3 → `1.999`. */
export function scaleDecimal(decimal: string, power: number): string {
	if (power === 0) return decimal;
	const { negative, whole, fraction } = split(decimal);
	return signed(negative, point(whole + fraction, fraction.length - power));
}

export interface DecimalSize {
	/** Digits in all. */
	precision: number;
	/** Of these, after the point. */
	scale: number;
}

/**
 * The decimal as a column of this size holds it, rounded half away from zero (BigQuery's rule for NUMERIC); `rounded`
 * says that digits were lost. Takes any JSON number literal. Undefined where it is none or too large.
 */
export function fitDecimal(
	text: string,
	{ precision, scale }: DecimalSize,
): { text: string; rounded: boolean } | undefined {
	const decimal = canonicalDecimal(text);
	if (decimal === undefined) return undefined;
	const { negative, whole, fraction } = split(decimal);
	const wholeDigits = precision - scale;
	if (fraction.length <= scale) return whole.length <= wholeDigits ? { text: decimal, rounded: false } : undefined;
	const kept = whole + fraction.slice(0, scale);
	const digits = fraction.charCodeAt(scale) >= FIVE ? String(BigInt(kept) + 1n).padStart(kept.length, "0") : kept;
	const fitted = point(digits, scale);
	if (fitted.length - (scale > 0 ? scale + 1 : 0) > wholeDigits) return undefined;
	return { text: signed(negative, fitted), rounded: /[1-9]/.test(fraction.slice(scale)) };
}

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const FIVE = 53;

function isZero(decimal: string): boolean {
	return !/[1-9]/.test(decimal);
}

function scaleOf(decimal: string): number {
	const at = decimal.indexOf(".");
	return at < 0 ? 0 : decimal.length - at - 1;
}

function split(decimal: string): { negative: boolean; whole: string; fraction: string } {
	const negative = decimal.charCodeAt(0) === MINUS;
	const at = decimal.indexOf(".");
	const start = negative ? 1 : 0;
	return at < 0
		? { negative, whole: decimal.slice(start), fraction: "" }
		: { negative, whole: decimal.slice(start, at), fraction: decimal.slice(at + 1) };
}

/** The digits with a point before the last `scale` of them; a negative scale appends zeros. No leading zeros. */
function point(digits: string, scale: number): string {
	const whole = scale <= 0 ? digits + "0".repeat(-scale) : digits.slice(0, Math.max(0, digits.length - scale));
	let start = 0;
	while (start < whole.length - 1 && whole.charCodeAt(start) === ZERO) start++;
	const shown = whole.slice(start) || "0";
	return scale <= 0 ? shown : `${shown}.${digits.slice(-scale).padStart(scale, "0")}`;
}

function signed(negative: boolean, decimal: string): string {
	return negative && !isZero(decimal) ? `-${decimal}` : decimal;
}

/** The decimal in units of ten to the minus `scale`, where all its digits fit a float. */
function shortUnits(decimal: string, scale: number): number {
	return Number(scaleDecimal(decimal, scale));
}

function units(decimal: string, scale: number): bigint {
	return BigInt(scaleDecimal(decimal, scale));
}

function order<T extends number | bigint>(a: T, b: T): -1 | 0 | 1 {
	return a < b ? -1 : a > b ? 1 : 0;
}
