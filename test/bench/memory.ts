/**
 * The peak memory of `write` for a long stream, for 200 streams that take turns, and for one record of 30 MB: without
 * DuckDB (the memory destination, which keeps nothing here) and with it. Goals: 300 MB and 512 MB.
 *
 *     npm run build && node --conditions=development test/bench/memory.ts [gigabytes]
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const gigabytes = process.argv[2] ?? "5";
const CASES = [
	["long", `${gigabytes} GB in one stream`],
	["many", "200 streams that take turns"],
	["huge", "one record of 30 MB among others"],
] as const;
const STORES = [
	["memory", "without DuckDB", 300],
	["duckdb", "with DuckDB", 512],
] as const;

for (const [store, words, goal] of STORES) {
	for (const [name, what] of CASES) {
		const folder = await mkdtemp(join(tmpdir(), "gn-bench-"));
		try {
			const { peakMb, records, seconds, mb } = await measured(name, store, folder);
			console.log(
				`${words.padEnd(15)} ${what.padEnd(34)} peak ${peakMb.toFixed(0).padStart(4)} MB  goal ${goal}` +
					`   ${records.toLocaleString("en")} records, ${mb.toFixed(0)} MB in ${seconds.toFixed(0)} s`,
			);
		} finally {
			await rm(folder, { recursive: true });
		}
	}
}

interface Measured {
	peakMb: number;
	records: number;
	seconds: number;
	mb: number;
}

/** One process makes the messages, another reads them from a pipe of the operating system. */
async function measured(name: string, store: string, folder: string): Promise<Measured> {
	const source = join(import.meta.dirname, "memory-source.ts");
	const sink = join(import.meta.dirname, "memory-write.js");
	const command = '"$1" --conditions=development "$2" "$3" "$4" | "$1" "$5" "$6" "$7"';
	const child = spawn("sh", ["-c", command, "sh", process.execPath, source, name, gigabytes, sink, store, folder], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	let output = "";
	for await (const chunk of child.stdout) output += chunk;
	return JSON.parse(output) as Measured;
}
