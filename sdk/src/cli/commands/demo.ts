/** `growthnav demo`: the scripted sources of the connectors into one DuckDB file in this folder. */
import { existsSync, rmSync } from "node:fs";
import { ConnectorError } from "../../errors.ts";
import { type Connector, findConnector, listConnectors } from "../../pipeline/connectors.ts";
import type { World } from "../world.ts";
import { execute, type PlannedRun } from "./execute.ts";
import { tell } from "./run.ts";
import { inFolder, madePipeline } from "./source-argument.ts";

const STORE = "demo.duckdb";
const CUSTOMER = "demo";

interface DemoOptions {
	fresh?: boolean;
	yes?: boolean;
}

export async function demo(world: World, options: DemoOptions, [named]: [string?]): Promise<number> {
	const sources = await demoSources(named, world);
	if (options.fresh && !(await startOver(options.yes === true, world))) return 0;
	introduce(sources, world);
	const executed = await execute(
		sources.map((source, index) => plannedDemo(source, index, sources.length, world)),
		world,
	);
	const { command } = world.terminal;
	const waiting = executed.results.some(({ rejects_waiting }) => rejects_waiting > 0);
	const again = named === undefined ? `${command} demo` : `${command} demo ${named}`;
	const nothingNew = executed.results.every(({ status }) => status === "nothing_new");
	return tell(
		{ ...executed, plans: nothingNew ? executed.plans : executed.plans.map((plan) => ({ ...plan, title: "" })) },
		world,
		[
			...(waiting ? [{ command: `${command} rejects ${STORE}`, shows: "the refused rows" }] : []),
			{ command: `${command} sql ${STORE} "from conversions limit 9"`, shows: "look inside" },
			nothingNew
				? { command: `${command} preview square --demo`, shows: "rows, and what becomes of them" }
				: { command: again, shows: "nothing will double" },
		],
	);
}

async function demoSources(named: string | undefined, world: World): Promise<Connector[]> {
	if (named !== undefined) return [await findConnector({ connector: named }, "source", world.host)];
	const found = (await listConnectors(world.host)).filter((one) => one.kind === "source" && one.demo !== undefined);
	if (found.length > 0) return found;
	throw new ConnectorError("config.no_demo", "No connector here has a demo", {
		why: "neither growthnav's own nor those in node_modules export ./demo",
		next: "npm install @growthnav/source-square",
	});
}

function plannedDemo(source: Connector, index: number, of: number, world: World): PlannedRun {
	const file = madePipeline(
		{
			name: source.name,
			customer: CUSTOMER,
			source: { connector: source.name, demo: true },
			destination: { connector: "duckdb", config: { path: inFolder(world, STORE) } },
		},
		"the demo",
		world,
	);
	const title = `${of > 1 ? `${index + 1} ` : ""}${source.name} -> duckdb`;
	const { command } = world.terminal;
	return { file, title, options: { again: `${command} demo`, rejects: `${command} rejects ${STORE}` } };
}

function introduce(sources: Connector[], world: World): void {
	if (world.terminal.mode === "json" || world.terminal.quiet) return;
	const many = sources.length === 1 ? "One example" : `${sources.length} examples`;
	world.terminal.err(`${many} into ${STORE}; no account, no network.\n`);
}

/** Deletes the store of an earlier demo. False: nobody said yes. */
async function startOver(yes: boolean, world: World): Promise<boolean> {
	const store = inFolder(world, STORE);
	if (!existsSync(store)) return true;
	if (!yes) {
		const answer = await world.ask(`Delete ${STORE} and start over? [y/N] `);
		if (answer === undefined) {
			throw new ConnectorError("config.needs_yes", `Nobody can be asked whether to delete ${STORE}`, {
				why: "this is no terminal",
				next: `${world.terminal.command} demo --fresh --yes`,
			});
		}
		if (!/^y(es)?$/i.test(answer.trim())) return false;
	}
	for (const file of [store, `${store}.wal`]) rmSync(file, { force: true });
	return true;
}
