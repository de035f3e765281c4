/**
 * How fast records come from stdin into committed tables, as a share of what `JSON.parse` alone does over the same pipe
 * in the same minutes. Every run checks its own counts; afterwards the rows in the file are counted once more.
 *
 *     node --conditions=growthnav-source test/bench/duckdb.ts [runs]
 */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import duckdb from "../../destinations/duckdb/src/index.ts";
import { median } from "./median.ts";
import { recordLines, type Size } from "./orders.ts";

interface Run {
	records: number;
	seconds: number;
	cpu: number;
	rssMb: number;
}

const MODES = ["parse", "count", "mapped", "rows", "keyed", "converted"] as const;
const STORED = new Set(["rows", "keyed", "converted"]);
const COUNTS: Record<Size, number> = { small: 1_200_000, large: 350_000 };
/** Of the ceiling, and rows/s on a quiet machine of two cores. */
const GOALS: Record<string, string> = {
	"small rows": "goal 0.25 and 150,000/s",
	"small keyed": "goal 0.25 and 150,000/s",
	"large rows": "goal 0.25",
	"large keyed": "goal 0.25",
	"small converted": "goal 80,000/s",
	"large converted": "goal 40,000/s",
};
const EVERY = 1_000;

const runs = Number(process.argv[2] ?? 3);
const folder = await mkdtemp(join(tmpdir(), "gn-bench-"));
try {
	for (const size of ["small", "large"] as const) await compare(size);
} finally {
	await rm(folder, { recursive: true });
}

async function compare(size: Size): Promise<void> {
	const file = join(folder, `${size}.ndjson`);
	await pipeline(Readable.from(blocks(size)), createWriteStream(file));
	const done = new Map<string, Run[]>(MODES.map((mode) => [mode, []]));
	for (let run = 0; run < runs; run++) {
		for (const mode of MODES) done.get(mode)!.push(await timed(file, mode, size));
	}
	console.log(`\n${size}: ${COUNTS[size].toLocaleString("en")} records`);
	const ceiling = median(done.get("parse")!.map(({ seconds }) => seconds));
	for (const [mode, results] of done) {
		const seconds = median(results.map((result) => result.seconds));
		const cpu = median(results.map((result) => result.cpu));
		const peak = Math.max(...results.map(({ rssMb }) => rssMb));
		console.log(
			`${mode.padEnd(10)} ${Math.round(COUNTS[size] / seconds)
				.toLocaleString("en")
				.padStart(10)} records/s  ratio ${(ceiling / seconds).toFixed(2)}  ${cpu.toFixed(1)} s of CPU  ` +
				`peak ${peak.toFixed(0)} MB  ${GOALS[`${size} ${mode}`] ?? ""}`,
		);
	}
	await rm(file);
}

function* blocks(size: Size): Generator<string> {
	const descriptor = { name: "orders", namespace: "s" };
	let block = "";
	let count = 0;
	for (const line of recordLines(size, COUNTS[size])) {
		block += line;
		if (++count % EVERY === 0) {
			const state = { type: "STREAM", stream: { stream_descriptor: descriptor, stream_state: { count } } };
			block += `${JSON.stringify({ type: "STATE", state })}\n`;
		}
		if (block.length < 1e6) continue;
		yield block;
		block = "";
	}
	const stream_status = { stream_descriptor: descriptor, status: "COMPLETE" };
	yield `${block}${JSON.stringify({ type: "TRACE", trace: { type: "STREAM_STATUS", emitted_at: 0, stream_status } })}\n`;
}

/** `cat` writes into a pipe of the operating system, the run reads it as its stdin. */
async function timed(file: string, mode: string, size: Size): Promise<Run> {
	const program = join(import.meta.dirname, "duckdb-run.ts");
	const command = 'cat "$1" | "$2" --conditions=growthnav-source "$3" "$4" "$5" "$6"';
	const child = spawn("sh", ["-c", command, "sh", file, process.execPath, program, mode, size, folder], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	let output = "";
	for await (const chunk of child.stdout) output += chunk;
	const run = JSON.parse(output) as Run;
	if (run.records !== COUNTS[size]) throw new Error(`${mode} had ${run.records} of ${COUNTS[size]} records`);
	if (STORED.has(mode)) await checkFile(mode, size);
	return run;
}

/** What is in the file is what was sent; then the file goes. */
async function checkFile(mode: string, size: Size): Promise<void> {
	const path = join(folder, "bench.duckdb");
	const query =
		"SELECT (SELECT count(*) FROM s__orders) AS n, (SELECT count(DISTINCT id) FROM s__orders) AS ids, " +
		"(SELECT count(DISTINCT conversion_id) FROM conversions) AS converted";
	const result = await duckdb.sql({ config: { path, customer_id: "acme" }, query });
	for await (const { n, ids, converted } of result.rows) {
		const expected = mode === "converted" ? COUNTS[size] : 0;
		if (n !== COUNTS[size] || ids !== n || converted !== expected) {
			throw new Error(`${mode}: ${n} rows, ${ids} ids and ${converted} conversions are in the file`);
		}
	}
	await result.close();
	await rm(path);
}
