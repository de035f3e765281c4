/**
 * The verbs of a mapping as closures. A value that does not exist is undefined; one that exists but is no number where
 * a number is wanted is WRONG. Why it is wrong is found out afterwards (blame.ts), so that the usual case costs nothing.
 */
import type { Json, Value } from "@growthnav/spec";
import {
	addDecimals,
	canonicalDecimal,
	centsText,
	isRawNumber,
	negateDecimal,
	numberText,
	scaleDecimal,
} from "../protocol/numbers.ts";
import { decimalLiteral } from "../schema/text.ts";
import { compilePath, type ElementNames, exists, type Scope } from "./path.ts";

export const WRONG = Symbol("wrong");
export type Found = Json | undefined | typeof WRONG;
export type Read = (scope: Scope) => Found;

/** A value of any verb, ready to be read from records. */
export function compileValue(value: Value, names: ElementNames): Read {
	if (typeof value === "string") return compileExisting(value, names);
	if ("path" in value) return compileExisting(value.path, names);
	if ("const" in value) return () => (exists(value.const) ? value.const : undefined);
	if ("first" in value) return firstOf(value.first.map((one) => compileValue(one, names)));
	return compileNumber(value, names);
}

/** A whole number that a float holds exactly, or decimal text. */
export type ReadNumber = (scope: Scope) => number | string | undefined | typeof WRONG;

/** The same as a number. */
export function compileNumber(value: Value, names: ElementNames): ReadNumber {
	if (typeof value === "object") {
		if ("first" in value) return firstOf(value.first.map((one) => compileNumber(one, names)));
		if ("sum" in value) return sumOf(value.sum.map((one) => compileNumber(one, names)));
		if ("negate" in value) return negated(compileNumber(value.negate, names));
		if ("minor" in value) return fromMinorUnits(compileNumber(value.minor, names), value.decimals);
	}
	const read = compileValue(value, names);
	return (scope) => {
		const found = read(scope);
		return found === undefined ? undefined : (asNumber(found) ?? WRONG);
	};
}

function compileExisting(path: string, names: ElementNames): Read {
	const read = compilePath(path, names);
	return (scope) => {
		const value = read(scope);
		return exists(value) ? value : undefined;
	};
}

function firstOf<T>(reads: ((scope: Scope) => T | undefined)[]): (scope: Scope) => T | undefined {
	return (scope) => {
		for (let i = 0; i < reads.length; i++) {
			const found = reads[i]!(scope);
			if (found !== undefined) return found;
		}
		return undefined;
	};
}

function sumOf(reads: ReadNumber[]): ReadNumber {
	return (scope) => {
		let sum: number | string | undefined;
		for (let i = 0; i < reads.length; i++) {
			const term = reads[i]!(scope);
			if (term === undefined || term === WRONG) return term;
			sum = sum === undefined ? term : add(sum, term);
		}
		return sum;
	};
}

function negated(read: ReadNumber): ReadNumber {
	return (scope) => {
		const number = read(scope);
		if (typeof number === "number") return 0 - number;
		return typeof number === "string" ? negateDecimal(number) : number;
	};
}

function fromMinorUnits(read: ReadNumber, decimals: number | undefined): ReadNumber {
	return (scope) => {
		const number = read(scope);
		if (number === undefined || number === WRONG) return number;
		// without a currency the amount cannot be told: it does not exist
		const exponent = decimals ?? scope.exponent;
		if (exponent === undefined) return undefined;
		if (Number.isNaN(exponent)) return WRONG;
		return typeof number === "number" ? shifted(number, exponent) : scaleDecimal(number, -exponent);
	};
}

/** `scaleDecimal` for a whole number: 1250 and 3 give `1.250`. */
function shifted(units: number, exponent: number): number | string {
	if (exponent === 0) return units;
	const digits = String(Math.abs(units)).padStart(exponent + 1, "0");
	const point = digits.length - exponent;
	return `${units < 0 ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The longest text that is tried as a number: far more than any column holds. */
const LONGEST = 400;

/** A whole number that a float holds exactly stays one; all others are decimal text. Undefined for what is no number. */
export function asNumber(found: Found): number | string | undefined {
	if (typeof found === "number") {
		if (Number.isSafeInteger(found)) return found + 0;
		return centsText(found) ?? canonicalDecimal(numberText(found));
	}
	if (typeof found === "string") return found.length > LONGEST ? undefined : decimalOfText(found);
	return isRawNumber(found) ? canonicalDecimal(numberText(found)) : undefined;
}

/** The number as decimal text. */
export function asDecimal(found: Found): string | undefined {
	const number = asNumber(found);
	return typeof number === "number" ? String(number) : number;
}

/** Also as people write plain numbers: `+5`, `007`, `.5`, with spaces around. Separators of thousands make it text. */
function decimalOfText(text: string): string | undefined {
	const decimal = canonicalDecimal(text);
	if (decimal !== undefined) return decimal;
	const literal = decimalLiteral(text.trim());
	return literal === undefined ? undefined : canonicalDecimal(literal);
}

function add(a: number | string, b: number | string): number | string {
	if (typeof a === "number" && typeof b === "number") {
		const sum = a + b;
		if (Number.isSafeInteger(sum)) return sum;
	}
	return addDecimals(String(a), String(b));
}

/** Text as it is, numbers by their exact digits, booleans as words; lists and objects are no text. */
export function asText(found: Found): string | undefined {
	if (typeof found === "string") return found;
	if (typeof found === "number" || isRawNumber(found)) return numberText(found);
	return typeof found === "boolean" ? String(found) : undefined;
}
