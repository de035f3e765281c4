/**
 * The shop's own books: what was sold and given back on which day, written from the events and not from what the API
 * says about them. `value` is what goods brought in: after discounts, without tax, shipping and fees.
 */
import { type History, type Order, type Refund, shippingOf, standingAt, sum, taxOf, totalOf } from "./events.ts";

export type Kind = "purchase" | "renewal" | "refund";

export interface Books {
	/** By kind and currency: "refund EUR". */
	totals: Map<string, { rows: number; value: number }>;
	/** Value per UTC day and currency: "2026-03-18 EUR" → hundredths. */
	days: Map<string, number>;
}

/** `shipped` is a status of a plugin. */
const PAID = ["processing", "completed", "refunded", "shipped"];

/** The books at a moment (milliseconds). */
export function keepBooks({ orders }: History, until = Number.POSITIVE_INFINITY): Books {
	const books: Books = { totals: new Map(), days: new Map() };
	const book = (kind: Kind, currency: string, at: number, value: number) => {
		const of = books.totals.get(`${kind} ${currency}`) ?? { rows: 0, value: 0 };
		books.totals.set(`${kind} ${currency}`, { rows: of.rows + 1, value: of.value + value });
		const day = `${new Date(at).toISOString().slice(0, 10)} ${currency}`;
		books.days.set(day, (books.days.get(day) ?? 0) + value);
	};
	for (const order of orders) {
		const standing = standingAt(order, until);
		if (standing === undefined || !PAID.includes(standing.status) || order.test) continue;
		const { currency, paid, completed, steps, renews } = order;
		book(renews === undefined ? "purchase" : "renewal", currency, paid ?? completed ?? steps[0]!.at, partsOf(order)[0]);
		for (const { at, goods } of givenBack(order, standing.refunds)) book("refund", currency, at, -goods);
	}
	return books;
}

type Parts = [goods: number, tax: number, shipping: number, fees: number];

function partsOf(order: Order): Parts {
	const fees = sum(order.fees.map(({ total }) => Math.max(0, total)));
	const [tax, shipping] = [taxOf(order), shippingOf(order)];
	return [totalOf(order) - tax - shipping - fees, tax, shipping, fees];
}

/** In their order: an amount that says nothing of goods is shared over what was not yet given back. */
function* givenBack(order: Order, refunds: Refund[]) {
	let left = partsOf(order);
	for (const refund of refunds.toReversed()) {
		const parts =
			itemized(refund) ?? shared(refund.amount, left, order) ?? shared(refund.amount, partsOf(order), order)!;
		left = left.map((part, n) => part - parts[n]!) as Parts;
		yield { at: refund.at, goods: parts[0] };
	}
}

/** Of goods that were sent back their own parts; a cent a line may be lost between them, and is the goods'. */
function itemized({ amount, lines, shipping, fees }: Refund): Parts | undefined {
	const items = [
		...lines.map(({ total, totalTax }) => [total, totalTax]),
		...[...shipping, ...fees].map(({ total, tax }) => [total, tax]),
	];
	const tax = sum(items.map(([, one]) => one!));
	const [parcel, extra] = [shipping, fees].map((charges) => sum(charges.map(({ total }) => Math.max(0, total))));
	const missing = amount - sum(items.map(([total]) => total!)) - tax;
	if (items.length === 0 || Math.abs(missing) > items.length) return undefined;
	return [amount - tax - parcel! - extra!, tax, parcel!, extra!];
}

/** By the largest remainder, in cents or whole yen; earlier parts are served first where remainders are equal. */
function shared(amount: number, by: Parts, { currency }: Order): Parts | undefined {
	const unit = currency === "JPY" && amount % 100 === 0 ? 100 : 1;
	const [units, total] = [amount / unit, sum(by)];
	if (total === amount) return by;
	if (total <= 0 || by.some((part) => part < 0)) return undefined;
	const shares = by.map((part) => Math.floor((units * part) / total));
	const rests = by.map((part) => (units * part) % total);
	for (let left = units - sum(shares); left > 0; left--) {
		const most = rests.indexOf(Math.max(...rests));
		shares[most]!++;
		rests[most] = -1;
	}
	return shares.map((share) => share * unit) as Parts;
}
