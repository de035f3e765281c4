/** What our destinations are told of the orders: with or without a key, with or without a conversion of each. */
import type { Catalog } from "@growthnav/spec";
import { SCHEMAS, type Size } from "./orders.ts";

export type Way = "rows" | "keyed" | "converted";

/** As a source that describes its own output sends it first. */
export function catalogOf(size: Size, way: Way, streams: readonly string[] = ["orders"]): Catalog {
	return {
		streams: streams.map((name) => ({
			name,
			json_schema: SCHEMAS[size],
			supported_sync_modes: ["incremental"],
			sync_mode: "incremental",
			cursor_field: ["created_at"],
			generation_id: 0,
			minimum_generation_id: 0,
			...(way === "rows"
				? { destination_sync_mode: "append" }
				: { destination_sync_mode: "append_dedup", primary_key: [["id"]] }),
			...(way === "converted" && { conversions: [purchases(size)], conversion_origin: ORIGIN }),
		})),
	};
}

const ORIGIN = {
	source: { const: "ecommerce" },
	source_system: { const: "shop" },
	source_account: { const: "main" },
} as const;

function purchases(size: Size) {
	const columns = {
		timestamp: "created_at",
		value: "total",
		currency: "currency",
		order_status: "state",
		user_id: "customer_id",
	};
	if (size === "small") return { type: "purchase", columns } as const;
	const more = { tax_amount: "tax", shipping_amount: "shipping", order_number: "number" };
	return { type: "purchase", columns: { ...columns, ...more }, tracking: { url: "landing_page" } } as const;
}
