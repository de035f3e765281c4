/** The states that a read begins with, in any form in which they are handed over. Pure. */
import type { Json, JsonObject, StreamDescriptor } from "@growthnav/spec";
import { ConnectorError, isConnectorError } from "../errors.ts";
import { parseJson } from "../protocol/parse.ts";

export interface SavedStream {
	descriptor: StreamDescriptor;
	state: Json;
}

/**
 * The text of a state file: a JSON array of states, one state, nothing at all, or NDJSON as a destination prints it, of
 * which only STATE messages count. `file` names it in `config.state_file`.
 */
export function parseStateFile(text: string, file: string): SavedStream[] {
	const trimmed = text.replace(/^\uFEFF/, "").trim();
	if (trimmed === "") return [];
	try {
		return savedStreams(parseJson(trimmed));
	} catch (error) {
		// not one document: lines, of which at least one must be a message
		if (!isConnectorError(error) || !/\n/.test(trimmed) || !/^[ \t]*\{/m.test(trimmed)) throw broken(file, error);
	}
	return trimmed.split("\n").flatMap((line, i) => {
		if (!line.trimStart().startsWith("{")) return [];
		try {
			return savedStreams(parseJson(line));
		} catch (error) {
			throw broken(`${file}:${i + 1}`, error);
		}
	});
}

/** Every stream that a state speaks of. STREAM and GLOBAL states with or without their envelope; LEGACY says nothing to us. */
export function savedStreams(value: Json): SavedStream[] {
	if (Array.isArray(value)) return value.flatMap(savedStreams);
	if (!isObject(value)) return [];
	const state = value.type === "STATE" && isObject(value.state) ? value.state : value;
	if (isObject(state.global) && Array.isArray(state.global.stream_states)) {
		return state.global.stream_states.flatMap(savedStream);
	}
	return savedStream(state.stream);
}

function savedStream(value: Json | undefined): SavedStream[] {
	if (!isObject(value) || !isObject(value.stream_descriptor)) return [];
	const { name, namespace } = value.stream_descriptor;
	if (typeof name !== "string") return [];
	const descriptor = typeof namespace === "string" ? { name, namespace } : { name };
	return [{ descriptor, state: value.stream_state ?? null }];
}

/** Neither a list nor an exact number. */
export function isObject(value: Json | undefined): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

function broken(where: string, cause: unknown): ConnectorError {
	return new ConnectorError("config.state_file", "The state file cannot be read", {
		where,
		why: isConnectorError(cause) ? cause.message : "it is no JSON",
		next: "give the output of `destination-... state` as it stands, or leave --state out to read everything",
		cause,
	});
}

/** The last state of a stream of this name and namespace counts. */
export function lastOf(
	{ name, namespace }: { name: string; namespace?: string | undefined },
	saved: readonly SavedStream[],
): Json | undefined {
	return saved.findLast(({ descriptor }) => descriptor.name === name && descriptor.namespace === namespace)?.state;
}
