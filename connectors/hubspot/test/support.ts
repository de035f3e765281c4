/** Reads the scripted account through the connector, and makes conversions of what was read. */
import type { JsonObject } from "@growthnav/sdk";
import {
	type ConversionRow,
	type FullReading,
	type ReadOptions,
	readAll,
	sumsOf,
	utcDayOf,
	valuesOf,
} from "@growthnav/sdk/testing";
import { type Books, DECIMALS } from "../src/demo/ledger.ts";
import type { Portal } from "../src/demo/server.ts";
import hubspot from "../src/index.ts";

export interface Reads extends ReadOptions {
	config?: JsonObject;
}

export function read(portal: Portal, { config, ...options }: Reads = {}): Promise<FullReading> {
	const settings = { access_token: portal.token, base_url: portal.url, searches_per_second: 1000, ...config };
	return readAll(hubspot, { config: settings }, options);
}

export const ofType = ({ conversions }: FullReading, type: string): ConversionRow[] =>
	conversions.filter(({ conversion_type }) => conversion_type === type);

const currencyOf = ({ currency }: ConversionRow) => String(currency);
const decimalsOf = (row: ConversionRow) => DECIMALS[currencyOf(row)]!;

/** What was read in the form of the books. */
export function booksOf(reading: FullReading): Omit<Books, "withoutAmount"> {
	const purchases = ofType(reading, "purchase");
	return {
		purchase: sumsOf(purchases, currencyOf, decimalsOf),
		days: valuesOf(purchases, (row) => `${utcDayOf(row)} ${row.currency}`, decimalsOf),
		lead: ofType(reading, "lead").length,
		signup: ofType(reading, "signup").length,
	};
}
