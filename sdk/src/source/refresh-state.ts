/** What a full refresh keeps of itself, so that an interrupted one goes on in its generation. Pure. */
import type { Json, JsonObject, StreamDescriptor } from "@growthnav/spec";
import { isObject, lastOf, type SavedStream } from "./saved-state.ts";

/** The state of a full refresh that goes on. The next one has another generation: it begins anew. */
export function refreshState(generation: number | null, resume: Json): JsonObject {
	return { generation_id: generation, resume };
}

/** The generation in which a full refresh of a resumable stream was interrupted; undefined where none was. */
export function interruptedIn(
	{ name, namespace, is_resumable }: StreamDescriptor & { is_resumable?: boolean },
	saved: readonly SavedStream[],
): number | undefined {
	if (is_resumable !== true) return undefined;
	const state = lastOf({ name, namespace }, saved);
	return isOfRefresh(state) && typeof state.generation_id === "number" ? state.generation_id : undefined;
}

/** Whether a state is one of these. */
export function isOfRefresh(state: Json | undefined): state is JsonObject {
	return isObject(state) && state.resume !== undefined && state.generation_id !== undefined;
}
