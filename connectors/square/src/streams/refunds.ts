/** Refunds of payments: money given back, each a negative row tied to its sale. */
import {
	array,
	boolean,
	decimal,
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
import { aroundRefunds } from "../around-refunds.ts";
import { beginning, type Config } from "../config.ts";
import { givenBack, lineItem, money } from "../fields.ts";
import { refundOfSale } from "../mappings.ts";
import { joinedRefund } from "../refund-facts.ts";

/** Facts from the merchant, the return order and the sale; the README tells each. */
const joined = object({
	merchant_id: string(),
	location_name: optional(string()),
	time_zone: optional(string()),
	is_test: optional(boolean()),
	sale_id: optional(string()).describe("The order that was paid for"),
	customer_id: optional(string()).describe("Of that sale"),
	channel: optional(string()).describe("Of that sale"),
	split: oneOf("return_order", "shared", "exchange", "unknown").describe("How given_back is known"),
	given_back: optional(givenBack()),
	quantity: optional(decimal()),
	lines: optional(array(lineItem())).describe("Returned goods"),
});

export const refund = object({
	id: string(),
	status: optional(string()).describe("PENDING, COMPLETED, REJECTED or FAILED"),
	location_id: optional(string()),
	payment_id: optional(string()),
	order_id: optional(string()).describe("The return order, or of older refunds the sale"),
	amount_money: optional(money()).describe("With tax and tip"),
	reason: optional(string()),
	destination_type: optional(string()),
	team_member_id: optional(string()),
	created_at: optional(timestamp()),
	updated_at: timestamp(),
	joined,
});
export type RefundRow = RowOf<typeof refund>;

/** Square lists the refunds of all locations together, unless only some are wanted. */
const ALL = "all";

export const refunds: StreamDefinition<typeof refund, Config> = {
	schema: refund,
	primaryKey: "id",
	cursor: "updated_at",
	sorted: true,
	lookback: "10m",
	slices: async ({ config }) => (config.location_ids ?? [ALL]).map((id) => ({ id })),
	read,
	conversions: [refundOfSale],
	origin: { source: { const: "pos" }, source_system: { const: "square" }, source_account: "joined.merchant_id" },
};

async function* read(context: ReadContext<Config>): AsyncGenerator<RefundRow[]> {
	const account = await accountOf(context);
	const pages = context.http.pages<RefundRow>("/v2/refunds", {
		query: {
			updated_at_begin_time: beginning(context.since, context.config),
			sort_field: "UPDATED_AT",
			sort_order: "ASC",
			limit: 100,
			location_id: context.slice.id === ALL ? undefined : context.slice.id,
		},
		rows: (body) => body.refunds,
		next: ({ body }) => body.cursor && { query: { cursor: body.cursor } },
	});
	for await (const rows of pages) {
		const around = await aroundRefunds(context, rows);
		yield rows.map((row) => ({ ...row, joined: joinedRefund(row, around.get(row)!, account) }));
	}
}
