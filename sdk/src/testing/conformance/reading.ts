/** What one read of a trial gave, in the forms in which checks look at it. */
import type { Catalog, JsonObject, LogPayload, Message, StatePayload, TraceError } from "@growthnav/spec";
import type { SavedStream } from "../../source/saved-state.ts";
import { savedStreams } from "../../source/saved-state.ts";

export interface Reading {
	messages: Message[];
	catalog: Catalog | undefined;
	/** By stream, in their order. */
	records: Map<string, JsonObject[]>;
	rejects: LogPayload[];
	warnings: string[];
	states: StatePayload[];
	/** The last status of each stream. */
	statuses: Map<string, string>;
	errors: TraceError[];
}

export function readingOf(messages: Message[]): Reading {
	const reading: Reading = {
		messages,
		catalog: undefined,
		records: new Map(),
		rejects: [],
		warnings: [],
		states: [],
		statuses: new Map(),
		errors: [],
	};
	for (const message of messages) note(message, reading);
	return reading;
}

function note(message: Message, reading: Reading): void {
	if (message.type === "CATALOG") reading.catalog ??= message.catalog;
	else if (message.type === "RECORD") {
		const { stream, data } = message.record;
		const found = reading.records.get(stream);
		if (found === undefined) reading.records.set(stream, [data]);
		else found.push(data);
	} else if (message.type === "STATE") reading.states.push(message.state);
	else if (message.type === "LOG" && message.log.reject !== undefined) reading.rejects.push(message.log);
	else if (message.type === "LOG" && message.log.level === "WARN") reading.warnings.push(message.log.message);
	else if (message.type === "TRACE" && message.trace.error !== undefined) reading.errors.push(message.trace.error);
	else if (message.type === "TRACE" && message.trace.stream_status !== undefined) {
		const { stream_descriptor, status } = message.trace.stream_status;
		reading.statuses.set(stream_descriptor.name, status);
	}
}

/** The states of a read, the last of each stream: what a destination would hand back. */
export function savedBy(messages: readonly Message[]): SavedStream[] {
	const last = new Map<string, SavedStream>();
	for (const message of messages) {
		if (message.type !== "STATE") continue;
		for (const saved of savedStreams(message.state as never)) last.set(saved.descriptor.name, saved);
	}
	return [...last.values()];
}

/** What a destination would have committed of a read that broke off: the records that a state covers. */
export function covered(messages: readonly Message[]): Message[] {
	const upTo = new Map<string, number>();
	messages.forEach((message, at) => {
		if (message.type === "STATE") upTo.set(message.state.stream?.stream_descriptor.name ?? "", at);
	});
	return messages.filter((message, at) => message.type !== "RECORD" || at < (upTo.get(message.record.stream) ?? -1));
}

/** A record by its key; where a stream has none, by all that it holds. */
export type Identify = (stream: string, data: JsonObject) => string;

export function identifier(catalog: Catalog): Identify {
	const keys = new Map(
		catalog.streams.map(({ name, source_defined_primary_key }) => [name, source_defined_primary_key]),
	);
	return (stream, data) => {
		const key = keys.get(stream) ?? [];
		return JSON.stringify(key.length === 0 ? data : key.map(([field = ""]) => data[field] ?? null));
	};
}
