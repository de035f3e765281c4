/**
 * `growthnav bridge tap|target "<command>" …`: a Singer program behind the commands of a connector. Nobody types it:
 * `singer:<command>` in the place of a connector's name leads here.
 */
import { ConnectorError, toConnectorError } from "../errors.ts";
import type { CommandLine } from "./command-line.ts";
import type { Run } from "./executable-run.ts";
import { fatal, runCommands } from "./run-commands.ts";

const BRIDGES: { [kind: string]: (command: string) => Promise<CommandLine<Run>> } = {
	tap: async (command) => (await import("./bridge-tap.ts")).tapCommands(command),
	target: async (command) => (await import("./bridge-target.ts")).targetCommands(command),
};

/** Answers the exit code when everything is written. */
export async function bridge([kind = "", command = "", ...argv]: string[]): Promise<number> {
	process.removeAllListeners("uncaughtException");
	process.on("uncaughtException", (thrown) => fatal(toConnectorError(thrown)));
	const commandsOf = Object.hasOwn(BRIDGES, kind) ? BRIDGES[kind] : undefined;
	const line = commandsOf === undefined ? nothing(kind) : await commandsOf(command);
	return runCommands(`bridge ${kind}`, line, argv);
}

/** A kind that there is not, told as a command's error is. */
function nothing(kind: string): CommandLine<Run> {
	const work = async () => {
		throw new ConnectorError("config.usage", `There is no bridge to a ${kind}`, {
			where: "growthnav bridge",
			why: `there are ${Object.keys(BRIDGES).join(" and ")}`,
			next: "name a connector as singer:<command>",
		});
	};
	const command = { needs: [], takes: [], work };
	return {
		commands: { spec: command, check: command, discover: command, read: command, write: command },
		help: async () => "",
	};
}
