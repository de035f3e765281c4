/** How orders become conversions. WooCommerce's amounts are decimals; those of refunds are negated here, once. */
import type { ConversionMapping, ParsedOf, PathOf, Value } from "@growthnav/sdk";
import type { order } from "./rows/order.ts";

type Path = PathOf<ParsedOf<typeof order>>;
type Kind = "purchase" | "renewal";

/** A sale that was given back stays one: the refunds take it away, on their own days. */
const PAID = ["processing", "completed", "refunded", "paid"];

const counted = (kind: Kind) => ({
	"joined.standing": PAID,
	"joined.kind": kind,
	"joined.is_test": { not: true },
});

const shared = {
	source_updated_at: "date_modified_gmt",
	order_number: "number",
	order_status: "status",
	is_test: "joined.is_test",
	currency: "currency",
	sales_channel: "created_via",
	user_id: "joined.customer_id",
	identity_fragments: [
		{ type: "email", value: "billing.email" },
		{ type: "phone", value: "billing.phone" },
	],
} satisfies ConversionMapping<Path>["columns"];

/** One row per paid order, or per payment of a subscription. */
export function sale(type: Kind): ConversionMapping<Path> {
	return {
		type,
		when: counted(type),
		tracking: { url: "joined.tracked_url" },
		time_zone: { path: "joined.time_zone" },
		flags: [{ flag: "paid_time_unknown", when: { date_paid_gmt: { exists: false } } }],
		columns: {
			...shared,
			timestamp: { first: ["date_paid_gmt", "date_completed_gmt", "date_created_gmt"] },
			transaction_id: "id",
			value: "joined.value",
			gross_amount: { sum: ["joined.value", "joined.discount"] },
			discount_amount: "joined.discount",
			net_amount: "joined.value",
			shipping_amount: "joined.shipping",
			tax_amount: "joined.tax",
			surcharge_amount: "joined.surcharge",
			total_amount: "total",
			quantity: "joined.quantity",
			landing_page: "joined.landing_page",
			referrer: "joined.referrer",
			line_items: lines("line_items"),
		},
	};
}

/** One negative row per refund of a sale that counts, at its own time. */
export function refundOf(sale: Kind): ConversionMapping<Path> {
	return {
		type: "refund",
		when: counted(sale),
		each: { item: "joined.refunds" },
		discriminator: "item.id",
		parent: { type: sale, stream: "orders", key: "id" },
		time_zone: { path: "joined.time_zone" },
		flags: [{ flag: "refund_shared_over_sale", when: { "item.split": "shared" } }],
		columns: {
			...shared,
			timestamp: "item.created",
			transaction_id: "item.id",
			value: { negate: "item.value" },
			net_amount: { negate: "item.value" },
			shipping_amount: { negate: "item.shipping" },
			tax_amount: { negate: "item.tax" },
			surcharge_amount: { negate: "item.surcharge" },
			total_amount: { negate: "item.total" },
			quantity: "item.quantity",
			line_items: lines("item.lines"),
		},
	};
}

function lines(list: Path) {
	const tax: Value<Path> = { first: ["item.total_tax", { const: "0" }] };
	return {
		each: { item: list },
		columns: {
			line_id: "item.id",
			product_id: "item.product_id",
			sku: "item.sku",
			product_name: "item.name",
			quantity: "item.quantity",
			gross_amount: "item.subtotal",
			discount_amount: { sum: ["item.subtotal", { negate: "item.total" }] },
			net_amount: "item.total",
			tax_amount: "item.total_tax",
			total_amount: { sum: ["item.total", tax] },
		},
	} satisfies ConversionMapping<Path>["columns"]["line_items"];
}
