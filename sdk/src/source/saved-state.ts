/** The state a read begins with: any form in which it is handed over, and what it says about one stream. Pure. */
import type { Json, JsonObject, StreamDescriptor } from "@growthnav/spec";
import { ConnectorError, isConnectorError } from "../errors.ts";
import { parseJson } from "../protocol/parse.ts";
import { cursorOf } from "./cursor.ts";
import type { StreamPlan } from "./plan.ts";

export interface SavedStream {
	descriptor: StreamDescriptor;
	state: Json;
}

/** What a state says about one stream of ours; slices keep their order. */
export interface Position {
	cursor: string | undefined;
	slices: Map<string, string | undefined>;
	/** Of each slice the keys of days that are replaced as a whole, as its state has them; "" where there are no slices. */
	days: Map<string, Json>;
	own: Json | undefined;
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

function isObject(value: Json | undefined): value is JsonObject {
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

function lastOf(
	{ name, namespace }: { name: string; namespace?: string | undefined },
	saved: readonly SavedStream[],
): Json | undefined {
	return saved.findLast(({ descriptor }) => descriptor.name === name && descriptor.namespace === namespace)?.state;
}

/** The position of a stream; the last state of its own name and namespace counts. Throws config.state_incompatible. */
export function positionOf(plan: StreamPlan, saved: readonly SavedStream[], reader: string, file: string): Position {
	const state = lastOf(plan, saved);
	const nothing: Position = { cursor: undefined, slices: new Map(), days: new Map(), own: undefined };
	if (state === undefined || state === null) return nothing;
	if (plan.mode === "full_refresh") return { ...nothing, own: unfinished(plan, state) };
	if (plan.cursor === undefined) return { ...nothing, own: isEmpty(state) || isOfRefresh(state) ? undefined : state };
	if (isEmpty(state)) return nothing;
	const reads = `${reader} reads by ${plan.cursor.field}`;
	if (!isObject(state)) throw incompatible(plan, file, `it is no object; ${reads}`);
	if (state.cursor_field !== undefined && state.cursor_field !== plan.cursor.field) {
		throw incompatible(plan, file, `its cursor is ${shownField(state.cursor_field)}; ${reads}`);
	}
	const slices = Object.entries(isObject(state.slices) ? state.slices : {});
	return {
		cursor: cursorIn(state, plan, file, reads),
		slices: new Map(
			slices.map(([id, slice]) => [id, isObject(slice) ? cursorIn(slice, plan, file, reads) : undefined]),
		),
		days: new Map([["", state] as const, ...slices].map(([id, slice]) => [id, isObject(slice) ? slice.days! : null])),
		own: undefined,
	};
}

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

function isOfRefresh(state: Json | undefined): state is JsonObject {
	return isObject(state) && state.resume !== undefined && state.generation_id !== undefined;
}

/** Without a generation nobody knows whether what was read before is still there. */
function unfinished({ definition, generation }: StreamPlan, state: Json): Json | undefined {
	if (!definition.resumable || generation === null) return undefined;
	return isOfRefresh(state) && state.generation_id === generation ? state.resume : undefined;
}

function cursorIn(holder: JsonObject, plan: StreamPlan, file: string, reads: string): string | undefined {
	const { cursor } = holder;
	if (cursor === undefined || cursor === null) return undefined;
	const { kind } = plan.cursor!;
	const text = typeof cursor === "number" || JSON.isRawJSON(cursor) ? JSON.stringify(cursor) : cursor;
	if (typeof text === "string" && cursorOf(kind).keyOf(text) !== undefined) return text;
	throw incompatible(plan, file, `its cursor is no ${kind}; ${reads}, a ${kind}`);
}

function isEmpty(state: Json): boolean {
	return isObject(state) && Object.keys(state).length === 0;
}

function shownField(field: Json): string {
	return typeof field === "string" ? field.slice(0, 100) : JSON.stringify(field).slice(0, 100);
}

function incompatible(plan: StreamPlan, file: string, why: string): ConnectorError {
	return new ConnectorError("config.state_incompatible", `The saved state of ${plan.name} does not fit the stream`, {
		stream: plan.name,
		where: `${file}, stream ${plan.name}${plan.namespace === undefined ? "" : ` of ${plan.namespace}`}`,
		why,
		next: `reset the state of ${plan.name} (state --reset ${plan.name}); keyed rows replace themselves, so nothing doubles`,
	});
}
