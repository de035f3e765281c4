/**
 * What an order is worth, out of Shopify's own books: a sales agreement for the order, and one more for each edit, return
 * and refund, each with its lines. An amount that is given back or kept without goods is a line of its own, the
 * adjustment. Pure.
 */
import { addDecimals, compareDecimals, currencyExponent, negateDecimal, shareDecimal } from "@growthnav/sdk";
import type { Change, Sold } from "./fields.ts";
import type { OrderNode, OrderRow } from "./rows/order.ts";
import { numberOf, type Shop } from "./shop.ts";

type Agreement = OrderNode["agreements"][number];
type Sale = Agreement["sales"][number];
type Joined = OrderRow["joined"];

/** The order's field `joined`. */
export function joinedOrder(order: OrderNode, shop: Shop): Joined {
	const { agreements, customerJourneySummary: journey } = order;
	const exponent = currencyExponent(order.currencyCode) ?? 2;
	const first = agreements.filter(({ reason }) => reason === "ORDER");
	const sold = soldIn(
		first.flatMap(({ sales }) => sales),
		order,
	);
	const visit = journey?.lastVisit ?? journey?.firstVisit;
	const changes = agreements
		.filter((agreement) => !first.includes(agreement))
		.map((agreement) => changeOf(agreement, order, sold, exponent))
		.filter((change) => change !== undefined);
	return {
		...{ shop_id: shop.id, time_zone: shop.zone, sells: isOnlyGiftCards(first) ? "gift_cards" : "goods" },
		...(first.length > 0 && { sold }),
		refunds: changes.filter(isRefund),
		adjustments: changes.filter((change) => !isRefund(change)),
		balances: balances(order),
		...(visit?.landingPage != null && { landing_page: visit.landingPage }),
		...(visit?.referrerUrl != null && { referrer: visit.referrerUrl }),
	};
}

/** In the order in which equal remainders of a shared amount are served. */
const PARTS = ["value", "tax", "tip", "shipping", "surcharge", "gift_cards"] as const;

/** Where the money of a line belongs; what Shopify may add one day counts as a fee, never as goods. */
const PART_OF: { [lineType: string]: (typeof PARTS)[number] } = {
	PRODUCT: "value",
	GIFT_CARD: "gift_cards",
	SHIPPING: "shipping",
	TIP: "tip",
	DUTY: "tax",
};

/** Decimal text. */
interface Sums extends Record<(typeof PARTS)[number] | "discount" | "total", string> {
	quantity?: string;
	lines: Sold["lines"];
}

function soldIn(sales: Sale[], order: OrderNode): Sums {
	const sold: Sums = {
		...{ value: "0", discount: "0", tax: "0", tip: "0", shipping: "0", surcharge: "0", gift_cards: "0", total: "0" },
		lines: [],
	};
	for (const sale of sales.filter(({ lineType }) => lineType !== "ADJUSTMENT")) {
		const { total, tax, discount, quantity } = amountsOf(sale);
		const part = PART_OF[sale.lineType] ?? "surcharge";
		sold[part] = addDecimals(sold[part], addDecimals(total, negateDecimal(tax)));
		sold.tax = addDecimals(sold.tax, tax);
		sold.total = addDecimals(sold.total, total);
		if (part === "value") sold.discount = addDecimals(sold.discount, discount);
		if (part === "value" && quantity !== undefined) sold.quantity = addDecimals(sold.quantity ?? "0", quantity);
		if (sale.lineItem != null) sold.lines.push(lineOf(sale, order));
	}
	return sold;
}

/** Decimal text; what a return takes back is below zero, however it is written. */
function amountsOf({ actionType, totalAmount, totalTaxAmount, totalDiscountAmountBeforeTaxes, quantity }: Sale) {
	const signed = (amount: string) =>
		actionType === "RETURN" && !amount.startsWith("-") ? negateDecimal(amount) : amount;
	const text = ({ shopMoney }: Sale["totalAmount"]) => signed(String(shopMoney.amount));
	return {
		...{ total: text(totalAmount), tax: text(totalTaxAmount), discount: text(totalDiscountAmountBeforeTaxes) },
		quantity: quantity == null ? undefined : signed(String(quantity)),
	};
}

function lineOf(sale: Sale, { lineItems }: OrderNode): Sold["lines"][number] {
	const { total, tax, discount, quantity } = amountsOf(sale);
	const item = lineItems.find(({ id }) => id === sale.lineItem!.id);
	return {
		line_id: numberOf(sale.lineItem!.id),
		product_id: item?.product?.legacyResourceId ?? null,
		sku: item?.sku ?? null,
		name: item?.name ?? null,
		category: item?.product?.productType ?? null,
		quantity: quantity ?? null,
		unit_price: item?.originalUnitPriceSet.shopMoney.amount ?? null,
		...{ value: addDecimals(total, negateDecimal(tax)), discount, tax, total },
	};
}

function changeOf(agreement: Agreement, order: OrderNode, sold: Sums, exponent: number): Change | undefined {
	const { id, reason, happenedAt, refund, return: comesBack, sales } = agreement;
	const own = soldIn(sales, order);
	const { parts, shared } = withAdjustment(own, sales, sold, exponent);
	// money that follows an edit or a return agrees to nothing new
	if (PARTS.every((part) => compareDecimals(parts[part], "0") === 0)) return undefined;
	return {
		...{ id: numberOf(id), reason, happened_at: happenedAt },
		...(refund != null && { refund_id: numberOf(refund.id) }),
		...(comesBack != null && { return_id: numberOf(comesBack.id) }),
		...(shared !== undefined && { shared }),
		...parts,
	};
}

/** Edits go up and down; an exchange may bring more than it takes. */
const isRefund = ({ reason, value }: Change) => reason !== "ORDER_EDIT" && compareDecimals(String(value), "0") <= 0;

/**
 * Shopify does not say which part of an adjustment is goods and which tax: it is shared over what it is about, the other
 * lines of the change where there are any, else the sale.
 */
function withAdjustment(own: Sums, sales: Sale[], sold: Sums, exponent: number) {
	const lines = sales.filter(({ lineType }) => lineType === "ADJUSTMENT");
	const amount = sumOf(lines.map(({ totalAmount }) => totalAmount));
	if (compareDecimals(amount, "0") === 0) return { parts: own, shared: undefined };
	const tax = sumOf(lines.map(({ totalTaxAmount }) => totalTaxAmount));
	const isAbout = PARTS.some((part) => compareDecimals(own[part], "0") !== 0) ? "change" : "sale";
	const weights = PARTS.map((part) => (isAbout === "change" ? own : sold)[part].replace("-", ""));
	const knowsTax = compareDecimals(tax, "0") !== 0;
	const shares = knowsTax ? undefined : shareDecimal(amount, weights, exponent);
	const added = shares ?? [addDecimals(amount, negateDecimal(tax)), tax];
	const parts: Sums = { ...own, total: addDecimals(own.total, amount) };
	PARTS.forEach((part, n) => {
		parts[part] = addDecimals(own[part], added[n] ?? "0");
	});
	return { parts, shared: shares && isAbout };
}

const sumOf = (bags: Sale["totalAmount"][]) =>
	bags.reduce((sum, { shopMoney }) => addDecimals(sum, String(shopMoney.amount)), "0");

const isOnlyGiftCards = (first: Agreement[]) =>
	first.some(({ sales }) => sales.length > 0) &&
	first.every(({ sales }) => sales.every(({ lineType }) => lineType === "GIFT_CARD"));

/** Whether the lines that are no adjustments add up to what Shopify says that the order is worth now. */
function balances({ agreements, currentTotalPriceSet }: OrderNode): boolean {
	const sales = agreements.flatMap((agreement) => agreement.sales).filter(({ lineType }) => lineType !== "ADJUSTMENT");
	const total = sales.reduce((sum, sale) => addDecimals(sum, amountsOf(sale).total), "0");
	return compareDecimals(total, String(currentTotalPriceSet.shopMoney.amount)) === 0;
}
