/** A refund as Square tells it, with what the connector adds. */
import { array, boolean, decimal, object, oneOf, optional, type RowOf, string, timestamp } from "@growthnav/sdk";
import { givenBack, lineItem, money } from "../fields.ts";

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
