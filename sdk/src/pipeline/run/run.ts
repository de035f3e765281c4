/**
 * One run of a pipeline: states from the ledger, a catalog from the source, two processes and the pipe between them, and
 * an account of it all as events. What is committed is the destination's to say; what failed first is the verdict's.
 */
import { join } from "node:path";
import type { StatePayload } from "@growthnav/spec";
import { allErrors } from "../../errors.ts";
import { asOne } from "../connectors/death.ts";
import { askDiscover, askState } from "../connectors/one-shot.ts";
import { cursorIn, earliest, streamStates } from "../cursor.ts";
import type { Progress, RunEvent } from "../events.ts";
import { configureCatalog } from "../file/catalog.ts";
import { mappingErrors } from "../file/mapping-check.ts";
import { placedInFile } from "../file/places.ts";
import type { Plan } from "../file/plan.ts";
import { openStateBook } from "../state-book.ts";
import { renamingOf } from "./account.ts";
import { finish, type RunResult } from "./finish.ts";
import { sweepLogs } from "./folder.ts";
import { joinProcesses } from "./join.ts";
import { beginRecord, type RunRecorder } from "./record.ts";
import { createRejectEvents } from "./reject-events.ts";
import { openRunLog } from "./run-log.ts";
import { RUN_TIMES, type RunPoint, type RunState, type RunTimes } from "./run-state.ts";
import { sourceStates } from "./source-states.ts";
import { createStopSwitch, type StopSwitch } from "./stopping.ts";
import { createTallies, progressOf } from "./tally.ts";
import { createTotals } from "./totals.ts";
import { untilUnlocked } from "./unlocked.ts";

/** What stands on every line of `--json` beside the event itself. */
export interface EventStamp {
	/** RFC 3339, UTC, milliseconds. */
	time: string;
	run: number;
	pipeline: string;
}

export interface RunOptions {
	/** Called in the order of events; must not throw. */
	onEvent(event: RunEvent, stamp: EventStamp): void;
	times?: Partial<RunTimes>;
	/** Seconds to wait for a store that another program holds. */
	wait?: number;
	/** For tests: called at the points of `RUN_POINTS`. */
	crash?: (point: RunPoint) => void;
}

export interface Run {
	/** Never rejects for what happens to connectors or data: that stands in the result, and was told as events. */
	finished: Promise<RunResult>;
	/** Ctrl-C: the first call asks the source to stop, the second one ends it. A commit under way is always let finish. */
	stop(signal: "SIGINT" | "SIGTERM"): void;
	/** How every stream stands now; for live screens, which want it more often than the `progress` events. */
	progress(): Progress[];
}

/** The plan stays open: close it when nothing more is asked of it. */
export function startRun(plan: Plan, options: RunOptions): Run {
	const stop = createStopSwitch();
	let state: RunState | undefined;
	const finished = runThrough(plan, options, stop, (begun) => {
		state = begun;
	});
	return {
		finished,
		stop: (signal) => stop.throw(signal),
		progress: () => (state ? state.tallies.all().map((tally) => progressOf(tally, plan.host.now())) : []),
	};
}

/** The same where nobody stops it by hand; `signal` is a first Ctrl-C. */
export function runPipeline(plan: Plan, options: RunOptions & { signal?: AbortSignal }): Promise<RunResult> {
	const run = startRun(plan, options);
	if (options.signal?.aborted) run.stop("SIGINT");
	options.signal?.addEventListener("abort", () => run.stop("SIGINT"), { once: true });
	return run.finished;
}

async function runThrough(
	plan: Plan,
	options: RunOptions,
	stop: StopSwitch,
	onBegun: (run: RunState) => void,
): Promise<RunResult> {
	const startedAt = plan.host.now();
	const recorder = await beginRecord(plan.runs, plan.host, startedAt);
	const { record } = recorder;
	await sweepLogs(plan.runs, record.run);
	const log = openRunLog(join(plan.runs.path, `${record.run}.log`), plan.host.now);
	const emit = (event: RunEvent) =>
		options.onEvent(event, {
			time: new Date(plan.host.now()).toISOString(),
			run: record.run,
			pipeline: plan.name,
		});
	const run: RunState = {
		plan,
		record,
		previous: recorder.previous,
		startedAt,
		times: { ...RUN_TIMES, ...options.times },
		streams: [],
		tallies: createTallies([], plan.destination.connector.ours),
		totals: createTotals(),
		stop,
		log,
		emit,
		crash: options.crash ?? (() => {}),
		sourceErrors: [],
		destinationErrors: [],
		ownErrors: [],
		sawStatus: false,
		reading: undefined,
		statesSent: 0,
		statesBack: 0,
		unconfirmed: 0,
		epochs: 0,
		due: undefined,
		source: undefined,
		destination: undefined,
		firstGone: undefined,
	};
	onBegun(run);
	const timers = startTimers(run, recorder);
	try {
		run.crash("started");
		await work(run, recorder, options.wait ?? 0);
	} catch (thrown) {
		if (stop.reason() === undefined) run.ownErrors.push(...allErrors(thrown).map((error) => placedInFile(error, plan)));
	} finally {
		timers.stop();
	}
	const result = await finish(run);
	// a disk that has become full must not keep the end of the run from being told
	await recorder.end(result.exit_code).catch((thrown) => log.add("growthnav", String(thrown)));
	await log.close();
	const { errors: _errors, ...finished } = result;
	emit({ event: "run_finished", ...finished });
	return result;
}

/** Everything between the first and the last line of the log; throws what ends the run before anything moved. */
async function work(run: RunState, recorder: RunRecorder, wait: number): Promise<void> {
	const { plan, stop } = run;
	run.emit({ event: "phase", phase: "asking" });
	const { source, destination, scratch } = plan;
	const asking = { signal: stop.signal };
	const [offered, ledger] = await Promise.all([
		askDiscover({ ...source.ask, ...asking }, source.config),
		destination.connector.ours
			? untilUnlocked(run, wait, () => askState({ ...destination.ask, ...asking }, destination.config))
			: undefined,
	]);
	const { streams, errors } = configureCatalog(offered, {
		streams: plan.streams,
		account: plan.account,
		source: source.connector.name,
		destination: destination.connector.name,
		writes: destination.spec.supported_destination_sync_modes,
		startedAt: run.startedAt,
		saved: (ledger ?? []).flatMap(streamStates),
		where: plan.where,
	});
	errors.push(...mappingErrors(streams, plan.where));
	if (errors.length > 0) throw asOne(errors);
	run.streams = streams;
	run.tallies = createTallies(streams, destination.connector.ours);
	const book = ledger ? undefined : await openStateBook(plan.runs, run.tallies);
	const states = ledger ?? book?.saved() ?? [];
	tellStart(run, states);
	run.crash("planned");
	if (stop.reason() !== undefined) return;
	// sources of ours take the account from the catalog
	const renaming = source.connector.ours ? undefined : renamingOf(offered, streams);
	const catalog = await scratch.write("catalog.json", JSON.stringify({ streams }));
	const theirs = renaming && (await scratch.write("catalog.json", JSON.stringify({ streams: renaming.streams })));
	const config = await scratch.write("config.json", JSON.stringify(source.config));
	const given = sourceStates(states, streams);
	const state = await scratch.write("state.json", JSON.stringify(renaming?.states(given) ?? given));
	const target = await scratch.write("config.json", JSON.stringify(destination.config));
	run.emit({ event: "phase", phase: "reading" });
	await joinProcesses(run, {
		sourceArgs: ["read", "--config", config, "--catalog", theirs ?? catalog, "--state", state],
		destinationArgs: ["write", "--config", target, "--catalog", catalog],
		renaming,
		rejects: createRejectEvents(run.emit),
		book,
		onCommit: () => recorder.committed(committedRows(run)),
	});
}

function committedRows(run: RunState): number {
	return run.tallies.all().reduce((sum, { committed }) => sum + committed.read, 0);
}

function tellStart(run: RunState, states: readonly StatePayload[]): void {
	const { plan, previous } = run;
	let goesOn = false;
	for (const { descriptor, state } of states.flatMap(streamStates)) {
		const tally = run.tallies
			.all()
			.find(({ stream, namespace }) => stream === descriptor.name && namespace === descriptor.namespace);
		if (tally?.configured?.sync_mode !== "incremental") continue;
		goesOn = true;
		tally.cursorCommitted = cursorIn(state, tally.configured.cursor_field);
	}
	run.emit({
		event: "run_started",
		source: plan.source.connector.name,
		destination: plan.destination.connector.name,
		version: plan.host.version,
		continues: goesOn,
		continues_at: earliest(run.tallies.all().map(({ cursorCommitted }) => cursorCommitted)),
		previous_run_finished: previous === undefined || previous.finished_at !== undefined,
		previous_committed_at: previous?.committed_at ?? null,
		previous_committed_rows: previous?.committed_rows ?? null,
		streams: run.streams.map(({ stream }) => stream.name),
	});
	for (const reference of [...plan.source.short, ...plan.destination.short]) {
		const message = `the value of ${reference} is too short to be removed from texts; a secret should be longer`;
		run.emit({ event: "log", level: "WARN", from: "growthnav", message });
	}
}

function startTimers(run: RunState, recorder: RunRecorder): { stop(): void } {
	const { minutes } = run.plan.limits;
	const tell = () => {
		for (const tally of run.tallies.all()) {
			if (tally.startedAt === undefined || tally.told) continue;
			run.emit({ event: "progress", ...progressOf(tally, run.plan.host.now()) });
		}
		recorder.alive();
	};
	const progress = setInterval(tell, run.times.progress);
	const limit = minutes === undefined ? undefined : setTimeout(() => run.stop.throw("time_limit"), minutes * 60_000);
	return {
		stop() {
			clearInterval(progress);
			clearTimeout(limit);
		},
	};
}
