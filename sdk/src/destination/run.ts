/**
 * The streams of a run and the epoch that gathers: records become lines of the spool, states vouch for what came before
 * them, and `seal` makes of it what one commit writes.
 */
import type { RecordPayload, Reject, StatePayload, StreamDescriptor } from "@growthnav/spec";
import type { ConnectorError } from "../errors.ts";
import type { SealedRun } from "./epochs/committer.ts";
import { entryOf, publishes, type SealContext, sealRun } from "./epochs/seal.ts";
import type { LedgerEntry } from "./ledger/ledger.ts";
import { checkForwards, echoOf, type HeldState, stateOf, streamOfState } from "./ledger/states.ts";
import type { DeadLetter } from "./rejects/dead-letters.ts";
import type { Strays } from "./rejects/strays.ts";
import { cover, type StreamRun, sinceTold } from "./stream-run.ts";
import { streamId } from "./tables/names.ts";

export interface RunContext extends SealContext {
	strays: Strays;
	/** A failure that does not end the run. */
	onError(error: ConnectorError): void;
}

export interface Run {
	streams: readonly StreamRun[];
	takeRecord(record: RecordPayload, seq: number, bytes: number): void;
	/** `text` is the line as it came. */
	takeState(state: StatePayload, text: string, seq: number): void;
	takeStatus(stream: StreamDescriptor, status: string, seq: number): void;
	takeReject(reject: Reject, seq: number, bytes: number): void;
	/** A line of a stream that is too long to be read. */
	refuse(stream: StreamRun, letter: DeadLetter, seq: number, bytes: number): void;
	find(stream: string, namespace: string | undefined): StreamRun | undefined;
	/**
	 * Milliseconds until the epoch should be sealed; undefined while nothing vouches for any of it. `now` is of
	 * `performance.now()`: a clock that is set back must not keep an epoch open.
	 */
	due(now: number): number | undefined;
	/** True where there is something to commit. */
	hasCovered(): boolean;
	/** The commits to make, in their order. */
	seal(end?: { clean: boolean }): Promise<SealedRun[]>;
}

/** Until the first commit, so that a person soon sees one. */
const FIRST_MILLISECONDS = 2_000;
/** Of STATE messages that are held. */
const STATE_BYTES = 16_000_000;

export function openRun(streams: StreamRun[], context: RunContext): Run {
	const { config, strays } = context;
	const byId = new Map(streams.map((stream) => [stream.plan.id, stream]));
	const byNamespace = Map.groupBy(streams, (stream) => stream.plan.namespace);
	const byName = new Map(
		[...byNamespace].map(([namespace, some]) => [namespace, new Map(some.map((one) => [one.plan.stream, one]))]),
	);
	const limit = Math.min(config.epoch_bytes, Math.floor(config.spool_quota / 3));
	let held: HeldState[] = [];
	let entries = new Map<string, LedgerEntry>();
	let touched: StreamRun[] = [];
	let bytes = 0;
	let stateBytes = 0;
	let sealable = false;
	let since = performance.now();
	let first = true;

	const touch = (stream: StreamRun) => {
		if (stream.touched) return;
		stream.touched = true;
		touched.push(stream);
	};

	/** Streams with a key are covered by any state: to read their rows again does no harm. */
	const coverTouched = (seq: number, all: boolean) => {
		const open: StreamRun[] = [];
		for (const stream of touched) {
			if (!stream.touched) continue;
			if (all || stream.plan.keyed) cover(stream, seq);
			else open.push(stream);
		}
		touched = open;
	};

	const takeStreamState = (stream: StreamRun, state: StatePayload, text: string, seq: number) => {
		if (stream.failed) return;
		try {
			checkForwards(stream.plan, stream.status === "incomplete" ? undefined : stream.lastState, state);
		} catch (thrown) {
			stream.failed = true;
			stream.touched = false;
			context.onError(thrown as ConnectorError);
			return;
		}
		stream.lastState = state;
		cover(stream, seq);
		coverTouched(seq, false);
		const { rows, refused } = sinceTold(stream);
		hold({ message: echoOf(text, rows, refused), stream: stream.plan.id, seq }, text.length);
		entries.set(stream.plan.id, { ...entryOf(stream), state: stateOf(text) });
	};

	const takeWholeState = (text: string, seq: number) => {
		coverTouched(seq, true);
		let [rows, refused] = [0, 0];
		for (const stream of streams) {
			const sent = sinceTold(stream);
			rows += sent.rows;
			refused += sent.refused;
		}
		hold({ message: echoOf(text, rows, refused), stream: undefined, seq }, text.length);
		entries.set("", { state: stateOf(text) });
	};

	const hold = (state: HeldState, length: number) => {
		held.push(state);
		stateBytes += length;
		sealable = true;
	};

	const stray = (stream: string, namespace: string | undefined, seq: number, size: number, raw: string) =>
		strays.take(
			{ stream, namespace, bytes: size, seq },
			{ kind: "record", code: "unknown_stream", reason: `the catalog has no stream ${stream}`, raw },
		);

	return {
		streams,
		find: (stream, namespace) => byName.get(namespace)?.get(stream),
		takeRecord(record, seq, size) {
			bytes += size;
			const stream = byName.get(record.namespace)?.get(record.stream);
			if (stream === undefined) {
				return stray(record.stream, record.namespace, seq, size, JSON.stringify(record.data));
			}
			if (stream.failed) return;
			touch(stream);
			// its end was not the end
			stream.status = "running";
			stream.take(record, seq, size);
		},
		takeReject(reject, seq, size) {
			const stream = byName.get(reject.namespace)?.get(reject.stream);
			if (stream === undefined) {
				return stray(reject.stream, reject.namespace, seq, size, JSON.stringify(reject.raw ?? null));
			}
			if (stream.failed) return;
			touch(stream);
			stream.takeReject(reject, seq, size);
		},
		refuse(stream, letter, seq, size) {
			if (stream.failed) return;
			touch(stream);
			stream.refuse(letter, seq, size);
		},
		takeState(state, text, seq) {
			const descriptor = streamOfState(state);
			if (descriptor === undefined) return takeWholeState(text, seq);
			const stream = byId.get(streamId({ stream: descriptor.name, namespace: descriptor.namespace }));
			if (stream !== undefined) return takeStreamState(stream, state, text, seq);
			strays.take(
				{ stream: descriptor.name, namespace: descriptor.namespace, bytes: text.length, seq },
				{
					kind: "line",
					code: "unknown_stream",
					reason: "a STATE of a stream that the catalog does not have",
					raw: text,
				},
			);
		},
		takeStatus(descriptor, status, seq) {
			const stream = byId.get(streamId({ stream: descriptor.name, namespace: descriptor.namespace }));
			if (stream === undefined || stream.failed) return;
			if (status === "INCOMPLETE") stream.status = "incomplete";
			else if (status !== "COMPLETE") stream.status = stream.status === "unseen" ? "running" : stream.status;
			else {
				stream.status = "complete";
				// what a full read brings is complete without a state; rows of another wait for theirs
				const stateless = stream.plan.fullRefresh && stream.lastState === undefined;
				if (!stream.table.shadow && !stateless && !stream.plan.keyed) return;
				cover(stream, seq);
				sealable ||= stream.table.shadow || stateless;
			}
		},
		due(now) {
			if (!sealable) return undefined;
			if (bytes >= limit || stateBytes >= STATE_BYTES) return 0;
			const age = first ? FIRST_MILLISECONDS : config.epoch_seconds * 1000;
			return Math.max(0, since + Math.min(age, config.epoch_seconds * 1000) - now);
		},
		hasCovered: () =>
			held.length > 0 ||
			strays.tallies.size > 0 ||
			streams.some((stream) => stream.covered.read > 0 || publishes(stream)),
		async seal(end) {
			if (end?.clean === true) for (const stream of streams) cover(stream, Number.MAX_SAFE_INTEGER);
			const states = held;
			const said = entries;
			held = [];
			entries = new Map();
			bytes = 0;
			stateBytes = 0;
			sealable = false;
			first = false;
			since = performance.now();
			return sealRun(context, { streams, states, entries: said, strays, finished: end?.clean === true });
		},
	};
}
