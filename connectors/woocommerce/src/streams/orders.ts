/** Orders, with what was given back of them. */
import type { ReadContext, StreamDefinition } from "@growthnav/sdk";
import { changed } from "../changed.ts";
import type { Config } from "../config.ts";
import { refundOf, sale } from "../mappings.ts";
import { joinedOrder } from "../order-facts.ts";
import { refundsOf } from "../refunds-of.ts";
import { order } from "../rows/order.ts";
import { shopOf } from "../shop.ts";

export const orders: StreamDefinition<typeof order, Config> = {
	schema: order,
	primaryKey: "id",
	cursor: "date_modified_gmt",
	sorted: true,
	lookback: "10m", // changes show up seconds late
	// "any" has all but those in the trash, which are read too, so that they count no longer
	slices: async () => [{ id: "any" }, { id: "trash" }],
	read,
	conversions: [sale("purchase"), sale("renewal"), refundOf("purchase"), refundOf("renewal")],
	origin: { source: { const: "ecommerce" }, source_system: { const: "woocommerce" }, source_account: "joined.shop" },
};

async function* read(context: ReadContext<Config>) {
	const shop = await shopOf(context);
	for await (const rows of changed(context, "orders", order)) {
		const refunds = await refundsOf(context, rows);
		yield rows.map((row) => ({ ...row, joined: joinedOrder(row, refunds.get(row.id) ?? [], shop, context.config) }));
	}
}
