/** Reads the scripted restaurants through the connector, and makes conversions of what was read. */
import { setTimeout as timer } from "node:timers/promises";
import type { ConversionMapping, ConversionOrigin, Json, JsonObject } from "@growthnav/sdk";
import { checkSource, compileConversions, readSource, savedStreams } from "@growthnav/sdk/testing";
import { type Chain, type ChainOptions, openChain } from "../src/demo/server.ts";
import toast from "../src/index.ts";

export interface Row {
	[column: string]: string | boolean | null | string[] | Record<string, string | null>[];
}

export interface Reading {
	records: Record<string, JsonObject[]>;
	/** The last row of each conversion_id, of the last version of each order. */
	conversions: Row[];
	leftOut: Map<string, number>;
	refused: string[];
	rejects: JsonObject[];
	waits: JsonObject[];
	/** Configs that were renewed. */
	kept: JsonObject[];
	errors: { code?: string; message: string; where?: string; why?: string; next?: string }[];
	/** The STATE messages, in order. */
	states: Json[];
	statuses: string[];
}

/** Sleeps are short, and the clock goes on as if they had been long. */
export function quickTime() {
	let skipped = 0;
	const clock = () => performance.now() + skipped;
	const sleep = async (ms: number, signal: AbortSignal) => {
		const wakes = clock() + ms;
		await timer(1, undefined, { signal });
		skipped += Math.max(0, wakes - clock());
	};
	return { clock, sleep };
}

export interface Open extends Chain {
	config: JsonObject;
	read(config?: JsonObject, state?: Json[], stopAfterStates?: number): Promise<Reading>;
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
		async read(more, state = [], stopAfterStates = Number.POSITIVE_INFINITY) {
			const reading: Reading = {
				...{ records: {}, conversions: [], leftOut: new Map(), refused: [], rejects: [], waits: [] },
				...{ kept: [], errors: [], states: [], statuses: [] },
			};
			for await (const message of readSource(toast, { ...inputs(more), state: savedStreams(state) })) {
				note(reading, message as never);
				if (reading.states.length >= stopAfterStates) break;
			}
			return { ...reading, ...convert(reading.records.orders ?? []) };
		},
	};
}

interface Told {
	type: string;
	record: { stream: string; data: JsonObject };
	log: { reject?: JsonObject; waiting?: JsonObject };
	control: { connectorConfig: { config: JsonObject } };
	trace: {
		error?: Reading["errors"][number];
		stream_status?: { stream_descriptor: { name: string }; status: string };
	};
}

function note(reading: Reading, { type, record, log, control, trace, ...rest }: Told): void {
	if (type === "RECORD") {
		reading.records[record.stream] ??= [];
		reading.records[record.stream]!.push(record.data);
	} else if (type === "STATE") reading.states.push({ type, ...rest } as never);
	else if (type === "LOG" && log.reject !== undefined) reading.rejects.push(log.reject);
	else if (type === "LOG" && log.waiting !== undefined) reading.waits.push(log.waiting);
	else if (type === "CONTROL") reading.kept.push(control.connectorConfig.config);
	else if (type === "TRACE" && trace.error !== undefined) reading.errors.push(trace.error);
	else if (type === "TRACE" && trace.stream_status !== undefined)
		reading.statuses.push(`${trace.stream_status.stream_descriptor.name} ${trace.stream_status.status}`);
}

/** What a destination would hold: conversions of the last version of each order; none of deleted ones. */
export function convert(rows: JsonObject[]): Pick<Reading, "conversions" | "leftOut" | "refused"> {
	const { conversions: mappings, origin } = (
		toast.streams as unknown as { orders: { conversions: ConversionMapping[]; origin: ConversionOrigin } }
	).orders;
	const compiled = compileConversions(mappings, {
		...{ customerId: "acme", stream: "orders", primaryKey: [["guid"]], origin, connectorVersion: undefined },
	});
	const found: Pick<Reading, "conversions" | "leftOut" | "refused"> = {
		...{ conversions: [], leftOut: new Map(), refused: [] },
	};
	for (const row of new Map(rows.map((one) => [one.guid, one])).values()) {
		if (row.deleted === true) continue;
		for (const outcome of compiled(row)) {
			if (outcome.outcome === "converted") found.conversions.push(outcome.conversion as Row);
			else if (outcome.outcome === "left_out")
				found.leftOut.set(outcome.rule, (found.leftOut.get(outcome.rule) ?? 0) + 1);
			else found.refused.push(`${outcome.code} ${outcome.reason}`);
		}
	}
	return found;
}

/** Cents of decimal text. */
export function centsOf(value: unknown): number {
	const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(String(value))!;
	return Number(`${sign}${whole}${fraction.padEnd(2, "0")}`);
}

/** "purchase USD" → rows and cents. */
export function totals(rows: Row[]): Record<string, { rows: number; value: number }> {
	const sums: Record<string, { rows: number; value: number }> = {};
	for (const { conversion_type, currency, value } of rows) {
		const kind = `${conversion_type} ${currency}`;
		const { rows: before, value: sum } = sums[kind] ?? { rows: 0, value: 0 };
		sums[kind] = { rows: before + 1, value: sum + centsOf(value) };
	}
	return sums;
}

/** The same of the restaurants' own books. */
export function booked({ purchase, refund }: ReturnType<Chain["books"]>): ReturnType<typeof totals> {
	return Object.fromEntries(
		Object.entries({ purchase, refund }).flatMap(([type, sums]) =>
			[...sums].map(([currency, sum]) => [`${type} ${currency}`, sum]),
		),
	);
}

/** "USD 2026-06-18" → cents. */
export function perDay(rows: Row[]): Map<string, number> {
	const days = new Map<string, number>();
	for (const { currency, timestamp, value } of rows) {
		const day = `${currency} ${String(timestamp).slice(0, 10)}`;
		days.set(day, (days.get(day) ?? 0) + centsOf(value));
	}
	return days;
}
