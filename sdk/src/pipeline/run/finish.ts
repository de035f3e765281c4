/** The last events of a run, in their order: streams, conversions, balance, errors, the end. */
import type { Json } from "@growthnav/spec";
import { type ConnectorError, exitCodeOf } from "../../errors.ts";
import { mostFirst } from "../../order.ts";
import { earliest, latest } from "../cursor.ts";
import type { ErrorEvent, RunFinished } from "../events.ts";
import { literal, querySql } from "../sql.ts";
import { connectionOf } from "../state.ts";
import { tellFinished } from "./from-destination.ts";
import type { RunState } from "./run-state.ts";
import { readOf, type StreamTally } from "./tally.ts";
import { type ConversionsEvent, demoEvents, type StoredTotal } from "./totals.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

export interface RunResult extends RunFinished {
	errors: ConnectorError[];
}

/** Tells the end of a run and answers it. */
export async function finish(run: RunState): Promise<RunResult> {
	const stored = await storedFacts(run);
	for (const tally of run.tallies.all()) if (tally.configured || readOf(tally) > 0) tellFinished(tally, run);
	const conversions = conversionsOf(run, stored.totals);
	for (const event of conversions) run.emit(event);
	run.emit({ event: "balance", ...run.totals.counts(), left_out_by: leftOutBy(run) });
	const { errors, exitCode, status } = verdictOf(run, conversions);
	for (const error of errors) run.emit({ event: "error", ...errorEvent(error, run) });
	const finished: RunFinished = {
		status,
		exit_code: exitCode,
		duration_s: (run.plan.host.now() - run.startedAt) / 1000,
		...rowsOf(run),
		conversions: run.totals.counts().loaded,
		rejects_waiting: stored.rejectsWaiting,
		committed_through: committedThrough(run),
		next: nextStep(run, status, stored.rejectsWaiting),
	};
	return { ...finished, errors };
}

/** The latest cursor of all; where streams did not come to their end, the earliest of those. */
function committedThrough(run: RunState): string | null {
	const tallies = run.tallies.all().filter(({ configured }) => configured?.sync_mode === "incremental");
	const open = tallies.filter(({ ended, settled }) => !(ended === "complete" && settled));
	const cursors = (some: StreamTally[]) => some.map(({ cursorCommitted }) => cursorCommitted);
	return open.length > 0 ? earliest(cursors(open)) : latest(cursors(tallies));
}

function rowsOf(run: RunState) {
	const sum = (pick: (tally: StreamTally) => number) =>
		run.tallies.all().reduce((total, tally) => total + pick(tally), 0);
	return {
		read: sum((tally) => Math.max(readOf(tally), tally.committed.read)),
		loaded: sum(({ committed }) => committed.loaded),
		superseded: sum(({ committed }) => committed.superseded),
		rejected: sum(({ committed }) => committed.rejected),
	};
}

function leftOutBy(run: RunState) {
	const all = run.tallies
		.all()
		.flatMap(({ stream, leftOut }) => [...leftOut].map(([rule, rows]) => ({ stream, rows, rule })));
	return mostFirst(all, ({ stream, rule }) => `${stream} ${rule}`);
}

/** Rows that stay, and rows that will be read again: in every error of a run. */
export function errorEvent(error: ConnectorError, run: RunState): ErrorEvent {
	const tallies = run.tallies.all();
	const kept = tallies.reduce((total, { committed }) => total + committed.read, 0);
	const read = tallies.reduce((total, tally) => total + Math.max(readOf(tally), tally.committed.read), 0);
	return {
		code: error.code,
		kind: error.kind,
		exit_code: exitCodeOf(error),
		message: error.message,
		where: error.where ?? null,
		why: error.why ?? null,
		next: error.next ?? null,
		kept_rows: kept,
		again_rows: read - kept,
	};
}

interface StoredFacts {
	rejectsWaiting: number;
	/** Of a demo. */
	totals: StoredTotal[] | undefined;
}

/** What the store says after the run: refused rows that nobody decided on, and for a demo its sums. */
async function storedFacts(run: RunState): Promise<StoredFacts> {
	const { destination, demo, name } = run.plan;
	const refused = run.tallies.all().reduce((total, { committed }) => total + committed.rejected, 0);
	const begun = run.streams.length > 0;
	if (!begun || !destination.connector.ours || run.stop.isUrgent())
		return { rejectsWaiting: refused, totals: undefined };
	run.emit({ event: "phase", phase: "counting" });
	const connection = literal(connectionOf(run.plan));
	const waiting = `select '', '', '', '', count(*) as n, null as total from _gn_dead_letters where resolved_at is null and connection = ${connection}`;
	try {
		const { rows } = await querySql(destination, demo ? `${waiting} union all ${SUMS}` : waiting);
		const rejectsWaiting = Number(rows.find(([system]) => system === "")?.[4] ?? refused);
		return { rejectsWaiting, totals: demo && rows.filter(([system]) => system !== "").map(storedTotal) };
	} catch (thrown) {
		run.log.add("growthnav", `the store of ${name} could not be asked: ${(thrown as Error).message}`);
		return { rejectsWaiting: refused, totals: undefined };
	}
}

const SUMS = `select source_system, source_account, conversion_type, currency, count(*), sum(value)
from conversions group by source_system, source_account, conversion_type, currency`;

function storedTotal([system, account, type, currency, rows, value]: Json[]): StoredTotal {
	return {
		source_system: String(system),
		source_account: String(account),
		conversion_type: String(type),
		currency: currency == null ? null : String(currency),
		rows: Number(rows),
		value: value == null ? null : String(value),
	};
}

function conversionsOf(run: RunState, stored: StoredTotal[] | undefined): ConversionsEvent[] {
	const events = run.totals.events();
	const { demo } = run.plan;
	// a ledger is of everything: what did not come to its end, or was left out, cannot equal it
	const tallies = run.tallies.all().filter(({ configured }) => configured);
	const whole =
		run.plan.streams === undefined && tallies.every(({ ended, settled }) => ended === "complete" && settled);
	return demo && stored && whole ? demoEvents(stored, demo.expectedTotals, events) : events;
}

function nextStep({ plan }: RunState, status: Verdict["status"], rejectsWaiting: number): string | null {
	if (status === "stopped" || status === "failed") return plan.again;
	return rejectsWaiting > 0 ? plan.rejects : null;
}
