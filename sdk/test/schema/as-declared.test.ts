/** Rows of vendors that are loose with types, in the form that their schema declares. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { rawNumber } from "../../src/protocol/numbers.ts";
import { asDeclared } from "../../src/schema/as-declared.ts";
import { checkRow } from "../../src/schema/check-row.ts";
import {
	array,
	boolean,
	datetime,
	decimal,
	integer,
	json,
	object,
	oneOf,
	optional,
	string,
	timestamp,
} from "../../src/schema/vocabulary.ts";

const schema = object({
	id: integer(),
	number: optional(string()),
	total: optional(decimal()),
	paid: optional(boolean()),
	status: optional(oneOf("1", "open")),
	at: optional(timestamp()),
	local: optional(datetime()),
	place: optional(object({ zip: optional(string()), floor: optional(integer()) })),
	needed: object({ x: optional(integer()) }),
	lines: optional(array(object({ quantity: integer() }))),
	meta: optional(json()),
});
const form = asDeclared(schema);
const needed = { x: 1 };

test.each([
	["an id as text", { id: "26" }, { id: 26 }],
	["a large one", { id: "9007199254740993" }, { id: rawNumber("9007199254740993") }],
	["text as a number", { number: 1001 }, { number: "1001" }],
	["a word as a number", { status: 1 }, { status: "1" }],
	[
		"blank where something else is declared",
		{ total: "", paid: " ", lines: "" },
		{ total: null, paid: null, lines: null },
	],
	["blank text is text", { number: "" }, { number: "" }],
	["false for nothing", { number: false, total: false, place: false }, { number: null, total: null, place: null }],
	["false where it is said", { paid: false }, { paid: false }],
	["words for true and false", { paid: "Yes" }, { paid: true }],
	["numbers for them", { paid: 0 }, { paid: false }],
	["dates of zeros", { at: "0000-00-00T00:00:00", local: "0000-00-00 00:00:00" }, { at: null, local: null }],
	["an empty list for an object", { place: [], needed: [] }, { place: null, needed: {} }],
	[
		"within an object",
		{ place: { zip: 10969, floor: "3", more: [] } },
		{ place: { zip: "10969", floor: 3, more: [] } },
	],
	[
		"an object for a list",
		{ lines: { 1: { quantity: "2" }, 3: { quantity: 1 } } },
		{ lines: [{ quantity: 2 }, { quantity: 1 }] },
	],
	["an empty object for a list", { lines: {} }, { lines: [] }],
	["what is declared as anything", { meta: "" }, { meta: "" }],
	["what nobody declared", { more: "12" }, { more: "12" }],
])("%s", (_, given, right) => {
	const row = { id: 1, needed, ...given };
	const before = structuredClone(JSON.parse(JSON.stringify(row)));
	expect(form(row)).toEqual({ id: 1, needed, ...right });
	expect(JSON.parse(JSON.stringify(row))).toEqual(before);
});

test("what is wrong stays, and is told", () => {
	const row = { id: "12a", number: { a: 1 }, lines: { first: {} }, needed: [1], at: "2026-07-03 19:22" };
	expect(form(row)).toBe(row);
	expect(checkRow(schema, form(row))).toHaveLength(5);
});

test("a right row is the same object, whatever it holds", () => {
	const right = fc.record({
		id: fc.integer(),
		number: fc.option(fc.string()),
		total: fc.option(fc.constantFrom("12.50", 3, "0")),
		paid: fc.option(fc.boolean()),
		place: fc.option(fc.record({ zip: fc.string(), floor: fc.integer() })),
		needed: fc.constant(needed),
		lines: fc.option(fc.array(fc.record({ quantity: fc.integer() }))),
		meta: fc.jsonValue(),
	});
	fc.assert(
		fc.property(right, (row) => {
			expect(form(row)).toBe(row);
		}),
	);
});

test("twice is once, for rows of any shape", () => {
	const any = fc.record(
		Object.fromEntries(["id", "number", "total", "paid", "at", "place", "lines"].map((name) => [name, fc.jsonValue()])),
	);
	fc.assert(
		fc.property(any, (row) => {
			const once = form(row);
			expect(form(once)).toEqual(once);
		}),
	);
});
