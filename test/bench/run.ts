/**
 * All benches one after the other, or those that are named: `npm run bench -- startup spool`. They print ratios against
 * ceilings of the same run; nothing here fails for being slow.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const BENCHES = ["startup", "spool", "duckdb", "bigquery", "http", "memory", "cost"];

const named = process.argv.slice(2);
const unknown = named.filter((name) => !BENCHES.includes(name));
if (unknown.length > 0) {
	console.error(`There is no bench ${unknown.join(", ")}; there are ${BENCHES.join(", ")}`);
	process.exitCode = 10;
} else {
	for (const name of named.length > 0 ? named : BENCHES) {
		console.log(`\n== ${name}`);
		const file = join(import.meta.dirname, `${name}.ts`);
		const { status } = spawnSync(process.execPath, ["--conditions=growthnav-source", file], { stdio: "inherit" });
		if (status !== 0) process.exitCode = 70;
	}
}
