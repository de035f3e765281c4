/** What BigQuery bills for a month of commits, by arithmetic on documented rules: nothing is measured. */
import { costTable } from "../../../destinations/bigquery/src/check/cost.ts";
import type { Case } from "../harness/case.ts";

export const cost: Case = {
	name: "cost",
	says:
		"What BigQuery bills for a month of commits, by arithmetic on documented rules, each line with its assumption: a " +
		"million conversions of 500 bytes a day for two years, hourly commits of three days. First where id and time are " +
		"all that is read of a row, then by what our statements read.",
	async *comparisons() {
		yield { title: "dollars a month", lines: costTable().map(lineOf) };
	},
};

function lineOf({ way, dollars, probe, sent, assumption }: ReturnType<typeof costTable>[number]): string {
	const [least, ours] = [dollars, sent].map((sum) => (sum === undefined ? "" : `$${sum.toFixed(2)}`).padStart(8));
	const looking = probe === 0 ? "" : `${probe.toFixed(2)} of it to find days; `;
	return `${way.padEnd(46)} ${least} ${ours}  ${looking}${assumption}`;
}
