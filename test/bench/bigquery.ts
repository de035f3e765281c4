/**
 * What BigQuery adds to a run, without a cloud: how fast its uploads are beside one plain PUT of the same bytes to the
 * same sink in the same minutes, and what gzip gains on a slow line. Before it stands the spool, with the columns that
 * BigQuery has: a share of what `JSON.parse` alone does. `npm run bench -- memory` has its memory, `cost` its bill.
 *
 *     node --conditions=growthnav-source test/bench/bigquery.ts [runs]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { median } from "./median.ts";
import { recordLines } from "./orders.ts";
import { compareSpools } from "./spool-rates.ts";

const UPLOADED = 400e6;
const SLOW = { bytes: 20e6, rate: 5e6 };
const UPLOAD_GOAL = 0.8;

const runs = Number(process.argv[2] ?? 3);
const folder = await mkdtemp(join(tmpdir(), "gn-bench-"));
try {
	for (const size of ["small", "large"] as const) await compareSpools(folder, size, ["parse", "spool", "keyed"], runs);
	await compareUploads();
	await compareGzip();
} finally {
	await rm(folder, { recursive: true });
}

/** On loopback nothing is gained by compressing: this is what our own work costs. */
async function compareUploads(): Promise<void> {
	const rows = await rowsFile(UPLOADED);
	const sink = await startSink();
	const taken = { memory: [] as Timed[], file: [] as Timed[], plain: [] as Timed[] };
	// the first of each fills caches
	for (let run = 0; run <= runs; run++) {
		for (const mode of ["memory", "file", "plain"] as const) {
			const one = await timedUpload(mode, rows, sink.url);
			if (run > 0) taken[mode].push(one);
		}
	}
	sink.end();
	console.log(`\nupload: ${UPLOADED / 1e6} MB of rows, uncompressed, to a sink on loopback`);
	const shown = ({ seconds, cpu }: Timed) =>
		`${(UPLOADED / 1e6 / seconds).toFixed(0).padStart(6)} MB/s  ${cpu.toFixed(2)} s of CPU`;
	const [memory, file, plain] = [middle(taken.memory), middle(taken.file), middle(taken.plain)];
	const ratio = (of: Timed) => (of.seconds / plain.seconds).toFixed(2);
	console.log(`one PUT from memory    ${shown(memory)}`);
	console.log(`one PUT from the file  ${shown(file)}`);
	console.log(
		`resumable, as we do    ${shown(plain)}  ratio ${ratio(file)}  goal ${UPLOAD_GOAL}; of memory ${ratio(memory)}`,
	);
}

interface Timed {
	seconds: number;
	cpu: number;
}

function middle(all: readonly Timed[]): Timed {
	return { seconds: median(all.map(({ seconds }) => seconds)), cpu: median(all.map(({ cpu }) => cpu)) };
}

async function compareGzip(): Promise<void> {
	const file = await rowsFile(SLOW.bytes);
	const sink = await startSink(SLOW.rate);
	const { seconds: plain } = await timedUpload("plain", file, sink.url);
	const { seconds: gzip } = await timedUpload("gzip", file, sink.url);
	sink.end();
	console.log(`\nslow line: ${SLOW.bytes / 1e6} MB of rows at ${SLOW.rate / 1e6} MB/s`);
	console.log(`as it is   ${plain.toFixed(1).padStart(6)} s`);
	console.log(`gzip 1     ${gzip.toFixed(1).padStart(6)} s  ${(plain / gzip).toFixed(1)} times as fast`);
}

/** Rows nearly as the spool writes them, as often as it takes: a file of so many bytes. */
async function rowsFile(bytes: number): Promise<string> {
	const file = join(folder, `rows-${bytes}.ndjson`);
	let text = "";
	for (const line of recordLines("large", Number.POSITIVE_INFINITY)) {
		text += `${line.slice(line.indexOf('"data":') + 7, line.lastIndexOf(',"emitted_at"'))}\n`;
		if (text.length >= Math.min(bytes, SLOW.bytes)) break;
	}
	const rows = Buffer.from(text);
	const out = createWriteStream(file);
	for (let left = bytes; left > 0; left -= rows.length) {
		if (!out.write(rows.subarray(0, left))) await once(out, "drain");
	}
	await new Promise<void>((resolve) => void out.end(resolve));
	return file;
}

interface Sink {
	url: string;
	end(): void;
}

async function startSink(rate?: number): Promise<Sink> {
	const program = join(import.meta.dirname, "upload-sink.ts");
	const child = spawn(process.execPath, [program, ...(rate === undefined ? [] : [String(rate)])], {
		stdio: ["pipe", "pipe", "inherit"],
	});
	const [line] = await once(createInterface(child.stdout!), "line");
	return { ...(JSON.parse(line as string) as { url: string }), end: () => void child.stdin!.end() };
}

async function timedUpload(mode: string, file: string, url: string): Promise<Timed> {
	const program = join(import.meta.dirname, "upload-run.ts");
	const child = spawn(process.execPath, ["--conditions=growthnav-source", program, mode, file, url], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	return JSON.parse(await text(child.stdout!)) as Timed;
}
