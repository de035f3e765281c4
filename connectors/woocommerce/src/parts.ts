/** What sales and refunds are made of, in decimal text. Pure. */
import { addDecimals, compareDecimals, currencyExponent, decimalOf, negateDecimal, shareDecimal } from "@growthnav/sdk";
import type { Item } from "./rows/fields.ts";
import type { OrderRow } from "./rows/order.ts";
import type { RefundRow } from "./rows/refund.ts";

/** In the order in which a share that cannot be cut serves them. */
const NAMES = ["value", "tax", "shipping", "surcharge"] as const;
export type Parts = Record<(typeof NAMES)[number], string>;

/** Undefined where one of them is no number. */
export function sumOf(amounts: readonly unknown[]): string | undefined {
	const texts = amounts.map(decimalOf);
	return texts.includes(undefined) ? undefined : (texts as string[]).reduce(addDecimals, "0");
}

const minus = (amount: unknown) => negateDecimal(decimalOf(amount) ?? "");
const amounts = (items: readonly Item[] | null | undefined, of: "total" | "total_tax") =>
	(items ?? []).map((item) => item[of] ?? "0");

/** Of a sale, before anything was given back. Fees below zero are discounts, and so in the value. */
export function saleParts({ total, total_tax, shipping_total, fee_lines }: OrderRow): Parts | undefined {
	const [tax, shipping] = [decimalOf(total_tax ?? "0"), decimalOf(shipping_total ?? "0")];
	const surcharge = sumOf(amounts(fee_lines, "total").filter((fee) => !isBelowZero(fee)));
	if (tax === undefined || shipping === undefined || surcharge === undefined) return undefined;
	const value = sumOf([total, minus(tax), minus(shipping), minus(surcharge)]);
	return value === undefined ? undefined : { value, tax, shipping, surcharge };
}

/** Coupons, and what plugins take off by a fee. */
export function discountOf({ discount_total, fee_lines }: OrderRow): string | undefined {
	const bonuses = amounts(fee_lines, "total").filter(isBelowZero);
	return sumOf([discount_total ?? "0", ...bonuses.map(minus)]);
}

const isBelowZero = (amount: unknown) => (decimalOf(amount) ?? "").startsWith("-");

export interface GivenBack {
	/** `lines`: what it is for tells its parts; `shared`: its amount, over what of the sale was not yet given back. */
	split: "lines" | "shared" | "unknown";
	parts?: Parts;
}

/** Of the refunds of one sale, in the order in which they were made. */
export function givenBack(order: OrderRow, refunds: readonly RefundRow[]): GivenBack[] {
	const sale = saleParts(order);
	let left = sale;
	return refunds.map((refund) => {
		const parts = itemized(refund) ?? share(refund, left, order) ?? share(refund, sale, order);
		if (parts === undefined) return { split: "unknown" };
		left &&= mapped((name) => addDecimals(left![name], minus(parts[name])));
		return { split: itemized(refund) === undefined ? "shared" : "lines", parts };
	});
}

/**
 * The amount is what counts, even where the lines come to something else: then they tell nothing. Lines are shown
 * rounded, so between them a unit of the last digit may get lost for each; it belongs to the goods.
 */
function itemized({ amount, line_items, shipping_lines, fee_lines }: RefundRow): Parts | undefined {
	const items = [...(line_items ?? []), ...(shipping_lines ?? []), ...(fee_lines ?? [])] as Item[];
	const tax = sumOf(amounts(items, "total_tax").map(minus));
	const shipping = sumOf(amounts(shipping_lines, "total").map(minus));
	const surcharge = sumOf(amounts(fee_lines, "total").filter(isBelowZero).map(minus));
	const lost = sumOf([amount, ...amounts(items, "total"), ...amounts(items, "total_tax")]);
	if (items.length === 0 || tax === undefined || shipping === undefined || surcharge === undefined) return undefined;
	if (lost === undefined || Number(unsigned(lost).replace(".", "")) > items.length) return undefined;
	return { value: sumOf([amount, minus(tax), minus(shipping), minus(surcharge)])!, tax, shipping, surcharge };
}

const unsigned = (decimal: string) => decimal.replace("-", "");

function share({ amount }: RefundRow, by: Parts | undefined, { currency }: OrderRow): Parts | undefined {
	const whole = decimalOf(amount);
	if (whole === undefined || by === undefined) return undefined;
	if (compareDecimals(sumOf(Object.values(by))!, whole) === 0) return by;
	const decimals = currencyExponent(currency ?? "") ?? 2;
	const shares = shareDecimal(whole, Object.values(mapped((name) => by[name])), decimals);
	return shares && mapped((_name, n) => shares[n]!);
}

function mapped(part: (name: keyof Parts, n: number) => string): Parts {
	return Object.fromEntries(NAMES.map((name, n) => [name, part(name, n)])) as Parts;
}
