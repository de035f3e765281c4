/** Reads the scripted shop through the connector, and makes conversions of what was read. */
import type { JsonObject } from "@growthnav/sdk";
import {
	type FullReading,
	quickTime,
	type ReadOptions,
	readAll,
	sumsOf,
	utcDayOf,
	valuesOf,
} from "@growthnav/sdk/testing";
import { SHOP_HOME } from "../src/demo/assortment.ts";
import type { Books } from "../src/demo/ledger.ts";
import type { Shop } from "../src/demo/server.ts";
import woocommerce from "../src/index.ts";

/** A shop that is read in a moment. */
export const MONTHS = { orders: 300, customers: 130, bulk: 70 };

export interface Reads extends ReadOptions {
	config?: JsonObject;
	/** Waits are over at once. */
	hasty?: true;
}

export function configOf(shop: Shop, more: JsonObject = {}): JsonObject {
	return {
		...{ url: SHOP_HOME, base_url: shop.url, consumer_key: shop.keys.key, consumer_secret: shop.keys.secret },
		...{ paid_statuses: ["shipped"], ...more },
	};
}

export function read(shop: Shop, { config, hasty, ...options }: Reads = {}): Promise<FullReading> {
	return readAll(woocommerce, { config: configOf(shop, config), ...(hasty && { time: quickTime() }) }, options);
}

/** What was read in the form of the books, in hundredths whatever the currency. */
export const booksOf = ({ conversions }: FullReading): Books => ({
	totals: sumsOf(conversions, ({ conversion_type, currency }) => `${conversion_type} ${currency}`),
	days: valuesOf(conversions, (row) => `${utcDayOf(row)} ${row.currency}`),
});

const sorted = <T>(map: Map<string, T>) => Object.fromEntries([...map].sort());

/** Books as plain data, days that add up to nothing left out. */
export function plain({ totals, days }: Books) {
	return { totals: sorted(totals), days: sorted(new Map([...days].filter(([, value]) => value !== 0))) };
}
