import fc from "fast-check";
import { expect, test } from "vitest";
import { decimalText, minorOf, sumsOf, utcDayOf, valuesOf } from "../../src/testing/minor-units.ts";

test("an amount and its text are the same, whatever the currency", () => {
	const decimals = fc.integer({ min: 0, max: 4 });
	fc.assert(
		fc.property(fc.maxSafeInteger(), decimals, (minor, decimals) => {
			// there is no zero below zero
			expect(minorOf(decimalText(minor, decimals), decimals)).toBe(minor === 0 ? 0 : minor);
		}),
	);
	expect([decimalText(-5), decimalText(1999), decimalText(1999, 0)]).toEqual(["-0.05", "19.99", "1999"]);
});

test("digits that say nothing are passed over, others are an error", () => {
	expect([minorOf("12"), minorOf("12.500"), minorOf("-0.05"), minorOf("12.0", 0)]).toEqual([1200, 1250, -5, 12]);
	for (const wrong of ["12.345", "", "a", null, undefined, 12]) expect(() => minorOf(wrong)).toThrow("is no amount");
	expect(() => minorOf("12.5", 0)).toThrow("no amount of 0 decimals");
});

test("sums by whatever tells rows apart", () => {
	const row = (currency: string, value: string, timestamp = "2026-07-03T19:22:10Z") => ({ currency, value, timestamp });
	const rows = [row("EUR", "1.10"), row("JPY", "500"), row("EUR", "-0.30", "2026-07-04T00:00:00Z")];
	const decimalsOf = ({ currency }: { currency?: unknown }) => (currency === "JPY" ? 0 : 2);
	expect(sumsOf(rows, ({ currency }) => String(currency), decimalsOf)).toEqual(
		new Map([
			["EUR", { rows: 2, value: 80 }],
			["JPY", { rows: 1, value: 500 }],
		]),
	);
	expect([...valuesOf([rows[0]!, rows[2]!], utcDayOf)]).toEqual([
		["2026-07-03", 110],
		["2026-07-04", -30],
	]);
});
