/** Orders: sales, exchanges, and the return orders by which Square mirrors refunds. */
import {
	array,
	boolean,
	decimal,
	integer,
	json,
	object,
	oneOf,
	optional,
	type ReadContext,
	type RowOf,
	type StreamDefinition,
	string,
	timestamp,
} from "@growthnav/sdk";
import { accountOf } from "../account.ts";
import { type Batch, batchesOf } from "../batches.ts";
import { beginning, type Config } from "../config.ts";
import { givenBack, lineItem, money, moneyAmounts, returns, serviceCharge } from "../fields.ts";
import { exchangeReturn, purchase } from "../mappings.ts";
import { joinedOrder } from "../order-facts.ts";

const card = object({
	card_brand: optional(string()),
	last_4: optional(string()),
	fingerprint: optional(string()).describe("The same card within the seller's application"),
});

const tender = object({
	id: optional(string()),
	payment_id: optional(string()),
	type: optional(string()),
	amount_money: optional(money()),
	tip_money: optional(money()),
	customer_id: optional(string()),
	card_details: optional(object({ status: optional(string()), card: optional(card) })),
});

const recipient = object({
	customer_id: optional(string()),
	email_address: optional(string()),
	phone_number: optional(string()),
});
const fulfillment = object({
	type: optional(string()),
	state: optional(string()),
	pickup_details: optional(object({ recipient: optional(recipient) })),
	shipment_details: optional(object({ recipient: optional(recipient) })),
});

const refundOfOrder = object({
	id: optional(string()),
	tender_id: optional(string()),
	amount_money: optional(money()),
	status: optional(string()),
});

/** Facts from elsewhere, and facts that take arithmetic; the README tells each. */
const joined = object({
	merchant_id: string(),
	location_name: optional(string()),
	time_zone: optional(string()),
	is_test: optional(boolean()),
	kind: oneOf("sale", "exchange", "return", "gift_card"),
	quantity: optional(decimal()),
	gift_cards: integer().describe("What gift cards were sold for, in minor units"),
	tax_in_service_charge: integer().describe("Inclusive tax, which Square counts as tax and as charge"),
	taken_back: optional(
		array(
			object({
				uid: string(),
				sale_id: optional(string()),
				given_back: givenBack(),
				quantity: optional(decimal()),
				lines: array(lineItem()),
			}),
		),
	).describe("What an exchange takes back, by the sale that it comes from"),
});

export const order = object({
	id: string(),
	location_id: string(),
	customer_id: optional(string()),
	reference_id: optional(string()),
	ticket_name: optional(string()),
	source: optional(object({ name: optional(string()) })),
	state: optional(string()).describe("OPEN, COMPLETED, CANCELED or DRAFT"),
	version: optional(integer()),
	created_at: optional(timestamp()),
	updated_at: timestamp(),
	closed_at: optional(timestamp()),
	total_money: optional(money()),
	total_tax_money: optional(money()),
	total_discount_money: optional(money()),
	total_tip_money: optional(money()),
	total_service_charge_money: optional(money()),
	net_amount_due_money: optional(money()),
	net_amounts: optional(moneyAmounts()).describe("Sale less returns"),
	return_amounts: optional(moneyAmounts()),
	rounding_adjustment: optional(json()),
	line_items: optional(array(lineItem())),
	returns: optional(array(returns())),
	refunds: optional(array(refundOfOrder)),
	tenders: optional(array(tender)),
	taxes: optional(array(json())),
	discounts: optional(array(json())),
	service_charges: optional(array(serviceCharge())),
	fulfillments: optional(array(fulfillment)),
	rewards: optional(array(json())),
	metadata: optional(json()),
	joined,
});
export type OrderRow = RowOf<typeof order>;

export const orders: StreamDefinition<typeof order, Config> = {
	schema: order,
	primaryKey: "id",
	cursor: "updated_at",
	sorted: true,
	lookback: "10m", // changes show up seconds late
	slices: async (context) => batchesOf((await accountOf(context)).wanted, context.saved),
	read,
	conversions: [purchase, exchangeReturn],
	origin: { source: { const: "pos" }, source_system: { const: "square" }, source_account: "joined.merchant_id" },
};

async function* read(context: ReadContext<Config>): AsyncGenerator<OrderRow[]> {
	const account = await accountOf(context);
	const start_at = beginning(context.since, context.config);
	const pages = context.http.pages<OrderRow>("/v2/orders/search", {
		method: "POST",
		body: {
			location_ids: (context.slice as Batch).locations,
			query: {
				filter: { date_time_filter: { updated_at: { start_at } } },
				sort: { sort_field: "UPDATED_AT", sort_order: "ASC" },
			},
			limit: 500,
		},
		rows: (body) => body.orders,
		next: ({ body }) => body.cursor && { body: { cursor: body.cursor } },
	});
	for await (const rows of pages) yield rows.map((row) => ({ ...row, joined: joinedOrder(row, account) }));
}
