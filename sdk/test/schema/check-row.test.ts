import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rawNumber } from "../../src/protocol/numbers.ts";
import { checkRow } from "../../src/schema/check-row.ts";
import { decimalLiteral } from "../../src/schema/text.ts";
import {
	array,
	boolean,
	date,
	datetime,
	decimal,
	integer,
	json,
	object,
	oneOf,
	optional,
	string,
	time,
	timestamp,
} from "../../src/schema/vocabulary.ts";

const order = object({
	id: string(),
	total: optional(decimal()),
	at: optional(timestamp()),
	state: optional(oneOf("OPEN", "COMPLETED")),
	items: optional(array(object({ quantity: decimal(), sku: optional(string()) }))),
	more: optional(object({ deep: object({ count: integer() }) })),
});

describe("a right row has no problems", () => {
	test.each([
		{ id: "1" },
		{ id: "1", total: "12.50", at: "2026-07-03T19:22:10Z", unknown: { kept: true } },
		{ id: "1", total: rawNumber("9007199254740993.10"), at: null, state: null, items: null, more: undefined },
		{
			id: "1",
			items: [{ quantity: 1.5 }, { quantity: "2", sku: null }],
			more: { deep: { count: rawNumber("9007199254740993") } },
		},
	])("%j", (row) => {
		expect(checkRow(order, row)).toBeUndefined();
	});
});

test("every problem is told by its path, with the value masked", () => {
	const row = {
		total: "twelve",
		at: "2026-02-30T10:00:00Z",
		state: "GONE",
		items: [{ quantity: 1 }, { quantity: "1,5", sku: 7 }, "x"],
		more: { deep: { count: 1.5 } },
	};
	expect(checkRow(order, row)).toEqual([
		{ path: "id", code: "missing", expected: "text", found: "nothing" },
		{ path: "total", code: "wrong_type", expected: "a number", found: '"xxxxxx"' },
		{
			path: "at",
			code: "wrong_type",
			expected: "a time with its zone (2026-07-03T19:22:10Z)",
			found: '"2026-02-30T10:00:00Z"',
		},
		{ path: "state", code: "unknown_value", expected: "one of OPEN, COMPLETED", found: '"xxxx"' },
		{ path: "items.1.quantity", code: "wrong_type", expected: "a number", found: '"0,0"' },
		{ path: "items.1.sku", code: "wrong_type", expected: "text", found: "7" },
		{ path: "items.2", code: "wrong_type", expected: "an object", found: '"x"' },
		{ path: "more.deep.count", code: "wrong_type", expected: "a whole number", found: "1.5" },
	]);
});

test("a row that is no object is one problem", () => {
	for (const row of [[], "text", 7, true])
		expect(checkRow(order, row)).toMatchObject([{ path: "", code: "wrong_type" }]);
	expect(checkRow(order, null)).toMatchObject([{ path: "", code: "missing" }]);
});

test("NaN and infinities are no numbers: JSON would turn them into null", () => {
	const row = { id: "1", total: Number.NaN, more: { deep: { count: Number.POSITIVE_INFINITY } } };
	expect(checkRow(order, row)?.map(({ path }) => path)).toEqual(["total", "more.deep.count"]);
});

test("the compiled check and zod's own parser always agree", () => {
	const schema = object({
		s: string(),
		i: optional(integer()),
		d: decimal(),
		b: optional(boolean()),
		day: optional(date()),
		at: optional(timestamp()),
		local: optional(datetime()),
		clock: optional(time()),
		word: optional(oneOf("a", "b")),
		list: optional(array(optional(object({ n: optional(integer()), any: optional(json()) })))),
	});
	const text = fc.oneof(
		fc.constantFrom("2026-02-28", "2026-02-29", "2024-02-29", "2026-07-03T19:22:10Z", "2026-07-03T19:22:10+02:00"),
		fc.constantFrom("2026-07-03T19:22:10", "19:22:10", "24:00:00", "12.50", "1e5", "01", "-", "a", "b", "c", ""),
		fc.string(),
	);
	const scalar = fc.oneof(
		text,
		fc.boolean(),
		fc.constant(null),
		fc.constant(undefined),
		fc.double(),
		fc.maxSafeInteger(),
	);
	const list = fc.array(fc.oneof(fc.record({ n: scalar, any: fc.jsonValue() }, { requiredKeys: [] }), scalar), {
		maxLength: 3,
	});
	const row = fc.record({
		s: scalar,
		i: scalar,
		d: scalar,
		b: scalar,
		day: scalar,
		at: scalar,
		local: scalar,
		clock: scalar,
		word: scalar,
		list: fc.oneof(list, scalar),
	});
	fc.assert(
		fc.property(row, (value) => {
			// zod's integer is a safe one; a record's may be larger
			fc.pre(!JSON.stringify(value).includes("e+") && Math.abs(Number(value.i ?? 0)) < 2 ** 53);
			expect(checkRow(schema, value) === undefined).toBe(schema.safeParse(value).success);
		}),
		{ numRuns: 2000 },
	);
});

test("a decimal in text is read in the forms that people use, with every digit", () => {
	const said = Object.fromEntries(
		["12.50", "+5", "007.10", ".5", "5.", "-.5", "1e3", "", "-", ".", "e5", "1,234.56", " 1", "0x10", "NaN"].map(
			(text) => [text, decimalLiteral(text)],
		),
	);
	expect(said).toEqual({
		"12.50": "12.50",
		"+5": "5",
		"007.10": "7.10",
		".5": "0.5",
		"5.": "5",
		"-.5": "-0.5",
		"1e3": "1e3",
		"": undefined,
		"-": undefined,
		".": undefined,
		e5: undefined,
		"1,234.56": undefined,
		" 1": undefined,
		"0x10": undefined,
		NaN: undefined,
	});
});
