/** Amounts shared by weights: to the last unit, and by the largest remainder. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { addDecimals, compareDecimals } from "../../src/protocol/numbers.ts";
import { shareDecimal } from "../../src/protocol/share.ts";

test.each([
	["10.00", ["20.00", "4.00"], 2, ["8.33", "1.67"]],
	["-10.00", ["20.00", "4.00"], 2, ["-8.33", "-1.67"]],
	["0.01", ["1", "1"], 2, ["0.01", "0.00"]],
	["100", ["1", "1", "1"], 0, ["34", "33", "33"]],
	["1500.0", ["1000.0", "2000.0"], 0, ["500", "1000"]],
	["0.005", ["1", "1"], 2, ["0.003", "0.002"]],
	["9.99", ["0.0", "3.5", "0"], 2, ["0.00", "9.99", "0.00"]],
])("%s by %j", (amount, weights, decimals, shares) => {
	expect(shareDecimal(amount, weights, decimals)).toEqual(shares);
});

test.each([[[]], [["0", "0.00"]], [["3", "-1"]]])("there is nothing to share by: %j", (weights) => {
	expect(shareDecimal("10.00", weights, 2)).toBeUndefined();
});

test("the shares add up to the amount, and none is a unit or more beside its exact share", () => {
	const cents = (most: number) => fc.integer({ min: 0, max: most }).map((n) => (n / 100).toFixed(2));
	fc.assert(
		fc.property(
			cents(10_000_000),
			fc.array(cents(100_000), { minLength: 1, maxLength: 7 }),
			fc.boolean(),
			(size, weights, back) => {
				const amount = back && Number(size) > 0 ? `-${size}` : size;
				const shares = shareDecimal(amount, weights, 2);
				const whole = weights.reduce(addDecimals);
				if (compareDecimals(whole, "0") === 0) {
					expect(shares).toBeUndefined();
					return;
				}
				expect(shares!.reduce(addDecimals)).toBe(amount);
				shares!.forEach((share, n) => {
					const exact = (Number(amount) * Number(weights[n])) / Number(whole);
					expect(Math.abs(Number(share) - exact)).toBeLessThan(0.011);
				});
			},
		),
		{ numRuns: 200 },
	);
});
