/** What would be committed of a read, handed back, and told apart. */
import type { Catalog, JsonObject, Message } from "@growthnav/spec";
import { type SavedStream, savedStreams } from "../../source/saved-state.ts";

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

type Records = ReadonlyMap<string, readonly JsonObject[]>;

/** The rows as a table has them: of each key the last, all where a stream has none. */
export function latest(catalog: Catalog | undefined, records: Records, identify: Identify): Records {
	const keyed = (catalog?.streams ?? []).filter(({ source_defined_primary_key: key }) => (key ?? []).length > 0);
	const names = new Set(keyed.map(({ name }) => name));
	return new Map(
		[...records].map(([name, rows]) => [
			name,
			names.has(name) ? [...new Map(rows.map((row) => [identify(name, row), row])).values()] : rows,
		]),
	);
}
