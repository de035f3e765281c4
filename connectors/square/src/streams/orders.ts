/** Orders: sales, exchanges, and the return orders by which Square mirrors refunds. */
import type { ReadContext, StreamDefinition } from "@growthnav/sdk";
import { accountOf } from "../account.ts";
import { type Batch, batchesOf } from "../batches.ts";
import { beginning, type Config } from "../config.ts";
import { exchangeReturn, purchase } from "../mappings.ts";
import { joinedOrder } from "../order-facts.ts";
import { type OrderRow, order } from "../rows/order.ts";

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
