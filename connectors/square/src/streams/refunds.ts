/** Refunds of payments: money given back, each a negative row tied to its sale. */
import type { ReadContext, StreamDefinition } from "@growthnav/sdk";
import { accountOf } from "../account.ts";
import { aroundRefunds } from "../around-refunds.ts";
import { beginning, type Config } from "../config.ts";
import { refundOfSale } from "../mappings.ts";
import { joinedRefund } from "../refund-facts.ts";
import { type RefundRow, refund } from "../rows/refund.ts";

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
