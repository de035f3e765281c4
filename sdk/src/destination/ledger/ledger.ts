/**
 * The ledger: one row per commit, written in the same transaction as its rows. What it says of a stream is true of the
 * tables; so a source goes on from here, whatever happened to the process that wrote.
 */
import type { StatePayload, StreamDescriptor } from "@growthnav/spec";
import { streamId } from "../tables/names.ts";
import { parseVerbatim } from "./states.ts";

/** What one commit says of one stream, or of the whole connection where `stream` is absent (GLOBAL, LEGACY). */
export interface LedgerEntry {
	stream?: string;
	namespace?: string;
	/** The last STATE of the stream in this commit, as it came; null: states before this one are void. */
	state?: StatePayload | null;
	/** Rows of this commit, loaded or superseded. */
	rows?: number;
	generation?: number | null;
	/** Its rows went to a shadow. */
	shadow?: true;
	/** The shadow became the table. */
	published?: true;
	/** COMPLETE was seen in the run of this commit. */
	complete?: true;
}

/** A row of `_gn_commits` of one connection, as a store reads it. */
export interface CommitRow {
	epoch: number;
	batchId: string;
	/** RFC 3339, UTC. */
	committedAt: string;
	finished: boolean;
	entries: LedgerEntry[];
}

/** What all commits together say of one stream. */
export interface StreamLedger {
	stream: StreamDescriptor | undefined;
	state: StatePayload | undefined;
	stateCommittedAt: string | undefined;
	rows: number;
	generation: number | null | undefined;
	/** Its shadow holds rows of `generation` that are not published. */
	shadow: boolean;
	/** `generation` is what the table holds. */
	published: boolean;
}

export interface Ledger {
	/** Number and batch of the last commit; 0 and undefined before the first one. */
	epoch: number;
	batchId: string | undefined;
	/** By `streamId`, and under `WHOLE_CONNECTION`. */
	streams: Map<string, StreamLedger>;
}

/** The key of states that are of no one stream. */
export const WHOLE_CONNECTION = "";

/** The `states` of a ledger row. */
export function readEntries(text: string): LedgerEntry[] {
	return parseVerbatim(text) as unknown as LedgerEntry[];
}

/** Commits in the order in which they were made. */
export function readLedger(commits: readonly CommitRow[]): Ledger {
	const ledger: Ledger = { epoch: 0, batchId: undefined, streams: new Map() };
	for (const commit of commits) {
		ledger.epoch = commit.epoch;
		ledger.batchId = commit.batchId;
		for (const entry of commit.entries) {
			const key =
				entry.stream === undefined ? WHOLE_CONNECTION : streamId({ stream: entry.stream, namespace: entry.namespace });
			ledger.streams.set(key, withEntry(ledger.streams.get(key), entry, commit.committedAt));
		}
	}
	return ledger;
}

function withEntry(before: StreamLedger | undefined, entry: LedgerEntry, committedAt: string): StreamLedger {
	const { stream, namespace } = entry;
	const after: StreamLedger = before ?? {
		stream: stream === undefined ? undefined : namespace === undefined ? { name: stream } : { name: stream, namespace },
		state: undefined,
		stateCommittedAt: undefined,
		rows: 0,
		generation: undefined,
		shadow: false,
		published: false,
	};
	after.rows += entry.rows ?? 0;
	if (entry.state !== undefined) {
		after.state = entry.state ?? undefined;
		after.stateCommittedAt = entry.state === null ? undefined : committedAt;
	}
	if (entry.generation !== undefined) {
		after.generation = entry.generation;
		after.shadow = entry.shadow === true && entry.published !== true;
		after.published = entry.published === true || (after.published && entry.shadow !== true);
	}
	return after;
}

export interface CommittedState {
	/** As the source sent it, without `destinationStats`; print it as `{ type: "STATE", state }`. */
	state: StatePayload;
	/** Absent for GLOBAL and LEGACY states. */
	stream?: StreamDescriptor;
	/** RFC 3339, UTC. */
	committedAt: string;
	/** Rows of that stream that were committed since the ledger began (read, without rejects). */
	rows: number;
}

/**
 * The states from which a source may go on. Left out are those of an overwrite without generation that never became
 * complete: its next run starts over, in an empty shadow.
 */
export function committedStates(ledger: Ledger): CommittedState[] {
	return [...ledger.streams.values()]
		.filter((stream) => stream.state !== undefined && !(stream.shadow && stream.generation === null))
		.map(({ stream, state, stateCommittedAt, rows }) => ({
			state: state!,
			...(stream !== undefined && { stream }),
			committedAt: stateCommittedAt!,
			rows,
		}));
}
