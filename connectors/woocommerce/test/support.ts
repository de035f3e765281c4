/** Reads the scripted shop through the connector, and makes conversions of what was read. */
import type { ConversionMapping, ConversionOrigin, Json, JsonObject } from "@growthnav/sdk";
import { compileConversions, readSource, savedStreams } from "@growthnav/sdk/testing";
import { SHOP_HOME } from "../src/demo/assortment.ts";
import type { Books } from "../src/demo/ledger.ts";
import type { Shop } from "../src/demo/server.ts";
import woocommerce from "../src/index.ts";

/** A shop that is read in a moment. */
export const MONTHS = { orders: 300, customers: 130, bulk: 70 };

export interface Row {
	[column: string]: string | boolean | null | string[] | Record<string, string | null>[];
}

export interface Reading {
	/** By stream and id: the last version of each row. */
	rows: Record<string, Map<number, JsonObject>>;
	/** How many came, by stream. */
	counts: Record<string, number>;
	/** By stream and id: what the last version of the row became. */
	conversions: Map<string, Row[]>;
	leftOut: string[];
	refused: string[];
	warnings: string[];
	waits: JsonObject[];
	errors: { code?: string; message: string; where?: string; why?: string; next?: string }[];
	states: Json[];
	statuses: string[];
}

export interface Reads {
	config?: JsonObject;
	state?: Json[];
	/** The run is killed after so many states. */
	states?: number;
	/** What was read before, to go on from. */
	before?: Reading;
	/** Waits are over at once. */
	hasty?: true;
}

const nothing = (): Reading => ({
	...{ rows: {}, counts: {}, conversions: new Map(), leftOut: [], refused: [], warnings: [] },
	...{ waits: [], errors: [], states: [], statuses: [] },
});

export function configOf(shop: Shop, more: JsonObject = {}): JsonObject {
	return {
		...{ url: SHOP_HOME, base_url: shop.url, consumer_key: shop.keys.key, consumer_secret: shop.keys.secret },
		...{ paid_statuses: ["shipped"], ...more },
	};
}

export async function read(shop: Shop, { config, state = [], states = Infinity, before, hasty }: Reads = {}) {
	const reading = nothing();
	if (before !== undefined) {
		for (const [stream, rows] of Object.entries(before.rows)) reading.rows[stream] = new Map(rows);
		reading.conversions = new Map(before.conversions);
	}
	const convert = new Map<string, ReturnType<typeof compileConversions>>();
	const messages = readSource(woocommerce, {
		config: configOf(shop, config),
		state: savedStreams(state),
		...(hasty && { time: { sleep: async () => {} } }),
	});
	for await (const message of messages) {
		if (message.type === "CATALOG")
			for (const stream of message.catalog.streams) convert.set(stream.name, compiled(stream));
		else if (message.type === "RECORD") keep(reading, message.record.stream, message.record.data, convert);
		else if (message.type === "STATE" && reading.states.push(message as never as Json) >= states) break;
		else if (message.type === "LOG" && message.log.waiting !== undefined)
			reading.waits.push(message.log.waiting as never);
		else if (message.type === "LOG") reading.warnings.push(message.log.message);
		else if (message.type === "TRACE" && message.trace.error !== undefined) reading.errors.push(message.trace.error);
		else if (message.type === "TRACE" && message.trace.stream_status !== undefined) {
			const { stream_descriptor, status } = message.trace.stream_status;
			reading.statuses.push(`${stream_descriptor.name} ${status}`);
		}
	}
	return reading;
}

interface CatalogStream {
	name: string;
	conversions?: ConversionMapping[] | undefined;
	source_defined_primary_key?: string[][] | undefined;
	conversion_origin?: ConversionOrigin | undefined;
}

function compiled({ name, conversions = [], source_defined_primary_key, conversion_origin }: CatalogStream) {
	return compileConversions(conversions, {
		customerId: "acme",
		stream: name,
		primaryKey: source_defined_primary_key ?? [],
		origin: conversion_origin,
		connectorVersion: undefined,
	});
}

/** As a destination does: the last version of a row wins, and its conversions follow it. */
function keep(
	reading: Reading,
	stream: string,
	record: JsonObject,
	convert: Map<string, ReturnType<typeof compileConversions>>,
): void {
	reading.rows[stream] ??= new Map();
	reading.rows[stream].set(record.id as number, record);
	reading.counts[stream] = (reading.counts[stream] ?? 0) + 1;
	const made: Row[] = [];
	for (const outcome of convert.get(stream)!(record)) {
		if (outcome.outcome === "converted") made.push(outcome.conversion as Row);
		else if (outcome.outcome === "left_out") reading.leftOut.push(outcome.rule);
		else reading.refused.push(`${stream}: ${outcome.code} ${outcome.reason}`);
	}
	reading.conversions.set(`${stream} ${record.id}`, made);
}

export const conversionsIn = ({ conversions }: Reading): Row[] => [...conversions.values()].flat();

/** Hundredths, exactly; undefined for what has more digits. */
export function minorOf(value: unknown): number {
	const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d{1,2})0*)?$/.exec(String(value)) ?? [];
	if (whole === "") throw new Error(`${value} is no amount of hundredths`);
	return Number(`${sign}${whole}${fraction.padEnd(2, "0")}`);
}

/** What was read in the form of the books. */
export function booksOf(reading: Reading): Books {
	const books: Books = { totals: new Map(), days: new Map() };
	for (const { conversion_type, currency, value, timestamp } of conversionsIn(reading)) {
		const [kind, minor] = [`${conversion_type} ${currency}`, minorOf(value)];
		const sum = books.totals.get(kind) ?? { rows: 0, value: 0 };
		books.totals.set(kind, { rows: sum.rows + 1, value: sum.value + minor });
		const day = `${String(timestamp).slice(0, 10)} ${currency}`;
		books.days.set(day, (books.days.get(day) ?? 0) + minor);
	}
	return books;
}

const sorted = <T>(map: Map<string, T>) => Object.fromEntries([...map].sort());

/** Books as plain data, days that add up to nothing left out. */
export function plain({ totals, days }: Books) {
	return { totals: sorted(totals), days: sorted(new Map([...days].filter(([, value]) => value !== 0))) };
}
