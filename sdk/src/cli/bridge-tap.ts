/** `growthnav bridge tap "<command>" spec|check|discover|read`: a Singer tap as a source that speaks the protocol. */
import { parseTapCommand } from "../singer/tap/command.ts";
import type { TapWorld } from "../singer/tap/world.ts";
import { bridgeConfig } from "./bridge-config.ts";
import { bridgeHost } from "./bridge-host.ts";
import type { CommandLine } from "./command-line.ts";
import type { Run } from "./executable-run.ts";
import { readCatalog, readInput } from "./input-file.ts";

const tap = () => import("../singer/tap/discover.ts");

export function tapCommands(line: string): CommandLine<Run> {
	const config = ["config"] as const;
	return {
		commands: {
			spec: { needs: [], takes: [], work: (run) => spec(line, run) },
			check: { needs: [...config], takes: [], work: (run) => check(line, run) },
			discover: { needs: [...config], takes: [], work: (run) => discover(line, run) },
			read: { needs: [...config], takes: ["catalog", "state"], work: (run) => read(line, run) },
		},
		help: async () => 'growthnav bridge tap "<command>" spec|check|discover|read --config <file>\n',
	};
}

async function spec(line: string, run: Run): Promise<void> {
	const { specTap } = await tap();
	run.out.write({ type: "SPEC", spec: await specTap(parseTapCommand(line), worldOf(run)) });
}

async function check(line: string, run: Run): Promise<void> {
	const { checkTap } = await tap();
	const connectionStatus = await checkTap(parseTapCommand(line), await bridgeConfig(run), worldOf(run));
	run.out.write({ type: "CONNECTION_STATUS", connectionStatus });
}

async function discover(line: string, run: Run): Promise<void> {
	const { discoverTap } = await tap();
	const catalog = await discoverTap(parseTapCommand(line), await bridgeConfig(run), worldOf(run));
	run.out.write({ type: "CATALOG", catalog });
}

async function read(line: string, run: Run): Promise<void> {
	const [{ readTap }, { statesIn }] = await Promise.all([
		import("../singer/tap/read.ts"),
		import("../singer/tap/state.ts"),
	]);
	const { catalog, state } = run.options;
	const inputs = {
		config: await bridgeConfig(run),
		catalog: catalog === undefined ? undefined : await readCatalog(catalog),
		states: state === undefined ? [] : statesIn(await readInput(state, "state"), state),
	};
	await readTap(parseTapCommand(line), inputs, worldOf(run));
}

function worldOf({ out, note, signal }: Run): TapWorld {
	return {
		host: bridgeHost(),
		signal,
		written: out.written,
		say(message) {
			note(message);
			return out.write(message);
		},
	};
}
