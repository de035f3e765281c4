/**
 * What an amount is made of. Money is counted in the smallest unit, as bigint: Square's amounts are 64-bit integers.
 * Pure; whether a row keeps its schema is checked later, so an amount that is none counts as zero here.
 */
import { addDecimals, exactNumber } from "@growthnav/sdk";
import type { LineItem, Money, MoneyAmounts, ServiceCharge } from "./fields.ts";

/** Together they are the total. In the order in which equal remainders are served (see `share`). */
export interface Parts {
	/** Goods after discounts: the `value` of a conversion. */
	goods: bigint;
	tax: bigint;
	tip: bigint;
	serviceCharge: bigint;
	/** Sold gift cards are money owed to their holders, not revenue. */
	giftCards: bigint;
}

export function minor(money: Money | null | undefined): bigint {
	const amount: unknown = money?.amount;
	if (typeof amount === "number" && Number.isSafeInteger(amount)) return BigInt(amount);
	const text = JSON.isRawJSON(amount) ? (amount as unknown as { rawJSON: string }).rawJSON : "";
	return /^-?\d+$/.test(text) ? BigInt(text) : 0n;
}

/** An amount for a record: a number, or beyond 2^53 its exact text. */
export function integerOf(amount: bigint): number {
	return exactNumber(String(amount)) as number;
}

export function totalOf({ goods, tax, tip, serviceCharge, giftCards }: Parts): bigint {
	return goods + tax + tip + serviceCharge + giftCards;
}

/** The parts of a sale's or a return's amounts. An inclusive tax on a service charge is tax, not charge. */
export function partsOf(
	amounts: MoneyAmounts | null | undefined,
	lines: readonly LineItem[] | null | undefined,
	serviceCharges: readonly ServiceCharge[] | null | undefined,
): Parts {
	const tax = minor(amounts?.tax_money);
	const tip = minor(amounts?.tip_money);
	const serviceCharge = minor(amounts?.service_charge_money) - inclusiveTax(serviceCharges);
	const giftCards = giftCardsOf(lines);
	return {
		goods: minor(amounts?.total_money) - tax - tip - serviceCharge - giftCards,
		tax,
		tip,
		serviceCharge,
		giftCards,
	};
}

export function giftCardsOf(lines: readonly LineItem[] | null | undefined): bigint {
	return (lines ?? [])
		.filter((line) => line.item_type === "GIFT_CARD")
		.reduce((sum, line) => sum + minor(line.total_money) - minor(line.total_tax_money), 0n);
}

/** Square: `applied_money` includes inclusive taxes, and then `total_money` is less than `applied_money` plus tax. */
export function inclusiveTax(charges: readonly ServiceCharge[] | null | undefined): bigint {
	return (charges ?? [])
		.filter((charge) => charge.total_money != null)
		.reduce(
			(sum, charge) => sum + minor(charge.applied_money) + minor(charge.total_tax_money) - minor(charge.total_money),
			0n,
		);
}

/** The sum of the lines' quantities; nothing where one of them is no number. */
export function quantityOf(lines: readonly LineItem[] | null | undefined): string | undefined {
	const quantities = (lines ?? []).map((line) => line.quantity ?? "");
	if (quantities.length === 0 || !quantities.every((text) => /^\d{1,9}(\.\d{1,9})?$/.test(text))) return undefined;
	return quantities.map((text) => text.replace(/^0+(?=\d)/, "")).reduce(addDecimals);
}

/**
 * An amount shared over parts by the largest remainder: each gets the whole units of its share, and the units left go
 * to the largest fractions, earlier parts first. The shares add up to the amount. Nothing where there is nothing to
 * share by.
 */
export function share(amount: bigint, by: Parts): Parts | undefined {
	const total = totalOf(by);
	const names = Object.keys(by) as (keyof Parts)[];
	if (total <= 0n || names.some((name) => by[name] < 0n)) return undefined;
	const shares = { ...by };
	for (const name of names) shares[name] = (amount * by[name]) / total;
	const fraction = (name: keyof Parts) => (amount * by[name]) % total;
	const served = [...names].sort((a, b) => (fraction(a) > fraction(b) ? -1 : fraction(a) < fraction(b) ? 1 : 0));
	const left = Number(amount - totalOf(shares));
	for (const name of served.slice(0, left)) shares[name] += 1n;
	return shares;
}

/** The share of one of several amounts that came out of the same parts, in turn: the last one gets what is left. */
export function shareInTurn(amount: bigint, earlier: readonly bigint[], by: Parts): Parts | undefined {
	let left: Parts = by;
	for (const before of earlier) {
		const taken = share(before, left);
		if (taken === undefined || totalOf(left) <= before) return share(amount, by);
		left = less(left, taken);
	}
	return share(amount, totalOf(left) < amount ? by : left);
}

function less(from: Parts, taken: Parts): Parts {
	const rest = { ...from };
	for (const name of Object.keys(rest) as (keyof Parts)[]) rest[name] -= taken[name];
	return rest;
}
