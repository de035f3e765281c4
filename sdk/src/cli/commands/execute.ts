/** Runs pipelines one after the other on one screen: what `run`, `sync` and `demo` share. */
import { allErrors, type ConnectorError, exitCodeOf, worstExitCode } from "../../errors.ts";
import type { PipelineFile } from "../../pipeline/file.ts";
import type { RunResult } from "../../pipeline/finish.ts";
import { type Plan, type PlanOptions, planPipeline } from "../../pipeline/plan.ts";
import { startRun } from "../../pipeline/run.ts";
import { crashAt, die } from "../crash.ts";
import { openScreen, type Screen } from "../screen/screen.ts";
import type { Summary } from "../screen/summary.ts";
import type { World } from "../world.ts";

const RETRY_MS = 1000;

export interface PlannedRun {
	file: PipelineFile;
	options?: PlanOptions;
	/** "2 square -> duckdb"; left out: "acme  square -> duckdb acme.duckdb". */
	title?: string;
}

export interface Executed {
	summaries: Summary[];
	/** Of the runs that began, in order. */
	results: RunResult[];
	plans: PlanFacts[];
	/** Failures before a run could begin. */
	errors: ConnectorError[];
	exitCode: number;
	/** Wall clock of all. */
	seconds: number;
}

/** What is told of a plan after it was closed. */
export interface PlanFacts {
	name: string;
	title: string;
	totalsFrom: string | undefined;
}

/** Goes on with the next pipeline when one failed; stops at Ctrl-C. */
export async function execute(runs: PlannedRun[], world: World, wait = 0): Promise<Executed> {
	const started = world.terminal.now();
	const screen = openScreen(world.terminal);
	const executed: Executed = { summaries: [], results: [], plans: [], errors: [], exitCode: 0, seconds: 0 };
	let stop: ((signal: "SIGINT" | "SIGTERM") => void) | undefined;
	let stopped = false;
	const isDue = crashAt(world.host.env.GN_CRASH_RUN_AT);
	const quiet = world.onStop((signal, times) => {
		stopped = true;
		stop?.(signal);
		screen.stopping(times);
	});
	for (const one of runs) {
		if (stopped) break;
		const planned = await planPipeline(one.file, world.host, { demoHost: world.demoHost, ...one.options });
		if (planned.errors) {
			executed.errors.push(...planned.errors);
			continue;
		}
		const { plan } = planned;
		const title = one.title ?? titleOf(plan);
		try {
			const result = await untilUnlocked(wait, world, screen, () => {
				const run = startRun(plan, {
					onEvent: (event, stamp) => screen.event(event, stamp),
					crash: (point) => void (isDue?.(point) && die()),
				});
				stop = run.stop;
				screen.begin(plan.name, title, run.progress);
				if (stopped) run.stop("SIGINT");
				return run.finished;
			});
			executed.results.push(result);
			executed.plans.push({ name: plan.name, title, totalsFrom: plan.demo?.totalsFrom });
		} catch (thrown) {
			executed.errors.push(...allErrors(thrown));
		} finally {
			await plan.close();
		}
	}
	quiet();
	executed.summaries = screen.end();
	executed.seconds = (world.terminal.now() - started) / 1000;
	const codes = [...executed.errors.map(exitCodeOf), ...executed.results.map(({ exit_code }) => exit_code)];
	executed.exitCode = worstExitCode(codes);
	return executed;
}

/** `--wait`: a store that another program holds is tried again until the time is over. */
async function untilUnlocked(
	wait: number,
	world: World,
	screen: Screen,
	attempt: () => Promise<RunResult>,
): Promise<RunResult> {
	const until = world.terminal.now() + wait * 1000;
	for (;;) {
		const result = await attempt();
		const locked = result.errors.some(({ code }) => code === "transient.database_locked");
		if (!locked || world.terminal.now() >= until) return result;
		screen.again();
		await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MS, until - world.terminal.now())));
	}
}

function titleOf(plan: Plan): string {
	const { path } = plan.destination.config;
	const store = typeof path === "string" ? ` ${path.split("/").at(-1)}` : "";
	return `${plan.name}  ${plan.source.connector.name} -> ${plan.destination.connector.name}${store}`;
}
