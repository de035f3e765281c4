/** How orders become conversions: one per check, one per payment that was given back. */
import type { ConversionMapping, ParsedOf, PathOf } from "@growthnav/sdk";
import type { order } from "./rows/order.ts";

type Path = PathOf<ParsedOf<typeof order>>;

/** Orders that are no sale, or not yet. */
const real: ConversionMapping<Path>["when"] = {
	deleted: { not: true },
	voided: { not: true },
	createdInTestMode: { not: true },
	excessFood: { not: true },
	approvalStatus: { not: ["FUTURE", "NEEDS_APPROVAL", "NOT_APPROVED"] },
};

const ofOrder: ConversionMapping<Path>["columns"] = {
	source_updated_at: "modifiedDate",
	currency: "joined.currency",
	location_id: "joined.restaurant_guid",
	location_name: "joined.restaurant_name",
	sales_channel: "source",
};

export const purchase: ConversionMapping<Path> = {
	type: "purchase",
	each: { item: "checks" },
	discriminator: "item.guid",
	when: {
		...real,
		"item.deleted": { not: true },
		"item.voided": { not: true },
		"item.paymentStatus": ["PAID", "CLOSED"],
		"item.joined.sells": true,
	},
	columns: {
		...ofOrder,
		timestamp: { first: ["item.paidDate", "item.closedDate"] },
		business_date: "joined.business_date",
		transaction_id: "item.guid",
		order_number: "item.displayNumber",
		order_status: "item.paymentStatus",
		value: "item.joined.value",
		gross_amount: { sum: ["item.joined.value", "item.joined.discount"] },
		discount_amount: "item.joined.discount",
		net_amount: "item.joined.value",
		tax_amount: "item.taxAmount",
		tip_amount: "item.joined.tip",
		surcharge_amount: "item.joined.surcharge",
		total_amount: "item.joined.total",
		quantity: "item.joined.quantity",
		user_id: "item.customer.guid",
		identity_fragments: [
			{ type: "email", value: "item.customer.email" },
			{ type: "phone", value: "item.customer.phone" },
			{ type: "loyalty_id", value: "item.appliedLoyaltyInfo.loyaltyIdentifier" },
			{ type: "card_fingerprint", value: "item.payments.0.cardPaymentId" },
			{ type: "card_fingerprint", value: "item.payments.1.cardPaymentId" },
		],
		line_items: {
			each: { item: "item.joined.lines" },
			columns: {
				line_id: "item.guid",
				product_id: "item.product_id",
				sku: "item.plu",
				product_name: "item.name",
				quantity: "item.quantity",
				unit_price: "item.unit_price",
				gross_amount: "item.gross",
				discount_amount: { sum: ["item.gross", { negate: "item.net" }] },
				net_amount: "item.net",
				tax_amount: "item.tax",
				total_amount: { sum: ["item.net", "item.tax"] },
			},
		},
	},
};

export const refund: ConversionMapping<Path> = {
	type: "refund",
	each: { item: "joined.refunds" },
	discriminator: "item.payment_guid",
	parent: { type: "purchase", stream: "orders", key: "guid", discriminator: "item.check.guid" },
	when: {
		...real,
		"item.check.deleted": { not: true },
		"item.check.voided": { not: true },
		"item.check.status": ["PAID", "CLOSED"],
		"item.check.sells": true,
	},
	flags: [{ flag: "refund_shared_over_sale", when: { "item.split": "shared" } }],
	columns: {
		...ofOrder,
		timestamp: "item.at",
		business_date: "item.business_date",
		transaction_id: "item.payment_guid",
		order_number: "item.check.number",
		order_status: "item.check.status",
		value: { negate: "item.value" },
		net_amount: { negate: "item.value" },
		tax_amount: { negate: "item.tax" },
		tip_amount: { negate: "item.tip" },
		surcharge_amount: { negate: "item.surcharge" },
		total_amount: { negate: "item.total" },
	},
};
