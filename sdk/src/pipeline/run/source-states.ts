/** Which of the committed states the source gets. Pure. */
import type { ConfiguredStream, StatePayload, StreamDescriptor } from "@growthnav/spec";
import { interruptedIn } from "../../source/refresh-state.ts";
import { streamStates } from "../cursor.ts";

/**
 * A full refresh begins anew, so its state stays here: many sources would take it for where they stand and send only what
 * is new since, or nothing, and an overwritten table would be left with that. What was interrupted goes on by a state of
 * ours, which names its generation.
 */
export function sourceStates(states: readonly StatePayload[], streams: readonly ConfiguredStream[]): StatePayload[] {
	const readAnew = (descriptor: StreamDescriptor, state: StatePayload) => {
		const one = streams.find(({ stream }) => isSame(stream, descriptor));
		return one?.sync_mode === "full_refresh" && interruptedIn(one.stream, streamStates(state)) === undefined;
	};
	return states.flatMap((state) => {
		if (state.stream) return readAnew(state.stream.stream_descriptor, state) ? [] : [state];
		if (!state.global) return [state];
		const left = state.global.stream_states.filter(({ stream_descriptor }) => !readAnew(stream_descriptor, state));
		return [{ ...state, global: { ...state.global, stream_states: left } }];
	});
}

function isSame(a: StreamDescriptor, b: StreamDescriptor): boolean {
	return a.name === b.name && (a.namespace ?? undefined) === (b.namespace ?? undefined);
}
