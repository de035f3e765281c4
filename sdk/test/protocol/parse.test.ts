import type { Json, JsonObject } from "@growthnav/spec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isConnectorError } from "../../src/errors.ts";
import { isRawNumber, mayBeInexact, parseJson } from "../../src/protocol/index.ts";

const value = (literal: string) => (parseJson(`{"a": ${literal}}`) as JsonObject).a;

test.each([
	"0",
	"1",
	"-1",
	"12.50",
	"0.1",
	"-0.5",
	"-0.05",
	"1e5",
	"1E+5",
	"1.5e-7",
	"9007199254740991",
	"1e22",
	"1.0",
])("%s is an ordinary number", (literal) => {
	expect(value(literal)).toBe(Number(literal));
});

test.each([
	"0.30000000000000004",
	"-122.41941550000001",
	"100000000000000000000",
	"1783106530123.123",
	"5e-324",
	"1.7976931348623157e308",
	"2.2250738585072014e-308",
	"0.000000000000000000000000000001",
	"123456.7890000000000000",
])("%s is exact as a number, many digits or not", (literal) => {
	expect(value(literal)).toBe(Number(literal));
});

test.each([
	"9007199254740993",
	"-9007199254740993",
	"9007199254740991.0000001",
	"12345678901234567890123456789.123456789",
	"0.1234567890123456789",
	"1e400",
	"-1E+400",
	"1e-400",
	"3e-324",
	"4e-324",
	`0.${"0".repeat(400)}1`,
	"-0",
	"-0.0",
	"-0e5",
	"-0.00E-3",
	"1.7976931348623157e309",
])("%s is kept as text", (literal) => {
	const kept = value(literal);
	expect(isRawNumber(kept)).toBe(true);
	expect(JSON.stringify(kept)).toBe(literal);
});

test("a number alone, in an array, after blanks and at the end", () => {
	expect(JSON.stringify(parseJson("9007199254740993"))).toBe("9007199254740993");
	expect(JSON.stringify(parseJson(" -0 "))).toBe("-0");
	expect(JSON.stringify(parseJson("[1,\t9007199254740993]"))).toBe("[1,9007199254740993]");
	expect(JSON.stringify(parseJson('{"a"\r\n:\r\n -0\r\n}'))).toBe('{"a":-0}');
	expect(parseJson("7")).toBe(7);
});

test("data without such numbers is not parsed twice", () => {
	const order = {
		id: "8f3e5d21-1e2c-4c1b-9d2f-0123456789ab",
		date: "2026-07-03",
		at: "2026-07-03T19:22:10.123456Z",
		total: 48.2,
		tip: -0.5,
		emitted_at: 1783106530123,
		tag: "sku-0 1e400",
	};
	expect(mayBeInexact(JSON.stringify(order))).toBe(false);
});

const DIGIT = fc.constantFrom(..."0123456789");
const run = (maxLength: number) => fc.string({ unit: DIGIT, minLength: 1, maxLength });
const literal = fc
	.tuple(
		fc.boolean(),
		fc.oneof(fc.constant("0"), run(4), run(17), run(40)).map((text) => text.replace(/^0+(?=\d)/, "")),
		fc.option(
			fc.oneof(
				run(3),
				run(18),
				fc.nat(30).map((n) => `${"0".repeat(n)}1`),
			),
		),
		fc.option(
			fc.tuple(fc.constantFrom("e", "E", "e+", "E-", "e-"), fc.oneof(fc.nat(30), fc.nat(400), fc.constant("007"))),
		),
	)
	.map(
		([negative, whole, fraction, exponent]) =>
			(negative ? "-" : "") + whole + (fraction === null ? "" : `.${fraction}`) + (exponent ?? []).join(""),
	);
const blank = fc.constantFrom("", "", "", " ", "\n", "\t  ", "\r\n");
const words = fc
	.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom(":1e400,", "\\", '"', "-0", " 9007199254740993", "\u2028"))
	.map((text) => JSON.stringify(text));
const { node } = fc.letrec<{ node: string }>((tie) => ({
	node: fc.oneof(
		{ depthSize: "small" },
		literal,
		words,
		fc.constantFrom("true", "null"),
		fc.tuple(blank, fc.array(tie("node")), blank).map(([a, all, b]) => `[${a}${all.join(`${b},${a}`)}${b}]`),
		fc
			.tuple(blank, fc.array(tie("node")), blank)
			.map(([a, all, b]) => `{${a}${all.map((one, n) => `"k${n}"${b}:${a}${one}`).join(`,${b}`)}${b}}`),
	),
}));

/** All number literals of a JSON text, in order. */
function literals(text: string): string[] {
	return [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g)]
		.map(([token]) => token)
		.filter((one) => one[0] !== '"');
}

/** The literal as sign, digits and power of ten without leading and trailing zeros: equal exactly for equal numbers. */
function canonical(text: string): string {
	const [, sign, whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text)!;
	const digits = (whole + fraction).replace(/^0+/, "");
	const kept = digits.replace(/0+$/, "");
	return `${sign}${kept}e${kept === "" ? 0 : Number(exponent) - fraction.length + digits.length - kept.length}`;
}

test("no number of any JSON text is ever altered", () => {
	fc.assert(
		fc.property(node, (text) => {
			const written = JSON.stringify(parseJson(text));
			expect(literals(written).map(canonical)).toEqual(literals(text).map(canonical));
			// and what is no number is what JSON.parse says
			const numberless = (one: string) => JSON.stringify(JSON.parse(one), (_, v) => (typeof v === "number" ? 0 : v));
			expect(numberless(written)).toBe(numberless(text));
		}),
		{ numRuns: 5_000 },
	);
});

test("only numbers that need it are kept as text", () => {
	fc.assert(
		fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
			if (Object.is(number, -0)) return;
			expect(value(String(number))).toBe(number);
		}),
	);
});

test("__proto__, integer-like keys, equal keys, NUL, lone surrogates and U+2028 are values like others", () => {
	const parsed = parseJson(
		'{"__proto__":{"x":9007199254740993},"2":1,"10":2,"a":1,"a":2,"t":"\\u0000\\ud800\u2028"}',
	) as {
		[key: string]: Json;
	};
	expect(Object.keys(parsed)).toEqual(["2", "10", "__proto__", "a", "t"]);
	expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
	expect(JSON.stringify(parsed)).toBe(
		'{"2":1,"10":2,"__proto__":{"x":9007199254740993},"a":2,"t":"\\u0000\\ud800\u2028"}',
	);
	expect(({} as JsonObject).x).toBeUndefined();
});

const codeOf = (text: string) => {
	try {
		parseJson(text);
	} catch (error) {
		if (isConnectorError(error)) return `${error.code}: ${error.message}`;
		throw error;
	}
	return "parsed";
};

test.each([
	["arrays", "[", "]"],
	["objects", '{"a":', "}", "1"],
	["both, with brackets in texts between", '{"[[[{\\"":[', "]}", "1"],
])("100,000 levels of %s are refused in words", (_, open, close, inner = "") => {
	expect(codeOf(open.repeat(100_000) + inner + close.repeat(100_000))).toBe(
		"data.json_too_deep: JSON is nested more than 502 levels deep",
	);
});

test("502 levels are read, 503 are not, wide is not deep", () => {
	const arrays = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
	const objects = (levels: number) => '{"":'.repeat(levels) + "1" + "}".repeat(levels);
	expect([502, 503].map((n) => codeOf(arrays(n)).slice(0, 18))).toEqual(["parsed", "data.json_too_deep"]);
	expect([502, 503].map((n) => codeOf(objects(n)).slice(0, 18))).toEqual(["parsed", "data.json_too_deep"]);
	expect(codeOf(`[${Array(2_000).fill('{"a":[1]}').join()}]`)).toBe("parsed");
	expect(codeOf(JSON.stringify("[{".repeat(5_000)))).toBe("parsed");
});

test("always: of whatever kinds, blanks and neighbours the levels are, 502 are read and 503 are not", () => {
	const kinds = fc.constantFrom(
		["[", "]"],
		['["{",', ",1]"],
		['{"a":', "}"],
		['{"[":"}" , "b" : ', "\n}"],
		['{"]":0,"b":', ',"z":1}'],
	);
	fc.assert(
		fc.property(fc.array(kinds, { minLength: 1, maxLength: 12 }), fc.constantFrom(500, 501, 502), (some, levels) => {
			const chain = Array.from({ length: levels }, (_, at) => some[at % some.length]!);
			const text = (inner: string) =>
				chain.map(([open]) => open).join("") +
				inner +
				chain
					.toReversed()
					.map(([, close]) => close)
					.join("");
			// 503 of them in all, or fewer
			const read = [text("1"), text("[]"), text("[[]]")].map((one) => codeOf(one).startsWith("parsed"));
			expect(read).toEqual([true, levels < 502, levels < 501]);
		}),
	);
});

test.each(['{"card":4111111111111111 x}', '{"a":nul}', '{"secret', "", '{"a":01}', "{'a':1}", '{"a":1}}', '{"a":1,}'])(
	"%s is refused, and the reason quotes nothing of it",
	(text) => {
		const told = codeOf(text);
		expect(told).toMatch(/^data\.json_invalid: not JSON: [a-z]/);
		expect(told).not.toMatch(/4111|nul|secret/);
	},
);

test("bytes are judged as their text is, wherever in them a number stands", () => {
	const ids = fc.constantFrom(
		'"7Xe123"',
		'"1e4"',
		'":1e400,"',
		"1e99",
		"1.5E+308",
		"1e-300",
		"[2e100",
		"123456.789e12",
	);
	const some = fc.array(fc.oneof(node, ids, blank), { maxLength: 6 }).map((all) => all.join(","));
	fc.assert(
		fc.property(some, (text) => {
			expect(mayBeInexact(text, Buffer.from(text))).toBe(mayBeInexact(text));
		}),
		{ numRuns: 5_000 },
	);
});
