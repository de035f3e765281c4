/** How fast records become typed rows in the spool, as a share of what `JSON.parse` alone does over the same pipe. */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { median } from "./median.ts";
import { recordLines, type Size } from "./orders.ts";

interface Run {
	records: number;
	seconds: number;
	cpu: number;
	rssMb: number;
}

/** `parse` is the ceiling. */
export const SPOOL_MODES = ["parse", "messages", "spool", "keyed"] as const;
export type SpoolMode = (typeof SPOOL_MODES)[number];

const COUNTS: Record<Size, number> = { small: 1_200_000, large: 350_000 };
const GOALS: Record<string, number> = { spool: 0.4, keyed: 0.33 };

/** Prints a line for each mode. `folder` is for files that are as large as the input. */
export async function compareSpools(
	folder: string,
	size: Size,
	modes: readonly SpoolMode[],
	runs: number,
): Promise<void> {
	const file = join(folder, `${size}.ndjson`);
	const bytes = await writeRecords(file, size);
	const done = new Map<string, Run[]>(modes.map((mode) => [mode, []]));
	for (let run = 0; run < runs; run++) {
		for (const mode of modes) done.get(mode)!.push(await timed(file, mode, size, folder));
	}
	console.log(`\n${size}: ${COUNTS[size].toLocaleString("en")} records of ${Math.round(bytes / COUNTS[size])} bytes`);
	const ceiling = done.get("parse")!;
	for (const [mode, results] of done) {
		const rate = COUNTS[size] / median(results.map((result) => result.seconds));
		const share = median(ceiling.map(({ seconds }) => seconds)) / median(results.map(({ seconds }) => seconds));
		const cpu = median(ceiling.map(({ cpu }) => cpu)) / median(results.map(({ cpu }) => cpu));
		const goal = GOALS[mode] === undefined ? "" : `  goal ${GOALS[mode]}`;
		console.log(
			`${mode.padEnd(9)} ${Math.round(rate).toLocaleString("en").padStart(10)} records/s  ratio ${share.toFixed(2)}` +
				`  by CPU ${cpu.toFixed(2)}  peak ${Math.max(...results.map(({ rssMb }) => rssMb)).toFixed(0)} MB${goal}`,
		);
	}
	await rm(file);
}

async function writeRecords(file: string, size: Size): Promise<number> {
	const out = createWriteStream(file);
	await pipeline(Readable.from(blocks(size)), out);
	return out.bytesWritten;
}

function* blocks(size: Size): Generator<string> {
	let block = "";
	for (const line of recordLines(size, COUNTS[size])) {
		block += line;
		if (block.length < 1e6) continue;
		yield block;
		block = "";
	}
	yield block;
}

/** `cat` writes into a pipe of the operating system, the run reads it as its stdin. */
async function timed(file: string, mode: string, size: Size, folder: string): Promise<Run> {
	const program = join(import.meta.dirname, "spool-run.ts");
	const command = 'cat "$1" | "$2" --conditions=growthnav-source "$3" "$4" "$5" "$6"';
	const child = spawn("sh", ["-c", command, "sh", file, process.execPath, program, mode, size, folder], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	let output = "";
	for await (const chunk of child.stdout) output += chunk;
	const run = JSON.parse(output) as Run;
	if (run.records !== COUNTS[size]) throw new Error(`${mode} read ${run.records} of ${COUNTS[size]} records`);
	return run;
}
