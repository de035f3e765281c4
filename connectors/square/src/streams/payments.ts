/** Payments: how sales were paid. They count nothing: orders already count the sale. */
import {
	array,
	boolean,
	object,
	optional,
	type ReadContext,
	type RowOf,
	type StreamDefinition,
	string,
	timestamp,
} from "@growthnav/sdk";
import { accountOf } from "../account.ts";
import { beginning, type Config } from "../config.ts";
import { money } from "../fields.ts";

const card = object({
	card_brand: optional(string()),
	card_type: optional(string()),
	last_4: optional(string()),
	fingerprint: optional(string()),
});

export const payment = object({
	id: string(),
	status: optional(string()).describe("APPROVED, PENDING, COMPLETED, CANCELED or FAILED"),
	order_id: optional(string()),
	location_id: optional(string()),
	customer_id: optional(string()),
	created_at: optional(timestamp()),
	updated_at: timestamp(),
	amount_money: optional(money()).describe("Without tip"),
	tip_money: optional(money()),
	total_money: optional(money()),
	refunded_money: optional(money()),
	source_type: optional(string()),
	card_details: optional(
		object({ status: optional(string()), entry_method: optional(string()), card: optional(card) }),
	),
	buyer_email_address: optional(string()),
	reference_id: optional(string()),
	receipt_number: optional(string()),
	refund_ids: optional(array(string())),
	team_member_id: optional(string()),
	is_offline_payment: optional(boolean()),
});
export type PaymentRow = RowOf<typeof payment>;

export const payments: StreamDefinition<typeof payment, Config> = {
	schema: payment,
	primaryKey: "id",
	cursor: "updated_at",
	sorted: true,
	lookback: "10m",
	// a list without a location holds those of the main location alone
	slices: async (context) => (await accountOf(context)).wanted.map((id) => ({ id })),
	read: ({ http, since, config, slice }: ReadContext<Config>) =>
		http.pages<PaymentRow>("/v2/payments", {
			query: {
				location_id: slice.id,
				updated_at_begin_time: beginning(since, config),
				sort_field: "UPDATED_AT",
				sort_order: "ASC",
				limit: 100,
			},
			rows: (body) => body.payments,
			next: ({ body }) => body.cursor && { query: { cursor: body.cursor } },
		}),
	note: "orders already count the sale",
};
