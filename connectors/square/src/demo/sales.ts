/** How one visit becomes an order: a basket, its discount, tax, tip and service charge, and how it is paid. */

import type { Chance } from "@growthnav/sdk/testing";
import { type Line, linesTotal, type Sale, sum, type Tender, totalOf } from "./events.ts";
import { idOf } from "./ids.ts";
import { type Person, type Place, someProduct } from "./merchant.ts";

const CHANNELS = [
	"Square Point of Sale",
	"Square Point of Sale",
	"Square Point of Sale",
	"Square Online",
	"Harbour Golf App",
];
const SECOND = 1000;
const MINUTE = 60 * SECOND;

export interface Visit {
	/** From 0; ids follow from it. */
	number: number;
	place: Place;
	person: Person | undefined;
	at: number;
}

/** An order in state COMPLETED, paid and closed a few minutes after it was opened. */
export function sale({ number, place, person, at }: Visit, chance: Chance): Sale {
	const discountPercent = chance.percent(12) ? chance.pick([5, 10, 10, 15, 25, 100]) : 0;
	const lines = basket(place, discountPercent === 100 && !chance.percent(5) ? 20 : discountPercent, chance);
	const subtotal = sum(lines.map(({ gross, discount }) => gross - discount));
	const closed = at + chance.whole(20, 900) * SECOND;
	const sold: Sale = {
		id: `CAIS${idOf("order", number)}`,
		place,
		person,
		channel: chance.pick(CHANNELS),
		reference: chance.percent(8) ? `HG-${100_000 + number}` : undefined,
		state: "COMPLETED",
		opened: at,
		closed,
		updated: closed + chance.whole(1, 90) * SECOND,
		lines,
		discountPercent: lines.some(({ discount }) => discount > 0) ? percentOf(lines) : 0,
		serviceCharge: chance.percent(3) ? Math.round(subtotal * 0.18) : 0,
		tip: chance.percent(22) ? Math.round((subtotal * chance.pick([10, 15, 18, 20])) / 100) : 0,
		tenders: [],
		exchange: undefined,
	};
	sold.tenders = pay(sold, totalOf(sold), number, chance);
	return sold;
}

const percentOf = ([line]: Line[]): number => Math.round((line!.discount * 100) / line!.gross);

/** One to four lines; a gift card is bought alone, or beside other things. */
export function basket(place: Place, discountPercent: number, chance: Chance): Line[] {
	const wanted = chance.pick([1, 1, 2, 2, 2, 3, 4]);
	return Array.from({ length: wanted }, (_, n) => {
		const product = someProduct(chance);
		const units = product.giftCard ? 1 : chance.pick([1, 1, 1, 2, 2, 3]);
		const quantity = product.byTheHalf && chance.percent(50) ? `${units}.5` : String(units);
		const gross = Math.round(product.price * Number(quantity));
		const discount = product.giftCard ? 0 : Math.round((gross * discountPercent) / 100);
		const tax = product.taxed ? Math.round(((gross - discount) * place.taxRate) / 100_000) : 0;
		return { uid: `line-${n + 1}`, product, quantity, gross, discount, tax };
	});
}

/** One tender for most, two for some, none where nothing is due. The tip stands on the first. */
export function pay(sold: Sale, due: number, number: number, chance: Chance): Tender[] {
	if (due === 0) return [];
	const first = chance.percent(80)
		? "CARD"
		: chance.pick(["CASH", "CASH", "CASH", "SQUARE_GIFT_CARD", "EXTERNAL"] as const);
	const shares = chance.percent(5) && due > 2000 ? [Math.ceil(due * 0.6), due - Math.ceil(due * 0.6)] : [due];
	return shares.map((amount, n) => ({
		id: `${idOf(`payment ${n}`, number, 24)}ZY`,
		type: n === 0 ? first : chance.pick(["CARD", "CASH"] as const),
		amount,
		tip: n === 0 ? Math.min(sold.tip, amount) : 0,
		refunds: [],
		sale: sold,
		updated: sold.updated,
	}));
}

/** An order that was never paid: still open, a draft, or given up. */
export function unpaid(visit: Visit, state: "OPEN" | "CANCELED" | "DRAFT", chance: Chance): Sale {
	const order = sale(visit, chance);
	const closed = state === "CANCELED" ? order.closed : undefined;
	return { ...order, state, closed, tip: 0, tenders: [], updated: order.updated + chance.whole(1, 300) * MINUTE };
}

/** New goods for goods of an earlier sale; the difference is paid, or given back by a refund (made elsewhere). */
export function exchange(visit: Visit, from: Sale, back: Line, chance: Chance): Sale {
	const order = sale(visit, chance);
	const lines = order.lines.filter(({ product }) => !product.giftCard);
	const bought: Sale = {
		...order,
		lines: lines.length > 0 ? lines : [{ ...back, uid: "line-1" }],
		tip: 0,
		serviceCharge: 0,
		exchange: { from, lines: [{ ...back, uid: "return-1", of: back }] },
	};
	const due = linesTotal(bought.lines) - linesTotal([back]);
	bought.tenders = due > 0 ? pay(bought, due, visit.number, chance) : [];
	return bought;
}
