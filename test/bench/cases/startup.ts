/** How soon an executable answers. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { findPeer } from "../../peers/find.ts";
import type { Case, Contender, Goal } from "../harness/case.ts";
import { quiet, ROOT } from "../workloads/run.ts";

const GOAL: Goal = { seconds: 0.15 };
const PEER = "source-faker spec";

export const startup: Case = {
	name: "startup",
	says: "`spec` and `--help` of every executable, from outside, beside Node that does nothing and Airbyte's source-faker.",
	async *comparisons() {
		const programs = ["connectors", "destinations"].flatMap((kind) =>
			readdirSync(join(ROOT, kind)).map((name) => ({
				name: `${kind.slice(0, -1).replace("connector", "source")}-${name}`,
				file: join(ROOT, kind, name, "bin.js"),
			})),
		);
		const asked = programs.flatMap(({ name, file }) => [
			command(`${name} spec`, [file, "spec"], [GOAL, { times: 8, than: PEER }]),
			command(`${name} --help`, [file, "--help"], [GOAL]),
		]);
		yield {
			title: "start",
			records: 1,
			startApart: false,
			rounds: (runs) => runs + 2,
			contenders: [
				{ ...command("node -e 0", ["-e", "0"], []), role: "ceiling" },
				command("growthnav --help", [join(ROOT, "sdk/bin.js"), "--help"], [GOAL]),
				...asked,
				faker(),
			],
		};
	},
};

function command(name: string, args: string[], goals: Goal[]): Contender {
	return { name, role: "ours", command: () => ({ argv: [process.execPath, ...args] }), goals };
}

function faker(): Contender {
	const found = findPeer("airbyte");
	return {
		name: PEER,
		role: "peer",
		...("missing" in found && { missing: found.missing }),
		command: (at) => ({ argv: [`${"bin" in found ? found.bin : ""}source-faker`, "spec"], env: quiet(at) }),
	};
}
