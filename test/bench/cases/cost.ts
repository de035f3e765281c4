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
		yield {
			title: "dollars a month",
			table: { head: ["way", "least", "as sent", "of it to find days", "assumes"], rows: costTable().map(rowOf) },
		};
	},
};

function rowOf({ way, dollars, probe, sent, assumption }: ReturnType<typeof costTable>[number]): string[] {
	const sum = (value: number | undefined) => (value === undefined ? "" : value.toFixed(2));
	return [way, sum(dollars), sum(sent), probe === 0 ? "" : sum(probe), assumption];
}
