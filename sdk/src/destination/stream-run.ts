/** A stream in the course of a run: how far states vouch for it, what waits, how it ended. */
import type { StatePayload } from "@growthnav/spec";
import type { SpoolPart } from "./contract.ts";
import { cutParts, type WaitingPart } from "./epochs/coverage.ts";
import type { LoadPart } from "./epochs/epoch.ts";
import type { StreamWriter } from "./stream-writer.ts";
import { moveTally, newTally, type Tally } from "./tally.ts";

export interface StreamRun extends StreamWriter {
	status: "unseen" | "running" | "complete" | "incomplete";
	/** Its state went backwards: nothing more of it is taken. */
	failed: boolean;
	/** Has records that no state line came after. */
	touched: boolean;
	/** Rows up to this `_gn_seq` are covered. */
	through: number;
	lastState: StatePayload | undefined;
	/** Parts of earlier seals of which rows wait, by kind of file. */
	waiting: Record<FileKind, WaitingPart[]>;
	/** Sealed so far, and told by its states so far. */
	past: Sent;
	told: Sent & { complete: boolean };
}

export interface Sent {
	rows: number;
	refused: number;
}

const KINDS = ["rows", "conversions", "letters", "resolved"] as const;
export type FileKind = (typeof KINDS)[number];

export function startStream(writer: StreamWriter): StreamRun {
	return {
		...writer,
		status: "unseen",
		failed: false,
		touched: false,
		through: 0,
		lastState: undefined,
		waiting: { rows: [], conversions: [], letters: [], resolved: [] },
		past: { rows: 0, refused: 0 },
		told: { rows: 0, refused: 0, complete: false },
	};
}

/** Everything of the stream up to `seq` may be committed. */
export function cover(run: StreamRun, seq: number): void {
	moveTally(run.open, run.covered);
	run.through = seq;
	run.touched = false;
}

/** What came since the last time it was asked: rows, loaded or superseded, and records refused here. */
export function sinceTold(run: StreamRun): Sent {
	const rows = run.past.rows + run.covered.rows + run.open.rows;
	const refused = run.past.refused + run.covered.refused + run.open.refused;
	const since = { rows: rows - run.told.rows, refused: refused - run.told.refused };
	run.told.rows = rows;
	run.told.refused = refused;
	return since;
}

export interface SealedStream {
	tally: Tally;
	parts: Record<FileKind, LoadPart[]>;
	/** Files of which nothing waits any more. */
	done: SpoolPart[];
}

/** Takes out what is covered; the rest waits for the next seal. */
export function sealStream(run: StreamRun, sealed: ReadonlyMap<string, SpoolPart[]>): SealedStream {
	const tally = newTally();
	moveTally(run.covered, tally);
	run.past.rows += tally.rows;
	run.past.refused += tally.refused;
	const rows = { rows: tally.rows, conversions: tally.converted, letters: tally.letters, resolved: tally.resolved };
	const result: SealedStream = { tally, parts: { rows: [], conversions: [], letters: [], resolved: [] }, done: [] };
	for (const kind of KINDS) {
		const added = (sealed.get(run.files[kind]) ?? []).map((part) => ({ part, after: undefined, rows: part.rows }));
		const cut = cutParts([...run.waiting[kind], ...added], rows[kind], run.through);
		run.waiting[kind] = cut.keep;
		result.parts[kind] = cut.take;
		result.done.push(...cut.done);
	}
	return result;
}
