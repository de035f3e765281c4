/** What the source's lines mean for the run: the handlers of the tap. */
import type { LogPayload, Message, StatePayload, TracePayload } from "@growthnav/spec";
import { LONGEST_WAIT } from "../../protocol/additions.ts";
import { MOST_ERRORS } from "../connectors/death.ts";
import { cursorIn, streamStates } from "../cursor.ts";
import type { StateBook } from "../state-book.ts";
import type { RejectEvents } from "./reject-events.ts";
import { shownLine } from "./run-log.ts";
import type { RunState } from "./run-state.ts";
import { refOf, type StreamTally } from "./tally.ts";
import type { TapHandlers } from "./tap.ts";

export interface SourceHooks {
	rejects: RejectEvents;
	/** For destinations without a ledger. */
	book: StateBook | undefined;
	/** A sign of life that counts: not a log. */
	alive(): void;
}

/** To destinations of ours go records, states, statuses and what the source could not read; to others only the first three. */
export function sourceHandlers(run: RunState, hooks: SourceHooks): TapHandlers {
	const { tallies } = run;
	const toOurs = run.plan.destination.connector.ours;
	return {
		accountOf(stream, namespace, sure) {
			hooks.alive();
			const tally = sure ? tallies.of(stream, namespace) : tallies.guess(stream, namespace);
			if (tally) begin(run, tally);
			return tally;
		},
		onMessage(message) {
			if (message.type !== "LOG" || message.log.waiting || message.log.reject) hooks.alive();
			return handle(message, run, hooks, toOurs);
		},
		onGarbage(reason) {
			run.log.add("source", `a line that is no message: ${reason}`);
			return toOurs;
		},
		onText(line) {
			run.log.add("source", line);
			run.emit({ event: "log", level: "INFO", from: "source", message: shownLine(line) });
		},
	};
}

function handle(message: Message, run: RunState, hooks: SourceHooks, toOurs: boolean): boolean {
	switch (message.type) {
		case "STATE":
			noteState(message.state, run, hooks.book);
			return true;
		case "TRACE":
			return noteTrace(message.trace, run);
		case "LOG":
			noteLog(message.log, run, hooks, toOurs);
			return toOurs && message.log.reject !== undefined;
		case "CONTROL":
			run.due = run.plan.source.renewed.keep(message.control.connectorConfig.config);
			return false;
		default:
			return false;
	}
}

/** The first sign of a stream. */
function begin(run: RunState, tally: StreamTally): void {
	run.reading = tally.stream;
	if (tally.startedAt !== undefined) return;
	tally.startedAt = run.plan.host.now();
	run.emit({
		event: "stream_started",
		...refOf(tally),
		mode: tally.configured?.sync_mode ?? "full_refresh",
		write: tally.configured?.destination_sync_mode ?? "append",
		cursor_from: tally.cursorCommitted,
		estimate_rows: tally.estimate,
	});
}

function noteState(state: StatePayload, run: RunState, book: StateBook | undefined): void {
	run.statesSent++;
	for (const { descriptor, state: inner } of streamStates(state)) {
		const tally = run.tallies.of(descriptor.name, descriptor.namespace);
		begin(run, tally);
		tally.cursorRead = cursorIn(inner, tally.configured?.cursor_field) ?? tally.cursorRead;
	}
	book?.sent(state);
}

function noteTrace(trace: TracePayload, run: RunState): boolean {
	if (trace.type === "ERROR" && trace.error) {
		if (run.sourceErrors.length < MOST_ERRORS) run.sourceErrors.push(trace.error);
		run.log.add("source", `error: ${trace.error.message}`);
		return false;
	}
	if (trace.type === "ESTIMATE" && trace.estimate?.type === "STREAM") {
		const tally = run.tallies.of(trace.estimate.name, trace.estimate.namespace);
		tally.estimate = trace.estimate.row_estimate ?? tally.estimate;
		return false;
	}
	if (trace.type !== "STREAM_STATUS" || !trace.stream_status) return false;
	const { stream_descriptor, status, reasons } = trace.stream_status;
	const tally = run.tallies.of(stream_descriptor.name, stream_descriptor.namespace);
	run.sawStatus = true;
	if (status === "COMPLETE") tally.ended = "complete";
	else if (status === "INCOMPLETE") tally.ended = "incomplete";
	begin(run, tally);
	// a source of ours tells of its waits in a log, with more; and who has ended waits no more
	const waits = run.plan.source.connector.ours || tally.ended !== undefined ? [] : (reasons ?? []);
	for (const reason of waits) {
		const until = reason.rate_limited?.quota_reset;
		const wait_s =
			typeof until !== "number"
				? 0
				: Math.min(LONGEST_WAIT, Math.max(0, Math.round((until - run.plan.host.now()) / 1000)));
		run.emit({
			event: "waiting",
			stream: tally.stream,
			reason: "rate_limited",
			wait_s,
			try: null,
			of: null,
			request: null,
		});
	}
	return tally.configured !== undefined || tally.goesOn;
}

function noteLog(log: LogPayload, run: RunState, { rejects }: SourceHooks, toOurs: boolean): void {
	run.log.add("source", `${log.level} ${log.message}`);
	if (log.reject) {
		const tally = run.tallies.of(log.reject.stream, log.reject.namespace);
		begin(run, tally);
		tally.rejects++;
		// a destination of ours tells of it once it is kept
		if (!toOurs) rejects.tell(tally, log.reject, "record");
		return;
	}
	if (log.waiting) run.emit({ event: "waiting", ...waitingOf(log.waiting) });
	else run.emit({ event: "log", level: log.level, from: "source", message: shownLine(log.message) });
}

/** Absent is null in events. */
export function waitingOf(waiting: NonNullable<LogPayload["waiting"]>) {
	const { stream, reason, wait_s, of, request } = waiting;
	return {
		stream: stream ?? null,
		reason,
		wait_s,
		try: waiting.try ?? null,
		of: of ?? null,
		request: request == null ? null : shownLine(request),
	};
}
