/** Reads the scripted shop through the connector, and makes conversions of what was read. */
import type { Json, JsonObject } from "@growthnav/sdk";
import {
	becameOf,
	type Reading as Read,
	type ConversionRow as Row,
	readAll,
	savedStreams,
} from "@growthnav/sdk/testing";
import type { Shop } from "../src/demo/server.ts";
import shopify from "../src/index.ts";

export type { Row };

export interface Reading extends Omit<Read, "records"> {
	records: Record<string, JsonObject[]>;
	/** The last row of each conversion_id. */
	conversions: Map<string, Row>;
	leftOut: string[];
	refused: string[];
}

export const settingsOf = (shop: Shop): JsonObject => ({
	...{ shop: "juniper-ceramics", access_token: shop.token, base_url: shop.url, files_url: shop.files.url },
});

export interface ReadOptions {
	config?: JsonObject;
	state?: readonly unknown[];
	/** A run that is killed right behind a state, or behind so many records. */
	stopAfterStates?: number;
	stopAfterRecords?: number;
	/** The clock of the run, in milliseconds: the machine's unless said. */
	now?: number;
}

export async function read(
	shop: Shop,
	{ config = {}, state = [], stopAfterStates, stopAfterRecords, now }: ReadOptions = {},
): Promise<Reading> {
	const reading = await readAll(
		shopify,
		{
			config: { ...settingsOf(shop), ...config },
			state: savedStreams(state as Json[]),
			...(now !== undefined && { now: () => now }),
		},
		{
			...(stopAfterStates !== undefined && { states: stopAfterStates }),
			...(stopAfterRecords !== undefined && { records: stopAfterRecords }),
		},
	);
	const { conversions, ...rest } = becameOf(reading.catalog, reading.records);
	return {
		...{ ...reading, ...rest, records: Object.fromEntries(reading.records) },
		conversions: new Map(conversions.map(({ conversion }) => [String(conversion.conversion_id), conversion])),
	};
}

/** Rows and exact sum of `value` in minor units, per type. */
export function totals(rows: Iterable<Row>, decimals = 2): Record<string, { rows: number; value: number }> {
	const sums: Record<string, { rows: number; value: number }> = {};
	for (const row of rows) {
		sums[String(row.conversion_type)] ??= { rows: 0, value: 0 };
		const sum = sums[String(row.conversion_type)]!;
		sum.rows++;
		sum.value += minorOf(row.value, decimals);
	}
	return sums;
}

export function perUtcDay(rows: Iterable<Row>): Map<string, number> {
	const days = new Map<string, number>();
	for (const row of rows) {
		const day = String(row.timestamp).slice(0, 10);
		days.set(day, (days.get(day) ?? 0) + minorOf(row.value));
	}
	return days;
}

/** Decimal text in minor units; throws where it has more decimals than those. */
export function minorOf(value: unknown, decimals = 2): number {
	const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d+?)0*)?$/.exec(String(value)) ?? [];
	const digits = fraction === "0" ? "" : fraction;
	if (whole === undefined || digits.length > decimals) throw new Error(`${value} has other decimals than ${decimals}`);
	return Number(`${sign}${whole}${digits.padEnd(decimals, "0")}`);
}
