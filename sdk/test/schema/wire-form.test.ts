import fc from "fast-check";
import { expect, test } from "vitest";
import { rawNumber } from "../../src/protocol/numbers.ts";
import { checkRow } from "../../src/schema/check-row.ts";
import { array, decimal, object, optional, string } from "../../src/schema/vocabulary.ts";
import { wireFormOf } from "../../src/schema/wire-form.ts";

const item = object({ price: decimal(), name: string() });
const schema = object({
	total: optional(decimal()),
	items: optional(array(item)),
	money: optional(object({ amount: decimal() })),
});

test("decimals in text become literals with the same digits, wherever they stand; the row is not changed", () => {
	const row = {
		total: "12.50",
		items: [
			{ price: "1.10", name: "x" },
			{ price: 2, name: "3.00" },
		],
		money: { amount: "-.5", more: "7" },
	};
	const before = structuredClone(row);
	expect(JSON.stringify(wireFormOf(schema)(row))).toBe(
		'{"total":12.50,"items":[{"price":1.10,"name":"x"},{"price":2,"name":"3.00"}],"money":{"amount":-0.5,"more":"7"}}',
	);
	expect(row).toEqual(before);
});

test("what needs no change is the same object", () => {
	for (const row of [
		{},
		{ total: 5, items: [] },
		{ total: null, money: null },
		{ total: rawNumber("1.0") },
		{ total: "five" },
	]) {
		expect(wireFormOf(schema)(row)).toBe(row);
	}
	const row = { id: "1.5" };
	expect(wireFormOf(object({ id: string() }))(row)).toBe(row);
});

test("the number of any decimal text is the text", () => {
	const toWire = wireFormOf(schema);
	fc.assert(
		fc.property(fc.stringMatching(/^-?(0|[1-9]\d{0,28})(\.\d{1,9})?$/), (total) => {
			expect(JSON.stringify(toWire({ total }))).toBe(`{"total":${total}}`);
		}),
	);
});

test("names of prototypes are names like any other, mostly absent", () => {
	const odd = object(
		Object.fromEntries(["constructor", "__proto__", "toString"].map((name) => [name, optional(decimal())])),
	);
	const form = wireFormOf(odd);
	const row = JSON.parse('{"__proto__":"1.50","toString":"2.50"}');
	expect(JSON.stringify(form(row))).toBe('{"__proto__":1.50,"toString":2.50}');
	expect(Object.getPrototypeOf(form(row))).toBe(Object.prototype);
	const empty = {};
	expect(form(empty)).toBe(empty);
	expect(checkRow(odd, empty)).toBeUndefined();
	expect(checkRow(odd, JSON.parse('{"__proto__":"x"}'))).toMatchObject([{ path: "__proto__", code: "wrong_type" }]);
});
