/** One order, from what somebody put into the basket. */
import type { Chance } from "@growthnav/sdk/testing";
import type { Charge, Coupon, Line, Order, Product } from "./events.ts";
import { sum } from "./events.ts";

/** Ids of items, refunds and orders: in a shop they all come from few counters. */
export interface Ids {
	order: number;
	item: number;
}

const CURRENCIES = ["EUR", "EUR", "EUR", "EUR", "EUR", "EUR", "EUR", "USD", "USD", "JPY"] as const;

/** A price with tax, split as the shop shows it: both parts rounded, their sum the price. */
function split(gross: number, taxRate: number): { net: number; tax: number } {
	const net = Math.round((gross * 100) / (100 + taxRate));
	return { net, tax: gross - net };
}

export type Basket = Pick<
	Order,
	"currency" | "lines" | "shipping" | "fees" | "coupon" | "discount" | "discountTax" | "cartTax"
>;

export function basket(products: Product[], coupons: Coupon[], ids: Ids, chance: Chance): Basket {
	const currency = chance.pick(CURRENCIES);
	const coupon = chance.percent(14) ? chance.pick(coupons) : undefined;
	const chosen = new Set(Array.from({ length: chance.pick([1, 1, 1, 2, 2, 3, 4]) }, () => chance.pick(products)));
	const lines = [...chosen].map((product) => line(product, currency, coupon, ids, chance));
	if (coupon !== undefined) coupon.uses++;
	return {
		...{ currency, lines, coupon, shipping: shipping(currency, ids, chance), fees: fees(currency, ids, chance) },
		discount: sum(lines.map(({ subtotal, total }) => subtotal - total)),
		discountTax: sum(lines.map(({ subtotalTax, totalTax }) => subtotalTax - totalTax)),
		cartTax: cartTaxOf(lines),
	};
}

/** Yen have no hundredths, but a shop with two decimals shows them, and computes its taxes with them. */
const inCurrency = (amount: number, currency: string) => (currency === "JPY" ? amount * 160 : amount);

function line(product: Product, currency: string, coupon: Coupon | undefined, ids: Ids, chance: Chance): Line {
	const quantity = chance.pick([1, 1, 1, 1, 2, 2, 3]);
	const before = inCurrency(product.price, currency) * quantity;
	const after = coupon === undefined ? before : before - Math.round((before * coupon.percent) / 100);
	const [full, paid] = [before, after].map((gross) => split(gross, product.taxRate));
	return {
		...{ id: ids.item++, product, quantity, subtotal: full!.net, subtotalTax: full!.tax },
		...{ total: paid!.net, totalTax: paid!.tax },
	};
}

/** The exact taxes are added up and rounded once, so that the order may differ from its lines by a cent. */
function cartTaxOf(lines: Line[]): number {
	const exact = lines.map(({ product: { taxRate }, total, totalTax }) => {
		return ((total + totalTax) * taxRate) / (100 + taxRate);
	});
	return Math.round(sum(exact));
}

function shipping(currency: string, ids: Ids, chance: Chance): Charge[] {
	if (chance.percent(20)) return [];
	const { net, tax } = split(inCurrency(chance.pick([490, 490, 790, 1990]), currency), 19);
	return [{ id: ids.item++, title: "Parcel", total: net, tax }];
}

/** Now and then something is added, or a plugin takes something off. */
function fees(currency: string, ids: Ids, chance: Chance): Charge[] {
	const kind = chance.whole(1, 100);
	if (kind > 9) return [];
	const { net, tax } = split(inCurrency(kind > 5 ? 300 : 200, currency), 19);
	if (kind > 3) return [{ id: ids.item++, title: "Gift wrapping", total: net, tax }];
	return [{ id: ids.item++, title: "Loyalty bonus", total: -net, tax: -tax }];
}
