/**
 * BigQuery's rate limits per table, kept by waiting beforehand: a refused job counts against the limit too. That of DML,
 * 25 statements in ten seconds, needs none: those of a commit run one after the other and take a second each; where the
 * commits of others fill the queue of a table, the job waits as `errors/reasons.ts` says.
 */
import { ConnectorError } from "@growthnav/sdk/store";
import type { Clock } from "./clock.ts";

interface Limit {
	times: number;
	/** Milliseconds. */
	within: number;
}

/** https://cloud.google.com/bigquery/quotas: table metadata updates, table modifications per day. */
const METADATA: Limit = { times: 5, within: 10_000 };
const LOAD: Limit = { times: 1, within: 2_000 };
const MODIFICATIONS: Limit = { times: 1_500, within: 86_400_000 };
const MANY_NAMES = 10_000;
/** Nobody waits longer for a turn: that is the limit of the day. */
const LONGEST = 15 * 60_000;

export interface Pace {
	/** Before a DDL statement, `tables.insert` or `tables.patch` on the table. */
	metadata(table: string): Promise<void>;
	/** Before a load or copy job into the table: that is a metadata operation as well. */
	load(table: string): Promise<void>;
}

/** Turns are given in the order in which they are asked for; a name keeps its count when its table is dropped. */
export function openPace(clock: Clock): Pace {
	const taken = new Map<string, number[]>();

	/** When all these limits allow one more; it is noted as taken. */
	function reserve(table: string, limits: readonly [kind: string, limit: Limit][]): number {
		const now = clock.now();
		if (taken.size > MANY_NAMES) forget(now - MODIFICATIONS.within);
		const windows = limits.map(([kind, limit]) => {
			const key = `${kind} ${table}`;
			const times = (taken.get(key) ?? []).filter((time) => time > now - limit.within);
			taken.set(key, times);
			return { times, limit };
		});
		const free = windows.map(({ times, limit }) => (times.at(-limit.times) ?? -Infinity) + limit.within);
		const last = windows.map(({ times }) => times.at(-1) ?? -Infinity);
		const turn = Math.max(now, ...free, ...last);
		if (turn - now > LONGEST) throw exhausted(table);
		for (const { times } of windows) times.push(turn);
		return turn;
	}

	/** Every commit has tables of its own. */
	function forget(before: number): void {
		for (const [key, times] of taken) if (times.every((time) => time < before)) taken.delete(key);
	}

	async function until(turn: number): Promise<void> {
		// a timer may fire a little early
		for (let left = turn - clock.now(); left > 0; left = turn - clock.now()) await clock.sleep(Math.ceil(left));
	}

	return {
		metadata: async (table) => until(reserve(table, [["metadata", METADATA]])),
		load: async (table) =>
			until(
				reserve(table, [
					["metadata", METADATA],
					["load", LOAD],
					["modification", MODIFICATIONS],
				]),
			),
	};
}

function exhausted(table: string): ConnectorError {
	return new ConnectorError("transient.quota", `The table ${table} was loaded 1,500 times within a day`, {
		where: `table ${table}`,
		why: "BigQuery allows no more, failed loads included",
		next: "run again tomorrow, with longer epochs (epoch_seconds)",
	});
}
