/** What is known of each stream of a run: what was read, what is committed, where it stands. */
import type { ConfiguredStream, RejectCount, StreamCommit } from "@growthnav/spec";
import { mostFirst } from "../../order.ts";
import type { Progress, StreamFinished, StreamRef } from "../events.ts";
import type { RecordAccount } from "./tap.ts";

export interface Counts {
	read: number;
	loaded: number;
	superseded: number;
	rejected: number;
	values_nulled: number;
	bytes: number;
}

export interface StreamTally extends RecordAccount {
	stream: string;
	namespace: string | undefined;
	/** As the destination calls it once it has told. */
	table: string;
	/** Undefined: the catalog does not have it. */
	configured: ConfiguredStream | undefined;
	/** Rows that the source itself could not read. */
	rejects: number;
	committed: Counts;
	reasons: Map<string, RejectCount>;
	leftOut: Map<string, number>;
	/** Milliseconds. */
	startedAt: number | undefined;
	committedAt: number | undefined;
	/** Of the last STATE that went on, and of the last one that came back. */
	cursorRead: string | null;
	cursorCommitted: string | null;
	estimate: number | null;
	/** What the source said last: COMPLETE or INCOMPLETE. */
	ended: "complete" | "incomplete" | undefined;
	/** The destination committed the last part of it. */
	settled: boolean;
	/** Its `stream_finished` is out. */
	told: boolean;
	pace: { at: number; read: number; perSecond: number };
}

export interface Tallies {
	/** Streams of the catalog in its order, then others in the order in which they came. */
	all(): StreamTally[];
	/** Makes a tally for a stream that the catalog does not have. */
	of(stream: string, namespace: string | undefined): StreamTally;
	/** For the tap: a stream whose namespace is not known yet; undefined where it must be. */
	guess(stream: string, namespace: string | undefined): StreamTally | undefined;
}

/** Streams that the catalog does not have and that are told one by one; all later ones are one stream without name. */
const MOST_STRANGERS = 1_000;

/** `strangersGoOn`: records of streams that the catalog does not have are the destination's to refuse. */
export function createTallies(streams: readonly ConfiguredStream[], strangersGoOn: boolean): Tallies {
	const tallies = new Map<string, StreamTally>();
	const keyOf = (stream: string, namespace: string | undefined) => JSON.stringify([namespace ?? null, stream]);
	const add = (stream: string, namespace: string | undefined, configured?: ConfiguredStream) => {
		const made = newTally(stream, namespace, configured, configured !== undefined || strangersGoOn);
		tallies.set(keyOf(stream, namespace), made);
		return made;
	};
	for (const one of streams) add(one.stream.name, one.stream.namespace, one);
	const crowded = () => tallies.size >= streams.length + MOST_STRANGERS;
	const other = () => tallies.get(keyOf("", undefined)) ?? add("", undefined);
	const of: Tallies["of"] = (stream, namespace) =>
		tallies.get(keyOf(stream, namespace)) ?? (crowded() ? other() : add(stream, namespace));
	return {
		all: () => [...tallies.values()],
		of,
		guess(stream, namespace) {
			if (namespace !== undefined || tallies.has(keyOf(stream, undefined))) return of(stream, namespace);
			const named = [...tallies.values()].filter((one) => one.stream === stream && one.configured);
			return named.length > 1 ? undefined : (named[0] ?? of(stream, undefined));
		},
	};
}

function newTally(
	stream: string,
	namespace: string | undefined,
	configured: ConfiguredStream | undefined,
	goesOn: boolean,
): StreamTally {
	return {
		stream,
		namespace,
		table: namespace === undefined ? stream : `${namespace}__${stream}`,
		configured,
		goesOn,
		records: 0,
		bytes: 0,
		rejects: 0,
		committed: noCounts(),
		reasons: new Map(),
		leftOut: new Map(),
		startedAt: undefined,
		committedAt: undefined,
		cursorRead: null,
		cursorCommitted: null,
		estimate: null,
		ended: undefined,
		settled: false,
		told: false,
		pace: { at: 0, read: 0, perSecond: 0 },
	};
}

export function noCounts(): Counts {
	return { read: 0, loaded: 0, superseded: 0, rejected: 0, values_nulled: 0, bytes: 0 };
}

/** Rows that came, also those that the source could not read. */
export function readOf(tally: StreamTally): number {
	return tally.records + tally.rejects;
}

export function refOf({ stream, namespace, table }: StreamTally): StreamRef {
	return { stream, namespace: namespace ?? null, table };
}

/** Adds what one commit did to a stream. */
export function addCommit(tally: StreamTally, commit: Omit<StreamCommit, "stream" | "namespace">, now: number): void {
	for (const name of ["read", "loaded", "superseded", "rejected", "values_nulled", "bytes"] as const) {
		tally.committed[name] += commit[name];
	}
	tally.table = commit.table;
	tally.startedAt ??= now;
	tally.committedAt = now;
	if (commit.complete) tally.settled = true;
	for (const one of commit.reasons ?? []) {
		const key = JSON.stringify([one.kind, one.code, one.reason, one.path ?? null]);
		const sum = tally.reasons.get(key);
		tally.reasons.set(key, { ...one, rows: one.rows + (sum?.rows ?? 0) });
	}
	for (const { rule, rows } of commit.left_out ?? []) tally.leftOut.set(rule, rows + (tally.leftOut.get(rule) ?? 0));
}

/** The pace is that of the last second or more; asking more often changes nothing. */
export function progressOf(tally: StreamTally, now: number): Progress {
	const { pace } = tally;
	const read = readOf(tally);
	if (pace.at === 0) Object.assign(pace, { at: tally.startedAt ?? now, read: 0 });
	if (now - pace.at >= 1000) {
		Object.assign(pace, { perSecond: Math.round(((read - pace.read) * 1000) / (now - pace.at)), at: now, read });
	}
	return {
		...refOf(tally),
		read,
		committed: tally.committed.read,
		rejected: tally.committed.rejected,
		bytes: tally.bytes,
		rows_per_s: pace.perSecond,
		cursor: tally.cursorRead ?? tally.cursorCommitted,
		estimate_rows: tally.estimate,
		status: statusOf(tally),
	};
}

function statusOf({ ended, settled, startedAt }: StreamTally): Progress["status"] {
	if (ended === "incomplete") return "incomplete";
	if (ended === "complete") return settled ? "complete" : "committing";
	return startedAt === undefined ? "waiting" : "reading";
}

/** A stream that is not complete tells all that was read, so that what is read again is seen. */
export function finishedOf(tally: StreamTally): StreamFinished {
	const { committed, startedAt, committedAt } = tally;
	const seconds = startedAt === undefined || committedAt === undefined ? 0 : (committedAt - startedAt) / 1000;
	const complete = tally.ended === "complete" && tally.settled;
	return {
		...refOf(tally),
		status: complete ? "complete" : "incomplete",
		...committed,
		...(!complete && { read: Math.max(readOf(tally), committed.read), bytes: Math.max(tally.bytes, committed.bytes) }),
		duration_s: Math.round(seconds * 1000) / 1000,
		cursor_to: tally.cursorCommitted,
		reasons: mostFirst(tally.reasons.values(), ({ reason, path }) => `${reason} ${path}`),
	};
}
