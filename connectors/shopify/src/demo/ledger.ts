/**
 * The shop's own books: what was sold, changed and given back on which day, written from the events and not from what
 * the API says about them. `value` is what goods brought in: after discounts, without tax, tip, shipping, duties, fees,
 * and gift cards, which are money owed until they are spent.
 */
import { type Agreement, type Entry, type History, type Order, standingOf, sum } from "./events.ts";

export type Kind = "purchase" | "refund" | "adjustment";

export interface Books {
	totals: Record<Kind, { rows: number; value: number }>;
	/** Value per UTC day: "2026-03-18" → minor units. */
	days: Map<string, number>;
}

/** Money moved for these. */
const COUNTED = ["PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "REFUNDED"];

/** The books at a moment (milliseconds). */
export function keepBooks({ orders }: History, until = Number.POSITIVE_INFINITY): Books {
	const none = () => ({ rows: 0, value: 0 });
	const books: Books = { totals: { purchase: none(), refund: none(), adjustment: none() }, days: new Map() };
	const book = (kind: Kind, at: number, value: number) => {
		books.totals[kind].rows++;
		books.totals[kind].value += value;
		const day = new Date(at).toISOString().slice(0, 10);
		books.days.set(day, (books.days.get(day) ?? 0) + value);
	};
	for (const order of orders) {
		if (order.created > until || !isCounted(order, until)) continue;
		const [first, ...later] = order.agreements;
		book("purchase", order.processed, goodsOf(first!.entries));
		for (const agreement of later) if (agreement.at <= until) bookChange(agreement, order, book);
	}
	return books;
}

function isCounted(order: Order, until: number): boolean {
	const sellsGoods = order.agreements[0]!.entries.some(({ type }) => type !== "GIFT_CARD");
	return !order.test && sellsGoods && COUNTED.includes(standingOf(order, until).status);
}

function bookChange(change: Agreement, order: Order, book: (kind: Kind, at: number, value: number) => void): void {
	if (isEven(change.entries)) return;
	const value = goodsOf(change.entries) + goodsPart(change.entries, order);
	book(change.kind === "OrderEdit" || value > 0 ? "adjustment" : "refund", change.at, value);
}

/** Nothing of any kind moved: money that follows, or goods for goods of the same price. */
function isEven(entries: Entry[]): boolean {
	const net = (type: Entry["type"]) => sum(entries.filter((entry) => entry.type === type).map((entry) => entry.net));
	return sum(entries.map(({ tax }) => tax)) === 0 && entries.every(({ type }) => net(type) === 0);
}

const isGoods = ({ type }: Entry) => type === "PRODUCT";
const goodsOf = (entries: Entry[]) => sum(entries.filter(isGoods).map(({ net }) => net));

/**
 * An amount that is given or kept is shared over what it is about: the goods that come back with it, else the whole
 * order, its parts goods, tax, tip, shipping, duties and fees, gift cards. Each part gets the whole cents of its share, and
 * the cents left go to the largest fractions, in that order where they are equal.
 */
function goodsPart(entries: Entry[], order: Order): number {
	const amount = sum(entries.filter(({ type }) => type === "ADJUSTMENT").map(({ net }) => net));
	if (amount === 0) return 0;
	const others = entries.filter(({ type }) => type !== "ADJUSTMENT");
	const about = others.length > 0 ? others : order.agreements[0]!.entries;
	const of = (...types: Entry["type"][]) =>
		Math.abs(sum(about.filter(({ type }) => types.includes(type)).map(({ net }) => net)));
	const tax = Math.abs(sum(about.map((one) => one.tax)));
	const parts = [of("PRODUCT"), tax + of("DUTY"), of("TIP"), of("SHIPPING"), of("FEE"), of("GIFT_CARD")];
	const total = sum(parts);
	const size = Math.abs(amount);
	const fractions = parts.map((part) => (size * part) % total);
	const missing = size - sum(parts.map((part) => Math.floor((size * part) / total)));
	const before = fractions.filter((fraction) => fraction > fractions[0]!).length;
	return Math.sign(amount) * (Math.floor((size * parts[0]!) / total) + (before < missing ? 1 : 0));
}
