/**
 * Committed states for destinations without a ledger: kept in `state.json` the moment they come back, and with them how
 * many rows they confirm, which such a destination does not say.
 */
import type { Json, StatePayload } from "@growthnav/spec";
import { streamStates } from "./cursor.ts";
import type { RunFolder } from "./run/folder.ts";
import { readOf, type StreamTally, type Tallies } from "./run/tally.ts";

export const STATE_FILE = "state.json";

export interface Confirmed {
	tally: StreamTally;
	read: number;
	rejected: number;
	bytes: number;
}

export interface StateBook {
	/** States from which the source goes on. */
	saved(): StatePayload[];
	/** A STATE went on to the destination. */
	sent(state: StatePayload): void;
	/** It came back: what it confirms, beyond what was confirmed before. */
	back(state: StatePayload): Confirmed[];
	/** States that went on and never came back; LEGACY ones are known to be ignored. */
	unconfirmed(): number;
	/** Resolves when the last state is on disk. */
	flush(): Promise<void>;
}

interface Snapshot {
	key: string;
	text: string;
	at: Map<StreamTally, Omit<Confirmed, "tally">>;
}

/** `write` is not awaited per state: at most one is under way, and it takes the newest with it. */
export async function openStateBook(folder: RunFolder, tallies: Tallies): Promise<StateBook> {
	const read = await folder.read(STATE_FILE);
	const states = new Map<string, StatePayload>();
	for (const state of Array.isArray(read) ? (read as unknown as StatePayload[]) : []) states.set(keyOf(state), state);
	let pending: Snapshot[] = [];
	const confirmed = new Map<StreamTally, Omit<Confirmed, "tally">>();
	let writing: Promise<void> | undefined;
	let failed: unknown;
	let dirty = false;

	const write = () => {
		dirty = true;
		writing ??= (async () => {
			while (dirty) {
				dirty = false;
				await folder.write(STATE_FILE, [...states.values()]);
			}
		})()
			.catch((error) => {
				failed = error;
			})
			.finally(() => {
				writing = undefined;
			});
	};

	const isCountOf = ({ at }: Snapshot, { destinationStats }: StatePayload) => {
		const rows = [...at].map(([tally, { read, rejected }]) => {
			const before = confirmed.get(tally);
			return read - rejected - (before === undefined ? 0 : before.read - before.rejected);
		});
		return rows.reduce((sum, one) => sum + one, 0) === destinationStats?.recordCount;
	};

	return {
		saved: () => [...states.values()],
		sent(state) {
			if (state.type === undefined || state.type === "LEGACY") return;
			const covered = state.type === "STREAM" ? talliesOf(state, tallies) : tallies.all();
			const at = new Map(
				covered.map((tally) => [
					tally,
					{ read: readOf(tally), rejected: tally.rejects + (tally.goesOn ? 0 : tally.records), bytes: tally.bytes },
				]),
			);
			pending.push({ key: keyOf(state), text: textOf(state), at });
		},
		back(state) {
			const text = textOf(state);
			const equal = pending.flatMap((one, at) => (one.text === text ? [at] : []));
			// of equal ones the count tells which, where the destination returns some of its states only
			const same = equal.findLast((at) => isCountOf(pending[at]!, state)) ?? equal[0] ?? -1;
			// one that was written in another way is at least of the same stream
			const found = same >= 0 ? same : pending.findIndex((one) => one.key === keyOf(state));
			// what stands before it was confirmed with it: returning only the last state is legal; one of a stream says
			// nothing of other streams
			const key = keyOf(state);
			const isPassed = (one: Snapshot, at: number) => at <= found && (key === "" || one.key === key);
			const passed = pending.filter(isPassed);
			pending = pending.filter((one, at) => !isPassed(one, at));
			const { destinationStats: _stats, ...kept } = state;
			if (keyOf(state) === "") states.clear();
			states.set(keyOf(state), kept);
			write();
			const newest = new Map(passed.flatMap(({ at }) => [...at]));
			return [...newest].map(([tally, at]) => {
				const before = confirmed.get(tally) ?? { read: 0, rejected: 0, bytes: 0 };
				confirmed.set(tally, at);
				return {
					tally,
					read: at.read - before.read,
					rejected: at.rejected - before.rejected,
					bytes: at.bytes - before.bytes,
				};
			});
		},
		unconfirmed: () => pending.length,
		async flush() {
			await writing;
			if (failed !== undefined) throw failed;
		},
	};
}

function talliesOf(state: StatePayload, tallies: Tallies): StreamTally[] {
	return streamStates(state).map(({ descriptor }) => tallies.of(descriptor.name, descriptor.namespace));
}

/** One state per stream; a GLOBAL or LEGACY state is one for all. */
function keyOf({ type, stream }: StatePayload): string {
	return type === "STREAM" && stream
		? JSON.stringify([stream.stream_descriptor.name, stream.stream_descriptor.namespace ?? null])
		: "";
}

/** What makes a state itself, without the counts that each side adds. */
function textOf({ type, stream, global, data }: StatePayload): string {
	return JSON.stringify([type, stream ?? null, global ?? null, data ?? null] as Json[]);
}
