/**
 * A tap's state and ours. A tap has one state for all of it; ours are one per stream, so that a stream can start over
 * alone and a destination may commit one before the other. Where a state cannot be taken apart without doubt it stays
 * whole, as a GLOBAL one. Pure.
 */
import type { ConfiguredStream, Json, JsonObject, StatePayload, StreamDescriptor } from "@growthnav/spec";
import { ConnectorError, isConnectorError } from "../../errors.ts";
import { isObject } from "../../pipeline/file/shape.ts";
import { parseJson } from "../../protocol/index.ts";
import { isOfRefresh, refreshState } from "../../source/refresh-state.ts";
import { forcedMethod } from "./metadata.ts";
import type { WantedStream } from "./selection.ts";

/** Of everything else at the top level nobody knows whether it says how far a stream was read. */
const NOT_A_POSITION = ["bookmarks", "currently_syncing"];

/**
 * Whether a state is made of one bookmark per stream. An id that the catalog does not have may mean any stream, and an
 * empty state means none.
 */
export function isPerStream(state: Json, ids: ReadonlySet<string>): state is JsonObject {
	if (!isObject(state) || Object.keys(state).some((name) => !NOT_A_POSITION.includes(name))) return false;
	const { bookmarks = {} } = state;
	return isObject(bookmarks) && Object.keys(bookmarks).every((id) => ids.has(id));
}

/** What a tap says of one stream; undefined where it says nothing. */
export function bookmarkOf(state: Json, id: string): Json | undefined {
	const bookmarks = isObject(state) ? state.bookmarks : undefined;
	return isObject(bookmarks) && Object.hasOwn(bookmarks, id) ? bookmarks[id] : undefined;
}

/** A state without its bookmarks; that it has some stays to be seen. */
export function restOf(state: JsonObject): JsonObject {
	return "bookmarks" in state ? { ...state, bookmarks: {} } : state;
}

/** The part of a stream, with the rest of the tap's state. `n` numbers all states of a connection in their order. */
export function streamPart(state: JsonObject, id: string, n: number): JsonObject {
	const bookmark = bookmarkOf(state, id);
	return { ...(bookmark !== undefined && { bookmark }), rest: restOf(state), n };
}

/**
 * Of a full table that a tap would go on with in its middle: these are the words of taps that do. Any other bookmark of
 * a full table means nothing to a reading that begins.
 */
const GOES_ON = ["last_pk_fetched", "max_pk_values", "last_id_fetched", "max_id_value", "xmin", "ORA_ROWSCN"];

/** Whether the bookmark of a full table leads on in it. */
export function leadsOn(bookmark: Json | undefined): boolean {
	return isObject(bookmark) && GOES_ON.some((word) => bookmark[word] != null);
}

/** As `streamPart`, of a full table in its middle: it belongs to one generation. */
export function refreshPart(state: JsonObject, id: string, n: number, generation: number | null): JsonObject {
	return refreshState(generation, streamPart(state, id, n));
}

/** The text of a state file: an array, one state, NDJSON as a destination prints it, or nothing. */
export function statesIn(text: string, file: string): StatePayload[] {
	const trimmed = text.replace(/^\uFEFF/, "").trim();
	if (trimmed === "") return [];
	let why: string;
	try {
		const value = parseJson(trimmed);
		const states = payloadsIn(value);
		if (states.length > 0 || !isForeign(value)) return states;
		why = "it holds what no STATE of ours does, as bookmarks of a tap would be";
	} catch (thrown) {
		if (!isConnectorError(thrown)) throw thrown;
		why = thrown.message;
		const lines = trimmed.split("\n").filter((line) => line.trimStart().startsWith("{"));
		try {
			if (lines.length > 0) return lines.flatMap((line) => payloadsIn(parseJson(line)));
		} catch {
			// told below
		}
	}
	throw new ConnectorError("config.state_file", "The state file cannot be read", {
		where: file,
		why,
		next: "give the states that a destination printed, or leave --state out to read everything",
	});
}

/** Something stands in it, and it is no message. */
function isForeign(value: Json): boolean {
	return isObject(value) ? value.type === undefined && Object.keys(value).length > 0 : !Array.isArray(value);
}

function payloadsIn(value: Json): StatePayload[] {
	if (Array.isArray(value)) return value.flatMap(payloadsIn);
	if (!isObject(value)) return [];
	const state = (value.type === "STATE" && isObject(value.state) ? value.state : value) as unknown as StatePayload;
	return state.stream !== undefined || state.global !== undefined ? [state] : [];
}

export interface Joined {
	/** The tap's own state, as it said it; undefined: it begins. */
	value: JsonObject | undefined;
	/** The number of the latest part. */
	n: number;
	/** Streams that go on in the middle of a full table. */
	resumed: Set<string>;
}

/**
 * The tap's state out of ours, the latest word counting. A stream that is read whole begins without a bookmark, unless it
 * was interrupted in the generation that it is read in. Throws config.state_shared where that cannot be had.
 */
export function joinStates(saved: readonly StatePayload[], streams: readonly WantedStream[]): Joined {
	const parts = saved.flatMap((payload) => partsOf(payload, streams)).sort((a, b) => a.n - b.n);
	const whole = parts.findLast((part) => part.whole !== undefined);
	let value: Json | undefined = whole?.whole;
	const resumed = new Set<string>();
	for (const part of parts) {
		if (part.id === undefined || (whole && part.n <= whole.n)) continue;
		const known = isObject(value) ? value : {};
		const { bookmarks = {} } = known;
		const rest = part.rest ?? known;
		value = {
			...rest,
			...((part.bookmark !== undefined || "bookmarks" in rest) && {
				bookmarks: {
					...(isObject(bookmarks) && bookmarks),
					...(part.bookmark !== undefined && { [part.id]: part.bookmark }),
				},
			}),
		};
	}
	for (const { id, configured, entry } of streams) {
		if (configured.sync_mode !== "full_refresh") continue;
		const part = parts.findLast((one) => one.id === id);
		const generation = configured.generation_id ?? null;
		const isSame = part?.generation != null && part.generation === generation;
		if (isSame && leadsOn(part.bookmark)) resumed.add(id);
		else value = withoutBookmark(value, id, streams, forcedMethod(entry), configured);
	}
	const n = Math.max(0, ...parts.map((part) => part.n));
	return { value: isObject(value) && Object.keys(value).length > 0 ? value : undefined, n, resumed };
}

interface Part {
	n: number;
	whole?: Json;
	id?: string;
	bookmark?: Json;
	rest?: JsonObject;
	/** Of a full table in its middle. */
	generation?: number | null;
}

function partsOf({ stream, global }: StatePayload, streams: readonly WantedStream[]): Part[] {
	if (global) {
		const { shared_state: whole = {}, stream_states } = global;
		const n = Math.max(0, ...stream_states.map(({ stream_state }) => numberIn(stream_state)));
		const resuming = stream_states.flatMap(({ stream_descriptor, stream_state: state }): Part[] => {
			const id = idOf(stream_descriptor, streams);
			if (id === undefined || !isOfRefresh(state)) return [];
			const bookmark = bookmarkOf(whole, id);
			return [{ n, id, generation: generationOf(state), ...(bookmark !== undefined && { bookmark }) }];
		});
		return [{ n, whole }, ...resuming];
	}
	const id = stream && idOf(stream.stream_descriptor, streams);
	const state = stream?.stream_state;
	if (id === undefined || !isObject(state)) return [];
	const inner = isOfRefresh(state) ? state.resume : state;
	if (!isObject(inner)) return [];
	return [
		{
			n: numberIn(inner),
			id,
			...(inner.bookmark !== undefined && { bookmark: inner.bookmark }),
			...(isObject(inner.rest) && { rest: inner.rest }),
			...(isOfRefresh(state) && { generation: generationOf(state) }),
		},
	];
}

function generationOf({ generation_id }: JsonObject): number | null {
	return typeof generation_id === "number" ? generation_id : null;
}

function numberIn(given: Json | undefined): number {
	const state = isOfRefresh(given) ? given.resume : given;
	return isObject(state) && typeof state.n === "number" ? state.n : 0;
}

/** An account may stand in the place of the namespace, so the name decides. */
function idOf({ name }: StreamDescriptor, streams: readonly WantedStream[]): string | undefined {
	return streams.find((one) => one.name === name)?.id;
}

function withoutBookmark(
	state: Json | undefined,
	id: string,
	streams: readonly WantedStream[],
	forced: string | undefined,
	{ stream }: ConfiguredStream,
): Json | undefined {
	if (bookmarkOf(state ?? null, id) !== undefined) {
		const { [id]: _, ...bookmarks } = (state as JsonObject).bookmarks as JsonObject;
		return { ...(state as JsonObject), bookmarks };
	}
	if (state === undefined || isPerStream(state, new Set(streams.map((one) => one.id)))) return state;
	if (streams.every(({ configured }) => configured.sync_mode === "full_refresh")) return undefined;
	// a tap that was told FULL_TABLE does not look for a position
	if (forced === undefined || forced === "FULL_TABLE") return state;
	throw new ConnectorError("config.state_shared", `${stream.name} cannot be read whole beside streams that go on`, {
		where: `stream ${stream.name}`,
		why: "the tap keeps one state for all its streams, and would read only what is new",
		next: "read it in incremental mode as the others, or all of them in full_refresh",
		stream: stream.name,
	});
}
