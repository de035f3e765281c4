/** `growthnav bridge target "<command>" spec|check|write`: a Singer target behind the commands of a destination. */
import type { SpecPayload } from "@growthnav/spec";
import { allErrors } from "../errors.ts";
import { failedStatus } from "../protocol/connection-status.ts";
import { parseTargetCommand } from "../singer/target/command.ts";
import { targetDied, withTarget } from "../singer/target/process.ts";
import { writeToTarget } from "../singer/target/write.ts";
import { bridgeConfig } from "./bridge-config.ts";
import { bridgeHost } from "./bridge-host.ts";
import type { CommandLine } from "./command-line.ts";
import type { Run } from "./executable-run.ts";
import { readCatalog } from "./input-file.ts";

/** What a target takes is known to it alone. */
const SPEC: SpecPayload = {
	connectionSpecification: {
		$schema: "http://json-schema.org/draft-07/schema#",
		type: "object",
		description: "The settings of the target, beside or in place of the file in its command",
		properties: {},
		additionalProperties: true,
	},
	supported_destination_sync_modes: ["append", "append_dedup", "overwrite"],
	supportsIncremental: true,
};

export function targetCommands(line: string): CommandLine<Run> {
	return {
		commands: {
			spec: { needs: [], takes: [], work: async ({ out }) => out.write({ type: "SPEC", spec: SPEC }) },
			check: { needs: [], takes: ["config"], work: (run) => check(line, run) },
			write: { needs: [], takes: ["config", "catalog"], work: (run) => write(line, run) },
		},
		help: async () => 'growthnav bridge target "<command>" spec|check|write --config <file> --catalog <file>\n',
	};
}

/** A dry run: the target is started, gets no input, and must end well. */
async function check(line: string, run: Run): Promise<void> {
	const connectionStatus = await bridgeConfig(run)
		.then((config) => {
			const command = parseTargetCommand(line);
			return withTarget(command, config, worldOf(run), false, async (target, critical) => {
				// what it prints is not read
				target.stdout.resume();
				const exit = await target.exited;
				if (exit.code !== 0) throw targetDied(target, exit, critical());
				return { status: "SUCCEEDED" as const, message: `${command.program} starts and ends well without input` };
			});
		})
		.catch((thrown) => failedStatus(allErrors(thrown)));
	run.out.write({ type: "CONNECTION_STATUS", connectionStatus });
}

async function write(line: string, run: Run): Promise<void> {
	const catalog = run.options.catalog === undefined ? undefined : await readCatalog(run.options.catalog);
	try {
		await writeToTarget(parseTargetCommand(line), await bridgeConfig(run), worldOf(run), process.stdin, catalog);
	} finally {
		// the source may still hold it open
		process.stdin.destroy();
	}
}

function worldOf({ out, signal }: Run) {
	return { host: bridgeHost(), signal, say: out.write };
}
