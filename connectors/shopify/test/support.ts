/** Reads the scripted shop through the connector, and makes conversions of what was read. */
import type { JsonObject } from "@growthnav/sdk";
import { type ConversionRow, type FullReading, type ReadOptions, readAll, sumsOf } from "@growthnav/sdk/testing";
import type { Shop } from "../src/demo/server.ts";
import shopify from "../src/index.ts";

export const settingsOf = (shop: Shop): JsonObject => ({
	...{ shop: "juniper-ceramics", access_token: shop.token, base_url: shop.url, files_url: shop.files.url },
});

export interface Reads extends ReadOptions {
	config?: JsonObject;
	/** The clock of the run, in milliseconds: the machine's unless said. */
	now?: number;
}

export function read(shop: Shop, { config, now, ...options }: Reads = {}): Promise<FullReading> {
	const settings = { ...settingsOf(shop), ...config };
	return readAll(shopify, { config: settings, ...(now !== undefined && { now: () => now }) }, options);
}

/** Rows and exact sum of `value` in minor units, per type. */
export const totals = (rows: Iterable<ConversionRow>, decimals = 2) =>
	Object.fromEntries(
		sumsOf(
			rows,
			({ conversion_type }) => String(conversion_type),
			() => decimals,
		),
	);
