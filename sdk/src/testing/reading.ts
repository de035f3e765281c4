/** One read of a source, whole or broken off, in the forms in which tests look at it. */
import type { Catalog, JsonObject, Message, Reject, TraceError, Waiting } from "@growthnav/spec";
import type { Source } from "../source/definition.ts";
import { type ReadInputs, readSource } from "../source/read.ts";
import { savedStreams } from "../source/saved-state.ts";
import { type Held, heldAfter } from "./becoming.ts";

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
	/** Whole messages, in order. */
	states: MessageOf<"STATE">[];
	/** "orders STARTED", "orders COMPLETE", in order. */
	statuses: string[];
	/** Settings that the source renewed, each a whole config. */
	renewed: JsonObject[];
	errors: TraceError[];
}

/** A reading with what tables hold after it. */
export interface FullReading extends Omit<Reading, "records">, Held {
	/** By stream, in their order: each version of each row. */
	records: Record<string, JsonObject[]>;
	/** How many came, by stream. */
	counts: Record<string, number>;
}

export interface ReadOptions {
	/** The read before: this one goes on from its states, and what was held then is held still. */
	after?: FullReading | undefined;
	/** The read is stopped, as a kill would, when so many of them came. */
	states?: number | undefined;
	records?: number | undefined;
}

/** Reads until the end, or until it is stopped. */
export async function readAll(
	source: Source,
	inputs: Omit<ReadInputs, "state">,
	{ after, states = Infinity, records = Infinity }: ReadOptions = {},
): Promise<FullReading> {
	const messages: Message[] = [];
	const left = { STATE: states, RECORD: records };
	for await (const message of readSource(source, { ...inputs, state: savedStreams((after?.states ?? []) as never) })) {
		messages.push(message);
		if ((message.type === "STATE" || message.type === "RECORD") && --left[message.type] <= 0) break;
	}
	const reading = readingOf(messages);
	return {
		...reading,
		...heldAfter(reading.catalog, reading.records, after),
		records: Object.fromEntries(reading.records),
		counts: Object.fromEntries([...reading.records].map(([stream, rows]) => [stream, rows.length])),
	};
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
