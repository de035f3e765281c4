/** Refunds: they count nothing, since their orders count them. */
import type { ReadContext, StreamDefinition } from "@growthnav/sdk";
import { changed } from "../changed.ts";
import type { Config } from "../config.ts";
import { hasList } from "../refunds-of.ts";
import { refund } from "../rows/refund.ts";

export const refunds: StreamDefinition<typeof refund, Config> = {
	schema: refund,
	primaryKey: "id",
	cursor: "date_created_gmt",
	sorted: true,
	lookback: "10m",
	async *read(context: ReadContext<Config>) {
		if (await hasList(context)) yield* changed(context, "refunds", refund, "date_created_gmt");
		else context.log.warn("refunds: WooCommerce lists them since version 9.0; those of orders are in joined.refunds");
	},
	note: "orders already count them",
};
