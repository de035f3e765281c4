/**
 * Restated reports: the rows of a day are replaced as a whole by those that a later read brings. Keyed rows replace
 * themselves; what a read no longer brings must go. So the keys of the days that will be read again are kept in the
 * state, and those that are missing at the end of a window are sent as deleted. Pure.
 */
import type { Json, JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { memberReader, setMember } from "../schema/member.ts";
import type { Window } from "./horizon.ts";
import type { StreamPlan } from "./plan.ts";

/** Of one slice; more would make each state larger than what lies between two of them. */
export const MOST_KEYS = 50_000;

export interface ReplacedDays {
	/** Rows of the window that is being read. */
	observe(rows: readonly unknown[]): void;
	/** The keys that the window had and has no more, each as a row; from now on it has those that were observed. */
	replace(window: Window): JsonObject[];
	/** Days before this one are not read again. */
	forget(before: string): void;
	/**
	 * By day the keys of its rows, without the day. Those of a window that is still being read are in it: a state of
	 * another slice lets their rows land, and the window may never come to its end.
	 */
	state(): JsonObject;
}

/** By the text of a key what it consists of. */
type Keys = Map<string, Json[]>;

/** `saved` is what `state` answered. Throws `data.too_many_to_replace`. */
export function createReplacedDays({ name, cursor, key }: StreamPlan, saved: Json | undefined): ReplacedDays {
	const dayField = cursor!.field;
	const others = key.filter((field) => field !== dayField);
	const readers = others.map(memberReader);
	const dayOf = memberReader(dayField);
	let days = new Map<string, Keys>(Object.entries(keysByDay(saved)).map(([day, keys]) => [day, byText(keys)]));
	let seen = new Map<string, Keys>();
	let held = sizeOf(days);

	const asRow = (day: string, values: Json[]): JsonObject => {
		const row: JsonObject = { [dayField]: day };
		for (const [at, field] of others.entries()) setMember(row, field, values[at]);
		return row;
	};

	return {
		observe(rows) {
			for (const row of rows) {
				if (typeof row !== "object" || row === null) continue;
				const day = dayOf(row);
				const values = readers.map((read) => read(row) as Json | undefined);
				if (typeof day !== "string" || values.some((value) => value === undefined || value === null)) continue;
				const keys = seen.get(day) ?? new Map();
				seen.set(day, keys.set(JSON.stringify(values), values as Json[]));
			}
			if (held + sizeOf(seen) > 2 * MOST_KEYS) throw tooMany(name, held + sizeOf(seen));
		},
		replace({ since, until }) {
			const gone: JsonObject[] = [];
			for (const [day, keys] of days) {
				if (day < since! || day >= until) continue;
				for (const [text, values] of keys) if (!seen.get(day)?.has(text)) gone.push(asRow(day, values));
				days.delete(day);
			}
			days = together(days, seen);
			seen = new Map();
			return gone;
		},
		forget(before) {
			for (const day of days.keys()) if (day < before) days.delete(day);
			held = sizeOf(days);
			if (held > MOST_KEYS) throw tooMany(name, held);
		},
		state: () => Object.fromEntries([...together(days, seen)].map(([day, keys]) => [day, [...keys.values()]])),
	};
}

function together(days: Map<string, Keys>, more: Map<string, Keys>): Map<string, Keys> {
	const all = new Map(days);
	for (const [day, keys] of more) all.set(day, new Map([...(all.get(day) ?? []), ...keys]));
	return all;
}

function keysByDay(saved: Json | undefined): Record<string, Json[][]> {
	return typeof saved === "object" && saved !== null && !Array.isArray(saved)
		? (saved as Record<string, Json[][]>)
		: {};
}

function byText(keys: Json[][]): Keys {
	return new Map(keys.map((values) => [JSON.stringify(values), values]));
}

function sizeOf(days: Map<string, Keys>): number {
	let size = 0;
	for (const keys of days.values()) size += keys.size;
	return size;
}

function tooMany(stream: string, size: number): ConnectorError {
	return new ConnectorError("data.too_many_to_replace", `${stream} has more rows in days to come again than are kept`, {
		stream,
		why: `${size} keys would have to stand in the state of a slice, ${MOST_KEYS} may`,
		next: "read fewer days again (lookback), cut the stream into more slices, or ask the vendor for coarser rows",
	});
}
