/** How orders become conversions. Amounts are those of Shopify's books, in the shop's currency. */
import type { ConversionMapping, ParsedOf, PathOf, Value } from "@growthnav/sdk";
import type { order } from "./rows/order.ts";

type Path = PathOf<ParsedOf<typeof order>>;

/** Money moved for these. What was paid once stays a sale, whatever is given back. */
const sold = {
	test: { not: true },
	displayFinancialStatus: ["PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "REFUNDED"],
	"joined.sells": "goods",
};

const flags = [{ flag: "differs_from_current_total", when: { "joined.balances": false } }];

/** What all rows of an order say alike. */
const ofOrder: ConversionMapping<Path>["columns"] = {
	source_updated_at: "updatedAt",
	order_number: "name",
	order_status: "displayFinancialStatus",
	is_test: "test",
	currency: "currencyCode",
	location_id: "retailLocation.legacyResourceId",
	location_name: "retailLocation.name",
	sales_channel: "sourceName",
	user_id: "customer.legacyResourceId",
	identity_fragments: [
		{ type: "email", value: "email" },
		{ type: "phone", value: "phone" },
	],
};

/** Money and lines of `joined.sold`, or of a change. */
function amounts<P extends string>(at: string) {
	const of = (name: string): Value<P> => `${at}.${name}` as P;
	const item = (name: string) => `item.${name}` as P;
	return {
		value: of("value"),
		gross_amount: { sum: [of("value"), of("discount")] },
		discount_amount: of("discount"),
		net_amount: of("value"),
		shipping_amount: of("shipping"),
		tax_amount: of("tax"),
		tip_amount: of("tip"),
		surcharge_amount: of("surcharge"),
		total_amount: of("total"),
		quantity: of("quantity"),
		line_items: {
			each: { item: `${at}.lines` as P },
			columns: {
				line_id: item("line_id"),
				product_id: item("product_id"),
				sku: item("sku"),
				product_name: item("name"),
				product_category: item("category"),
				quantity: item("quantity"),
				unit_price: item("unit_price"),
				gross_amount: { sum: [item("value"), item("discount")] },
				discount_amount: item("discount"),
				net_amount: item("value"),
				tax_amount: item("tax"),
				total_amount: item("total"),
			},
		},
	};
}

/** One row per order that was paid, as it was ordered: edits are rows of their own. */
export const purchase: ConversionMapping<Path> = {
	type: "purchase",
	when: sold,
	time_zone: { path: "joined.time_zone" },
	tracking: { url: "joined.landing_page" },
	flags: [...flags, { flag: "partially_paid", when: { displayFinancialStatus: "PARTIALLY_PAID" } }],
	columns: {
		...ofOrder,
		timestamp: "processedAt",
		transaction_id: "legacyResourceId",
		...amounts<Path>("joined.sold"),
		landing_page: "joined.landing_page",
		referrer: "joined.referrer",
	},
};

const parent = { type: "purchase", stream: "orders", key: "legacyResourceId" } as const;

/** One row for each edit, and for each exchange that brought more than it took. */
export const adjustment: ConversionMapping<Path> = {
	type: "adjustment",
	each: { item: "joined.adjustments" },
	discriminator: "item.id",
	when: sold,
	parent,
	time_zone: { path: "joined.time_zone" },
	flags,
	columns: {
		...ofOrder,
		timestamp: "item.happened_at",
		transaction_id: "item.id",
		...amounts<Path>("item"),
	},
};

/** One negative row for each refund and return, on its own day. */
export const refund: ConversionMapping<Path> = {
	...adjustment,
	type: "refund",
	each: { item: "joined.refunds" },
	flags: [...flags, { flag: "refund_shared_over_sale", when: { "item.shared": { exists: true } } }],
	columns: { ...adjustment.columns, transaction_id: { first: ["item.refund_id", "item.id"] } },
};
