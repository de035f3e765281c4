import fc from "fast-check";
import { expect, test } from "vitest";
import {
	addDecimals,
	canonicalDecimal,
	compareDecimals,
	decimalOf,
	fitDecimal,
	isRawNumber,
	negateDecimal,
	numberText,
	rawNumber,
	scaleDecimal,
	shortestDecimal,
} from "../../src/protocol/index.ts";

const digits = (maxLength: number) => fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength });
/** Short ones, where sums stay in a float, and long ones. */
const decimal = fc.tuple(fc.boolean(), digits(25), fc.option(digits(20))).map(([negative, whole, fraction]) => {
	const plain = whole.replace(/^0+(?=\d)/, "") + (fraction === null ? "" : `.${fraction}`);
	return negative && /[1-9]/.test(plain) ? `-${plain}` : plain;
});
const short = fc
	.tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.nat(3))
	.map(([units, scale]) => scaleDecimal(String(units), -scale));
const anyDecimal = fc.oneof(decimal, short);

/** The value in units of 10^-40: the slow and obvious way. */
function oracle(text: string): bigint {
	const [, sign, whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text)!;
	const power = 40 - fraction.length + Number(exponent);
	const size = BigInt(whole + fraction) * 10n ** BigInt(Math.max(0, power));
	const scaled = power < 0 ? size / 10n ** BigInt(-power) : size;
	return sign === "-" ? -scaled : scaled;
}

const PLAIN = /^(?!-0(\.0+)?$)-?(0|[1-9]\d*)(\.\d+)?$/;

test.each([
	["1500", "1.5e3"],
	["1500", "1.5E+3"],
	["0.00150", "1.50e-3"],
	["15.0", "1.50e1"],
	["12.50", "12.50"],
	["0", "-0"],
	["0.00", "-0.00"],
	["0", "-0e7"],
	["0.0000000", "0e-7"],
	["100000000000000000000", "1e20"],
	["-9007199254740993", "-9007199254740993"],
])("%s is the decimal of %s", (expected, literal) => {
	expect(canonicalDecimal(literal)).toBe(expected);
});

test.each(["", " 1", "1 ", "+1", ".5", "5.", "007", "-", "1e", "0x10", "1_000", "1,5", "NaN", "Infinity", "١", "1\n"])(
	"%j is no decimal",
	(text) => {
		expect(canonicalDecimal(text)).toBeUndefined();
	},
);

test("texts and exponents without measure are no decimals, and answer at once", () => {
	expect(canonicalDecimal("1e400")).toBe(`1${"0".repeat(400)}`);
	expect(canonicalDecimal("1e999999999")).toBeUndefined();
	expect(canonicalDecimal("1e-999999999999999999999")).toBeUndefined();
	expect(canonicalDecimal("9".repeat(20_000_000))).toBeUndefined();
	expect(fitDecimal("9".repeat(20_000_000), { precision: 38, scale: 9 })).toBeUndefined();
});

test("a decimal keeps its value and is plain", () => {
	const literal = fc
		.tuple(decimal, fc.option(fc.integer({ min: -15, max: 15 })))
		.map(([text, exponent]) => (exponent === null ? text : `${text}e${exponent}`));
	fc.assert(
		fc.property(literal, (text) => {
			const plain = canonicalDecimal(text)!;
			expect(plain).toMatch(PLAIN);
			expect(oracle(plain)).toBe(oracle(text));
			expect(canonicalDecimal(plain)).toBe(plain);
		}),
	);
});

test("sums, order, sign and powers of ten are exact", () => {
	fc.assert(
		fc.property(anyDecimal, anyDecimal, fc.integer({ min: -15, max: 15 }), (a, b, power) => {
			const sum = addDecimals(a, b);
			expect(sum).toMatch(PLAIN);
			expect(oracle(sum)).toBe(oracle(a) + oracle(b));
			expect(oracle(negateDecimal(a))).toBe(-oracle(a));
			expect(negateDecimal(a)).toMatch(PLAIN);
			const [x, y] = [oracle(a), oracle(b)];
			expect(compareDecimals(a, b)).toBe(x < y ? -1 : x > y ? 1 : 0);
			const scaled = scaleDecimal(a, power);
			expect(scaled).toMatch(PLAIN);
			expect(oracle(scaled)).toBe(oracle(`${a}e${power}`));
		}),
		{ numRuns: 3_000 },
	);
});

test("digits are kept: money looks as it was written", () => {
	expect(addDecimals("48.20", "-5.7")).toBe("42.50");
	expect(addDecimals("0.10", "-0.1")).toBe("0.00");
	expect(addDecimals("-0.05", "0")).toBe("-0.05");
	expect(negateDecimal("15.00")).toBe("-15.00");
	expect(negateDecimal("0.00")).toBe("0.00");
	expect(["12.50", "3.00", "0.0", "100", "-0.10"].map(shortestDecimal)).toEqual(["12.5", "3", "0", "100", "-0.1"]);
});

test.each([
	["1999", -2, "19.99"],
	["1999", 0, "1999"],
	["1999", -3, "1.999"],
	["1250", -2, "12.50"],
	["5", -2, "0.05"],
	["-5", -3, "-0.005"],
	["0", -2, "0.00"],
	["19.5", -2, "0.195"],
	["1.5", 2, "150"],
	["1.2345", 2, "123.45"],
])("%s times ten to the %i is %s", (text, power, expected) => {
	expect(scaleDecimal(text, power)).toBe(expected);
});

const NUMERIC = { precision: 38, scale: 9 };

test.each([
	["12.50", "12.50", false],
	["-0", "0", false],
	["1e3", "1000", false],
	["1.0000000000", "1.000000000", false],
	["0.1234567895", "0.123456790", true],
	["0.1234567894999", "0.123456789", true],
	["-0.1234567895", "-0.123456790", true],
	["9.9999999999", "10.000000000", true],
	["-0.0000000001", "0.000000000", true],
	["12345678901234567890123456789.123456789", "12345678901234567890123456789.123456789", false],
])("NUMERIC holds %s as %s, rounded: %s", (text, fitted, rounded) => {
	expect(fitDecimal(text, NUMERIC)).toEqual({ text: fitted, rounded });
});

test.each(["1e29", "123456789012345678901234567890", "99999999999999999999999999999.9999999996", "1e400", "abc"])(
	"NUMERIC does not hold %s",
	(text) => {
		expect(fitDecimal(text, NUMERIC)).toBeUndefined();
	},
);

test("a fitted decimal is off by half a unit at most, never for nothing", () => {
	fc.assert(
		fc.property(anyDecimal, fc.nat(12), (text, scale) => {
			const fit = fitDecimal(text, { precision: 60, scale })!;
			const off = oracle(fit.text) - oracle(text);
			const unit = 10n ** BigInt(40 - scale);
			expect(fit.rounded).toBe(off !== 0n);
			expect(2n * (off < 0n ? -off : off)).toBeLessThanOrEqual(unit);
			expect(fit.text).toMatch(PLAIN);
			// half goes away from zero
			if (2n * off === unit) expect(oracle(text) > 0n).toBe(true);
			if (-2n * off === unit) expect(oracle(text) < 0n).toBe(true);
		}),
		{ numRuns: 2_000 },
	);
});

test("a column without decimals", () => {
	expect(fitDecimal("2.5", { precision: 5, scale: 0 })).toEqual({ text: "3", rounded: true });
	expect(fitDecimal("99999.5", { precision: 5, scale: 0 })).toBeUndefined();
	expect(fitDecimal("-7.0", { precision: 5, scale: 0 })).toEqual({ text: "-7", rounded: false });
});

test("the text of a number is its literal", () => {
	expect([1, 0.1, 1e21, -7.25].map(numberText)).toEqual(["1", "0.1", "1e+21", "-7.25"]);
	const raw = rawNumber("12345678901234567890.10");
	expect(numberText(raw)).toBe("12345678901234567890.10");
	expect(JSON.stringify({ raw })).toBe('{"raw":12345678901234567890.10}');
	expect([raw, 1, null, "1", {}, { rawJSON: "1" }].map(isRawNumber)).toEqual([true, false, false, false, false, false]);
	expect(() => rawNumber("1 2")).toThrow(SyntaxError);
});

test("an amount is a number or its text, whatever its size; nothing else is one", () => {
	expect([12.5, " 12.50 ", 1e-7, -0].map(decimalOf)).toEqual(["12.5", "12.50", "0.0000001", "0"]);
	expect(decimalOf(JSON.rawJSON("9007199254740993.10"))).toBe("9007199254740993.10");
	expect([null, undefined, "", "1,5", Number.NaN, true, {}].map(decimalOf)).toEqual(Array(7).fill(undefined));
});
