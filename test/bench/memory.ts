/**
 * The peak memory of `write` for a long stream, for 200 streams that take turns, and for one record of 30 MB: without
 * DuckDB (the memory destination, which keeps nothing here), with it, and with BigQuery (the fake, in a process of its
 * own, behind a line of 20 MB/s, so that the spool is what waits). Goals: 300 MB, 512 MB, 300 MB.
 *
 *     npm run build && node --conditions=growthnav-source test/bench/memory.ts [gigabytes] [store or case…]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

const [gigabytes = "5", ...named] = process.argv.slice(2);
/** Of the line to BigQuery, in bytes per second. */
const UPLOAD_RATE = 20e6;
const CASES = [
	["long", `${gigabytes} GB in one stream`],
	["many", "200 streams that take turns"],
	["huge", "one record of 30 MB among others"],
] as const;
const STORES = [
	["memory", "without DuckDB", 300],
	["duckdb", "with DuckDB", 512],
	["bigquery", "with BigQuery", 300],
] as const;

for (const [store, words, goal] of STORES) {
	for (const [name, what] of CASES) {
		if (!isWanted(STORES, store) || !isWanted(CASES, name)) continue;
		const folder = await mkdtemp(join(tmpdir(), "gn-bench-"));
		try {
			const { peakMb, records, seconds } = await measured(name, store, folder);
			console.log(
				`${words.padEnd(15)} ${what.padEnd(34)} peak ${peakMb.toFixed(0).padStart(4)} MB  goal ${goal}` +
					`   ${records.toLocaleString("en")} records in ${seconds.toFixed(0)} s`,
			);
		} finally {
			await rm(folder, { recursive: true });
		}
	}
}

/** Of the stores and of the cases: those that are named, or all. */
function isWanted(all: readonly (readonly [string, ...unknown[]])[], name: string): boolean {
	return named.includes(name) || !all.some(([one]) => named.includes(one));
}

interface Measured {
	peakMb: number;
	/** As the states that came back vouch for. */
	records: number;
	seconds: number;
}

/** One process makes the messages, another reads them from a pipe of the operating system. */
async function measured(name: string, store: string, folder: string): Promise<Measured> {
	const source = join(import.meta.dirname, "memory-source.ts");
	const sink = join(import.meta.dirname, "memory-write.js");
	const config = join(folder, "config.json");
	const fake = store === "bigquery" ? await startFake(folder) : undefined;
	const place = store === "duckdb" ? { path: join(folder, "bench.duckdb") } : { spool: join(folder, "spool") };
	await writeFile(config, JSON.stringify({ customer_id: "acme", ...place, ...fake?.settings }));
	const command = '"$1" --conditions=growthnav-source "$2" "$3" "$4" | "$1" "$5" write --config "$6"';
	const started = performance.now();
	const child = spawn("sh", ["-c", command, "sh", process.execPath, source, name, gigabytes, sink, config], {
		stdio: ["ignore", "pipe", "inherit", "pipe"],
	});
	const [answers, peakMb] = await Promise.all([text(child.stdout!), text(child.stdio[3] as Readable)]);
	fake?.end();
	const seconds = (performance.now() - started) / 1000;
	const failed = /"type":"ERROR".*/.exec(answers)?.[0];
	if (failed !== undefined) throw new Error(failed);
	const committed = [...answers.matchAll(/"recordCount":(\d+)/g)].map(([, count]) => Number(count));
	return { peakMb: Number(peakMb), records: committed.reduce((sum, count) => sum + count, 0), seconds };
}

async function startFake(folder: string) {
	const program = join(import.meta.dirname, "../../destinations/bigquery/test/fake/program.ts");
	const file = join(folder, "fake.duckdb");
	const options = { checkRows: false, bytes: false, quotas: false, file, memory: "2GB", uploadRate: UPLOAD_RATE };
	const child = spawn(process.execPath, ["--conditions=growthnav-source", program, JSON.stringify(options)], {
		stdio: ["pipe", "pipe", "inherit"],
	});
	const [line] = await once(createInterface(child.stdout!), "line");
	const { url } = JSON.parse(line as string) as { url: string };
	const settings = { project_id: "bench-project", location: "EU", endpoint: url, allow_emulator: true };
	return { settings, end: () => void child.stdin!.end() };
}
