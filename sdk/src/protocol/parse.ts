/**
 * JSON without loss. `JSON.parse` rounds `9007199254740993` and long decimals before anyone sees them; its reviver is
 * told the literal text, but costs four times the parse. So the text is scanned for literals that a float may not hold,
 * and only texts that have one are parsed again.
 */
import type { Json } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { canonicalDecimal, numberText, rawNumber, shortestDecimal } from "./numbers.ts";

/** BigQuery's JSON takes 500 levels; the data of a record stands two levels deep in its message. */
const DEEPEST = 502;

/**
 * The value of a JSON text. Numbers that a float holds are numbers, all others `RawNumber`s with their text: 2^53+1,
 * 1e400, -0, more digits than a float keeps. `__proto__` is an ordinary property; of equal keys the last one wins.
 * `scan: false` where `mayBeInexact` has already said no; `bytes` is the same text in UTF-8, where it is at hand. Throws
 * `data.json_invalid`, with a reason that quotes nothing of the text, and `data.json_too_deep`.
 */
export function parseJson(text: string, { scan = true, bytes }: { scan?: boolean; bytes?: Uint8Array } = {}): Json {
	const first = text.charCodeAt(0);
	const isContainer = first === OPEN_BRACE || first === OPEN_BRACKET;
	const isPlain = !scan || (isContainer && !mayBeInexact(text, bytes));
	const isDeep = mayBeDeep(text);
	// a reviver goes down by recursion, so what is deep must not come to it
	if (isPlain || isDeep) {
		const value = parsed(text);
		if (isDeep && isDeeper(value, DEEPEST)) {
			throw new ConnectorError("data.json_too_deep", `JSON is nested more than ${DEEPEST} levels deep`);
		}
		if (isPlain) return value;
	}
	return parsed(text, keepExact);
}

function parsed(text: string, reviver?: typeof keepExact): Json {
	try {
		return JSON.parse(text, reviver) as Json;
	} catch (error) {
		throw new ConnectorError("data.json_invalid", `not JSON: ${reasonOf(error)}`);
	}
}

/** The value of a number literal: a number where a float holds it exactly, else its text. */
export function exactNumber(literal: string): Json {
	const value = Number(literal);
	return isExact(literal, value) ? value : rawNumber(literal);
}

const SMALLEST_NORMAL = 2.2250738585072014e-308;

function isExact(literal: string, value: number): boolean {
	if (!Number.isFinite(value)) return false;
	if (Object.is(value, 0)) return isAllZeros(literal);
	// -0, and what became zero
	if (value === 0) return false;
	if (literal.length <= 15 && Math.abs(value) >= SMALLEST_NORMAL) return true;
	const decimal = canonicalDecimal(literal);
	const shortest = canonicalDecimal(numberText(value));
	return decimal !== undefined && shortest !== undefined && shortestDecimal(decimal) === shortestDecimal(shortest);
}

function isAllZeros(literal: string): boolean {
	return /^[0.]+(?:[eE]|$)/.test(literal);
}

function keepExact(_key: string, value: unknown, context?: { source?: string }): unknown {
	return typeof value === "number" && context?.source !== undefined ? exactNumber(context.source) : value;
}

/**
 * True where a number literal in the objects and arrays of `text`, one or many, may not be exact; it may be true too
 * often, never too seldom. Up to 15 digits are exact unless the exponent, then of three digits at least, is out of a
 * float's range. `bytes` is the same text in UTF-8, where it is at hand: looking at bytes takes half the time.
 */
export function mayBeInexact(text: string, bytes?: Uint8Array): boolean {
	return (bytes ? hasLongDigitBytes(bytes) : hasLongDigits(text)) || hasLongExponent(text) || hasMinusZero(text);
}

const OPEN_BRACE = 123;
const OPEN_BRACKET = 91;
const RUN = 16;

/** A run of 16 digits and points covers every 16th character once: only these are looked at. */
function hasLongDigits(text: string): boolean {
	for (let at = RUN - 1; at < text.length; at += RUN) {
		if (!isDigitOrPoint(text.charCodeAt(at))) continue;
		let start = at;
		while (isDigitOrPoint(text.charCodeAt(start - 1))) start--;
		while (isDigitOrPoint(text.charCodeAt(at + 1))) at++;
		if (at - start >= RUN - 1) return true;
	}
	return false;
}

/** The same on bytes; no other character of UTF-8 has a byte of these values. */
function hasLongDigitBytes(bytes: Uint8Array): boolean {
	for (let at = RUN - 1; at < bytes.length; at += RUN) {
		if (DIGIT_OR_POINT[bytes[at]!] === 0) continue;
		let start = at;
		while (start > 0 && DIGIT_OR_POINT[bytes[start - 1]!] === 1) start--;
		while (at + 1 < bytes.length && DIGIT_OR_POINT[bytes[at + 1]!] === 1) at++;
		if (at - start >= RUN - 1) return true;
	}
	return false;
}

function isDigitOrPoint(code: number): boolean {
	return code >= 46 && code <= 57 && code !== 47;
}

const DIGIT_OR_POINT = Uint8Array.from({ length: 256 }, (_, code) => (isDigitOrPoint(code) ? 1 : 0));
const LONG_EXPONENT = /\d[eE][-+]?\d\d\d/g;

/** `1e400` as a value; ids such as `7Xe123` are told from it by what stands before their digits. */
function hasLongExponent(text: string): boolean {
	LONG_EXPONENT.lastIndex = 0;
	while (LONG_EXPONENT.test(text)) {
		let at = LONG_EXPONENT.lastIndex - 4;
		// the sign, if there is one, then the letter
		while (!isLetterE(text.charCodeAt(at))) at--;
		do at--;
		while (isDigitOrPoint(text.charCodeAt(at)));
		if (text.charCodeAt(at) === 45) at--;
		while (at >= 0 && text.charCodeAt(at) <= 32) at--;
		const before = text.charCodeAt(at);
		if (before === 58 || before === 44 || before === OPEN_BRACKET) return true;
	}
	return false;
}

function isLetterE(code: number): boolean {
	return code === 101 || code === 69;
}

/** `-0` after `:`, `,`, `[` or a blank, also as `-0.00`; not in `-0.5` or in a date. */
function hasMinusZero(text: string): boolean {
	for (let at = text.indexOf("-0"); at > 0; at = text.indexOf("-0", at + 2)) {
		const before = text.charCodeAt(at - 1);
		if (before !== 58 && before !== 44 && before !== OPEN_BRACKET && before > 32) continue;
		let end = at + 2;
		while (text.charCodeAt(end) === 46 || text.charCodeAt(end) === 48) end++;
		if (!isDigitOrPoint(text.charCodeAt(end))) return true;
	}
	return false;
}

/**
 * Of a depth no text says more than this: each array has at most one level in it that is not an array, and every other
 * object in an object follows a colon. Where blanks stand behind colons nothing is said.
 */
function mayBeDeep(text: string): boolean {
	if (text.length <= 2 * DEEPEST) return false;
	const levels = 2 * count(text, "[") + 1;
	return levels > DEEPEST || BLANK_AFTER_COLON.test(text) || levels + count(text, ":{") > DEEPEST;
}

const BLANK_AFTER_COLON = /:\s/;

/** At most one more than a depth that matters. */
function count(text: string, part: string): number {
	let found = 0;
	for (let at = text.indexOf(part); at >= 0 && found <= DEEPEST; at = text.indexOf(part, at + 1)) found++;
	return found;
}

/** Whether objects and arrays stand in one another more than `levels` deep. It goes no deeper itself. */
function isDeeper(value: unknown, levels: number): boolean {
	if (typeof value !== "object" || value === null) return false;
	if (levels === 0) return true;
	if (Array.isArray(value)) {
		for (const element of value) if (isDeeper(element, levels - 1)) return true;
		return false;
	}
	for (const key in value) if (isDeeper((value as Record<string, unknown>)[key], levels - 1)) return true;
	return false;
}

/** V8 quotes the text around the fault; that may be a person's data or a key, so it is cut off. */
function reasonOf(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	const reason = /^Unexpected token/.test(message)
		? "unexpected character"
		: message.replace(/(?: in JSON)? at position.*/s, "");
	const position = /at position \d+/.exec(message)?.[0] ?? "";
	return `${reason.charAt(0).toLowerCase()}${reason.slice(1)} ${position}`.trim();
}
