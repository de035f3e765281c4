/**
 * Acceptance check 18, scaled down (`npm run bench -- memory --full` has its 5 GB): memory does not grow with the input, and
 * where the line to BigQuery is slow, stdin waits.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startFake } from "../destinations/bigquery/test/fake/server.ts";
import { settingsFor } from "../destinations/bigquery/test/support.ts";
import { APPEND, catalog, complete, NOON, record, state, stream, TEXT, WHOLE } from "./lines.ts";
import { DESTINATION_BIGQUERY, errorsIn, feed, folder, start, writeFile } from "./processes.ts";

const STREAMS = Array.from({ length: 20 }, (_, n) => `s${n}`);
const TEXT_OF_A_ROW = "a row of some length. ".repeat(45);

/** Rows that take turns, one of 30 MB among them; a state of every stream now and then. */
function* rowsOf(bytes: number, count: (sent: number) => void): Generator<string> {
	const columns = { n: WHOLE, text: TEXT };
	yield catalog(...STREAMS.map((name) => stream(name, columns, APPEND)));
	let sent = 0;
	for (let n = 0; sent < bytes; n++) {
		const text = n === 3_000 ? "x".repeat(30_000_000) : TEXT_OF_A_ROW;
		const line = record(STREAMS[n % STREAMS.length]!, { n, text }, NOON);
		sent += line.length;
		count(sent);
		yield line;
		if (n % 10_000 === 9_999) for (const name of STREAMS) yield state(name, { n });
	}
	for (const name of STREAMS) yield state(name, { end: true });
	for (const name of STREAMS) yield complete(name);
}

/** Of a process, in MB: the most that it ever had. */
function peakOf(pid: number): number {
	const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
	return Number(found![1]) / 1024;
}

test.skipIf(process.platform !== "linux")(
	"18: 20 streams and a row of 30 MB over a slow line: memory stays bounded, and stdin waits",
	{ timeout: 300_000 },
	async () => {
		const RATE = 20e6;
		const fake = await startFake({ quotas: false, bytes: false, checkRows: false, uploadRate: RATE });
		onTestFinished(() => fake.close());
		const config = writeFile(`${folder()}/bigquery.json`, {
			...settingsFor(fake.url),
			spool: folder(),
			epoch_bytes: 20_000_000,
			spool_quota: 60_000_000,
		});
		const program = start(DESTINATION_BIGQUERY, ["write", "--config", config], { deadline: 280 });
		let taken = 0;
		const input = rowsOf(130e6, (sent) => {
			taken = sent;
		});
		const fed = feed(program.stdin, input);
		let isOver = false;
		void program.ended.then(() => {
			isOver = true;
		});
		let peak = 0;
		const ahead: number[] = [];
		while (!isOver) {
			try {
				peak = Math.max(peak, peakOf(program.pid));
			} catch {
				// it has just ended
			}
			const uploaded = fake.requests.reduce((sum, { method, bytes }) => sum + (method === "PUT" ? bytes : 0), 0);
			ahead.push(taken - uploaded);
			await sleep(50);
		}
		await fed;
		const ended = await program.ended;
		expect([errorsIn(ended), ended.code, ended.err]).toEqual([[], 0, ""]);
		expect(peak).toBeGreaterThan(50);
		expect(peak).toBeLessThan(400);
		// what was taken from stdin and is not uploaded waits in the spool, and there is no more room than the quota
		expect(Math.max(...ahead)).toBeLessThan(100e6);
		const contents = await fake.contents("growthnav_acme");
		const held = STREAMS.reduce((sum, name) => sum + contents[name]!.length, 0);
		expect(held).toBeGreaterThan(90_000);
	},
);
