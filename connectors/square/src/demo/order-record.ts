/** Orders as the API shows them. Written anew for each answer, so that the year fits into little memory. */
import type { JsonObject } from "@growthnav/sdk";
import {
	discountOf,
	type Line,
	linesTotal,
	type Returned,
	type ReturnOrder,
	type Sale,
	sum,
	type Tender,
	taxOf,
	totalOf,
} from "./events.ts";

/** What differs between merchants. */
export interface Shown {
	currency: string;
}

export const iso = (ms: number): string => new Date(ms).toISOString();

const moneyIn =
	({ currency }: Shown) =>
	(amount: number) => ({ amount, currency });

export function saleRecord(sale: Sale, shown: Shown): JsonObject {
	const money = moneyIn(shown);
	const { lines, tip, serviceCharge, exchange, state } = sale;
	const own = {
		total: totalOf(sale),
		tax: taxOf(lines),
		discount: discountOf(lines),
		tip,
		serviceCharge,
	};
	const back = exchange === undefined ? undefined : amountsOf(exchange.lines, 0, 0);
	return {
		...(sale.withoutId === undefined && { id: sale.id }),
		location_id: sale.place.id,
		...(sale.reference !== undefined && { reference_id: sale.reference }),
		source: { name: sale.channel },
		...(sale.person !== undefined && { customer_id: sale.person.id }),
		line_items: lines.map((line) => lineItem(line, shown)),
		taxes: taxes(own.tax, sale, shown),
		...(sale.discountPercent > 0 && { discounts: discounts(sale, own.discount, shown) }),
		...(serviceCharge > 0 && { service_charges: [serviceChargeRecord(serviceCharge, shown)] }),
		...(exchange !== undefined && {
			returns: [returnRecord("exchange", exchange.from.id, exchange.lines, 0, 0, shown)],
			return_amounts: moneyAmounts(back!, shown),
		}),
		net_amounts: moneyAmounts(back === undefined ? own : less(own, back), shown),
		...(sale.tenders.length > 0 && { tenders: sale.tenders.map((tender) => tenderRecord(tender, shown)) }),
		created_at: iso(sale.opened),
		updated_at: iso(sale.updated),
		...(sale.closed !== undefined && { closed_at: iso(sale.closed) }),
		state,
		version: sale.tenders.length + 2,
		total_money: money(own.total),
		total_tax_money: money(own.tax),
		total_discount_money: money(own.discount),
		total_tip_money: money(tip),
		total_service_charge_money: money(serviceCharge),
		net_amount_due_money: money(state === "OPEN" ? own.total : 0),
	};
}

/** The order that mirrors a refund: no sale of its own, no `total_money`, net amounts below zero. */
export function returnOrderRecord(order: ReturnOrder, shown: Shown): JsonObject {
	const { sale, lines, tip, serviceCharge, amount, at } = order;
	const amounts =
		lines === undefined
			? { total: amount, tax: 0, discount: 0, tip: 0, serviceCharge: 0 }
			: amountsOf(lines, tip, serviceCharge);
	return {
		id: order.id,
		location_id: sale.place.id,
		source: { name: "Square Point of Sale" },
		...(sale.person !== undefined && { customer_id: sale.person.id }),
		returns: [
			lines === undefined
				? amountReturn(sale.id, amount, shown)
				: returnRecord("return", sale.id, lines, tip, serviceCharge, shown),
		],
		return_amounts: moneyAmounts(amounts, shown),
		net_amounts: moneyAmounts(less({ total: 0, tax: 0, discount: 0, tip: 0, serviceCharge: 0 }, amounts), shown),
		refunds: order.refunds.map(({ id, tender, amount: part, reason }) => ({
			id: id.slice(id.indexOf("_") + 1),
			location_id: sale.place.id,
			transaction_id: order.id,
			tender_id: tender.id,
			created_at: iso(at),
			reason,
			amount_money: moneyIn(shown)(part),
			status: "APPROVED",
		})),
		created_at: iso(at),
		updated_at: iso(at),
		closed_at: iso(at),
		state: "COMPLETED",
		version: 4,
	};
}

interface Amounts {
	total: number;
	tax: number;
	discount: number;
	tip: number;
	serviceCharge: number;
}

function amountsOf(lines: Line[], tip: number, serviceCharge: number): Amounts {
	const total = linesTotal(lines) + tip + serviceCharge;
	return { total, tax: taxOf(lines), discount: discountOf(lines), tip, serviceCharge };
}

function less(a: Amounts, b: Amounts): Amounts {
	return {
		total: a.total - b.total,
		tax: a.tax - b.tax,
		discount: a.discount - b.discount,
		tip: a.tip - b.tip,
		serviceCharge: a.serviceCharge - b.serviceCharge,
	};
}

/** Square leaves out members that are zero, but not always: here the total stays. */
function moneyAmounts({ total, tax, discount, tip, serviceCharge }: Amounts, shown: Shown): JsonObject {
	const money = moneyIn(shown);
	return {
		total_money: money(total),
		...(tax !== 0 && { tax_money: money(tax) }),
		...(discount !== 0 && { discount_money: money(discount) }),
		...(tip !== 0 && { tip_money: money(tip) }),
		...(serviceCharge !== 0 && { service_charge_money: money(serviceCharge) }),
	};
}

function lineItem(line: Line, shown: Shown): JsonObject {
	const money = moneyIn(shown);
	const { product, gross, discount, tax } = line;
	return {
		...named(line),
		item_type: product.giftCard ? "GIFT_CARD" : "ITEM",
		...(product.byTheHalf && { quantity_unit: { measurement_unit: { time_unit: "GENERIC_HOUR" }, precision: 1 } }),
		base_price_money: money(product.price),
		variation_total_price_money: money(gross),
		gross_sales_money: money(gross),
		total_discount_money: money(discount),
		total_tax_money: money(tax),
		total_money: money(gross - discount + tax),
		total_service_charge_money: money(0),
		...(tax > 0 && { applied_taxes: [{ uid: `${line.uid}-tax`, tax_uid: "tax-1", applied_money: money(tax) }] }),
		...(discount > 0 && {
			applied_discounts: [{ uid: `${line.uid}-off`, discount_uid: "discount-1", applied_money: money(discount) }],
		}),
	};
}

const named = ({ uid, product, quantity }: Line) => ({
	uid,
	name: product.name,
	variation_name: product.variation,
	catalog_object_id: product.id,
	quantity,
});

function returnRecord(
	uid: string,
	source: string,
	lines: Returned[],
	tip: number,
	serviceCharge: number,
	shown: Shown,
): JsonObject {
	const money = moneyIn(shown);
	const amounts = amountsOf(lines, tip, serviceCharge);
	return {
		uid,
		source_order_id: source,
		return_line_items: lines.map((line) => ({
			...named(line),
			source_line_item_uid: line.of.uid,
			item_type: "ITEM",
			base_price_money: money(line.product.price),
			variation_total_price_money: money(line.gross),
			gross_return_money: money(line.gross),
			total_discount_money: money(line.discount),
			total_tax_money: money(line.tax),
			total_money: money(line.gross - line.discount + line.tax),
		})),
		...(tip > 0 && { return_tips: [{ uid: "tip-1", applied_money: money(tip) }] }),
		...(serviceCharge > 0 && {
			return_service_charges: [
				{ uid: "return-service-1", name: "Group service", percentage: "18", ...chargedAs(serviceCharge, shown) },
			],
		}),
		return_amounts: moneyAmounts(amounts, shown),
	};
}

/** A return without goods: one custom amount, in which nobody told goods, tax and tip apart. */
function amountReturn(source: string, amount: number, shown: Shown): JsonObject {
	const money = moneyIn(shown);
	return {
		uid: "return",
		source_order_id: source,
		return_line_items: [
			{
				uid: "return-1",
				quantity: "1",
				item_type: "CUSTOM_AMOUNT",
				base_price_money: money(amount),
				variation_total_price_money: money(amount),
				gross_return_money: money(amount),
				total_discount_money: money(0),
				total_tax_money: money(0),
				total_money: money(amount),
			},
		],
		return_amounts: { total_money: money(amount) },
	};
}

function taxes(applied: number, { place }: Sale, shown: Shown): JsonObject[] {
	if (applied === 0) return [];
	const percentage = String(place.taxRate / 1000);
	return [
		{
			uid: "tax-1",
			name: `${place.state} sales tax`,
			percentage,
			type: "ADDITIVE",
			scope: "ORDER",
			applied_money: moneyIn(shown)(applied),
		},
	];
}

function discounts({ discountPercent }: Sale, applied: number, shown: Shown): JsonObject[] {
	return [
		{
			uid: "discount-1",
			name: `${discountPercent}% off`,
			percentage: String(discountPercent),
			type: "FIXED_PERCENTAGE",
			scope: "ORDER",
			applied_money: moneyIn(shown)(applied),
		},
	];
}

const chargedAs = (amount: number, shown: Shown) => ({
	applied_money: moneyIn(shown)(amount),
	total_money: moneyIn(shown)(amount),
	total_tax_money: moneyIn(shown)(0),
	calculation_phase: "SUBTOTAL_PHASE",
	taxable: false,
});

function serviceChargeRecord(amount: number, shown: Shown): JsonObject {
	return { uid: "service-1", name: "Group service", percentage: "18", ...chargedAs(amount, shown) };
}

function tenderRecord(tender: Tender, shown: Shown): JsonObject {
	const money = moneyIn(shown);
	const { sale, type } = tender;
	return {
		id: tender.id,
		payment_id: tender.id,
		location_id: sale.place.id,
		transaction_id: sale.id,
		created_at: iso(sale.closed ?? sale.opened),
		amount_money: money(tender.amount),
		...(tender.tip > 0 && { tip_money: money(tender.tip) }),
		...(sale.person !== undefined && { customer_id: sale.person.id }),
		type: type === "EXTERNAL" ? "OTHER" : type,
		...(type === "CARD" && { card_details: { status: "CAPTURED", card: card(tender), entry_method: "EMV" } }),
		...(type === "CASH" && {
			cash_details: { buyer_tendered_money: money(tender.amount), change_back_money: money(0) },
		}),
	};
}

/** One card per known customer, else one per sale. */
export function card({ sale, id }: Tender): JsonObject {
	const owner = sale.person?.id ?? id;
	return {
		card_brand: "VISA",
		last_4: String(1000 + (sum([...owner].map((letter) => letter.charCodeAt(0) * 7)) % 9000)),
		fingerprint: `sq-1-${owner.slice(0, 22)}`,
	};
}
