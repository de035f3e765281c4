/** `growthnav demo`: the scripted sources of the connectors into one DuckDB file in this folder. */
import { existsSync, rmSync } from "node:fs";
import { ConnectorError } from "../../errors.ts";
import { type Connector, findConnector, listConnectors } from "../../pipeline/connectors/connectors.ts";
import { type Planned, planPipeline } from "../../pipeline/file/plan.ts";
import { visible } from "../../visible.ts";
import { padEnd } from "../screen/text.ts";
import type { Next } from "../screen/verdict.ts";
import type { World } from "../world.ts";
import { type Executed, execute, type Job } from "./execute.ts";
import { print, reportOf, secondsOf, tellStopped } from "./run.ts";
import { inFolder, madePipeline } from "./source-argument.ts";

const STORE = "demo.duckdb";
const CUSTOMER = "demo";
const DESTINATION = "duckdb";

interface DemoOptions {
	fresh?: boolean;
	yes?: boolean;
	wait?: string;
}

export async function demo(world: World, options: DemoOptions, [named]: [string?]): Promise<number> {
	const wait = secondsOf(options.wait);
	const sources = await demoSources(named, world);
	if (options.fresh && !(await startOver(options.yes === true, world))) return 0;
	const many = ["No example", "One example", "Two examples"][sources.length] ?? `${sources.length} examples`;
	if (world.terminal.mode !== "json" && !world.terminal.quiet)
		world.terminal.err(`${many} into ${STORE}; no account, no network.\n`);
	const plans: Promise<Planned>[] = [];
	const jobs = sources.map((source, index) => jobFor(source, index, sources, plans, named, world));
	try {
		return tell(await execute(jobs, world, { wait }), named, world);
	} finally {
		// those whose turn never came
		for (const planned of await Promise.allSettled(plans)) {
			if (planned.status === "fulfilled") await planned.value.plan?.close();
		}
	}
}

function tell(executed: Executed, named: string | undefined, world: World): number {
	const { exitCode, seconds } = executed;
	const ended = executed.ends.filter(({ result }) => result !== undefined);
	const unbegun = executed.ends.flatMap(({ result, errors }) => (result ? [] : errors));
	if (world.terminal.mode !== "json") world.fail(...unbegun);
	if (ended.length === 0) {
		if (exitCode >= 130) tellStopped(exitCode, seconds, world);
		return exitCode;
	}
	const { command } = world.terminal;
	const again = [command, "demo", named].filter(Boolean).join(" ");
	const next: Next[] = [];
	if (exitCode >= 130) next.push({ command: again, shows: `continues there (exit code ${exitCode})` });
	if (exitCode === 0) {
		const waiting = ended.some(({ result }) => (result?.rejects_waiting ?? 0) > 0);
		if (waiting) next.push({ command: `${command} rejects ${STORE}`, shows: "the refused rows" });
		next.push({ command: `${command} sql ${STORE} "from conversions limit 9"`, shows: "" });
		next.push(
			ended.every(({ status }) => status === "nothing_new")
				? { command: `${command} preview ${ended.at(-1)!.name} --demo`, shows: "what rows become" }
				: { command: again, shows: "nothing will double" },
		);
	}
	print(reportOf(ended, seconds, exitCode, next, false, world, false), world);
	return exitCode;
}

async function demoSources(named: string | undefined, world: World): Promise<Connector[]> {
	if (named !== undefined) return [await findConnector({ connector: named }, "source", world.host)];
	const found = (await listConnectors(world.host)).filter((one) => one.kind === "source" && one.demo !== undefined);
	const tour = found.filter((one) => one.tour);
	if (found.length > 0) return tour.length > 0 ? tour : found;
	throw new ConnectorError("config.no_demo", "No connector here has a demo", {
		why: "neither growthnav's own nor those in node_modules export ./demo",
		next: "npm install @growthnav/source-square",
	});
}

/** All demos start together, and say what they are, before the first one is read. */
function jobFor(
	{ name }: Connector,
	index: number,
	sources: Connector[],
	plans: Promise<Planned>[],
	named: string | undefined,
	world: World,
): Job {
	const number = sources.length > 1 ? `${index + 1} ` : "";
	return {
		name,
		ends: { source: name, destination: DESTINATION },
		title: `${number}${name} -> ${DESTINATION}`,
		async plan(signal, note) {
			if (plans.length === 0) {
				plans.push(...sources.map((source) => planned(source, signal, named, world)));
				const all = await Promise.all(plans);
				const width = Math.max(...sources.map((source) => source.name.length));
				const lines = all.flatMap(({ plan }, at) =>
					plan?.demo
						? `  ${sources.length > 1 ? `${at + 1} ` : ""}${padEnd(sources[at]!.name, width)}   ${visible(plan.demo.says)}`
						: [],
				);
				note(...lines, "");
			}
			return plans[index]!;
		},
	};
}

function planned(source: Connector, signal: AbortSignal, named: string | undefined, world: World): Promise<Planned> {
	const file = madePipeline(
		{
			name: source.name,
			customer: CUSTOMER,
			source: { connector: source.name, demo: true },
			destination: { connector: DESTINATION, config: { path: inFolder(world, STORE) } },
		},
		"the demo",
		world,
	);
	const { command } = world.terminal;
	const again = [command, "demo", named].filter(Boolean).join(" ");
	const rejects = () => `${command} rejects ${STORE}`;
	const reset = () => `${again} --fresh`;
	const discover = `${command} discover ${source.name} --demo`;
	const options = { again, discover, rejects, reset, demoHost: world.demoHost, signal };
	return planPipeline(file, world.host, options);
}

/** Deletes the store of an earlier demo. False: nobody said yes. */
async function startOver(yes: boolean, world: World): Promise<boolean> {
	const store = inFolder(world, STORE);
	if (!existsSync(store)) return true;
	if (!yes) {
		const answer = await world.ask(`Delete ${STORE} and start over? [y/N] `);
		if (answer === undefined) {
			throw new ConnectorError("config.needs_yes", `Nobody can be asked whether to delete ${STORE}`, {
				where: "--fresh",
				why: "this is no terminal",
				next: `${world.terminal.command} demo --fresh --yes`,
			});
		}
		if (!/^y(es)?$/i.test(answer.trim())) {
			world.terminal.err(`${STORE} was not touched.\n`);
			return false;
		}
	}
	for (const file of [store, `${store}.wal`]) rmSync(file, { force: true });
	return true;
}
