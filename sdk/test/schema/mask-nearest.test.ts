import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maskValue } from "../../src/mask.ts";
import { didYouMean, listOf, nearest } from "../../src/nearest.ts";
import { rawNumber } from "../../src/protocol/numbers.ts";

describe("masked values", () => {
	test.each([
		["Ada Lovelace", '"xxx xxxxxxxx"'],
		["ada@example.com", '"xxx@xxxxxxx.xxx"'],
		["+1 (555) 010-9999", '"+0 (000) 000-0000"'],
		["15550109999", '"00000000000"'],
		["4111111111111111", '"0000000000000000"'],
		[4111111111111111, "0000000000000000"],
		["Zoë 日本", '"xxx xx"'],
		["12.50", '"12.50"'],
		["1,234.56", '"1,234.56"'],
		["2026-02-30T10:00:00Z", '"2026-02-30T10:00:00Z"'],
		["03/04/2026", '"03/04/2026"'],
		[12.5, "12.5"],
		[rawNumber("9007199254740993.10"), "9007199254740993.10"],
		[true, "true"],
		[null, "null"],
		[undefined, "nothing"],
		[[1, 2], "a list of 2"],
		[{ a: 1 }, "an object"],
	])("%j is shown as %s", (value, shown) => {
		expect(maskValue(value)).toBe(shown);
	});

	test("keys and declared words are shown, at most 40 characters of them", () => {
		expect(maskValue("9cXkQ7f", { key: true })).toBe('"9cXkQ7f"');
		expect(maskValue("OPEN", { words: ["OPEN"] })).toBe('"OPEN"');
		expect(maskValue("k".repeat(50), { key: true })).toBe(`"${"k".repeat(40)}…"`);
	});

	test("no letter of a text without digits ever survives", () => {
		fc.assert(
			fc.property(fc.string({ unit: "grapheme" }), (text) => {
				fc.pre(!/\d/.test(text));
				expect(maskValue(text)).not.toMatch(/[^ -~…]|[a-wyzA-Z]/);
			}),
		);
	});
});

describe("suggestions", () => {
	const known = ["access_token", "base_url", "environment", "start_date"];
	test.each([
		["acess_token", ["access_token"]],
		["ACCESS_TOKEN", ["access_token"]],
		["enviroment", ["environment"]],
		["strat_date", ["start_date"]],
		["colour", []],
		["zz", []],
	])("%s", (word, near) => {
		expect(nearest(word, known)).toEqual(near);
	});

	test("at most three, nearest first", () => {
		expect(nearest("orders", ["order", "borders", "ordersx", "orders2", "customers"])).toEqual([
			"borders",
			"order",
			"orders2",
		]);
		expect(didYouMean("ordrs", ["orders", "order"])).toBe("did you mean orders or order?");
		expect(didYouMean("payments", ["orders"])).toBeUndefined();
	});

	test("one edit of a long word is always found", () => {
		fc.assert(
			fc.property(fc.stringMatching(/^[a-z_]{4,20}$/), fc.nat(), (word, at) => {
				const cut = at % word.length;
				expect(nearest(word.slice(0, cut) + word.slice(cut + 1), [word])).toEqual([word]);
			}),
		);
	});

	test("lists read as sentences", () => {
		expect(listOf(["a"])).toBe("a");
		expect(listOf(["a", "b", "c"])).toBe("a, b and c");
		expect(listOf(Array.from({ length: 40 }, (_, i) => `s${i}`))).toMatch(/s10 and 29 more$/);
	});
});
