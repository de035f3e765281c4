/** How far a stream has come: cursors that only move forward, and never beyond what was read. Pure. */
import type { Json, JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { maskValue } from "../mask.ts";
import { type CursorKey, cursorText } from "./cursor.ts";
import type { StreamPlan } from "./plan.ts";
import type { Position } from "./saved-state.ts";

export interface Progress {
	/** The cursor from which a slice is read, moved back by the lookback. Slices begin one after the other. */
	begin(slice: string): string | undefined;
	/** Looks at rows of the begun slice. Throws data.not_sorted where the stream promised an order. */
	observe(rows: readonly unknown[]): void;
	/** What was observed counts from now on: after every page of a sorted stream, else when the slice has ended. */
	settle(): void;
	/** The stream's own state. */
	own(state: Json): void;
	/** The state to save. */
	state(): Json;
	/** The greatest settled cursor of all slices. */
	furthest(): CursorKey | undefined;
}

interface Reached {
	text: string;
	key: CursorKey;
}

export function createProgress(plan: StreamPlan, position: Position): Progress {
	const { cursor, definition } = plan;
	const sliced = definition.slices !== undefined;
	const reached = (text: string | undefined): Reached | undefined =>
		text === undefined || cursor === undefined ? undefined : { text, key: cursor.keyOf(text)! };
	const slices = new Map<string, Reached | undefined>(
		sliced ? [...position.slices].map(([id, text]) => [id, reached(text)]) : [["", reached(position.cursor)]],
	);
	let ownState = position.own;
	let current = "";
	let greatest: Reached | undefined;
	let last: CursorKey | undefined;

	return {
		begin(slice) {
			current = slice;
			greatest = slices.get(slice);
			last = undefined;
			return greatest === undefined ? undefined : cursor?.movedBack(greatest.text);
		},
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
		settle: () => void slices.set(current, greatest),
		own: (state) => {
			ownState = state;
		},
		state() {
			// after a full refresh there is nothing to go on from
			if (plan.mode === "full_refresh") return {};
			if (cursor === undefined) return ownState ?? {};
			const states = [...slices].map(([id, at]): [string, JsonObject] => [id, at ? { cursor: at.text } : {}]);
			return { cursor_field: cursor.field, ...(sliced ? { slices: Object.fromEntries(states) } : states[0]![1]) };
		},
		furthest: () =>
			[...slices.values()].reduce<CursorKey | undefined>(
				(most, at) => (at !== undefined && (most === undefined || at.key > most) ? at.key : most),
				undefined,
			),
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
