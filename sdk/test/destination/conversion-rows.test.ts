/** Lines of conversions: what they hold, whatever stood in the line before. */
import type { Conversion } from "@growthnav/spec";
import fc from "fast-check";
import { expect, it } from "vitest";
import { compileConversionLines } from "../../src/destination/rows/conversion-rows.ts";

const FACTS = { key: '"k"', emittedAt: 1, seq: 2, at: 3 };
const META = { _gn_key: "k", extracted_at: 1, _gn_seq: 2, _gn_at: 3 };

const value = fc.oneof(
	fc.constantFrom(null, "same", "", 'a "quote"', "\\", "Zürich", "\n", true, ["flag"]),
	fc.string({ unit: "grapheme" }),
	fc.constant([{ type: "email", value: "a" }]),
);
const conversion = fc.record(
	{
		conversion_id: fc.uuid(),
		customer_id: value,
		value: value,
		user_id: value,
		dq_flags: fc.constant(null),
		connector_version: value,
	},
	{ requiredKeys: ["conversion_id"] },
) as fc.Arbitrary<unknown> as fc.Arbitrary<Conversion>;

it("a line holds the conversion without its nulls, and no column that is not told", () => {
	fc.assert(
		fc.property(fc.array(conversion, { minLength: 1, maxLength: 12 }), (conversions) => {
			const lines = compileConversionLines();
			for (const one of conversions) {
				const { _gn_hash, ...written } = JSON.parse(lines.line(one, FACTS));
				const there = Object.entries(one).filter(([, held]) => held !== null);
				expect(written).toEqual({ ...Object.fromEntries(there), ...META });
				for (const column in { ...written, _gn_hash }) expect(lines.columns).toContain(column);
			}
		}),
	);
});

it("equal conversions have equal hashes in every order, and a raw copy is a column", () => {
	const hashOf = (lines: ReturnType<typeof compileConversionLines>, one: object) =>
		JSON.parse(lines.line(one as Conversion, FACTS))._gn_hash;
	const [a, b] = [{ conversion_id: "1", value: "2" }, { customer_id: "acme" }];
	const lines = compileConversionLines();
	const first = hashOf(lines, a);
	expect([hashOf(lines, b), hashOf(lines, a)]).toEqual([hashOf(compileConversionLines(), b), first]);
	expect(first).toBe("UtwhfR/6DWLQ08ij");
	expect(lines.columns).not.toContain("raw_data");
	lines.line(a as unknown as Conversion, { ...FACTS, raw: "{}" });
	expect(lines.columns).toContain("raw_data");
});
