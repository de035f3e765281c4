/** What `destination-*` can do. `spec` and `--help` answer at once, as those of a source do. */
import type { Destination } from "../destination/definition.ts";
import type { CommandLine } from "./command-line.ts";
import type { Run } from "./executable-run.ts";

export function destinationCommands(destination: Destination): CommandLine<Run> {
	const work = () => import("./destination-work.ts");
	return {
		commands: {
			spec: { needs: [], takes: [], work: async ({ out }) => out.write({ type: "SPEC", spec: destination.spec() }) },
			check: { needs: ["config"], takes: [], work: async (run) => (await work()).check(destination, run) },
			write: { needs: ["config"], takes: ["catalog"], work: async (run) => (await work()).write(destination, run) },
			state: {
				needs: ["config"],
				takes: ["reset", "state", "array"],
				work: async (run) => (await work()).state(destination, run),
			},
			sql: { needs: ["config", "query"], takes: [], work: async (run) => (await work()).sql(destination, run) },
		},
		help: async () => (await import("./executable-help.ts")).helpOf(destination),
	};
}
