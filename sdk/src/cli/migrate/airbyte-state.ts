/** The states of an Airbyte connection, in any form in which it gives them away. Pure. */
import type { Json, JsonObject, StatePayload, StreamDescriptor } from "@growthnav/spec";
import { isObject } from "../../pipeline/file/shape.ts";
import { exportError, type Placed } from "./move.ts";

/** The last of each stream, or of all. `names`: the streams of the catalog. Throws config.export. */
export function airbyteStates({ value, where }: Placed, names: readonly string[]): StatePayload[] {
	const last = new Map<string, StatePayload>();
	for (const state of statesIn(value, where, names)) {
		if (state.type === "GLOBAL") last.clear();
		last.set(state.type === "STREAM" ? JSON.stringify(state.stream!.stream_descriptor) : "", state);
	}
	return [...last.values()];
}

function statesIn(value: Json, where: string, names: readonly string[]): StatePayload[] {
	if (Array.isArray(value)) {
		// what a source printed: everything else in it is no state
		const states = value.filter((one) => isObject(one) && (one.type === "STATE" || !isMessage(one)));
		return states.flatMap((one, i) => statesIn(one, `${where}, [${i}]`, names));
	}
	if (!isObject(value)) throw broken(where, "a state in it is no object");
	if (isObject(value.state) && (value.type === "STATE" || "stateType" in value))
		return statesIn(value.state, where, names);
	const type = String(value.stateType ?? value.type ?? "").toLowerCase();
	if (type === "not_set") return [];
	if (type === "stream") return streams(value, where);
	if (type === "global") return [global(value, where)];
	return legacy(isObject(value.data) ? value.data : value, where, names);
}

const isMessage = ({ type }: JsonObject) =>
	typeof type === "string" && /^(RECORD|LOG|TRACE|CATALOG|SPEC|CONTROL)$/.test(type);

/** `{ stream }` of the protocol, `{ streamState: [...] }` of the API. */
function streams(value: JsonObject, where: string): StatePayload[] {
	const all = Array.isArray(value.streamState) ? value.streamState : [value.stream ?? null];
	return all.flatMap((one): StatePayload[] => {
		const stream = streamState(one, where);
		return stream.stream_state === null ? [] : [{ type: "STREAM", stream }];
	});
}

function global(value: JsonObject, where: string): StatePayload {
	const inner = value.globalState ?? value.global;
	if (!isObject(inner)) throw broken(where, "a global state in it holds none");
	const states = inner.streamStates ?? inner.stream_states;
	const shared_state = inner.sharedState ?? inner.shared_state;
	return {
		type: "GLOBAL",
		global: {
			...(isObject(shared_state) && { shared_state }),
			stream_states: (Array.isArray(states) ? states : []).map((one) => streamState(one, where)),
		},
	};
}

function streamState(value: Json, where: string): { stream_descriptor: StreamDescriptor; stream_state: Json } {
	const descriptor = isObject(value) ? (value.streamDescriptor ?? value.stream_descriptor) : undefined;
	if (!isObject(value) || !isObject(descriptor) || typeof descriptor.name !== "string") {
		throw broken(where, "a state in it names no stream");
	}
	const { name, namespace } = descriptor;
	return {
		// absent and null are one, an empty namespace is another
		stream_descriptor: typeof namespace === "string" ? { name, namespace } : { name },
		stream_state: value.streamState ?? value.stream_state ?? null,
	};
}

/** One object for all, by stream: that is how old sources kept it. Anything else nobody but they can read. */
function legacy(data: JsonObject, where: string, names: readonly string[]): StatePayload[] {
	const entries = Object.entries(data);
	const odd = entries.find(([name, state]) => !names.includes(name) || !isObject(state));
	if (odd) {
		throw broken(where, `it is one state for the whole source, and its ${odd[0]} is no stream of the catalog`);
	}
	return entries.map(([name, stream_state]) => ({
		type: "STREAM",
		stream: { stream_descriptor: { name }, stream_state: stream_state as Json },
	}));
}

function broken(where: string, why: string) {
	return exportError(
		"The state cannot be taken over",
		where,
		why,
		"export the connection's state again, or remove it: then all is read from the start",
	);
}
