import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { convertValue } from "../../src/destination/rows/values/convert.ts";
import { isQuoted, quickText, unquoted } from "../../src/destination/rows/values/quick.ts";
import { parseJson } from "../../src/protocol/parse.ts";
import { through } from "./columns.ts";

describe("integers", () => {
	test.each([
		["0", "0"],
		["-0", "0"],
		["7", "7"],
		["-7", "-7"],
		["12.0", "12"],
		["1e3", "1000"],
		["9007199254740991", "9007199254740991"],
		["9007199254740992", '"9007199254740992"'],
		["9007199254740993", '"9007199254740993"'],
		["-9007199254740993", '"-9007199254740993"'],
		["9223372036854775807", '"9223372036854775807"'],
		["-9223372036854775808", '"-9223372036854775808"'],
		['"12"', "12"],
		['"9223372036854775807"', '"9223372036854775807"'],
		['"12.0"', "12"],
		["12.0000000000000000", "12"],
	])("%s is kept as %s", (literal, text) => {
		expect(through("integer", literal)).toEqual({ text, code: undefined });
	});

	test.each([
		["9223372036854775808", "out_of_range"],
		["-9223372036854775809", "out_of_range"],
		["1e400", "out_of_range"],
		["1e20000", "out_of_range"],
		["12.5", "wrong_type"],
		["9007199254740991.0000001", "wrong_type"],
		['"12abc"', "wrong_type"],
		['""', "wrong_type"],
		['" 12"', "wrong_type"],
		["true", "wrong_type"],
		["[]", "wrong_type"],
		["{}", "wrong_type"],
	])("%s becomes null: %s", (literal, code) => {
		expect(through("integer", literal)).toEqual({ text: undefined, code });
	});
});

describe("decimals", () => {
	test.each([
		["12.5", '"12.5"'],
		["12.50", '"12.5"'],
		["1.0", '"1"'],
		["-0", '"0"'],
		["-0.00", '"0"'],
		["0.1", '"0.1"'],
		["1e3", '"1000"'],
		["1e-9", '"0.000000001"'],
		["0.000000001", '"0.000000001"'],
		["12345678901234567890123456789.123456789", '"12345678901234567890123456789.123456789"'],
		["-99999999999999999999999999999.999999999", '"-99999999999999999999999999999.999999999"'],
		["9007199254740993", '"9007199254740993"'],
		["1e28", '"10000000000000000000000000000"'],
		['"12.50"', '"12.5"'],
		['"+5"', '"5"'],
		['"007.5"', '"7.5"'],
		['".5"', '"0.5"'],
	])("%s is kept as %s", (literal, text) => {
		expect(through("decimal", literal)).toEqual({ text, code: undefined });
	});

	test.each([
		["1e-10", '"0"'],
		["0.0000000005", '"0.000000001"'],
		["-0.0000000005", '"-0.000000001"'],
		["0.00000000049999999999999999", '"0"'],
		["1.2345678905", '"1.234567891"'],
		["0.99999999999", '"1"'],
		["1e-400", '"0"'],
		["1e-20000", '"0"'],
	])("%s is rounded to %s, and told", (literal, text) => {
		expect(through("decimal", literal)).toEqual({ text, code: "rounded" });
	});

	test.each([
		["1e29", "out_of_range"],
		["100000000000000000000000000000", "out_of_range"],
		["99999999999999999999999999999.9999999995", "out_of_range"],
		["1e400", "out_of_range"],
		["-1e20000", "out_of_range"],
		['"1,234.56"', "wrong_type"],
		['"$5"', "wrong_type"],
		['"NaN"', "wrong_type"],
		['"Infinity"', "wrong_type"],
		["false", "wrong_type"],
	])("%s becomes null: %s", (literal, code) => {
		expect(through("decimal", literal)).toEqual({ text: undefined, code });
	});

	test("every literal is exact, or rounded half away from zero and told, or null and told", () => {
		const digits = fc.bigInt({ min: -(10n ** 45n), max: 10n ** 45n });
		fc.assert(
			fc.property(digits, fc.integer({ min: 0, max: 30 }), (number, scale) => {
				const { text, code } = through("decimal", literalOf(number, scale));
				const { nano, exact } = inNano(number, scale);
				if (text === undefined) {
					expect(code).toBe("out_of_range");
					expect(abs(nano)).toBeGreaterThanOrEqual(10n ** 38n);
					return;
				}
				expect(text).toMatch(/^"-?(0|[1-9]\d*)(\.\d{0,8}[1-9])?"$/);
				expect(nanoOf(text.slice(1, -1))).toBe(nano);
				expect(code).toBe(exact ? undefined : "rounded");
			}),
		);
	});
});

test("floats keep their value, and tell what a double cannot hold", () => {
	expect(through("float", "1.5")).toEqual({ text: "1.5", code: undefined });
	expect(through("float", '"1e300"')).toEqual({ text: "1e+300", code: undefined });
	expect(through("float", "-0")).toEqual({ text: "-0.0", code: undefined });
	expect(through("float", "9007199254740993")).toEqual({ text: "9007199254740992", code: "rounded" });
	expect(through("float", "1e400")).toEqual({ text: undefined, code: "out_of_range" });
});

test("the short cuts for numbers say what the careful way says", () => {
	const money = fc.integer({ min: -(10 ** 12), max: 10 ** 12 }).map((cents) => cents / 100);
	const numbers = fc.oneof(money, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger());
	fc.assert(
		fc.property(numbers, fc.constantFrom("decimal" as const, "integer" as const), (number, type) => {
			const quick = quickText(type, number);
			if (quick === undefined) return;
			const careful = convertValue(type, number);
			expect(careful.changed).toBeUndefined();
			expect(unquoted(type, careful.text)).toBe(quick);
			expect(isQuoted(type)).toBe(type === "decimal");
		}),
		{ numRuns: 2_000 },
	);
});

test("a double is never taken for another one", () => {
	fc.assert(
		fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
			const quick = quickText("decimal", number);
			if (quick !== undefined) expect(Object.is(parseJson(quick), number === 0 ? 0 : number)).toBe(true);
		}),
		{ numRuns: 2_000 },
	);
});

function literalOf(number: bigint, scale: number): string {
	const digits = String(abs(number)).padStart(scale + 1, "0");
	const sign = number < 0n ? "-" : "";
	return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** In units of 10^-9, rounded half away from zero. */
function inNano(number: bigint, scale: number): { nano: bigint; exact: boolean } {
	if (scale <= 9) return { nano: number * 10n ** BigInt(9 - scale), exact: true };
	const unit = 10n ** BigInt(scale - 9);
	const whole = abs(number) / unit;
	const rest = abs(number) % unit;
	const rounded = rest * 2n >= unit ? whole + 1n : whole;
	return { nano: number < 0n ? -rounded : rounded, exact: rest === 0n };
}

function nanoOf(text: string): bigint {
	const [whole = "", fraction = ""] = text.split(".");
	return BigInt(whole + fraction.padEnd(9, "0"));
}

function abs(number: bigint): bigint {
	return number < 0n ? -number : number;
}
