/** What the parts of one run share. */
import type { ConfiguredStream, TraceError } from "@growthnav/spec";
import type { ConnectorError } from "../../errors.ts";
import type { Exit } from "../connectors/process.ts";
import type { RunEvent } from "../events.ts";
import type { Plan } from "../file/plan.ts";
import type { RunRecord } from "./folder.ts";
import type { RunLog } from "./run-log.ts";
import type { StopSwitch } from "./stopping.ts";
import type { Tallies } from "./tally.ts";
import type { Totals } from "./totals.ts";

/** Milliseconds; each is the default of a watch that ends a run which would otherwise hang. */
export const RUN_TIMES = {
	/** No record, state, status or sign of waiting from a source that is being waited for. */
	sourceSilence: 3 * 3_600_000,
	/** The destination neither takes bytes nor says anything. */
	destinationSilence: 3_600_000,
	/** From the end of input to the destination's exit: a large commit may be under way. */
	destinationEnd: 900_000,
	/** From the end of its output to the source's exit. */
	sourceEnd: 10_000,
	/** From the request to stop to the end of a source that goes on. */
	stopGrace: 10_000,
	/** Between two `progress` events of a stream. */
	progress: 5_000,
};
export type RunTimes = typeof RUN_TIMES;

export interface EndOfProcess {
	exit: Exit;
	lastLines: string[];
	/** growthnav ended it. */
	ended: boolean;
}

export interface RunState {
	plan: Plan;
	record: RunRecord;
	/** The end of the run before: undefined where this is the first. */
	previous: RunRecord | undefined;
	startedAt: number;
	times: RunTimes;
	streams: ConfiguredStream[];
	tallies: Tallies;
	totals: Totals;
	stop: StopSwitch;
	log: RunLog;
	emit(event: RunEvent): void;
	crash(point: RunPoint): void;
	/** TRACE ERROR messages, in the order in which they came. */
	sourceErrors: TraceError[];
	destinationErrors: TraceError[];
	/** What growthnav itself found: silence, a limit. */
	ownErrors: ConnectorError[];
	sawStatus: boolean;
	/** The last stream of which a record or status came. */
	reading: string | undefined;
	/** STATE messages that went on, and that came back. */
	statesSent: number;
	statesBack: number;
	/** States that a destination without a ledger did not confirm. */
	unconfirmed: number;
	epochs: number;
	/** A new config that must be on disk before anything else goes on. */
	due: Promise<void> | undefined;
	source: EndOfProcess | undefined;
	destination: EndOfProcess | undefined;
	/** Which end went away first. */
	firstGone: "source" | "destination" | undefined;
}

/** Points of a run at which tests kill growthnav; each may come many times. */
export const RUN_POINTS = [
	/** Numbered, nothing started yet. */
	"started",
	/** States and catalog are known. */
	"planned",
	/** Both processes run. */
	"joined",
	/** A piece of the source's output has gone on. */
	"passed",
	/** A STATE came back from the destination. */
	"state_back",
	/** The end of one process was seen. */
	"source_ended",
	"destination_ended",
] as const;
export type RunPoint = (typeof RUN_POINTS)[number];
