/** One read of a source, whole or broken off, in the forms in which tests look at it; and what its rows become. */
import type { Catalog, JsonObject, Message, Reject, TraceError, Waiting } from "@growthnav/spec";
import { compileConversions } from "../conversion/compile.ts";
import type { Outcome } from "../conversion/contract.ts";
import type { Source } from "../source/definition.ts";
import { type ReadInputs, readSource } from "../source/read.ts";

type MessageOf<Type extends Message["type"]> = Extract<Message, { type: Type }>;

export interface Reading {
	messages: Message[];
	catalog: Catalog | undefined;
	/** By stream, in their order. */
	records: Map<string, JsonObject[]>;
	rejects: Reject[];
	/** Texts of level WARN that are no rejects. */
	warnings: string[];
	waits: Waiting[];
	/** Whole messages, in order: what `savedStreams` takes. */
	states: MessageOf<"STATE">[];
	/** "orders STARTED", "orders COMPLETE", in order. */
	statuses: string[];
	/** Settings that the source renewed, each a whole config. */
	renewed: JsonObject[];
	errors: TraceError[];
}

/** Reads until the end, or until so many states or records came: then the read is stopped as a kill would. */
export async function readAll(
	source: Source,
	inputs: ReadInputs,
	stop: { states?: number; records?: number } = {},
): Promise<Reading> {
	const messages: Message[] = [];
	const left = { STATE: stop.states ?? Infinity, RECORD: stop.records ?? Infinity };
	for await (const message of readSource(source, inputs)) {
		messages.push(message);
		if ((message.type === "STATE" || message.type === "RECORD") && --left[message.type] <= 0) break;
	}
	return readingOf(messages);
}

export function readingOf(messages: Message[]): Reading {
	const reading: Reading = {
		...{ messages, catalog: undefined, records: new Map(), rejects: [], warnings: [] },
		...{ waits: [], states: [], statuses: [], renewed: [], errors: [] },
	};
	for (const message of messages) note(message, reading);
	return reading;
}

function note(message: Message, reading: Reading): void {
	if (message.type === "CATALOG") reading.catalog ??= message.catalog;
	else if (message.type === "STATE") reading.states.push(message);
	else if (message.type === "CONTROL") reading.renewed.push(message.control.connectorConfig.config);
	else if (message.type === "RECORD") {
		const { stream, data } = message.record;
		const found = reading.records.get(stream);
		if (found === undefined) reading.records.set(stream, [data]);
		else found.push(data);
	} else if (message.type === "LOG") {
		const { reject, waiting, level, message: text } = message.log;
		if (reject !== undefined) reading.rejects.push(reject);
		else if (waiting !== undefined) reading.waits.push(waiting);
		else if (level === "WARN") reading.warnings.push(text);
	} else if (message.type === "TRACE") {
		const { error, stream_status } = message.trace;
		if (error !== undefined) reading.errors.push(error);
		if (stream_status !== undefined)
			reading.statuses.push(`${stream_status.stream_descriptor.name} ${stream_status.status}`);
	}
}

/** The columns of a conversion as tests look at them. */
export interface ConversionRow {
	[column: string]: string | boolean | null | string[] | Record<string, string | null>[];
}

/** What each row became, by the mappings of its stream in the catalog; the customer is "acme". */
export function* outcomesOf(
	catalog: Catalog | undefined,
	records: ReadonlyMap<string, readonly JsonObject[]>,
): Generator<{ stream: string; row: JsonObject; outcome: Outcome }> {
	for (const { name, conversions = [], ...stream } of catalog?.streams ?? []) {
		const convert = compileConversions(conversions, {
			customerId: "acme",
			stream: name,
			primaryKey: stream.source_defined_primary_key ?? [],
			origin: stream.conversion_origin,
			connectorVersion: stream.connector,
		});
		for (const row of records.get(name) ?? []) {
			for (const outcome of convert(row)) yield { stream: name, row, outcome };
		}
	}
}

export interface Became {
	conversions: { stream: string; row: JsonObject; conversion: ConversionRow }[];
	/** "orders: state is OPEN, the mapping wants COMPLETED" */
	leftOut: string[];
	/** "orders: no_event_time closed_at is absent" */
	refused: string[];
}

/** The same, sorted by what came of it. */
export function becameOf(catalog: Catalog | undefined, records: ReadonlyMap<string, readonly JsonObject[]>): Became {
	const became: Became = { conversions: [], leftOut: [], refused: [] };
	for (const { stream, row, outcome } of outcomesOf(catalog, records)) {
		if (outcome.outcome === "converted")
			became.conversions.push({ stream, row, conversion: outcome.conversion as ConversionRow });
		else if (outcome.outcome === "left_out") became.leftOut.push(`${stream}: ${outcome.rule}`);
		else became.refused.push(`${stream}: ${outcome.code} ${outcome.reason}`);
	}
	return became;
}
