/**
 * How long `spec` and `--help` of every executable take from the outside, beside Node that does nothing. Goal: 150 ms on
 * a quiet machine. The build runs, not the sources: `npm run build` first.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { median } from "./median.ts";

const ROOT = join(import.meta.dirname, "../..");
const RUNS = 15;
const COMMANDS: [string, string[]][] = [
	["node alone", ["-e", "0"]],
	["growthnav --help", ["sdk/bin.js", "--help"]],
	["source-file spec", ["connectors/file/bin.js", "spec"]],
	["source-file --help", ["connectors/file/bin.js", "--help"]],
	["source-square spec", ["connectors/square/bin.js", "spec"]],
	["source-square --help", ["connectors/square/bin.js", "--help"]],
	["destination-duckdb spec", ["destinations/duckdb/bin.js", "spec"]],
	["destination-duckdb --help", ["destinations/duckdb/bin.js", "--help"]],
	["destination-bigquery spec", ["destinations/bigquery/bin.js", "spec"]],
	["destination-bigquery --help", ["destinations/bigquery/bin.js", "--help"]],
];

const times = COMMANDS.map(() => [] as number[]);
for (let run = 0; run <= RUNS; run++) {
	for (const [index, [, args]] of COMMANDS.entries()) {
		const taken = timed(args);
		// the first one fills the compile cache
		if (run > 0) times[index]!.push(taken);
	}
}
const alone = median(times[0]!);
for (const [index, [name]] of COMMANDS.entries()) {
	const sorted = times[index]!.toSorted((a, b) => a - b);
	const middle = median(sorted);
	console.log(
		`${name.padEnd(26)} ${middle.toFixed(0).padStart(5)} ms  ${sorted[0]!.toFixed(0)} to ${sorted.at(-1)!.toFixed(0)}` +
			`  ${(middle / alone).toFixed(1)} times node alone`,
	);
}

function timed(args: string[]): number {
	const started = performance.now();
	const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "ignore" });
	if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}`);
	return performance.now() - started;
}
