/** Reads the scripted merchant through the connector, and makes conversions of what was read. */
import type { JsonObject } from "@growthnav/sdk";
import { type ConversionRow, type FullReading, type ReadOptions, readAll, sumsOf } from "@growthnav/sdk/testing";
import type { Merchant } from "../src/demo/server.ts";
import square from "../src/index.ts";

export function read(merchant: Merchant, config: JsonObject = {}, options: ReadOptions = {}): Promise<FullReading> {
	return readAll(square, { config: { access_token: merchant.token, base_url: merchant.url, ...config } }, options);
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
