/** Reads the scripted merchant through the connector, and makes conversions of what was read. */
import type { Json, JsonObject } from "@growthnav/sdk";
import {
	becameOf,
	type Reading as Read,
	type ConversionRow as Row,
	readAll,
	savedStreams,
} from "@growthnav/sdk/testing";
import type { Merchant } from "../src/demo/server.ts";
import square from "../src/index.ts";

export type { Row };

export interface Reading extends Omit<Read, "records"> {
	records: Record<string, JsonObject[]>;
	/** The last row of each conversion_id. */
	conversions: Map<string, Row>;
	leftOut: string[];
	refused: string[];
}

export async function read(
	merchant: Merchant,
	config: JsonObject = {},
	state: readonly unknown[] = [],
	stopAfterStates?: number,
): Promise<Reading> {
	const reading = await readAll(
		square,
		{
			config: { access_token: merchant.token, base_url: merchant.url, ...config },
			state: savedStreams(state as Json[]),
		},
		stopAfterStates === undefined ? {} : { states: stopAfterStates },
	);
	const { conversions, ...rest } = becameOf(reading.catalog, reading.records);
	return {
		...{ ...reading, ...rest, records: Object.fromEntries(reading.records) },
		conversions: new Map(conversions.map(({ conversion }) => [String(conversion.conversion_id), conversion])),
	};
}

/** Rows and exact sum of `value` in minor units, per type. */
export function totals(rows: Iterable<Row>, decimals = 2): Record<string, { rows: number; value: bigint }> {
	const sums: Record<string, { rows: number; value: bigint }> = {};
	for (const row of rows) {
		sums[String(row.conversion_type)] ??= { rows: 0, value: 0n };
		const sum = sums[String(row.conversion_type)]!;
		sum.rows++;
		sum.value += minorOf(row, decimals);
	}
	return sums;
}

export function perUtcDay(rows: Iterable<Row>): Map<string, number> {
	const days = new Map<string, number>();
	for (const row of rows) {
		const day = String(row.timestamp).slice(0, 10);
		days.set(day, (days.get(day) ?? 0) + Number(minorOf(row, 2)));
	}
	return days;
}

function minorOf({ value }: Row, decimals: number): bigint {
	const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value))!;
	const [, sign, whole, fraction = ""] = match;
	if (fraction.length !== decimals) throw new Error(`${value} does not have ${decimals} decimals`);
	return BigInt(`${sign}${whole}${fraction}`);
}
