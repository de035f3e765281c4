/** Orders and refunds as the API shows them, plugins included. */
import type { Json, JsonObject } from "@growthnav/sdk";
import { decimalText as money } from "@growthnav/sdk/testing";
import {
	type Attribution,
	type Charge,
	type Line,
	type Order,
	type Refund,
	type Standing,
	shippingOf,
	sum,
	taxOf,
	totalOf,
} from "./events.ts";
import { spoiltBy } from "./plugins.ts";
import { gmt, local } from "./wordpress.ts";

export interface Site {
	zone: string;
	/** "https://www.kissa-teaware.example" */
	home: string;
	version: string;
}

/** A time twice: on the clocks of the shop, and in GMT. */
export function times(name: string, at: number | undefined, { zone }: Site): JsonObject {
	return {
		[name]: at === undefined ? null : local(zone, at),
		[`${name}_gmt`]: at === undefined ? null : gmt(at),
	};
}

export function links(site: Site, list: string, id: number): JsonObject {
	const collection = `${site.home}/wp-json/wc/v3/${list}`;
	return { self: [{ href: `${collection}/${id}` }], collection: [{ href: collection }] };
}

export function orderRecord(order: Order, standing: Standing, site: Site): JsonObject {
	const { id, person, fees } = order;
	const total = totalOf(order);
	const record: JsonObject = {
		...{ id, parent_id: 0, status: standing.status, currency: order.currency, version: site.version },
		...{
			prices_include_tax: order.currency !== "USD",
			number: order.number,
			order_key: `wc_order_${id.toString(36)}k`,
		},
		...times("date_created", order.steps[0]!.at, site),
		...times("date_modified", standing.modified, site),
		...{ discount_total: money(order.discount), discount_tax: money(order.discountTax) },
		...{ shipping_total: money(shippingOf(order)), shipping_tax: money(sum(order.shipping.map(({ tax }) => tax))) },
		...{
			cart_tax: money(order.cartTax + sum(fees.map(({ tax }) => tax))),
			total: money(total),
			total_tax: money(taxOf(order)),
		},
		...{
			customer_id: order.customer?.id ?? 0,
			customer_ip_address: "",
			customer_user_agent: "",
			created_via: order.via,
		},
		...{ customer_note: id % 40 === 3 ? "Please ring twice" : "", cart_hash: "" },
		billing: { ...address(person), email: person.email, phone: person.phone ?? "" },
		shipping: { ...address(person), phone: "" },
		...{
			payment_method: id % 3 === 0 ? "bacs" : "stripe",
			payment_method_title: id % 3 === 0 ? "Bank transfer" : "Card",
		},
		transaction_id: standing.paid === undefined ? "" : `ch_${id}`,
		...times("date_completed", standing.completed, site),
		...times("date_paid", standing.paid, site),
		meta_data: metaOf(order),
		line_items: order.lines.map((line) => lineRecord(line)),
		tax_lines: [taxLine(order)],
		shipping_lines: order.shipping.map((charge) => ({
			...chargeRecord(charge),
			method_title: charge.title,
			method_id: "flat_rate",
		})),
		fee_lines: fees.map((charge) => ({
			...chargeRecord(charge),
			name: charge.title,
			tax_class: "",
			tax_status: "taxable",
		})),
		coupon_lines: couponLines(order),
		refunds: standing.refunds.map((refund) => ({
			...{ id: refund.id, reason: refund.reason },
			total: `-${money(refund.amount)}`,
		})),
		...{ payment_url: "", is_editable: false, needs_payment: standing.status === "pending", needs_processing: true },
		_links: links(site, "orders", id),
	};
	return spoiltBy(order.oddity, record);
}

function address({ given, family }: { given: string; family: string }): JsonObject {
	return {
		...{ first_name: given, last_name: family, company: "", address_1: "Lindenstr. 1", address_2: "", city: "Berlin" },
		...{ state: "DE-BE", postcode: "10969", country: "DE" },
	};
}

const meta = (id: number, key: string, value: Json) => ({ id, key, value });

function metaOf({ id, attribution, renews, test, paid }: Order): Json[] {
	return [
		...(attribution === undefined ? [] : attributionMeta(id, attribution)),
		...(renews === undefined ? [] : [meta(id * 30 + 20, "_subscription_renewal", String(renews))]),
		...(paid === undefined ? [] : [meta(id * 30 + 21, "_wcpay_mode", test ? "test" : "prod")]),
		meta(id * 30 + 22, "is_vat_exempt", "no"),
	];
}

function attributionMeta(id: number, { type, referrer, entry, utm = {} }: Attribution): Json[] {
	const values: [string, string | undefined][] = [
		["source_type", type],
		["referrer", referrer],
		...Object.entries(utm).map(([name, value]): [string, string] => [`utm_${name}`, value]),
		["session_entry", entry],
		["session_pages", type === "admin" ? undefined : String(1 + (id % 9))],
		["device_type", type === "admin" ? undefined : "Desktop"],
	];
	return values.flatMap(([name, value], n) =>
		value === undefined ? [] : [meta(id * 30 + n, `_wc_order_attribution_${name}`, value)],
	);
}

function lineRecord(line: Line): JsonObject {
	const { id, product, quantity } = line;
	return {
		...{ id, name: product.variation ? `${product.name} - ${product.variation.of}` : product.name },
		...{
			product_id: product.id,
			variation_id: product.variation?.id ?? 0,
			quantity,
			tax_class: product.taxRate === 7 ? "reduced-rate" : "",
		},
		...{ subtotal: money(line.subtotal), subtotal_tax: money(line.subtotalTax) },
		...{ total: money(line.total), total_tax: money(line.totalTax) },
		taxes: [
			{ id: product.taxRate, total: (line.totalTax / 100).toFixed(6), subtotal: (line.subtotalTax / 100).toFixed(6) },
		],
		meta_data: product.variation ? [meta(id * 4, "pa_kind", product.variation.of)] : [],
		...{
			sku: product.sku,
			price: line.total / 100 / quantity,
			image: { id: product.id + 2, src: "" },
			parent_name: null,
		},
	};
}

function chargeRecord({ id, total, tax }: Charge): JsonObject {
	return { id, total: money(total), total_tax: money(tax), taxes: [], meta_data: [] };
}

function taxLine(order: Order): JsonObject {
	const shippingTax = sum(order.shipping.map(({ tax }) => tax));
	return {
		...{ id: order.id * 40, rate_code: "DE-MWST-1", rate_id: 19, label: "MwSt.", compound: false, rate_percent: 19 },
		...{ tax_total: money(taxOf(order) - shippingTax), shipping_tax_total: money(shippingTax), meta_data: [] },
	};
}

function couponLines({ id, coupon, discount, discountTax }: Order): Json[] {
	if (coupon === undefined) return [];
	return [
		{
			...{
				id: id * 40 + 1,
				code: coupon.code,
				discount: money(discount),
				discount_tax: money(discountTax),
				meta_data: [],
			},
			...{ discount_type: "percent", nominal_amount: coupon.percent, free_shipping: false },
		},
	];
}

/** The amount is positive, what it is for is negative. `parent_id` only where the list is that of the shop. */
export function refundRecord(refund: Refund, order: Order, site: Site, { parent }: { parent: boolean }): JsonObject {
	const { id, amount, reason } = refund;
	const of = (item: { of?: number }) => [meta(id * 30, "_refunded_item_id", String(item.of))];
	const minus = (charge: Charge): Charge => ({ ...charge, total: -charge.total, tax: -charge.tax });
	return {
		id,
		...(parent && { parent_id: order.id }),
		...times("date_created", refund.at, site),
		...{ amount: money(amount), reason, refunded_by: 1, refunded_payment: order.id % 3 !== 0, meta_data: [] },
		line_items: refund.lines.map((line) => ({
			...lineRecord({
				...{ ...line, quantity: -line.quantity, subtotal: -line.subtotal, subtotalTax: -line.subtotalTax },
				...{ total: -line.total, totalTax: -line.totalTax },
			}),
			meta_data: of(line),
		})),
		shipping_lines: refund.shipping.map((charge) => ({
			...{ ...chargeRecord(minus(charge)), method_title: charge.title, method_id: "flat_rate", meta_data: of(charge) },
		})),
		tax_lines: [],
		fee_lines: refund.fees.map((charge) => ({
			...chargeRecord(minus(charge)),
			name: charge.title,
			meta_data: of(charge),
		})),
		_links: {
			...links(site, `orders/${order.id}/refunds`, id),
			up: [{ href: `${site.home}/wp-json/wc/v3/orders/${order.id}` }],
		},
	};
}
