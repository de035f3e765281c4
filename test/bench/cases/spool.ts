/** What every destination does before its store is asked: from messages to typed rows in files. */
import { stat } from "node:fs/promises";
import { outcomeTold } from "../check/told.ts";
import { PARSE, parseOnly } from "../contenders/parse.ts";
import type { Case, Contender, Goal } from "../harness/case.ts";
import { messagesFile } from "../workloads/inputs.ts";
import type { Size } from "../workloads/orders.ts";
import { workload } from "../workloads/run.ts";

const COUNTS: Record<Size, number> = { small: 1_000_000, large: 400_000 };
const MODES: [mode: string, name: string, goals: Goal[]][] = [
	["messages", "ours, messages only", []],
	["spool", "ours, spooled", [{ times: 0.4, than: PARSE }]],
	["keyed", "ours, spooled with a key", [{ times: 0.33, than: PARSE }]],
];

export const spool: Case = {
	name: "spool",
	says: "From messages on stdin to typed rows in files, as every destination does it before it asks its store.",
	async *comparisons({ amount, folder }) {
		for (const size of ["small", "large"] as const) {
			const records = amount(COUNTS[size]);
			const input = await messagesFile(folder, size, records);
			const ours = MODES.map(
				([mode, name, goals]): Contender => ({
					name,
					role: "ours",
					command: (at, some) => ({
						argv: workload("spool.ts", [mode, size, at], { sources: true }),
						feed: ["cat", input[some]],
					}),
					outcome: outcomeTold,
					goals,
				}),
			);
			yield {
				title: `into the spool, ${size === "small" ? "229" : "900"} bytes a record`,
				records,
				bytes: (await stat(input.all)).size,
				expected: { records },
				contenders: [parseOnly(input), ...ours],
			};
		}
	},
};
