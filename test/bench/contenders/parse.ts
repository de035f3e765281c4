/** The ceiling of all that reads messages: `parse-only.ts` as a contender. */
import { outcomeTold } from "../check/told.ts";
import type { Contender } from "../harness/case.ts";
import type { Input } from "../workloads/inputs.ts";
import { workload } from "../workloads/run.ts";

export const PARSE = "JSON.parse of each line";

export function parseOnly(input: Input): Contender {
	return {
		name: PARSE,
		role: "ceiling",
		command: (_at, amount) => ({ argv: workload("parse-only.ts"), feed: ["cat", input[amount]] }),
		outcome: outcomeTold,
	};
}
