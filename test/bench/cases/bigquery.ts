/** What BigQuery adds to a run, without a cloud: its uploads. `memory` has its memory, `cost` its bill, `spool` the rest. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Amount, Case, Contender, Goal } from "../harness/case.ts";
import { orderTexts } from "../workloads/orders.ts";
import { workload } from "../workloads/run.ts";
import { startServer } from "../workloads/server.ts";

const ROWS = 500_000;
/** Of a slow line, and so many bytes a second. */
const SLOW = { rows: 12_000, rate: 5e6 };
const PUT = "one PUT of the file";
const PLAIN = "ours, not compressed";

export const bigquery: Case = {
	name: "bigquery",
	says:
		"Rows as BigQuery's loads want them to a sink that does nothing with them, by the resumable uploads that " +
		"destination-bigquery does: on loopback, where this is the cost of our own work, and on a slow line, where gzip gains.",
	async *comparisons({ amount, folder }) {
		const rows = amount(ROWS);
		const all = await rowsFile(folder, "rows.ndjson", rows);
		const start = await rowsFile(folder, "start.ndjson", 1);
		const files = { all, start };
		const sink = await startServer(workload("upload-sink.ts"));
		try {
			yield {
				title: "upload on loopback",
				records: rows,
				bytes: (await stat(all)).size,
				contenders: [
					contender("one PUT from memory", "ceiling", "memory", files, sink.url),
					contender(PUT, "ceiling", "file", files, sink.url),
					contender(PLAIN, "ours", "plain", files, sink.url, [{ times: 0.8, than: PUT }]),
				],
			};
		} finally {
			sink.end();
		}
		yield* slowLine(amount(SLOW.rows), folder, start);
	},
};

async function* slowLine(rows: number, folder: string, start: string) {
	const all = await rowsFile(folder, "slow.ndjson", rows);
	const sink = await startServer(workload("upload-sink.ts", [String(SLOW.rate)]));
	try {
		yield {
			title: `upload on a line of ${SLOW.rate / 1e6} MB/s`,
			records: rows,
			bytes: (await stat(all)).size,
			contenders: [
				contender(PLAIN, "ours", "plain", { all, start }, sink.url),
				contender("ours, gzip", "ours", "gzip", { all, start }, sink.url),
			],
		};
	} finally {
		sink.end();
	}
}

function contender(
	name: string,
	role: Contender["role"],
	mode: string,
	files: Record<Amount, string>,
	url: string,
	goals: Goal[] = [],
): Contender {
	// so that reading it into memory is taken off
	const whole = mode === "memory" ? [files.all] : [];
	const args = (amount: Amount) => [mode, files[amount], url, ...whole];
	return {
		name,
		role,
		command: (_at, amount) => ({ argv: workload("upload.ts", args(amount), { sources: true }) }),
		goals,
	};
}

/** The same few thousand rows again and again. */
async function rowsFile(folder: string, name: string, rows: number): Promise<string> {
	const file = join(folder, name);
	const block = [...orderTexts("large", Math.min(rows, 5_000))].map((text) => `${text}\n`);
	const out = createWriteStream(file);
	for (let left = rows; left > 0; left -= block.length) {
		if (!out.write(block.slice(0, left).join(""))) await once(out, "drain");
	}
	await new Promise<void>((resolve) => void out.end(resolve));
	return file;
}
