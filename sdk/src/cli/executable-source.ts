/** What `source-*` can do. `spec` and `--help` answer at once: what the others need is loaded when they are asked for. */
import type { Source } from "../source/definition.ts";
import { specOf } from "../source/spec.ts";
import type { CommandLine } from "./command-line.ts";
import type { Run } from "./executable-run.ts";

const RECORD = ["record", "max-bytes"] as const;

export function sourceCommands(source: Source): CommandLine<Run> {
	const work = () => import("./source-work.ts");
	return {
		commands: {
			spec: { needs: [], takes: [], work: async ({ out }) => out.write({ type: "SPEC", spec: specOf(source) }) },
			check: { needs: ["config"], takes: [...RECORD], work: async (run) => (await work()).check(source, run) },
			discover: {
				needs: ["config"],
				takes: ["namespace", ...RECORD],
				work: async (run) => (await work()).discover(source, run),
			},
			read: {
				needs: ["config"],
				takes: ["catalog", "state", "namespace", ...RECORD],
				work: async (run) => (await work()).read(source, run),
			},
		},
		help: async () => (await import("./executable-help.ts")).helpOf(source),
	};
}
