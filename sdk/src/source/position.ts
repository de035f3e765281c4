/** What a saved state says about one stream of ours. Pure. */
import type { Json, JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { cursorOf } from "./cursor.ts";
import type { StreamPlan } from "./plan.ts";
import { isOfRefresh } from "./refresh-state.ts";
import { isObject, lastOf, type SavedStream } from "./saved-state.ts";

/** What a state says about one stream of ours; slices keep their order. */
export interface Position {
	cursor: string | undefined;
	slices: Map<string, string | undefined>;
	/** Of each slice the keys of days that are replaced as a whole, as its state has them; "" where there are no slices. */
	days: Map<string, Json>;
	own: Json | undefined;
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
