/**
 * The merchant's own books: what was sold and given back on which day, written from the events and not from what the
 * API says about them. `value` is what goods brought in: after discounts, without tax, tip, service charge and gift
 * cards, which are money owed until they are spent.
 */
import {
	giftCardsOf,
	goodsOf,
	type History,
	isReturn,
	type Refund,
	type ReturnOrder,
	type Sale,
	sum,
	taxOf,
	totalOf,
} from "./events.ts";

export interface Books {
	purchase: { rows: number; value: number };
	refund: { rows: number; value: number };
	/** Value per UTC day, purchases less refunds: "2026-03-18" → minor units. */
	days: Map<string, number>;
}

/** The books of everything that was closed by `until` (milliseconds). */
export function keepBooks({ orders, refunds }: History, until = Number.POSITIVE_INFINITY): Books {
	const books: Books = { purchase: { rows: 0, value: 0 }, refund: { rows: 0, value: 0 }, days: new Map() };
	const book = (type: "purchase" | "refund", at: number, value: number, rows = 1) => {
		books[type].rows += rows;
		books[type].value += value;
		const day = new Date(at).toISOString().slice(0, 10);
		books.days.set(day, (books.days.get(day) ?? 0) + value);
	};
	for (const order of orders) {
		if (isReturn(order) || !isSold(order) || order.updated > until) continue;
		book("purchase", order.closed, goodsOf(order.lines));
		if (order.exchange !== undefined) book("refund", order.closed, -goodsOf(order.exchange.lines));
	}
	for (const { at, value, rows } of givenBack(refunds, until)) book("refund", at, -value, rows);
	return books;
}

/** An order that nobody closed is not sold, whatever its state says; one of gift cards alone sells no goods. */
function isSold(sale: Sale): sale is Sale & { closed: number } {
	return sale.state === "COMPLETED" && sale.closed !== undefined && sale.lines.some(({ product }) => !product.giftCard);
}

/** Returned goods are worth what they were sold for; of an amount without goods, the goods' part is given back. */
function* givenBack(refunds: Refund[], until: number) {
	const seen = new Set<ReturnOrder>();
	for (const refund of refunds) {
		if (refund.status !== "COMPLETED" || refund.order?.kind === "exchange" || refund.updated > until) continue;
		const order = refund.order?.kind === "return" ? refund.order.order : undefined;
		if (order?.lines === undefined) {
			yield { at: refund.at, value: goodsPart(refund), rows: 1 };
		} else if (!seen.has(order)) {
			seen.add(order);
			yield { at: refund.at, value: goodsOf(order.lines), rows: order.refunds.length };
		}
	}
}

/**
 * The goods' part of an amount, by the largest remainder: goods, tax, tip, service charge and gift cards each get the
 * whole cents of their share, and the cents left go to the largest fractions, in that order where they are equal.
 */
function goodsPart({ amount, tender: { sale } }: Refund): number {
	const parts = [goodsOf(sale.lines), taxOf(sale.lines), sale.tip, sale.serviceCharge, giftCardsOf(sale.lines)];
	const total = totalOf(sale);
	const fractions = parts.map((part) => (amount * part) % total);
	const missing = amount - sum(parts.map((part) => Math.floor((amount * part) / total)));
	const larger = fractions.filter((fraction) => fraction > fractions[0]!).length;
	return Math.floor((amount * parts[0]!) / total) + (larger < missing ? 1 : 0);
}
