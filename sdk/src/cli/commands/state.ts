/** `growthnav state show|reset`: where each stream stands; start one again. */
import { ConnectorError } from "../../errors.ts";
import type { DestinationPlan } from "../../pipeline/plan.ts";
import { resetState, showState } from "../../pipeline/state.ts";
import { stateScreen } from "../screen/connectors.ts";
import { age, plural, time } from "../screen/numbers.ts";
import { jsonLine } from "../screen/screen.ts";
import { marked } from "../screen/verdict.ts";
import type { World } from "../world.ts";
import { withStore } from "./planned.ts";
import { isPipelineFile } from "./source-argument.ts";

interface StateOptions {
	stream?: string;
	yes?: boolean;
}

export async function state(world: World, options: StateOptions, [what, file]: [string, string]): Promise<number> {
	if (what !== "show" && what !== "reset") {
		throw new ConnectorError("config.usage", `state has no ${what}`, {
			why: "it knows show and reset",
			next: `${world.terminal.command} state show ${file}`,
		});
	}
	if (!isPipelineFile(file)) {
		throw new ConnectorError("config.needs_pipeline", `${file} is no pipeline file`, {
			why: "a store may hold several pipelines, each with states of its own",
			next: `name the pipeline file, or ${world.terminal.command} sql ${file} "from _gn_commits"`,
		});
	}
	await withStore(file, world, (plan) => (what === "show" ? show(plan, world) : reset(plan, options, world)));
	return 0;
}

async function show(plan: DestinationPlan, world: World): Promise<void> {
	const { states, rejectsWaiting, last } = await showState(plan);
	if (world.terminal.mode === "json") {
		for (const one of states) world.terminal.out(jsonLine(one, world.terminal.now(), last?.run ?? null, plan.name));
		return;
	}
	const style = world.terminal.outStyle;
	const { path } = plan.destination.config;
	const ledger = typeof path === "string" ? `  (ledger in ${path.split("/").at(-1)})` : "";
	const run = last ? `  run ${last.run}, ${last.finished_at ? `done ${time(last.finished_at)}` : "not finished"}` : "";
	world.say(`${plan.name}${run}${ledger}`, "");
	if (states.length === 0) {
		world.say("Nothing was committed yet.", "", `Next  ${plan.again}`);
		return;
	}
	world.say(...stateScreen(states, style));
	const late = states.filter((one) => one.late);
	const notes: string[] = [];
	if (late.length > 0) {
		const oldest = Math.max(...late.map(({ age_s }) => age_s));
		notes.push(`Late: the schedule says every ${plan.schedule?.every}, the oldest commit is ${age(oldest)} old.`);
	}
	if (rejectsWaiting) {
		const wait = `${plural(rejectsWaiting, "reject")} ${rejectsWaiting === 1 ? "waits" : "wait"} for a decision`;
		notes.push(`${wait}: ${world.terminal.command} rejects ${plan.file}`);
	}
	if (notes.length > 0) world.say("", ...notes.flatMap((note) => marked(style.warn("!"), note, style)));
}

async function reset(plan: DestinationPlan, options: StateOptions, world: World): Promise<void> {
	const what = options.stream === undefined ? "all streams" : options.stream;
	if (!options.yes && !(await agreed(`Read ${what} of ${plan.name} again from the start? [y/N] `, plan, world))) return;
	const streams = await resetState(plan, options.stream);
	if (world.terminal.mode === "json") {
		for (const stream of streams) {
			world.terminal.out(
				jsonLine(
					{ event: "log", level: "INFO", from: "growthnav", message: `reset ${stream}` },
					world.terminal.now(),
					null,
					plan.name,
				),
			);
		}
		return;
	}
	if (streams.length === 0) return world.say("There was no state to reset.");
	world.say(
		`Reset: ${streams.join(", ")}. The next run reads ${streams.length === 1 ? "it" : "them"} from the start; keyed rows replace`,
		"themselves, so nothing doubles.",
		"",
		`Next  ${plan.again}`,
	);
}

async function agreed(question: string, plan: DestinationPlan, world: World): Promise<boolean> {
	const answer = await world.ask(question);
	if (answer !== undefined) return /^y(es)?$/i.test(answer.trim());
	throw new ConnectorError("config.needs_yes", "Nobody can be asked whether to reset the state", {
		why: "this is no terminal",
		next: `${world.terminal.command} state reset ${plan.file} --yes`,
	});
}
