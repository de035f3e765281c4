/** Reads that break off: nothing is lost, and no state runs ahead of its rows. */
import type { JsonObject } from "@growthnav/spec";
import { type Reading, readingOf } from "../../reading.ts";
import { covered, savedBy } from "../committed.ts";
import { compareAtLeast } from "../compare.ts";
import type { Check, Trial } from "../contract.ts";
import { errorsOf } from "./reading.ts";

/** So many places of a long read are tried; its beginning and its end are among them. */
const PLACES = 12;
/** Far enough ahead that nothing can have changed since. */
const FUTURE = { timestamp: "2999-01-01T00:00:00Z", date: "2999-01-01", integer: "999999999999999" };

export const RESUMING_CHECKS: Check[] = [
	{
		name: "resume: from every state",
		rule: "what a state covers and what is read from it are the whole together",
		run: async (trial) => {
			const whole = await trial.whole();
			const at = whole.messages.flatMap((message, index) => (message.type === "STATE" ? [index] : []));
			return eachPlace(at, async (index, number) => {
				const before = whole.messages.slice(0, index + 1);
				return goingOn(trial, before, `from state ${number} of ${at.length}`);
			});
		},
	},
	{
		name: "resume: killed after any page",
		rule: "a read that is killed and run again from what was committed loses nothing",
		run: async (trial) => {
			const { batches } = await trial.whole();
			const at = Array.from({ length: batches }, (_, index) => index + 1);
			return eachPlace(at, async (stopAfter) => {
				const { messages } = await trial.read({ stopAfter });
				return goingOn(trial, messages, `killed after batch ${stopAfter} of ${batches}`);
			});
		},
	},
	{
		name: "resume: nothing has changed",
		rule: "a second read from the last state brings less than the first, and ends well",
		run: async (trial) => {
			const whole = await trial.whole();
			const again = await trial.read({ state: savedBy(whole.messages) });
			const found = errorsOf(again, "the second read");
			for (const { name, supported_sync_modes, default_cursor_field: [cursor] = [] } of whole.catalog?.streams ?? []) {
				if (!supported_sync_modes?.includes("incremental")) continue;
				const [first, second] = [whole, again].map(({ records }) => records.get(name) ?? []);
				const moments = new Set(first!.map((row) => (cursor === undefined ? row : JSON.stringify(row[cursor]))));
				const lookback = (trial.source.streams as Record<string, { lookback?: string }>)[name]?.lookback;
				if (moments.size > 1 && lookback === undefined && second!.length >= first!.length)
					found.push(`${name} reads all ${first!.length} rows again though nothing has changed`);
			}
			return found;
		},
	},
	{
		name: "resume: nothing new at all",
		rule: "from a state of the far future a stream has no rows, one state, and is complete",
		run: async (trial) => {
			const whole = await trial.whole();
			const future = savedBy(whole.messages).map(({ descriptor, state }) => ({ descriptor, state: farAhead(state) }));
			const read = await trial.read({ state: future });
			const found = errorsOf(read, "from the far future");
			for (const { name, default_cursor_field } of whole.catalog?.streams ?? []) {
				if (default_cursor_field === undefined) continue;
				const rows = read.records.get(name)?.length ?? 0;
				if (rows > 0) found.push(`${name} has ${rows} rows from the far future: it does not ask by its cursor`);
				if (!read.statuses.includes(`${name} COMPLETE`)) found.push(`${name} is not complete without rows`);
			}
			return found;
		},
	},
];

/** Reads on from the states of a read that broke off; both together must be the whole. */
export async function goingOn(trial: Trial, before: Reading["messages"], when: string): Promise<string[]> {
	const whole = await trial.whole();
	const after = await trial.read({ state: savedBy(before) });
	const committed = readingOf(covered(before)).records;
	const records = new Map<string, JsonObject[]>();
	for (const { name } of whole.catalog?.streams ?? [])
		records.set(name, [...(committed.get(name) ?? []), ...(after.records.get(name) ?? [])]);
	return [...errorsOf(after, when), ...compareAtLeast(whole.records, records, whole.identify, when)];
}

/** Tries the places one by one, some of them where there are many; ends at the first that goes wrong. */
async function eachPlace(
	places: number[],
	run: (place: number, number: number) => Promise<string[]>,
): Promise<string[]> {
	const step = Math.max(1, (places.length - 1) / (PLACES - 1));
	const chosen = new Set(Array.from({ length: PLACES }, (_, index) => Math.round(index * step)));
	for (const [index, place] of places.entries()) {
		if (!chosen.has(index) && index !== places.length - 1) continue;
		const found = await run(place, index + 1);
		if (found.length > 0) return found;
	}
	return [];
}

/** The state with each of its cursors moved; a state of the stream's own making stays as it is. */
function farAhead(state: unknown): never {
	const moved = (value: unknown): unknown => {
		if (typeof value !== "object" || value === null) return value;
		if (Array.isArray(value)) return value.map(moved);
		return Object.fromEntries(
			Object.entries(value).map(([name, inner]) => [name, name === "cursor" ? later(inner) : moved(inner)]),
		);
	};
	return moved(state) as never;
}

function later(cursor: unknown): unknown {
	const text = String(cursor);
	if (/^-?\d+$/.test(text)) return FUTURE.integer;
	if (/^\d{4}-\d\d-\d\d$/.test(text)) return FUTURE.date;
	return text.endsWith("Z") || /[+-]\d\d:?\d\d$/.test(text) ? FUTURE.timestamp : FUTURE.timestamp.slice(0, -1);
}
