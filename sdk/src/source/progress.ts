/** How far a stream has come: cursors that only move forward, and never beyond what was read. Pure. */
import type { Json, JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { maskValue } from "../mask.ts";
import { type CursorKey, cursorText } from "./cursor.ts";
import type { StreamPlan } from "./plan.ts";
import type { Position } from "./position.ts";
import { refreshState } from "./refresh-state.ts";
import { createReplacedDays, type ReplacedDays } from "./replaced-days.ts";

export interface Progress {
	/** A slice that is being read. */
	slice(id: string): SliceProgress;
	/** The stream's own state; undefined when there is nothing to go on from. */
	own(state: Json | undefined): void;
	/** The state to save. */
	state(): Json;
	/** The greatest settled cursor of all slices. */
	furthest(): CursorKey | undefined;
}

export interface SliceProgress {
	/** Where a read begins: the saved cursor, moved back by the lookback, but not before `start`. */
	since(): string | undefined;
	/** Where a stream `replaces`. */
	days: ReplacedDays | undefined;
	/** Looks at rows. Throws data.not_sorted where the stream promised an order. */
	observe(rows: readonly unknown[]): void;
	/** What was observed counts from now on, but not beyond `most`: after every page of a sorted stream, else at the end. */
	settle(most: string | undefined): void;
	/** All before this cursor was read. */
	reach(cursor: string): void;
}

interface Reached {
	text: string;
	key: CursorKey;
}

/** `start` is where a slice without a cursor begins. */
export function createProgress(plan: StreamPlan, position: Position, start?: string): Progress {
	const { cursor, definition } = plan;
	const sliced = definition.slices !== undefined;
	const reached = (text: string | undefined): Reached | undefined =>
		text === undefined || cursor === undefined ? undefined : { text, key: cursor.keyOf(text)! };
	const slices = new Map<string, Reached | undefined>(
		sliced ? [...position.slices].map(([id, text]) => [id, reached(text)]) : [["", reached(position.cursor)]],
	);
	const days = new Map<string, ReplacedDays>();
	const daysOf = (id: string): ReplacedDays | undefined => {
		if (!definition.replaces || plan.mode === "full_refresh") return undefined;
		const found = days.get(id) ?? createReplacedDays(plan, position.days.get(id));
		days.set(id, found);
		return found;
	};
	for (const id of slices.keys()) daysOf(id);
	const first = reached(start);
	let ownState = position.own;

	const sinceOf = (saved: Reached | undefined): string | undefined => {
		if (saved === undefined) return start;
		const since = cursor!.movedBack(saved.text);
		const tooEarly = first !== undefined && first.key <= saved.key && cursor!.keyOf(since)! < first.key;
		return tooEarly ? first.text : since;
	};

	return {
		slice(id) {
			const order = createOrder(plan);
			// what it sends may land before it reaches anything
			if (definition.replaces && !slices.has(id)) slices.set(id, undefined);
			const moveTo = (to: Reached | undefined) => {
				const at = slices.get(id);
				slices.set(id, to === undefined || (at !== undefined && at.key >= to.key) ? at : to);
			};
			return {
				since: () => sinceOf(slices.get(id)),
				days: daysOf(id),
				observe: order.observe,
				settle(most) {
					const limit = reached(most);
					const at = order.greatest();
					moveTo(limit !== undefined && at !== undefined && at.key > limit.key ? limit : at);
				},
				reach: (text) => moveTo(reached(text)),
			};
		},
		own: (state) => {
			ownState = state;
		},
		state() {
			// after a full refresh there is nothing to go on from
			if (plan.mode === "full_refresh") return ownState === undefined ? {} : refreshState(plan.generation, ownState);
			if (cursor === undefined) return ownState ?? {};
			const states = [...slices].map(([id, at]): [string, JsonObject] => [
				id,
				{ ...(at && { cursor: at.text }), ...(days.has(id) && { days: days.get(id)!.state() }) },
			]);
			return { cursor_field: cursor.field, ...(sliced ? { slices: Object.fromEntries(states) } : states[0]![1]) };
		},
		furthest: () =>
			[...slices.values()].reduce<CursorKey | undefined>(
				(most, at) => (at !== undefined && (most === undefined || at.key > most) ? at.key : most),
				undefined,
			),
	};
}

/** The greatest cursor among rows, and whether they come in its order. */
function createOrder(plan: StreamPlan): { observe(rows: readonly unknown[]): void; greatest(): Reached | undefined } {
	const { cursor, definition } = plan;
	let greatest: Reached | undefined;
	let last: CursorKey | undefined;
	return {
		observe(rows) {
			if (cursor === undefined) return;
			let seen: unknown;
			for (const row of rows) {
				const value = fieldIn(row, cursor.field);
				if (value === seen) continue;
				seen = value;
				const key = cursor.keyOf(value);
				if (key === undefined) continue;
				if (definition.sorted && last !== undefined && key < last) throw notSorted(plan, value, last);
				last = key;
				if (greatest === undefined || key > greatest.key) greatest = { key, text: cursorText(value) };
			}
		},
		greatest: () => greatest,
	};
}

function fieldIn(row: unknown, field: string): unknown {
	return typeof row === "object" && row !== null && Object.hasOwn(row, field)
		? (row as Record<string, unknown>)[field]
		: undefined;
}

function notSorted(plan: StreamPlan, value: unknown, last: CursorKey): ConnectorError {
	const field = plan.cursor!.field;
	return new ConnectorError("data.not_sorted", `Rows of ${plan.name} do not come in the order of ${field}`, {
		stream: plan.name,
		why: `${maskValue(value)} came after ${maskValue(last)}; the stream is declared sorted, so earlier rows could be missed`,
		next: `leave out sorted in the definition of ${plan.name}, and reset its state`,
	});
}
