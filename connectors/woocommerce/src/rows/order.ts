/** An order as WooCommerce tells it, with what the connector adds. */
import {
	array,
	boolean,
	datetime,
	decimal,
	integer,
	json,
	object,
	oneOf,
	optional,
	type RowOf,
	string,
	timestamp,
} from "@growthnav/sdk";
import { address, billing, charge, lineItem, metaData } from "./fields.ts";

/** Of a sale above zero, of a refund what was given back of it. */
const parts = {
	value: optional(decimal()).describe("Goods after discounts, without tax, shipping and fees"),
	tax: optional(decimal()),
	shipping: optional(decimal()),
	surcharge: optional(decimal()).describe("Fees above zero"),
};

const refundOfOrder = object({
	id: integer(),
	created: timestamp(),
	reason: optional(string()),
	total: optional(decimal()).describe("What was given back; positive, as all its parts"),
	...parts,
	split: oneOf("lines", "shared", "unknown").describe("How the parts are known"),
	quantity: optional(decimal()),
	lines: optional(array(lineItem())).describe("As they came: below zero"),
});

/** Facts from elsewhere, and facts that take arithmetic; the README tells each. */
const joined = object({
	shop: string().describe("The shop's own address"),
	time_zone: string(),
	standing: string().describe("The status; paid for one of paid_statuses"),
	kind: oneOf("purchase", "renewal"),
	is_test: optional(boolean()),
	customer_id: optional(integer()).describe("None for guests"),
	quantity: optional(decimal()),
	...parts,
	discount: optional(decimal()).describe("Coupons, and fees below zero"),
	refunds: array(refundOfOrder),
	landing_page: optional(string()),
	referrer: optional(string()),
	tracked_url: optional(string()).describe("The landing page with the campaign and the click ids that meta_data knows"),
});

export const order = object({
	id: integer(),
	parent_id: optional(integer()),
	number: optional(string()),
	status: optional(string()),
	currency: optional(string()),
	created_via: optional(string()),
	version: optional(string()).describe("Of the WooCommerce that wrote it last"),
	date_created: optional(datetime()).describe("On the clocks of the shop, as all times without gmt"),
	date_created_gmt: optional(timestamp()),
	date_modified_gmt: timestamp(),
	date_paid: optional(datetime()),
	date_paid_gmt: optional(timestamp()),
	date_completed_gmt: optional(timestamp()),
	discount_total: optional(decimal()),
	discount_tax: optional(decimal()),
	shipping_total: optional(decimal()),
	shipping_tax: optional(decimal()),
	cart_tax: optional(decimal()),
	total: optional(decimal()).describe("What the customer pays; refunds do not change it"),
	total_tax: optional(decimal()),
	prices_include_tax: optional(boolean()).describe("How prices were entered; amounts of lines never include tax"),
	customer_id: optional(integer()).describe("0 for guests"),
	customer_note: optional(string()),
	billing: optional(billing()),
	shipping: optional(address()),
	payment_method: optional(string()),
	payment_method_title: optional(string()),
	transaction_id: optional(string()).describe("Of the payment provider"),
	line_items: optional(array(lineItem())),
	shipping_lines: optional(array(charge())),
	fee_lines: optional(array(charge())),
	coupon_lines: optional(array(object({ code: optional(string()), discount: optional(decimal()) }))),
	tax_lines: optional(array(json())),
	refunds: optional(array(object({ id: integer(), reason: optional(string()), total: optional(decimal()) }))),
	meta_data: metaData(),
	joined,
});
/** Before anything is joined. */
export type OrderRow = Omit<RowOf<typeof order>, "joined">;
export type JoinedOrder = RowOf<typeof joined>;
