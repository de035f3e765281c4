/** What happens at the merchant: sales, refunds, exchanges. Amounts are minor units, times milliseconds. */
import type { Person, Place, Product } from "./merchant.ts";

export interface Line {
	uid: string;
	product: Product;
	/** As Square writes it: "2", "1.5". */
	quantity: string;
	gross: number;
	discount: number;
	tax: number;
}

export type Returned = Line & { of: Line };

export interface Tender {
	id: string;
	type: "CARD" | "CASH" | "SQUARE_GIFT_CARD" | "EXTERNAL";
	/** With tip. */
	amount: number;
	tip: number;
	refunds: Refund[];
	sale: Sale;
	/** Its capture, or its last refund; known once the history is told. */
	updated: number;
}

export interface Sale {
	id: string;
	place: Place;
	person: Person | undefined;
	channel: string;
	reference: string | undefined;
	state: "COMPLETED" | "OPEN" | "CANCELED" | "DRAFT";
	opened: number;
	/** Not yet, for an open order. */
	closed: number | undefined;
	updated: number;
	lines: Line[];
	discountPercent: number;
	serviceCharge: number;
	tip: number;
	tenders: Tender[];
	/** The goods that an exchange takes back. */
	exchange: { from: Sale; lines: Returned[] } | undefined;
	/** Some of its goods went into an exchange: nothing more is taken back. */
	gaveBack?: true;
	/** Sent without `id` (a vendor's oddity). */
	withoutId?: true;
}

/** The order that Square makes for a return; `lines` absent where only an amount was given back. */
export interface ReturnOrder {
	id: string;
	sale: Sale;
	at: number;
	lines: Returned[] | undefined;
	tip: number;
	serviceCharge: number;
	amount: number;
	refunds: Refund[];
}

export interface Refund {
	id: string;
	tender: Tender;
	amount: number;
	at: number;
	updated: number;
	status: "COMPLETED" | "PENDING" | "REJECTED" | "FAILED";
	reason: string;
	/** What the refund says about its order: the return order, an exchange, the sale itself, or nothing. */
	order: { kind: "return"; order: ReturnOrder } | { kind: "exchange" | "sale"; sale: Sale } | undefined;
}

/** All that happened, in the API's order: by the last change, people by their creation. */
export interface History {
	orders: (Sale | ReturnOrder)[];
	tenders: Tender[];
	refunds: Refund[];
	people: Person[];
}

/** A history from its parts, sorted as the API sorts. */
export function historyOf(sales: Sale[], returns: ReturnOrder[], refunds: Refund[], people: Person[] = []): History {
	const tenders = sales.flatMap((sale) => sale.tenders);
	for (const tender of tenders)
		tender.updated = Math.max(tender.sale.updated, ...tender.refunds.map(({ updated }) => updated));
	const by =
		<T extends { id: string }>(time: (one: T) => number) =>
		(a: T, b: T) =>
			time(a) - time(b) || (a.id < b.id ? -1 : 1);
	return {
		orders: [...sales, ...returns].sort(by(orderUpdated)),
		tenders: tenders.sort(by(({ updated }) => updated)),
		refunds: [...refunds].sort(by(({ updated }) => updated)),
		people: [...people].sort(by(({ created }) => created)),
	};
}

export const goodsOf = (lines: readonly Line[]): number =>
	sum(lines.filter(({ product }) => !product.giftCard).map(({ gross, discount }) => gross - discount));
export const giftCardsOf = (lines: readonly Line[]): number =>
	sum(lines.filter(({ product }) => product.giftCard).map(({ gross, discount }) => gross - discount));
export const taxOf = (lines: readonly Line[]): number => sum(lines.map(({ tax }) => tax));
export const discountOf = (lines: readonly Line[]): number => sum(lines.map(({ discount }) => discount));
export const linesTotal = (lines: readonly Line[]): number =>
	sum(lines.map(({ gross, discount, tax }) => gross - discount + tax));

/** Of the sale itself; an exchange's returned goods are not taken off. */
export const totalOf = ({ lines, tip, serviceCharge }: Sale): number => linesTotal(lines) + tip + serviceCharge;

export const isReturn = (order: Sale | ReturnOrder): order is ReturnOrder => "refunds" in order;

export const orderUpdated = (order: Sale | ReturnOrder): number => (isReturn(order) ? order.at : order.updated);

export function sum(amounts: readonly number[]): number {
	return amounts.reduce((total, amount) => total + amount, 0);
}
