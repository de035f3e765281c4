/**
 * `npm run bench -- [case…] [--runs n] [--small] [--full] [--json] [--write]`: ours beside ceilings and beside programs of
 * other projects, in one run. Nothing fails for being slow; a run that brings about something else than the others does.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CASES } from "./cases/all.ts";
import { type CaseResult, type Compared, type Part, runCase, type Wished } from "./harness/bench.ts";
import { machineOf } from "./report/machine.ts";
import { pageOf, type Results } from "./report/page.ts";
import { growthScreen, screenOf } from "./report/screen.ts";
import { grouped } from "./report/tables.ts";
import { ROOT } from "./workloads/run.ts";

const PAGE = "docs/benchmarks.md";
const ROUNDS = 5;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		runs: { type: "string" },
		small: { type: "boolean", default: false },
		full: { type: "boolean", default: false },
		json: { type: "boolean", default: false },
		write: { type: "boolean", default: false },
	},
});
const wrong = refusal();
if (wrong === undefined) await runAll();
else {
	console.error(wrong);
	process.exitCode = 10;
}

function refusal(): string | undefined {
	const names = CASES.map(({ name }) => name);
	const unknown = positionals.filter((name) => !names.includes(name));
	if (unknown.length > 0) return `There is no case ${unknown.join(", ")}; there are ${names.join(", ")}`;
	if (values.runs !== undefined && !/^[1-9]\d*$/.test(values.runs)) return "--runs is a number of rounds, 1 or more";
	if (values.write && (positionals.length > 0 || values.small))
		return `--write writes all of ${PAGE}: name no case, not --small`;
	return undefined;
}

async function runAll(): Promise<void> {
	const begun = performance.now();
	const machine = machineOf();
	const wished: Wished = { runs: Number(values.runs ?? ROUNDS), small: values.small, full: values.full };
	// with --json stdout belongs to the results
	const say = values.json ? console.error : console.log;
	const cases: CaseResult[] = [];
	for (const one of CASES) {
		if (positionals.length > 0 && !positionals.includes(one.name)) continue;
		say(`\n== ${one.name}`);
		const result = await runCase(one, wished, (part) => say(isPoint(part) ? progress(part) : screenOf(part)));
		for (const points of grouped(result.parts.filter(isPoint))) say(growthScreen(points));
		cases.push(result);
	}
	const minutes = (performance.now() - begun) / 60_000;
	const command = ["npm run bench --", ...process.argv.slice(2)].join(" ");
	const results: Results = { day: new Date().toISOString().slice(0, 10), command, minutes, machine, cases };
	if (values.json) console.log(JSON.stringify(results, undefined, "\t"));
	if (values.write) writeFileSync(join(ROOT, PAGE), pageOf(results));
	say(`\n${minutes.toFixed(1)} minutes${values.write ? `; ${PAGE} is written` : ""}`);
}

function isPoint(part: Part): part is Compared {
	return "point" in part;
}

function progress({ title, figures }: Compared): string {
	return `${title}: ${figures.map(({ name, seconds }) => `${name} ${seconds.median.toFixed(2)} s`).join(", ")}`;
}
