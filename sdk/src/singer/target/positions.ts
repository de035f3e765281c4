/**
 * Which states a target has answered. It is given a short position in the place of each state and gives it back when its
 * rows are written; so nothing that it does to numbers or texts can alter a state.
 */
import type { Json, JsonObject, StatePayload } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { isObject } from "../../source/saved-state.ts";
import { singerName } from "../as-tap/names.ts";

export interface Positions {
	/** A record of a stream goes out. */
	record(stream: string): void;
	/** A state goes out; answers what stands for it. */
	sent(state: StatePayload): Json;
	/**
	 * States that an object printed by the target stands for and that were not answered before, in the order in which
	 * they went out, with the rows that they confirm. Undefined where it is no state. Throws internal.unknown_state.
	 */
	answered(object: JsonObject): StatePayload[] | undefined;
	/** States that were not answered and before which no row is unanswered: they promise nothing. */
	withoutRows(): StatePayload[];
	/** Rows that stand before a state and were not answered, by stream as Singer has it. */
	unanswered(): { stream: string; rows: number }[];
}

interface Pending {
	number: number;
	state: StatePayload;
	/** Rows of each stream that it covers, from the start of the run. */
	rows: ReadonlyMap<string, number>;
}

/** `run` tells positions of this run from those of others. */
export function openPositions(run: string, program: string): Positions {
	const rows = new Map<string, number>();
	const answeredRows = new Map<string, number>();
	/** By stream; "" for states of all streams. */
	const pending = new Map<string, Pending[]>();
	const last = new Map<string, number>();
	let count = 0;

	const openRows = (one: Pending) =>
		[...one.rows].map(([stream, sent]) => ({ stream, rows: sent - (answeredRows.get(stream) ?? 0) }));

	/** The state itself and its count; those before it of the same stream are answered with it. */
	const confirm = (key: string, at: number): Pending & { confirmed: StatePayload } => {
		const one = pending
			.get(key)!
			.splice(0, at + 1)
			.at(-1)!;
		const recordCount = openRows(one).reduce((sum, open) => sum + Math.max(0, open.rows), 0);
		for (const [stream, sent] of one.rows) {
			answeredRows.set(stream, Math.max(sent, answeredRows.get(stream) ?? 0));
		}
		last.set(key, one.number);
		return { ...one, confirmed: { ...one.state, destinationStats: { recordCount } } };
	};
	const inOrder = (found: (Pending & { confirmed: StatePayload })[]) =>
		found.sort((a, b) => a.number - b.number).map(({ confirmed }) => confirmed);

	function numberIn(key: string, mark: Json | undefined): number {
		const position = isObject(mark) ? mark.position : undefined;
		const number = typeof position === "string" && position.startsWith(`${run}-`) ? position.slice(run.length + 1) : "";
		if (/^\d{1,15}$/.test(number)) return Number(number);
		throw unknownState(program, key);
	}

	return {
		record: (stream) => void rows.set(stream, (rows.get(stream) ?? 0) + 1),
		sent(state) {
			const key = keyOf(state);
			const covered = key === "" ? new Map(rows) : new Map([[key, rows.get(key) ?? 0]]);
			const number = ++count;
			const list = pending.get(key);
			if (list === undefined) pending.set(key, [{ number, state, rows: covered }]);
			else list.push({ number, state, rows: covered });
			return { position: `${run}-${number}` };
		},
		answered(object) {
			const value = object.type === "STATE" && isObject(object.value) ? object.value : object;
			if (value.bookmarks === undefined) return undefined;
			if (!isObject(value.bookmarks)) throw unknownState(program, "");
			const marks = Object.entries(value.bookmarks);
			if (value.global !== undefined) marks.push(["", value.global]);
			const found = marks.flatMap(([key, mark]) => {
				const number = numberIn(key, mark);
				if (number <= (last.get(key) ?? 0)) return [];
				const at = pending.get(key)?.findIndex((one) => one.number === number) ?? -1;
				if (at < 0) throw unknownState(program, key);
				return [confirm(key, at)];
			});
			return inOrder(found);
		},
		withoutRows() {
			const found = [...pending].flatMap(([key, list]) => {
				const at = list.findLastIndex((one) => openRows(one).every((open) => open.rows <= 0));
				return at < 0 ? [] : [confirm(key, at)];
			});
			return inOrder(found);
		},
		unanswered() {
			const open = new Map<string, number>();
			for (const one of [...pending.values()].flat()) {
				for (const { stream, rows } of openRows(one)) if (rows > 0) open.set(stream, rows);
			}
			return [...open].map(([stream, rows]) => ({ stream, rows }));
		},
	};
}

function keyOf({ type, stream }: StatePayload): string {
	return type === "STREAM" && stream !== undefined ? singerName(stream.stream_descriptor) : "";
}

function unknownState(program: string, stream: string): ConnectorError {
	return new ConnectorError("internal.unknown_state", `${program} printed a state that it was never given`, {
		where: `its output${stream === "" ? "" : `, bookmarks.${stream}`}`,
		why: "a target gives states back as they came; from another one nobody can tell which rows are written",
		next: `run again: what was confirmed before stays; report it to whoever made ${program}`,
	});
}
