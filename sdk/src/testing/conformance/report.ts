/** The report of a trial, as a reviewer reads it. */
import type { Outcome } from "./contract.ts";

/** One line a rule, what is wrong below it, and a sentence at the end. */
export function conformanceReport(title: string, outcomes: readonly Outcome[]): string {
	const width = Math.max(...outcomes.map(({ name }) => name.length));
	const lines = outcomes.flatMap(({ name, rule, findings, skipped, seconds }) => {
		const mark = skipped !== undefined ? "-" : findings.length === 0 ? "✓" : "x";
		const took = seconds >= 1 ? `  ${seconds.toFixed(1)} s` : "";
		const head = `${mark} ${name.padEnd(width)}${skipped === undefined ? took : `  ${skipped}`}`.trimEnd();
		return findings.length === 0 ? [head] : [head, `    must hold: ${rule}`, ...findings.map((one) => `    ${one}`)];
	});
	const failed = outcomes.filter(({ findings }) => findings.length > 0).length;
	const held = outcomes.filter(({ findings, skipped }) => findings.length === 0 && skipped === undefined).length;
	const verdict = failed === 0 ? `${held} rules hold.` : `${failed} of ${failed + held} rules do not hold.`;
	return [title, "", ...lines, "", verdict, ""].join("\n");
}
