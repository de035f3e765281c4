/** Single orders: what is in them, what they cost, how they are paid. */
import type { Chance } from "@growthnav/sdk/testing";
import { SHOWN, seconds, visits } from "./assortment.ts";
import {
	type Agreement,
	type Entry,
	type Line,
	type Order,
	type Payment,
	type Person,
	type Product,
	totalOf,
} from "./events.ts";

const MINUTE = 60_000;

/** Ids of the shop, in the order in which things come to be. */
export interface Numbers {
	next(): number;
}

export function numbers(from: number): Numbers {
	let last = from;
	return { next: () => (last += 7) };
}

export interface Visit {
	at: number;
	number: number;
	person: Person | undefined;
}

/** So much of a hundred thousand is tax. */
const TAX = 8_250;
const VAT = 20_000;

export const taxOf = (net: number, taxesIncluded: boolean) => Math.round((net * (taxesIncluded ? VAT : TAX)) / 100_000);

export function lineOf(
	products: Product[],
	pieces: number,
	off: number,
	taxesIncluded: boolean,
	ids: Numbers,
	chance: Chance,
): Line {
	const product = chance.pick(products.filter(({ giftCard }) => !giftCard));
	const variant = chance.pick(product.variants);
	const gross = variant.price * pieces;
	const discount = Math.round((gross * off) / 100);
	const net = gross - discount;
	return { id: ids.next(), variant, quantity: pieces, net, discount, tax: taxOf(net, taxesIncluded) };
}

export function giftCardLine(products: Product[], ids: Numbers, chance: Chance): Line {
	const variant = chance.pick(products.find(({ giftCard }) => giftCard)!.variants);
	return { id: ids.next(), variant, quantity: 1, net: variant.price, discount: 0, tax: 0 };
}

/** What a line is in the shop's books. */
export function entryOf(line: Line, action: Entry["action"] = "ORDER"): Entry {
	const { net, discount, tax, quantity, variant } = line;
	return { type: variant.product.giftCard ? "GIFT_CARD" : "PRODUCT", action, line, quantity, net, discount, tax };
}

export const plain = (type: Entry["type"], net: number, tax = 0, discount = 0): Entry => ({
	...{ type, action: "ORDER", net, tax, discount },
});

/** Some pieces of a line are taken back; cents that do not divide stay with those that are kept. */
export function takenBack(line: Line, pieces = line.quantity): Entry {
	const part = (amount: number) => -Math.floor((amount * pieces) / line.quantity);
	return {
		...entryOf(line, "RETURN"),
		...{ quantity: -pieces, net: part(line.net), discount: part(line.discount), tax: part(line.tax) },
	};
}

/** An order with its first agreement; not yet paid. */
export function orderOf({ at, number, person }: Visit, products: Product[], ids: Numbers, chance: Chance): Order {
	const shown = chance.percent(78) ? SHOWN[0]! : chance.pick(SHOWN.slice(1));
	const taxesIncluded = shown.currency === "EUR";
	const channel = shown.currency === "USD" && chance.percent(14) ? "pos" : "web";
	const off = chance.percent(22) ? chance.pick([5, 10, 15, 20]) : 0;
	const wanted = number % 211 === 13 ? chance.whole(14, 62) : chance.pick([1, 1, 1, 2, 2, 3, 4]);
	const lines = Array.from({ length: wanted }, () =>
		lineOf(products, chance.pick([1, 1, 1, 2, 4]), off, taxesIncluded, ids, chance),
	);
	const entries = lines.map((line) => entryOf(line));
	if (chance.percent(2)) entries.push(entryOf(giftCardLine(products, ids, chance)));
	if (chance.percent(1)) entries.splice(0, lines.length, entryOf(giftCardLine(products, ids, chance)));
	const onlyCards = entries.every(({ type }) => type === "GIFT_CARD");
	if (channel === "web" && !onlyCards && chance.percent(85)) {
		const shipping = chance.pick([595, 895, 1295]);
		entries.push(plain("SHIPPING", shipping, taxesIncluded ? taxOf(shipping, true) : 0));
	}
	if (channel === "pos" && chance.percent(35)) entries.push(plain("TIP", chance.pick([200, 300, 500, 1000])));
	if (shown.currency === "CAD" && chance.percent(20)) entries.push(plain("DUTY", chance.whole(300, 2400)));
	const created = number % 97 === 41 ? at + 30 * 86_400_000 : at; // entered later than it was sold
	const first: Agreement = { id: ids.next(), kind: "Order", at: created, entries };
	return {
		...{ id: ids.next(), number, person: channel === "pos" && chance.percent(60) ? undefined : person, created },
		...{ processed: at, channel, shown, taxesIncluded, test: false },
		...{ visits: channel === "web" && chance.percent(85) ? visits(chance, number) : [], agreements: [first] },
		...{ payments: [], cancelled: undefined, expired: false },
		touched: chance.percent(15) ? [seconds(created + Math.floor(chance.next() * 40 * 86_400_000))] : [],
	};
}

export function paid(order: Order, amount: number, at: number, ids: Numbers): void {
	order.payments.push({ id: ids.next(), kind: "SALE", status: "SUCCESS", amount, at });
}

export function authorized(order: Order, ids: Numbers): void {
	const amount = totalOf(order.agreements[0]!.entries);
	order.payments.push({ id: ids.next(), kind: "AUTHORIZATION", status: "SUCCESS", amount, at: order.created + 1000 });
}

/** Money goes back; what was agreed to by it, if anything was, stands in the entries. */
export function refunded(
	order: Order,
	{
		at,
		amount,
		entries,
		note,
		status = "SUCCESS",
	}: { at: number; amount: number; entries: Entry[]; note: string; status?: Payment["status"] },
	ids: Numbers,
): void {
	const refund = { id: ids.next(), at, amount, note };
	order.agreements.push({ id: ids.next(), kind: "Refund", at, entries, refund });
	if (amount > 0)
		order.payments.push({
			id: ids.next(),
			kind: "REFUND",
			status,
			amount,
			at: at + (status === "SUCCESS" ? 0 : MINUTE),
		});
}
