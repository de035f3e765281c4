/** How orders and refunds become conversions. Amounts are minor units; the currency of the row tells their decimals. */
import type { ConversionMapping, ParsedOf, PathOf, Value } from "@growthnav/sdk";
import type { order } from "./rows/order.ts";
import type { refund } from "./rows/refund.ts";

type OrderPath = PathOf<ParsedOf<typeof order>>;
type RefundPath = PathOf<ParsedOf<typeof refund>>;

const orZero = <P extends string>(path: P): Value<P> => ({ first: [path, { const: "0" }] });
const minus = <P extends string>(path: P): Value<P> => ({ negate: orZero(path) });

const charge: Value<OrderPath> = {
	sum: [orZero<OrderPath>("total_service_charge_money.amount"), minus<OrderPath>("joined.tax_in_service_charge")],
};

/** What the goods brought in. */
const net: Value<OrderPath>[] = [
	"total_money.amount",
	minus<OrderPath>("total_tax_money.amount"),
	minus<OrderPath>("total_tip_money.amount"),
	{ negate: charge },
	minus<OrderPath>("joined.gift_cards"),
];

/** One row per completed sale, and for the new goods of an exchange. */
export const purchase: ConversionMapping<OrderPath> = {
	type: "purchase",
	when: { state: "COMPLETED", "joined.kind": ["sale", "exchange"] },
	time_zone: { path: "joined.time_zone" },
	columns: {
		timestamp: "closed_at",
		source_updated_at: "updated_at",
		transaction_id: "id",
		order_number: { first: ["reference_id", "id"] },
		order_status: "state",
		is_test: "joined.is_test",
		currency: "total_money.currency",
		value: { minor: { sum: net } },
		gross_amount: { minor: { sum: [...net, orZero<OrderPath>("total_discount_money.amount")] } },
		discount_amount: { minor: "total_discount_money.amount" },
		net_amount: { minor: { sum: net } },
		tax_amount: { minor: "total_tax_money.amount" },
		tip_amount: { minor: "total_tip_money.amount" },
		surcharge_amount: { minor: charge },
		total_amount: { minor: "total_money.amount" },
		quantity: "joined.quantity",
		location_id: "location_id",
		location_name: "joined.location_name",
		sales_channel: "source.name",
		user_id: { first: ["customer_id", "tenders.0.customer_id"] },
		identity_fragments: [
			{ type: "card_fingerprint", value: "tenders.0.card_details.card.fingerprint" },
			{ type: "card_fingerprint", value: "tenders.1.card_details.card.fingerprint" },
			{ type: "email", value: "fulfillments.0.pickup_details.recipient.email_address" },
			{ type: "phone", value: "fulfillments.0.pickup_details.recipient.phone_number" },
			{ type: "email", value: "fulfillments.0.shipment_details.recipient.email_address" },
			{ type: "phone", value: "fulfillments.0.shipment_details.recipient.phone_number" },
		],
		line_items: {
			each: { item: "line_items" },
			columns: {
				line_id: "item.uid",
				product_id: "item.catalog_object_id",
				product_name: "item.name",
				quantity: "item.quantity",
				unit_price: { minor: "item.base_price_money.amount" },
				gross_amount: { minor: { sum: [...lineNet(), orZero<OrderPath>("item.total_discount_money.amount")] } },
				discount_amount: { minor: "item.total_discount_money.amount" },
				net_amount: { minor: { sum: lineNet() } },
				tax_amount: { minor: "item.total_tax_money.amount" },
				total_amount: { minor: "item.total_money.amount" },
			},
		},
	},
};

function lineNet(): Value<OrderPath>[] {
	return [
		"item.total_money.amount",
		minus<OrderPath>("item.total_tax_money.amount"),
		minus<OrderPath>("item.total_service_charge_money.amount"),
	];
}

/** One negative row for the goods that an exchange takes back, tied to the sale that they come from. */
export const exchangeReturn: ConversionMapping<OrderPath> = {
	type: "refund",
	each: { item: "joined.taken_back" },
	discriminator: "item.uid",
	parent: { type: "purchase", stream: "orders", key: "item.sale_id" },
	time_zone: { path: "joined.time_zone" },
	columns: {
		timestamp: "closed_at",
		source_updated_at: "updated_at",
		transaction_id: "id",
		order_number: { first: ["reference_id", "id"] },
		order_status: "state",
		is_test: "joined.is_test",
		currency: { first: ["return_amounts.total_money.currency", "total_money.currency"] },
		...backColumns<OrderPath>("item.given_back"),
		quantity: { negate: "item.quantity" },
		location_id: "location_id",
		location_name: "joined.location_name",
		sales_channel: "source.name",
		user_id: "customer_id",
		line_items: returnedLines<OrderPath>("item.lines"),
	},
};

/** One negative row per completed refund, unless the order of an exchange counts it. */
export const refundOfSale: ConversionMapping<RefundPath> = {
	type: "refund",
	when: { status: "COMPLETED", "joined.split": { not: "exchange" } },
	parent: { type: "purchase", stream: "orders", key: "joined.sale_id" },
	time_zone: { path: "joined.time_zone" },
	flags: [{ flag: "refund_shared_over_sale", when: { "joined.split": "shared" } }],
	columns: {
		timestamp: "created_at",
		source_updated_at: "updated_at",
		transaction_id: "id",
		order_number: "joined.sale_id",
		order_status: "status",
		is_test: "joined.is_test",
		currency: "amount_money.currency",
		...backColumns<RefundPath>("joined.given_back"),
		quantity: { negate: "joined.quantity" },
		location_id: "location_id",
		location_name: "joined.location_name",
		sales_channel: "joined.channel",
		user_id: "joined.customer_id",
		line_items: returnedLines<RefundPath>("joined.lines"),
	},
};

/** The money columns of a reversal, from a `given_back`. */
function backColumns<P extends string>(at: string) {
	const back = (name: string): Value<P> => ({ minor: { negate: `${at}.${name}` as P } });
	const both = (...names: string[]): Value<P> => ({
		minor: { negate: { sum: names.map((name) => `${at}.${name}` as P) } },
	});
	return {
		value: back("value"),
		gross_amount: both("value", "discount"),
		discount_amount: back("discount"),
		net_amount: back("value"),
		tax_amount: back("tax"),
		tip_amount: back("tip"),
		surcharge_amount: back("service_charge"),
		total_amount: back("total"),
	};
}

/** Returned goods, with negative quantities and amounts. */
function returnedLines<P extends string>(list: string) {
	const item = (name: string) => `item.${name}` as P;
	const back = (name: string): Value<P> => ({ minor: { negate: item(`${name}.amount`) } });
	return {
		each: { item: list as P },
		columns: {
			line_id: item("source_line_item_uid"),
			product_id: item("catalog_object_id"),
			product_name: item("name"),
			quantity: { negate: item("quantity") },
			unit_price: { minor: item("base_price_money.amount") },
			discount_amount: back("total_discount_money"),
			tax_amount: back("total_tax_money"),
			total_amount: back("total_money"),
		},
	};
}
