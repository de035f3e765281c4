/**
 * Commits sealed epochs, one at a time, while the next one gathers. Only after the store has committed do the states
 * go out, in the order in which they came, then the report of the commit; then the files go.
 */
import type { CommitReport, Message } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import type { SpoolPart } from "../contract.ts";
import type { Crash } from "../crash.ts";
import type { Spool } from "../spool/spool.ts";
import type { Store } from "../store.ts";
import type { SealedEpoch } from "./epoch.ts";
import { type Counted, commitReport } from "./report.ts";

export interface SealedRun {
	/** `loadedAt` is RFC 3339 in UTC, the time at which its commit begins. */
	epochAt(loadedAt: string): SealedEpoch;
	counted: Counted;
	/** STATE messages with their counts, to be sent after the commit. */
	states: Message[];
	/** Files that the commit makes superfluous. */
	done: SpoolPart[];
}

export interface Committer {
	/** Waits for what is being committed, starts these, one after the other, and answers at once. Throws what that threw. */
	start(sealed: readonly SealedRun[]): Promise<void>;
	/** Resolves when nothing is being committed; throws what the last commit threw. */
	idle(): Promise<void>;
	busy(): boolean;
	/** Of the last thousand commits. */
	reports: CommitReport[];
}

export interface CommitterContext {
	store: Store;
	spool: Spool;
	send: (message: Message) => Promise<void> | void;
	crash: Crash | undefined;
	/** Milliseconds that one commit may take, beside those for its bytes. */
	deadline: number;
	onCommit: (report: CommitReport) => void;
	/** So that whoever waits for input hears of it. */
	onFailure: (error: unknown) => void;
}

const MOST_REPORTS = 1_000;

export function openCommitter(context: CommitterContext): Committer {
	const reports: CommitReport[] = [];
	let running: Promise<void> | undefined;
	const idle = async () => {
		await running;
	};
	return {
		reports,
		idle,
		busy: () => running !== undefined,
		async start(sealed) {
			await idle();
			running = (async () => {
				for (const one of sealed) {
					const report = await commitAndTell(context, one);
					if (reports.push(report) > MOST_REPORTS) reports.shift();
					context.onCommit(report);
				}
				running = undefined;
			})();
			running.catch(context.onFailure);
		},
	};
}

async function commitAndTell(context: CommitterContext, sealed: SealedRun): Promise<CommitReport> {
	const { store, spool, send, crash } = context;
	const startedAt = performance.now();
	const epoch = sealed.epochAt(new Date().toISOString());
	const deadline = context.deadline + bytesOf(epoch) / SLOWEST;
	const outcome = await within(deadline, store.commit(epoch), store.name);
	const seconds = Math.round(performance.now() - startedAt) / 1000;
	crash?.("before_states");
	for (const state of sealed.states) {
		await send(state);
		crash?.("between_states");
	}
	crash?.("after_states");
	const report = commitReport(sealed.counted, outcome, seconds);
	await send({ type: "LOG", log: { level: "INFO", message: inWords(report), commit: report } });
	await spool.release(sealed.done);
	return report;
}

/** Bytes per millisecond of a line that is slow, but not dead: a large backfill takes its time. */
const SLOWEST = 250;

function bytesOf({ streams, deadLetters, resolved }: SealedEpoch): number {
	const parts = [...streams.flatMap(({ rows, conversions }) => [...rows, ...conversions]), ...deadLetters, ...resolved];
	return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

function inWords({ epoch, streams, seconds, lag_s, bytes_billed, cost_usd }: CommitReport): string {
	const sum = (field: "read" | "loaded" | "superseded" | "rejected") =>
		streams.reduce((total, stream) => total + stream[field], 0);
	return (
		`Epoch ${epoch} is committed: ${sum("read")} rows, ${sum("loaded")} loaded, ${sum("superseded")} superseded, ` +
		`${sum("rejected")} rejected, in ${seconds} s` +
		(lag_s === undefined ? "" : `, ${lag_s} s after the oldest was read`) +
		(bytes_billed === undefined ? "" : `; ${bytes_billed} bytes billed`) +
		(cost_usd === undefined ? "" : `, ${cost_usd.toFixed(6)} dollars`)
	);
}

/** A store that does not answer is a failure like any other, not a program that hangs. */
export async function within<T>(milliseconds: number, work: Promise<T>, store: string): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(
			() =>
				reject(
					new ConnectorError(
						"transient.store_timeout",
						`${store} did not answer within ${Math.round(milliseconds / 1000)} s`,
						{
							why: "a commit or an opening took too long; whether it was made is seen in the ledger",
							next: "run again: it goes on from what is committed",
						},
					),
				),
			milliseconds,
		);
	});
	try {
		return await Promise.race([work, late]);
	} finally {
		clearTimeout(timer);
	}
}
