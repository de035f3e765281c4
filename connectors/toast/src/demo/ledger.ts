/**
 * The restaurants' own books: what was sold and given back on which day, written from the events and not from what the
 * API says about them. `value` is Toast's net sales: dishes after discounts and service charges, without tax, tips,
 * gratuities, donations, gift cards and payments of house accounts.
 */
import { type Check, chargesOf, isSale, kept, netOf, type Order, type Payment, sum, taxOf } from "./events.ts";

export interface Sum {
	rows: number;
	value: number;
}

export interface Books {
	/** By currency. */
	purchase: Map<string, Sum>;
	refund: Map<string, Sum>;
	/** Value per currency and UTC day, purchases less refunds: "USD 2026-06-18" → cents. */
	days: Map<string, number>;
}

/** The books of everything until then (milliseconds). */
export function keepBooks(orders: readonly Order[], until: number): Books {
	const books: Books = { purchase: new Map(), refund: new Map(), days: new Map() };
	const book = (type: "purchase" | "refund", currency: string, at: number, value: number) => {
		const { rows, value: before } = books[type].get(currency) ?? { rows: 0, value: 0 };
		books[type].set(currency, { rows: rows + 1, value: before + value });
		const day = `${currency} ${new Date(at).toISOString().slice(0, 10)}`;
		books.days.set(day, (books.days.get(day) ?? 0) + value);
	};
	for (const order of orders) {
		if (!counts(order, until)) continue;
		for (const check of order.checks) {
			if (!isSold(check, until)) continue;
			const at = check.paid ?? check.closed!;
			book("purchase", order.house.currency, at, goodsOf(check));
			for (const { refund, value } of givenBack(check))
				if (refund.at <= until) book("refund", order.house.currency, refund.at, -value);
		}
	}
	return books;
}

function counts({ test, excessFood, approval, promised, voided, deleted }: Order, until: number): boolean {
	const isReal = !test && !excessFood && !isBy(voided, until) && !isBy(deleted, until);
	if (approval === "FUTURE") return isReal && isBy(promised, until);
	return isReal && approval !== "NEEDS_APPROVAL" && approval !== "NOT_APPROVED";
}

const isBy = (at: number | undefined, until: number): boolean => at !== undefined && at <= until;

/** Nothing but gift cards sells nothing, and neither does a table that left without ordering. */
function isSold(check: Check, until: number): boolean {
	const paid = isBy(check.paid ?? check.closed, until) && !isBy(check.voided, until) && !isBy(check.deleted, until);
	return paid && (kept(check).some(isSale) || chargesOf(check, "service", "delivery") > 0);
}

export function goodsOf(check: Check): number {
	return sum(kept(check).filter(isSale).map(netOf)) + chargesOf(check, "service", "delivery");
}

/** Pieces are worth what they were sold for; of an amount without pieces, the goods' part is given back. */
function* givenBack(check: Check): Generator<{ refund: NonNullable<Payment["refund"]>; value: number }> {
	const left = [
		goodsOf(check),
		taxOf(check),
		chargesOf(check, "gratuity", "fundraising"),
		sum(
			kept(check)
				.filter((line) => !isSale(line))
				.map(netOf),
		),
	];
	for (const { refund } of check.payments) {
		if (refund === undefined) continue;
		if (refund.itemized) {
			const charges = sum(refund.charges.map(({ amount }) => amount));
			yield { refund, value: sum(refund.lines.map(netOf)) + charges };
			continue;
		}
		const parts = shared(refund.amount, left);
		parts.forEach((part, n) => {
			left[n]! -= part;
		});
		yield { refund, value: parts[0]! };
	}
}

/** By the largest remainder; equal remainders are served from the first. */
function shared(amount: number, by: readonly number[]): number[] {
	const whole = sum([...by]);
	const parts = by.map((part) => Math.floor((amount * part) / whole));
	const fractions = by.map((part) => (amount * part) % whole);
	const order = by.map((_, n) => n).sort((a, b) => fractions[b]! - fractions[a]! || a - b);
	for (const n of order.slice(0, amount - sum(parts))) parts[n]! += 1;
	return parts;
}
