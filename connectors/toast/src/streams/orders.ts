/** Orders with their checks, selections and payments, by the time of their last change; restaurant by restaurant. */
import type { ReadContext, StreamDefinition } from "@growthnav/sdk";
import { changedOrders } from "../changed-orders.ts";
import type { Config } from "../config.ts";
import { withFacts } from "../facts.ts";
import { purchase, refund } from "../mappings.ts";
import { restaurantOf, restaurantSlices } from "../restaurants.ts";
import { type OrderRow, order } from "../rows/order.ts";

export const orders: StreamDefinition<typeof order, Config> = {
	schema: order,
	primaryKey: "guid",
	cursor: "modifiedDate",
	deleted: "deleted",
	// Toast answers nothing about changes before
	start: ({ start_date }) => (start_date > "2015-12-02" ? start_date : "2015-12-02"),
	window: "28d", // Toast: no more than a month
	lag: "1m",
	lookback: "1h", // tills that were offline hand in what they sold
	slices: restaurantSlices,
	concurrency: 8,
	read,
	conversions: [purchase, refund],
	origin: { source: { const: "pos" }, source_system: { const: "toast" }, source_account: "joined.restaurant_guid" },
};

async function* read(context: ReadContext<Config>): AsyncGenerator<OrderRow[]> {
	const restaurant = await restaurantOf(context, context.slice);
	for await (const rows of changedOrders(context)) yield rows.map((row) => withFacts(row, restaurant));
}
