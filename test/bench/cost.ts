/**
 * What BigQuery bills for a month of commits, by arithmetic on documented rules: nothing is measured, and every line has
 * its assumption. A million conversions of 500 bytes a day for two years, hourly commits of three days. First where id
 * and time are all that is read of a row, then by what our statements read.
 */
import { costTable } from "../../destinations/bigquery/src/check/cost.ts";

for (const { way, dollars, probe, sent, assumption } of costTable()) {
	const [least, ours] = [dollars, sent].map((sum) => (sum === undefined ? "" : `$${sum.toFixed(2)}`).padStart(8));
	console.log(
		`${way.padEnd(46)} ${least} ${ours}  ${probe === 0 ? "" : `${probe.toFixed(2)} of it to find days; `}${assumption}`,
	);
}
