/** Runs pipelines one after the other on one screen: what `run`, `sync` and `demo` share. */
import { allErrors, ConnectorError, exitCodeOf, worstExitCode } from "../../errors.ts";
import type { RunFinished } from "../../pipeline/events.ts";
import type { PipelineFile } from "../../pipeline/file/file.ts";
import { type Plan, type Planned, type PlanOptions, planPipeline } from "../../pipeline/file/plan.ts";
import type { RunResult } from "../../pipeline/run/finish.ts";
import { type Run, startRun } from "../../pipeline/run/run.ts";
import { crashAt, die } from "../crash.ts";
import { errorEvent, unbegunEvent } from "../screen/error-event.ts";
import { type Ends, openScreen, type Screen } from "../screen/screen.ts";
import type { Summary } from "../screen/summary.ts";
import { codeOfStop, type World } from "../world.ts";

export interface Job {
	/** The pipeline's; until its file is read, that of the file. */
	name: string;
	ends: Ends;
	/** Throws or answers what is wrong; `note` prints a line that stays. */
	plan(signal: AbortSignal, note: Screen["note"]): Promise<Planned>;
	/** "2 square -> duckdb"; left out: "acme  square -> duckdb acme.duckdb". */
	title?: string;
}

/** What became of one job. */
export interface JobEnd {
	name: string;
	status: RunFinished["status"];
	exitCode: number;
	errors: ConnectorError[];
	/** Undefined where the run could not begin. */
	result: RunResult | undefined;
	summary: Summary;
	totalsFrom: string | undefined;
}

export interface Executed {
	ends: JobEnd[];
	exitCode: number;
	/** Wall clock of all. */
	seconds: number;
}

export interface ExecuteOptions {
	/** Seconds to wait for a store that another program holds. */
	wait?: number;
	/** Called when a job has ended, with the frame out of the way. */
	onEnd?(end: JobEnd): void;
}

/** Goes on with the next pipeline when one failed; stops at Ctrl-C. */
export async function execute(jobs: Job[], world: World, options: ExecuteOptions = {}): Promise<Executed> {
	const { terminal } = world;
	const started = terminal.now();
	const screen = openScreen(terminal);
	const planning = new AbortController();
	const active: { run?: Run } = {};
	const quiet = world.onStop((signal, times) => {
		screen.stopping(stopWords(signal, times));
		// a run that has begun is brought to an end; what is still being planned is just left
		if (active.run) active.run.stop(signal);
		else planning.abort(new ConnectorError("transient.stopped", "Stopped before it began"));
	});
	const ends: JobEnd[] = [];
	try {
		for (const job of jobs) {
			if (world.stoppedBy()) break;
			const end = await executeJob(job, world, screen, { ...options, active, signal: planning.signal });
			ends.push(end);
			if (options.onEnd) screen.aside(() => options.onEnd?.(end));
		}
	} finally {
		quiet();
		screen.end();
	}
	const stopped = world.stoppedBy();
	const codes = ends.map(({ exitCode }) => exitCode);
	if (stopped) codes.push(codeOfStop(stopped));
	return { ends, exitCode: worstExitCode(codes), seconds: (terminal.now() - started) / 1000 };
}

function stopWords(signal: "SIGINT" | "SIGTERM", times: number): string {
	if (times > 1) return "Stopping at once; what is committed stays.";
	return signal === "SIGINT"
		? "Stopping at the next commit. Ctrl-C again stops at once; both are safe."
		: "SIGTERM: stopping at the next commit. A second one stops at once; both are safe.";
}

interface Attempt extends ExecuteOptions {
	active: { run?: Run };
	/** Aborted by Ctrl-C; a run that has begun has its own end. */
	signal: AbortSignal;
}

async function executeJob(job: Job, world: World, screen: Screen, attempt: Attempt): Promise<JobEnd> {
	screen.begin(job.title ?? job.name, job.ends);
	const summary = screen.summaries.at(-1)!;
	const begun = world.terminal.now();
	let plan: Plan | undefined;
	try {
		const planned = await job.plan(attempt.signal, screen.note);
		if (planned.errors) throw new AggregateError(planned.errors);
		plan = planned.plan;
		const { name, demo } = plan;
		const result = await runPlan(plan, job, world, screen, attempt);
		const { status, exit_code: exitCode } = result;
		return { name, status, exitCode, errors: result.errors, result, summary, totalsFrom: demo?.totalsFrom };
	} catch (thrown) {
		const seconds = (world.terminal.now() - begun) / 1000;
		return { name: job.name, summary, ...unbegun(job.name, allErrors(thrown), seconds, world, screen) };
	} finally {
		delete attempt.active.run;
		await plan?.close();
	}
}

function runPlan(plan: Plan, job: Job, world: World, screen: Screen, { wait = 0, active }: Attempt) {
	const isDue = crashAt(world.host.env.GN_CRASH_RUN_AT);
	const run = startRun(plan, {
		wait,
		onEvent: (event, stamp) => screen.event(event, stamp),
		crash: (point) => void (isDue?.(point) && die()),
	});
	active.run = run;
	const ends = { source: plan.source.connector.name, destination: plan.destination.connector.name };
	screen.planned({ title: job.title ?? titleOf(plan), ends, store: storeOf(plan), progress: run.progress });
	const stopped = world.stoppedBy();
	if (stopped) run.stop(stopped);
	return run.finished;
}

/** A run that could not begin ends as all others do: with its errors, and in JSON with `run_finished`. */
function unbegun(pipeline: string, errors: ConnectorError[], seconds: number, world: World, screen: Screen) {
	const stopped = world.stoppedBy();
	const status: RunFinished["status"] = stopped ? "stopped" : "failed";
	const told = stopped ? [] : errors;
	const exitCode = stopped ? codeOfStop(stopped) : worstExitCode(errors.map(exitCodeOf));
	if (world.terminal.mode === "json") {
		const stamp = { run: null, pipeline };
		for (const error of told) screen.event(errorEvent(error), stamp);
		screen.event(unbegunEvent(status, exitCode, seconds), stamp);
	}
	return { status, exitCode, errors: told, result: undefined, totalsFrom: undefined };
}

/** A job from a file that is read, or made, when its turn comes. */
export function jobOf(name: string, load: () => Promise<PipelineFile>, world: World, options: PlanOptions = {}): Job {
	const ends: Ends = { source: "its source", destination: "its destination" };
	const job: Job = {
		name,
		ends,
		async plan(signal) {
			const file = await load();
			const { source, destination } = file.pipeline;
			job.name = file.pipeline.name;
			Object.assign(ends, {
				source: source.connector ?? "its source",
				destination: destination.connector ?? "its destination",
			});
			return planPipeline(file, world.host, { demoHost: world.demoHost, signal, ...options });
		},
	};
	return job;
}

function titleOf(plan: Plan): string {
	const store = storeOf(plan);
	const { source, destination } = plan;
	return `${plan.name}  ${source.connector.name} -> ${destination.connector.name}${store === "" ? "" : ` ${store}`}`;
}

/** The name of a store that is one file. */
function storeOf({ destination }: Plan): string {
	const { path } = destination.config;
	return typeof path === "string" ? (path.split(/[\\/]/).at(-1) ?? "") : "";
}
