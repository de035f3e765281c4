/** Where a state stands, for people: the cursor in it. States are a black box otherwise. Pure. */
import type { Json, StatePayload, StreamDescriptor } from "@growthnav/spec";
import { isObject } from "./file/shape.ts";

export interface StreamState {
	descriptor: StreamDescriptor;
	state: Json;
}

/** What a STATE says of each stream; LEGACY states say nothing of any. */
export function streamStates({ stream, global }: StatePayload): StreamState[] {
	const entries = stream ? [stream] : (global?.stream_states ?? []);
	return entries.map((entry) => ({ descriptor: entry.stream_descriptor, state: entry.stream_state ?? null }));
}

const TIME = /^\d{4}-\d{2}-\d{2}/;

/**
 * The cursor of a stream's state as text: ours by its name; of a foreign one the value of the configured cursor field,
 * else the only text in it that begins with a date. Null where there is none.
 */
export function cursorIn(state: Json, cursorField?: readonly string[]): string | null {
	if (!isObject(state)) return null;
	const own = textOf(state.cursor);
	if (own !== null) return own;
	if (isObject(state.slices)) return latest(Object.values(state.slices).map((slice) => cursorIn(slice as Json)));
	const last = cursorField?.at(-1);
	const named = last !== undefined && Object.hasOwn(state, last) ? textOf(state[last]) : null;
	if (named !== null) return named;
	const times = textsIn(state, 0).filter((text) => TIME.test(text));
	return times.length === 1 ? times[0]! : null;
}

/** The latest of several cursors that are times; null without any. */
export function latest(cursors: readonly (string | null)[]): string | null {
	return chosen(cursors, (a, b) => a > b);
}

export function earliest(cursors: readonly (string | null)[]): string | null {
	return chosen(cursors, (a, b) => a < b);
}

function chosen(cursors: readonly (string | null)[], better: (a: number, b: number) => boolean): string | null {
	let found: { text: string; at: number } | undefined;
	for (const text of cursors) {
		const at = text !== null && TIME.test(text) ? Date.parse(text) : Number.NaN;
		if (text !== null && !Number.isNaN(at) && (!found || better(at, found.at))) found = { text, at };
	}
	return found?.text ?? null;
}

function textOf(value: Json | undefined): string | null {
	if (typeof value === "string") return value;
	if (typeof value === "number") return String(value);
	return value !== undefined && JSON.isRawJSON(value) ? value.rawJSON : null;
}

function textsIn(value: Json, depth: number): string[] {
	if (typeof value === "string") return [value];
	if (depth > 4) return [];
	if (Array.isArray(value)) return value.flatMap((one) => textsIn(one, depth + 1));
	return isObject(value) ? Object.values(value).flatMap((one) => textsIn(one as Json, depth + 1)) : [];
}
