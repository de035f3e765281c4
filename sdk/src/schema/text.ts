/** Numbers as people and vendors write them into text. */
import { canonicalDecimal } from "../protocol/numbers.ts";

const LOOSE = /^([+-]?)(\d*)(\.\d*)?([eE][+-]?\d{1,4})?$/;

/**
 * The number that a text spells, as a JSON literal with every digit kept: `12.50`, `+5` as `5`, `007` as `7`, `.5` as
 * `0.5`. Undefined for anything else, also for separators of thousands: `1,234.56` is for whoever knows its locale.
 */
export function decimalLiteral(text: string): string | undefined {
	if (PLAIN.test(text)) return text;
	const match = LOOSE.exec(text);
	// `-`, `.` and `e5` spell nothing
	if (match === null || !/^[+-]?\.?\d/.test(text)) return undefined;
	const [, sign, digits = "", fraction = "", exponent = ""] = match;
	const whole = digits.replace(/^0+/, "") || "0";
	const literal = (sign === "-" ? "-" : "") + whole + (fraction === "." ? "" : fraction) + exponent;
	return canonicalDecimal(literal) === undefined ? undefined : literal;
}

const PLAIN = /^-?(?:0|[1-9]\d{0,99})(?:\.\d{1,99})?$/;
