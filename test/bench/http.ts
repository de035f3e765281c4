/**
 * How fast a source reads 200,000 records of about 230 bytes in pages of 1,000 from a server on loopback, each checked
 * against its schema and written as a message: as a share of what `JSON.parse` alone does with the same pages.
 *
 *     node --conditions=growthnav-source test/bench/http.ts [runs]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

interface Run {
	records: number;
	seconds: number;
	cpu: number;
	rssMb: number;
}

const MODES = ["parse", "fetch", "read"] as const;
const WORDS = {
	parse: "JSON.parse of the pages, from memory: the ceiling",
	fetch: "pages fetched and parsed, nothing else",
	read: "the source: fetched, checked, written as messages",
};
const RECORDS = 200_000;
const runs = Number(process.argv[2] ?? 5);
const done = new Map<string, Run[]>(MODES.map((mode) => [mode, []]));

const server = spawn(process.execPath, ["--conditions=growthnav-source", join(import.meta.dirname, "http-server.ts")], {
	stdio: ["pipe", "pipe", "inherit"],
});
try {
	const [url] = (await once(server.stdout, "data")) as [Buffer];
	for (let run = 0; run < runs; run++) {
		for (const mode of MODES) done.get(mode)!.push(await timed(mode, url.toString()));
	}
} finally {
	server.stdin.end();
}
const ceiling = median(done.get("parse")!);
for (const mode of MODES) {
	const results = done.get(mode)!;
	const seconds = median(results);
	const spread = Math.max(...results.map((one) => one.seconds)) / Math.min(...results.map((one) => one.seconds));
	const peak = Math.max(...results.map(({ rssMb }) => rssMb));
	const goal = mode === "read" ? "  goal 0.40" : "";
	console.log(
		`${mode.padEnd(6)} ${Math.round(RECORDS / seconds)
			.toLocaleString("en")
			.padStart(
				9,
			)} records/s  ratio ${(ceiling / seconds).toFixed(2)}  spread ${spread.toFixed(2)}  peak ${peak.toFixed(0)} MB  ${WORDS[mode]}${goal}`,
	);
}

/** Start-up is not counted: the run measures itself. */
async function timed(mode: string, url: string): Promise<Run> {
	const child = spawn(
		process.execPath,
		["--conditions=growthnav-source", join(import.meta.dirname, "http-run.ts"), mode, url],
		{
			stdio: ["ignore", "ignore", "inherit", "pipe"],
		},
	);
	let output = "";
	for await (const chunk of child.stdio[3] as NodeJS.ReadableStream) output += chunk;
	const run = JSON.parse(output) as Run;
	if (run.records !== RECORDS) throw new Error(`${mode} had ${run.records} of ${RECORDS} records`);
	return run;
}

function median(results: Run[]): number {
	return results.map(({ seconds }) => seconds).toSorted((a, b) => a - b)[Math.floor(results.length / 2)]!;
}
