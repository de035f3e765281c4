import fc from "fast-check";
import { expect, test } from "vitest";
import {
	inclusiveTax,
	integerOf,
	minor,
	type Parts,
	partsOf,
	quantityOf,
	share,
	shareInTurn,
	totalOf,
} from "../src/parts.ts";

const part = fc.bigInt(0n, 10_000_000n);
const parts = fc
	.record({ goods: part, tax: part, tip: part, serviceCharge: part, giftCards: part })
	.filter((made) => totalOf(made) > 0n);
const names = ["goods", "tax", "tip", "serviceCharge", "giftCards"] as const;
const of = (goods: bigint, tax: bigint, tip = 0n, serviceCharge = 0n, giftCards = 0n): Parts => ({
	...{ goods, tax, tip, serviceCharge, giftCards },
});

test("shares always add up, and none is a whole unit away from its exact part", () => {
	fc.assert(
		fc.property(parts, fc.bigInt(0n, 50_000_000n), (by, amount) => {
			const shares = share(amount, by)!;
			expect(totalOf(shares)).toBe(amount);
			for (const name of names) {
				const distance = shares[name] * totalOf(by) - amount * by[name];
				expect(distance < totalOf(by) && distance > -totalOf(by)).toBe(true);
			}
		}),
	);
});

test("all of a sale given back gives back exactly its parts", () => {
	fc.assert(
		fc.property(parts, (by) => {
			expect(share(totalOf(by), by)).toEqual(by);
		}),
	);
});

test("amounts that together are the whole take the parts in turn, and nothing stays or is taken twice", () => {
	fc.assert(
		fc.property(parts, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }), (by, cuts) => {
			let left = totalOf(by);
			const amounts = cuts.map((cut) => {
				const amount = BigInt(Math.floor(Number(left) * cut));
				left -= amount;
				return amount;
			});
			amounts.push(left);
			const taken = amounts.map((amount, n) => shareInTurn(amount, amounts.slice(0, n), by));
			for (const name of names) {
				expect(taken.reduce((sum, shares) => sum + (shares?.[name] ?? 0n), 0n)).toBe(by[name]);
			}
		}),
	);
});

test("equal remainders serve goods first, then tax, tip, service charge and gift cards", () => {
	expect(share(1n, of(1n, 1n))).toEqual(of(1n, 0n));
	expect(share(3n, of(1n, 1n, 1n, 1n, 1n))).toEqual(of(1n, 1n, 1n));
	expect(share(500n, of(3870n, 271n, 581n))).toEqual(of(410n, 29n, 61n));
});

test("nothing to share by, nothing shared", () => {
	expect(share(100n, of(0n, 0n))).toBeUndefined();
	expect(share(100n, of(500n, -20n))).toBeUndefined();
});

test("an inclusive tax on a service charge is tax and not charge", () => {
	const money = (amount: number) => ({ amount, currency: "GBP" });
	const additive = { applied_money: money(1000), total_tax_money: money(200), total_money: money(1200) };
	const inclusive = { applied_money: money(1200), total_tax_money: money(200), total_money: money(1200) };
	expect(inclusiveTax([additive])).toBe(0n);
	expect(inclusiveTax([inclusive, additive])).toBe(200n);
	const amounts = { total_money: money(6000), tax_money: money(1000), service_charge_money: money(1200) };
	expect(partsOf(amounts, [], [inclusive])).toEqual(of(4000n, 1000n, 0n, 1000n));
});

test("amounts beyond 2^53 keep every digit", () => {
	const amount = JSON.rawJSON("9007199254740993") as never;
	expect(minor({ amount })).toBe(9007199254740993n);
	expect(JSON.stringify(integerOf(9007199254740993n))).toBe("9007199254740993");
	expect(integerOf(1999n)).toBe(1999);
});

test("quantities add up as decimals; one that is no number leaves none", () => {
	const lines = (...quantities: string[]) => quantities.map((quantity) => ({ quantity }));
	expect(quantityOf(lines("1", "2", "0.1", "0.2"))).toBe("3.3");
	expect(quantityOf(lines("1", "two"))).toBeUndefined();
	expect(quantityOf([])).toBeUndefined();
});
