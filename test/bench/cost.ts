/**
 * What BigQuery bills for a month of commits, by arithmetic on documented rules: nothing is measured, and every line has
 * its assumption. A million conversions of 500 bytes a day for two years, hourly commits of three days.
 */
import { costTable } from "../../destinations/bigquery/src/check/cost.ts";

for (const { way, dollars, probe, assumption } of costTable()) {
	const amount = `$${dollars.toFixed(2)}`.padStart(8);
	console.log(
		`${way.padEnd(54)} ${amount}  ${probe === 0 ? "" : `${probe.toFixed(2)} of it to find days; `}${assumption}`,
	);
}
