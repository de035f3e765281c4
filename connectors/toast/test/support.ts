/** Reads the scripted restaurants through the connector, and makes conversions of what was read. */
import type { JsonObject } from "@growthnav/sdk";
import {
	type ConversionRow,
	checkSource,
	type FullReading,
	quickTime,
	type ReadOptions,
	readAll,
	sumsOf,
} from "@growthnav/sdk/testing";
import { type Chain, type ChainOptions, openChain } from "../src/demo/server.ts";
import toast from "../src/index.ts";

export interface Open extends Chain {
	config: JsonObject;
	read(config?: JsonObject, options?: ReadOptions): Promise<FullReading>;
	check(config?: JsonObject): ReturnType<typeof checkSource>;
	clock(): number;
	/** Lets time pass, in milliseconds. */
	pass(ms: number): void;
}

/** The restaurants, and a connector that waits quickly. */
export async function open(options: ChainOptions = {}): Promise<Open> {
	const quick = quickTime();
	let passed = 0;
	const clock = () => quick.clock() + passed;
	const chain = await openChain({ clock, ...options });
	const time = { clock, sleep: quick.sleep, now: () => chain.now() + clock() };
	const config = {
		...{ client_id: chain.clientId, client_secret: chain.clientSecret, base_url: chain.url },
		...{ start_date: "2026-05-01", seconds_between_pages: 0 },
	};
	const inputs = (more: JsonObject = {}) => ({ config: { ...config, ...more }, time, now: () => chain.now() + 60_000 });
	return {
		...chain,
		config,
		clock,
		check: (more) => checkSource(toast, inputs(more)),
		pass: (ms) => {
			passed += ms;
		},
		read: (more, stop) => readAll(toast, inputs(more), stop),
	};
}

/** "purchase USD" → rows and cents. */
export const totals = (rows: Iterable<ConversionRow>) =>
	Object.fromEntries(sumsOf(rows, ({ conversion_type, currency }) => `${conversion_type} ${currency}`));

/** The same of the restaurants' own books. */
export function booked({ purchase, refund }: ReturnType<Chain["books"]>): ReturnType<typeof totals> {
	return Object.fromEntries(
		Object.entries({ purchase, refund }).flatMap(([type, sums]) =>
			[...sums].map(([currency, sum]) => [`${type} ${currency}`, sum]),
		),
	);
}
