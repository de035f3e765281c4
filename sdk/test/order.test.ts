/** What is counted stands in one order, whatever came first. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { mostFirst } from "../src/order.ts";

test("most rows first, then by name", () => {
	const all = ["b 6", "a 6", "c 13", "B 6"].map((one) => ({ name: one[0]!, rows: Number(one.slice(2)) }));
	expect(mostFirst(all, ({ name }) => name).map(({ name }) => name)).toEqual(["c", "B", "a", "b"]);
});

test("always: the same order, however they came", () => {
	const counted = fc.record({ name: fc.string({ maxLength: 2 }), rows: fc.integer({ min: 0, max: 3 }) });
	const lists = fc
		.uniqueArray(counted, { selector: ({ name }) => name })
		.chain((all) =>
			fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
		);
	fc.assert(
		fc.property(lists, ([all, shuffled]) => {
			expect(mostFirst(shuffled, ({ name }) => name)).toEqual(mostFirst(all, ({ name }) => name));
		}),
	);
});
