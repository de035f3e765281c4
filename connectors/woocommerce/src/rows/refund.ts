/** A refund as WooCommerce tells it: its amount is positive, what it is for is negative. */
import {
	array,
	boolean,
	datetime,
	decimal,
	integer,
	object,
	optional,
	type RowOf,
	string,
	timestamp,
} from "@growthnav/sdk";
import { charge, lineItem, metaData } from "./fields.ts";

export const refund = object({
	id: integer(),
	parent_id: optional(integer()).describe("The order"),
	date_created: optional(datetime()).describe("On the clocks of the shop"),
	date_created_gmt: timestamp(),
	amount: optional(decimal()).describe("What was given back, with tax"),
	reason: optional(string()),
	refunded_by: optional(integer()).describe("A user of the shop"),
	refunded_payment: optional(boolean()).describe("The payment provider was told"),
	line_items: optional(array(lineItem())),
	shipping_lines: optional(array(charge())),
	fee_lines: optional(array(charge())),
	meta_data: metaData(),
});
export type RefundRow = RowOf<typeof refund>;
