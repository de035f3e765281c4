/** Counting: what came of one stream between two states, and why something was refused. */
import type { RejectCount } from "@growthnav/spec";

export interface Tally {
	/** Records, and rows that the source itself could not read. */
	read: number;
	/** Of these, refused by the source or here. */
	rejected: number;
	/** Records refused here. */
	refused: number;
	/** Values of optional columns that became null. */
	nulled: number;
	/** Of record lines on the wire. */
	bytes: number;
	/** What the records became: conversions, refused and left out ones. */
	mapped: number;
	converted: number;
	conversionsRejected: number;
	leftOut: number;
	/** Lines in the spool, by kind of file. */
	rows: number;
	letters: number;
	resolved: number;
	deletions: boolean;
	/** When the oldest of its lines was read, by `performance.now()`: nobody sets that clock. */
	since: number | undefined;
	reasons: Map<string, RejectCount>;
	leftOutBy: Map<string, number>;
}

export function newTally(): Tally {
	return {
		read: 0,
		rejected: 0,
		refused: 0,
		nulled: 0,
		bytes: 0,
		mapped: 0,
		converted: 0,
		conversionsRejected: 0,
		leftOut: 0,
		rows: 0,
		letters: 0,
		resolved: 0,
		deletions: false,
		since: undefined,
		reasons: new Map(),
		leftOutBy: new Map(),
	};
}

const NUMBERS = [
	"read",
	"rejected",
	"refused",
	"nulled",
	"bytes",
	"mapped",
	"converted",
	"conversionsRejected",
	"leftOut",
	"rows",
	"letters",
	"resolved",
] as const satisfies (keyof Tally)[];

/** Moves everything of `from` to `into`; `from` is empty then. */
export function moveTally(from: Tally, into: Tally): void {
	for (const field of NUMBERS) {
		into[field] += from[field];
		from[field] = 0;
	}
	into.deletions ||= from.deletions;
	from.deletions = false;
	into.since = older(into.since, from.since);
	from.since = undefined;
	for (const [key, count] of from.reasons) {
		const known = into.reasons.get(key);
		if (known === undefined) into.reasons.set(key, count);
		else known.rows += count.rows;
	}
	from.reasons.clear();
	for (const [rule, rows] of from.leftOutBy) countLeftOut(into, rule, rows);
	from.leftOutBy.clear();
}

/** The smaller of two times, where there are two. */
export function older(one: number | undefined, other: number | undefined): number | undefined {
	return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

/** A rule's words hold the record's value: beyond so many different ones they are counted together. */
const MOST_RULES = 50;

export function countLeftOut(tally: Tally, rule: string, rows = 1): void {
	const known = tally.leftOutBy.get(rule);
	const counted = known !== undefined || tally.leftOutBy.size < MOST_RULES ? rule : "other values";
	tally.leftOutBy.set(counted, (tally.leftOutBy.get(counted) ?? 0) + rows);
}

/** Counts a refusal under its code and place; the first one's words stand for all. */
export function countReason(tally: Tally, reason: Omit<RejectCount, "rows">): void {
	const key = `${reason.kind} ${reason.code} ${reason.path ?? ""}`;
	const known = tally.reasons.get(key);
	if (known === undefined) tally.reasons.set(key, { ...reason, rows: 1 });
	else known.rows++;
}
