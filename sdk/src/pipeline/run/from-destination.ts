/** What the destination says: commits, states that came back, rejects, changes of schema. */
import type { CommitReport, LogPayload, Message, StatePayload } from "@growthnav/spec";
import { readMessages } from "../../protocol/index.ts";
import { MOST_ERRORS } from "../connectors/death.ts";
import type { Child } from "../connectors/process.ts";
import { cursorIn, streamStates } from "../cursor.ts";
import type { StateBook } from "../state-book.ts";
import { waitingOf } from "./from-source.ts";
import type { RejectEvents } from "./reject-events.ts";
import { shownLine } from "./run-log.ts";
import type { RunState } from "./run-state.ts";
import { addCommit, finishedOf, noCounts, refOf, type StreamTally } from "./tally.ts";

export interface DestinationHooks {
	rejects: RejectEvents;
	book: StateBook | undefined;
	alive(): void;
	/** Rows were committed. */
	onCommit(): void;
}

/** Reads the destination's output to its end. It never waits for anything else, so that the destination never does. */
export async function readDestination(destination: Child, run: RunState, hooks: DestinationHooks): Promise<void> {
	const commits = commitEvents(run);
	try {
		for await (const batch of readMessages(destination.stdout)) {
			hooks.alive();
			for (const { message, log, garbage } of batch) {
				if (message) await handle(message, run, hooks, commits);
				else run.log.add("destination", log ?? `a line that is no message: ${garbage ?? "too long"}`);
			}
			commits.flush();
		}
	} catch (thrown) {
		if ((thrown as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw thrown;
	}
	commits.flush();
}

async function handle(message: Message, run: RunState, hooks: DestinationHooks, commits: CommitEvents): Promise<void> {
	if (message.type === "STATE") {
		noteStateBack(message.state, run, hooks, commits);
		run.crash("state_back");
	} else if (message.type === "LOG") {
		noteLog(message.log, run, hooks, commits);
	} else if (message.type === "TRACE" && message.trace.error) {
		if (run.destinationErrors.length < MOST_ERRORS) run.destinationErrors.push(message.trace.error);
		run.log.add("destination", `error: ${message.trace.error.message}`);
	} else if (message.type === "CONTROL") {
		await run.plan.destination.renewed.keep(message.control.connectorConfig.config);
	}
}

function noteStateBack(state: StatePayload, run: RunState, hooks: DestinationHooks, commits: CommitEvents): void {
	run.statesBack++;
	commits.state();
	for (const { descriptor, state: inner } of streamStates(state)) {
		const tally = run.tallies.of(descriptor.name, descriptor.namespace);
		tally.cursorCommitted = cursorIn(inner, tally.configured?.cursor_field) ?? tally.cursorCommitted;
	}
	if (state.controlTotals) run.totals.addControl(state.controlTotals, state.stream?.stream_descriptor);
	if (hooks.book) {
		const report = confirmedReport(state, run, hooks.book);
		if (report) commits.add(report);
		hooks.onCommit();
	}
}

/** What a destination without commit reports has confirmed, in the form of one. */
function confirmedReport(state: StatePayload, run: RunState, book: StateBook): CommitReport | undefined {
	const confirmed = book.back(state).filter(({ read }) => read > 0);
	if (confirmed.length === 0) return undefined;
	return {
		epoch: ++run.epochs,
		batch_id: "",
		seconds: 0,
		streams: confirmed.map(({ tally, read, rejected, bytes }) => ({
			stream: tally.stream,
			...(tally.namespace !== undefined && { namespace: tally.namespace }),
			table: tally.table,
			...noCounts(),
			read,
			loaded: read - rejected,
			rejected,
			bytes,
		})),
		conversions: { mapped: 0, loaded: 0, superseded: 0, rejected: 0, left_out: 0 },
		totals: [],
	};
}

function noteLog(log: LogPayload, run: RunState, hooks: DestinationHooks, commits: CommitEvents): void {
	run.log.add("destination", `${log.level} ${log.message}`);
	if (log.commit) {
		commits.add(log.commit);
		run.epochs = log.commit.epoch;
		hooks.onCommit();
	} else if (log.reject) {
		hooks.rejects.tell(
			run.tallies.of(log.reject.stream, log.reject.namespace),
			log.reject,
			log.reject.kind ?? "record",
		);
	} else if (log.schema_change) {
		const { stream, namespace, table, from, to, column, path, change, mapping_touched } = log.schema_change;
		run.tallies.of(stream, namespace).table = table;
		run.emit({
			event: "schema_changed",
			stream,
			namespace: namespace ?? null,
			table,
			path,
			change,
			mapping_touched,
			from: from ?? null,
			to: to ?? null,
			column: column ?? null,
		});
	} else if (log.waiting) {
		run.emit({ event: "waiting", ...waitingOf(log.waiting) });
	} else {
		run.emit({ event: "log", level: log.level, from: "destination", message: shownLine(log.message) });
	}
}

interface CommitEvents {
	add(report: CommitReport): void;
	/** A state came back. */
	state(): void;
	/** Tells of the last commit, now that its states are counted. */
	flush(): void;
}

/** Where a report does not say how many states it covers, those that come with it are counted. */
function commitEvents(run: RunState): CommitEvents {
	let report: CommitReport | undefined;
	let states = 0;
	const flush = () => {
		if (!report) return;
		tell(report, report.states ?? states, run);
		report = undefined;
		states = 0;
	};
	return {
		add(next) {
			flush();
			report = next;
			account(next, run);
		},
		state() {
			states++;
		},
		flush,
	};
}

function account(report: CommitReport, run: RunState): void {
	const now = run.plan.host.now();
	for (const stream of report.streams) addCommit(run.tallies.of(stream.stream, stream.namespace), stream, now);
	run.totals.addCommit(report);
}

function tell(report: CommitReport, states: number, run: RunState): void {
	const tallies = report.streams.map(({ stream, namespace }) => run.tallies.of(stream, namespace));
	run.emit({
		event: "committed",
		epoch: report.epoch,
		streams: report.streams.map(({ loaded, superseded, rejected }, index) => ({
			...refOf(tallies[index]!),
			loaded,
			superseded,
			rejected,
		})),
		states,
		bytes: report.streams.reduce((sum, { bytes }) => sum + bytes, 0),
		commit_s: report.seconds,
		lag_s: report.lag_s ?? null,
		bytes_billed: report.bytes_billed ?? null,
		cost_usd: report.cost_usd ?? null,
	});
	for (const tally of tallies) if (tally.settled) tellFinished(tally, run);
}

/** Once per stream: when its last part is committed, or at the end of the run. */
export function tellFinished(tally: StreamTally, run: RunState): void {
	if (tally.told) return;
	tally.told = true;
	run.emit({ event: "stream_finished", ...finishedOf(tally) });
}
