/** `growthnav state show|reset`: where each stream stands; start one again. */
import { ConnectorError } from "../../errors.ts";
import type { DestinationPlan } from "../../pipeline/file/plan.ts";
import type { RunRecord } from "../../pipeline/run/folder.ts";
import { connectionsOf, resetState, type Standing, showState } from "../../pipeline/state.ts";
import { visible } from "../../visible.ts";
import { stateScreen } from "../screen/connectors.ts";
import { age, plural, time } from "../screen/numbers.ts";
import type { Style } from "../screen/style.ts";
import { wrap } from "../screen/text.ts";
import { marked, nextLines } from "../screen/verdict.ts";
import { shellWord, type World } from "../world.ts";
import { withStore } from "./planned.ts";
import { isPipelineFile } from "./source-argument.ts";

interface StateOptions {
	stream?: string;
	yes?: boolean;
}

export async function state(world: World, options: StateOptions, [what, file]: [string, string]): Promise<number> {
	if (what !== "show" && what !== "reset") {
		throw new ConnectorError("config.usage", `state has no ${what}`, {
			where: "the command line",
			why: "it knows show and reset",
			next: `${world.terminal.command} state show ${shellWord(file)}`,
		});
	}
	if (what === "reset" && !isPipelineFile(file)) {
		throw new ConnectorError("config.needs_pipeline", `${file} is no pipeline file`, {
			where: "the command line",
			why: "a store may hold several pipelines, each with states of its own",
			next: `name the pipeline file; ${world.terminal.command} state show ${shellWord(file)} tells where all stand`,
		});
	}
	await withStore(file, world, async (plan) => {
		if (what === "reset") await reset(plan, options, world);
		else if (isPipelineFile(file)) await show(plan, await showState(plan), true, world);
		else await showAll(plan, world);
	});
	return 0;
}

/** All pipelines of a store. */
async function showAll(plan: DestinationPlan, world: World): Promise<void> {
	const { destination } = plan;
	const names = await connectionsOf(plan);
	if (names.length === 0) world.say("Nothing was committed yet.");
	for (const [index, name] of names.entries()) {
		if (index > 0) world.say("");
		const config = { ...destination.config, connection: name };
		const one = { ...plan, name, destination: { ...destination, config } };
		await show(one, { ...(await showState(one)), last: undefined }, false, world);
	}
}

async function show(plan: DestinationPlan, standing: Standing, isFile: boolean, world: World): Promise<void> {
	const { states, rejectsWaiting, last } = standing;
	for (const one of states) world.tell(one, plan.name);
	const style = world.terminal.outStyle;
	const { path } = plan.destination.config;
	const ledger = typeof path === "string" ? `  (ledger in ${visible(path.split(/[\\/]/).at(-1) ?? path)})` : "";
	world.say(`${visible(plan.name)}${last ? `  ${runWords(last)}` : ""}${ledger}`, "");
	if (states.length === 0) {
		world.say("Nothing was committed yet.");
		if (isFile) world.say(...nextLines([{ command: plan.again, shows: "" }], style));
		return;
	}
	world.say(...stateScreen(states, style));
	const notes = [...lateNote(plan, standing), ...rejectsNote(rejectsWaiting, plan)];
	if (notes.length > 0) world.say("", ...notes.flatMap((note) => marked(style.warn("!"), note, style)));
}

/** "run 42, done 2026-07-31 03:00:06Z" */
function runWords({ run, finished_at, exit_code = 0, started_at }: RunRecord): string {
	if (finished_at === undefined) return `run ${run}, begun ${time(started_at)}, no end yet`;
	const how = exit_code === 0 ? "done" : exit_code >= 130 ? "stopped" : `failed with exit code ${exit_code}`;
	return `run ${run}, ${how} ${time(finished_at)}`;
}

function lateNote({ schedule }: DestinationPlan, { states }: Standing): string[] {
	const late = states.filter((one) => one.late);
	if (late.length === 0 || schedule === undefined) return [];
	const oldest = Math.max(...late.map(({ age_s }) => age_s));
	const every = schedule.every.replace(/^(\d+)([smhd])$/, (_, n, unit) => `${n} ${unit === "m" ? "min" : unit}`);
	return [
		`Late: the schedule says every ${every}, the last commit of ${who(late.length, states.length)} is ${age(oldest)} old.`,
	];
}

function who(late: number, all: number): string {
	return late === all ? "all streams" : plural(late, "stream");
}

function rejectsNote(waiting: number | null, plan: DestinationPlan): string[] {
	if (!waiting) return [];
	return [`${plural(waiting, "reject")} ${waiting === 1 ? "waits" : "wait"} for a decision: ${plan.rejects}`];
}

async function reset(plan: DestinationPlan, options: StateOptions, world: World): Promise<void> {
	const what = options.stream === undefined ? "all streams" : options.stream;
	if (
		!options.yes &&
		!(await agreed(`Read ${what} of ${plan.name} again from the start? [y/N] `, plan, options, world))
	) {
		world.say("Nothing was reset.");
		return;
	}
	const streams = await resetState(plan, options.stream);
	for (const stream of streams) world.tell({ event: "state_reset", stream }, plan.name);
	const { outStyle: style } = world.terminal;
	if (streams.length === 0) return world.say("There was no state to reset.");
	world.say(...resetText(streams, style), ...nextLines([{ command: plan.again, shows: "reads again" }], style));
}

function resetText(streams: string[], style: Style): string[] {
	const them = streams.length === 1 ? "it" : "them";
	const text = `Reset: ${visible(streams.join(", "))}. The next run reads ${them} from the start; keyed rows replace themselves, so nothing doubles.`;
	return wrap(text, style.width);
}

async function agreed(
	question: string,
	plan: DestinationPlan,
	{ stream }: StateOptions,
	world: World,
): Promise<boolean> {
	const answer = await world.ask(question);
	if (answer !== undefined) return /^y(es)?$/i.test(answer.trim());
	const only = stream === undefined ? "" : ` --stream ${shellWord(stream)}`;
	throw new ConnectorError("config.needs_yes", "Nobody can be asked whether to reset the state", {
		where: "stdin and stderr",
		why: "this is no terminal",
		next: `${world.terminal.command} state reset ${shellWord(plan.file)}${only}${world.passOn} --yes`,
	});
}
