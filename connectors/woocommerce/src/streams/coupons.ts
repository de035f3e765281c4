/** Coupons: what discounts are called. */
import {
	array,
	boolean,
	datetime,
	decimal,
	integer,
	object,
	optional,
	type ReadContext,
	type StreamDefinition,
	string,
	timestamp,
} from "@growthnav/sdk";
import { changed } from "../changed.ts";
import type { Config } from "../config.ts";

export const coupon = object({
	id: integer(),
	code: optional(string()),
	amount: optional(decimal()).describe("An amount, or percent"),
	discount_type: optional(string()).describe("percent, fixed_cart, fixed_product, or a plugin's"),
	description: optional(string()),
	usage_count: optional(integer()),
	usage_limit: optional(integer()),
	free_shipping: optional(boolean()),
	individual_use: optional(boolean()),
	minimum_amount: optional(decimal()),
	product_ids: optional(array(integer())),
	date_created: optional(datetime()),
	date_created_gmt: optional(timestamp()),
	date_modified_gmt: timestamp(),
	date_expires_gmt: optional(timestamp()),
});

export const coupons: StreamDefinition<typeof coupon, Config> = {
	schema: coupon,
	primaryKey: "id",
	cursor: "date_modified_gmt",
	sorted: true,
	lookback: "10m",
	read: (context: ReadContext<Config>) => changed(context, "coupons", coupon),
	note: "they say why something was cheaper",
};
