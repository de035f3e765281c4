/** Reads the scripted shop through the connector, and makes conversions of what was read. */
import type { ConversionMapping, ConversionOrigin, Json, JsonObject } from "@growthnav/sdk";
import { compileConversions, readSource, savedStreams } from "@growthnav/sdk/testing";
import type { Shop } from "../src/demo/server.ts";
import shopify from "../src/index.ts";

export interface Row {
	[column: string]: string | boolean | null | string[] | Record<string, string | null>[];
}

export interface Reading {
	records: Record<string, JsonObject[]>;
	/** By stream, the last row of each conversion_id. */
	conversions: Map<string, Row>;
	leftOut: string[];
	/** "orders: no_event_time closed_at is absent" */
	refused: string[];
	rejects: { stream: string; code: string; reason: string }[];
	waits: JsonObject[];
	warnings: string[];
	errors: { code?: string; message: string; where?: string; why?: string; next?: string }[];
	/** The STATE messages, in order. */
	states: Json[];
	statuses: string[];
}

export const settingsOf = (shop: Shop): JsonObject => ({
	...{ shop: "juniper-ceramics", access_token: shop.token, base_url: shop.url, files_url: shop.files.url },
});

export interface ReadOptions {
	config?: JsonObject;
	state?: Json[];
	/** A run that is killed right behind a state, or behind so many records. */
	stopAfterStates?: number;
	stopAfterRecords?: number;
	/** The clock of the run, in milliseconds: the machine's unless said. */
	now?: number;
}

export async function read(
	shop: Shop,
	{ config = {}, state = [], stopAfterStates = Infinity, stopAfterRecords = Infinity, now }: ReadOptions = {},
): Promise<Reading> {
	const reading: Reading = {
		...{ records: {}, conversions: new Map(), leftOut: [], refused: [], warnings: [] },
		...{ rejects: [], waits: [], errors: [], states: [], statuses: [] },
	};
	const convert = new Map<string, ReturnType<typeof compileConversions>>();
	let records = 0;
	const messages = readSource(shopify, {
		config: { ...settingsOf(shop), ...config },
		state: savedStreams(state),
		...(now !== undefined && { now: () => now }),
	});
	for await (const message of messages) {
		if (message.type === "CATALOG")
			for (const stream of message.catalog.streams) convert.set(stream.name, compileStream(stream));
		else if (message.type === "RECORD") {
			keep(reading, message.record.stream, message.record.data, convert);
			if (++records >= stopAfterRecords) break;
		} else if (message.type === "STATE" && reading.states.push(message as never as Json) >= stopAfterStates) break;
		else if (message.type === "LOG" && message.log.reject !== undefined)
			reading.rejects.push(message.log.reject as never);
		else if (message.type === "LOG" && message.log.waiting !== undefined)
			reading.waits.push(message.log.waiting as never as JsonObject);
		else if (message.type === "LOG" && message.log.level === "WARN") reading.warnings.push(message.log.message);
		else if (message.type === "TRACE" && message.trace.error !== undefined) reading.errors.push(message.trace.error);
		else if (message.type === "TRACE" && message.trace.stream_status !== undefined)
			reading.statuses.push(
				`${message.trace.stream_status.stream_descriptor.name} ${message.trace.stream_status.status}`,
			);
	}
	return reading;
}

interface CatalogStream {
	name: string;
	conversions?: ConversionMapping[] | undefined;
	source_defined_primary_key?: string[][] | undefined;
	conversion_origin?: ConversionOrigin | undefined;
}

function compileStream({ name, conversions = [], source_defined_primary_key, conversion_origin }: CatalogStream) {
	return compileConversions(conversions, {
		customerId: "acme",
		stream: name,
		primaryKey: source_defined_primary_key ?? [],
		origin: conversion_origin,
		connectorVersion: undefined,
	});
}

function keep(
	reading: Reading,
	stream: string,
	record: JsonObject,
	convert: Map<string, ReturnType<typeof compileConversions>>,
): void {
	reading.records[stream] ??= [];
	reading.records[stream].push(record);
	for (const outcome of convert.get(stream)!(record)) {
		if (outcome.outcome === "converted")
			reading.conversions.set(String(outcome.conversion.conversion_id), outcome.conversion as Row);
		else if (outcome.outcome === "left_out") reading.leftOut.push(`${stream}: ${outcome.rule}`);
		else reading.refused.push(`${stream}: ${outcome.code} ${outcome.reason}`);
	}
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
