/** Reads the scripted account through the connector, and makes conversions of what was read. */
import type { ConversionMapping, ConversionOrigin, Json, JsonObject } from "@growthnav/sdk";
import { compileConversions, readSource, savedStreams } from "@growthnav/sdk/testing";
import type { Books } from "../src/demo/ledger.ts";
import type { Portal } from "../src/demo/server.ts";
import hubspot from "../src/index.ts";

export interface Row {
	[column: string]: string | boolean | null | string[] | Record<string, string | null>[];
}

export interface Reading {
	/** By stream and id: the last row of each, the deleted too. */
	rows: Record<string, Map<string, JsonObject>>;
	/** How many came, by stream. */
	counts: Record<string, number>;
	/** By stream and id of the row: what its last version became. */
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
	now?: number;
	/** What was read before, to go on from. */
	before?: Reading;
}

const nothing = (): Reading => ({
	...{ rows: {}, counts: {}, conversions: new Map(), leftOut: [], refused: [], warnings: [] },
	...{ waits: [], errors: [], states: [], statuses: [] },
});

export async function read(portal: Portal, { config, state = [], states = Infinity, now, before }: Reads = {}) {
	const reading = nothing();
	if (before !== undefined) {
		for (const [stream, rows] of Object.entries(before.rows)) reading.rows[stream] = new Map(rows);
		reading.conversions = new Map(before.conversions);
	}
	const convert = new Map<string, ReturnType<typeof compileConversions>>();
	const messages = readSource(hubspot, {
		config: { access_token: portal.token, base_url: portal.url, searches_per_second: 1000, ...config },
		state: savedStreams(state),
		...(now !== undefined && { now: () => now }),
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
	const id = String(record.id);
	reading.rows[stream] ??= new Map();
	reading.rows[stream].set(id, record);
	reading.counts[stream] = (reading.counts[stream] ?? 0) + 1;
	const made: Row[] = [];
	for (const outcome of convert.get(stream)!(record)) {
		if (outcome.outcome === "converted") made.push(outcome.conversion as Row);
		else if (outcome.outcome === "left_out") reading.leftOut.push(`${stream}: ${outcome.rule}`);
		else reading.refused.push(`${stream}: ${outcome.code} ${outcome.reason}`);
	}
	reading.conversions.set(`${stream} ${id}`, made);
}

const all = ({ conversions }: Reading): Row[] => [...conversions.values()].flat();

export const ofType = (reading: Reading, type: string): Row[] =>
	all(reading).filter(({ conversion_type }) => conversion_type === type);

/** What was read in the form of the books. */
export function booksOf(reading: Reading): Omit<Books, "withoutAmount"> {
	const books: Omit<Books, "withoutAmount"> = {
		...{ purchase: new Map(), days: new Map() },
		lead: ofType(reading, "lead").length,
		signup: ofType(reading, "signup").length,
	};
	for (const { currency, value, timestamp } of ofType(reading, "purchase")) {
		const minor = minorOf(String(value), currency === "JPY" ? 0 : 2);
		const sum = books.purchase.get(String(currency)) ?? { rows: 0, value: 0 };
		books.purchase.set(String(currency), { rows: sum.rows + 1, value: sum.value + minor });
		const day = `${String(timestamp).slice(0, 10)} ${currency}`;
		books.days.set(day, (books.days.get(day) ?? 0) + minor);
	}
	return books;
}

function minorOf(value: string, decimals: number): number {
	const [, whole = "", fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(value) ?? [];
	if (whole === "" || fraction.length > decimals) throw new Error(`${value} does not have ${decimals} decimals`);
	return Number(whole + fraction.padEnd(decimals, "0"));
}
