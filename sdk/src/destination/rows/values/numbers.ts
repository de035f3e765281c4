/** Numbers as JSON text: decimals as strings of plain digits, since every loader reads JSON numbers as floats. */
import type { Json } from "@growthnav/spec";
import { canonicalDecimal, fitDecimal, isRawNumber, numberText, shortestDecimal } from "../../../protocol/numbers.ts";
import { decimalLiteral } from "../../../schema/text.ts";
import type { Converted } from "./converted.ts";

/** NUMERIC of BigQuery, DECIMAL(38,9) of DuckDB. */
const NUMERIC = { precision: 38, scale: 9 };
const INT64_LOWEST = -(2n ** 63n);
const INT64_HIGHEST = 2n ** 63n - 1n;

/** A whole number of 64 bits, also as text or as 12.0; beyond 2^53 as a JSON string, which loaders read exactly. */
export function integerOf(value: Json): Converted {
	const literal = literalOf(value);
	if (literal === undefined) return { wrong: "wrong_type" };
	const decimal = canonicalDecimal(literal);
	// its exponent is beyond all columns
	if (decimal === undefined) return { wrong: "out_of_range" };
	const whole = shortestDecimal(decimal);
	if (whole.includes(".")) return { wrong: "wrong_type" };
	if (whole.length > 20) return { wrong: "out_of_range" };
	const exact = BigInt(whole);
	if (exact < INT64_LOWEST || exact > INT64_HIGHEST) return { wrong: "out_of_range" };
	return { text: Number.isSafeInteger(Number(whole)) ? whole : `"${whole}"` };
}

/** At most 29 digits before the point; after the ninth behind it rounded half away from zero, as BigQuery does. */
export function decimalOf(value: Json): Converted {
	const literal = literalOf(value);
	if (literal === undefined) return { wrong: "wrong_type" };
	const fitted = fitDecimal(literal, NUMERIC);
	if (fitted === undefined) return isTiny(literal) ? { text: '"0"', changed: "rounded" } : { wrong: "out_of_range" };
	const text = `"${shortestDecimal(fitted.text)}"`;
	return fitted.rounded ? { text, changed: "rounded" } : { text };
}

/** For columns declared as floats: what a double cannot hold is rounded and told. */
export function floatOf(value: Json): Converted {
	const literal = literalOf(value);
	if (literal === undefined) return { wrong: "wrong_type" };
	const number = Number(literal);
	if (!Number.isFinite(number)) return { wrong: "out_of_range" };
	const text = Object.is(number, -0) ? "-0.0" : String(number);
	return isRawNumber(value) && !Object.is(number, -0) ? { text, changed: "rounded" } : { text };
}

/** The JSON literal of a number or of a text that spells one. */
function literalOf(value: Json): string | undefined {
	if (typeof value === "number") return Number.isFinite(value) ? numberText(value) : undefined;
	if (typeof value === "string") return decimalLiteral(value);
	return isRawNumber(value) ? value.rawJSON : undefined;
}

/** A literal whose exponent is too small for `fitDecimal` to write it out. */
function isTiny(literal: string): boolean {
	return /[eE]-/.test(literal) && Math.abs(Number(literal)) < 1e-10;
}
