/** How much memory `write` needs at most, whatever comes. */
import { join } from "node:path";
import type { JsonObject } from "@growthnav/spec";
import { committedRecords } from "../check/messages.ts";
import type { Case, Contender } from "../harness/case.ts";
import { ROOT, workload, writing } from "../workloads/run.ts";
import { startServer } from "../workloads/server.ts";

/** Of the line to BigQuery, in bytes per second: the spool is what waits. */
const UPLOAD_RATE = 20e6;
/** 5 GB. */
const FULL = 5_700_000;
const KINDS = [
	{ kind: "long", words: "one stream", usual: 600_000, bigquery: 300 },
	{ kind: "many", words: "200 streams that take turns", usual: 200_000, bigquery: 300 },
	// an upload holds it once more
	{ kind: "huge", words: "one record of 30 MB among others", usual: 200_000, bigquery: 400 },
];

export const memory: Case = {
	name: "memory",
	says:
		"The peak of `write` for records of 900 bytes in one stream, in 200 that take turns, and with one of 30 MB among " +
		"them: into no store, into DuckDB, and into BigQuery (the fake, in a process of its own, behind a line of 20 MB/s).",
	async *comparisons({ full, amount, folder }) {
		for (const { kind, words, usual, bigquery } of KINDS) {
			const records = kind === "long" && full ? FULL : amount(usual);
			const fake = await startFake(folder, kind);
			try {
				yield {
					title: `memory: ${words}`,
					records,
					expected: { records },
					// a peak is no matter of luck
					rounds: () => 1,
					contenders: [
						writer("ours, no store", kind, records, 300, (at) => ({ spool: join(at, "spool") })),
						writer("ours, DuckDB", kind, records, 512, (at) => ({ path: join(at, "orders.duckdb") })),
						writer("ours, BigQuery", kind, records, bigquery, (at) => ({ spool: join(at, "spool"), ...fake.settings })),
					],
				};
			} finally {
				fake.end();
			}
		}
	},
};

function writer(
	name: string,
	kind: string,
	records: number,
	peakMb: number,
	store: (at: string) => JsonObject,
): Contender {
	return {
		name,
		role: "ours",
		command: async (at, amount) => ({
			...(await writing(at, store(at))),
			feed: workload("long-source.ts", [kind, String(amount === "all" ? records : 1)]),
		}),
		outcome: (_at, out) => committedRecords(out),
		goals: [{ peakMb }],
	};
}

async function startFake(folder: string, kind: string) {
	const program = join(ROOT, "destinations/bigquery/test/fake/program.ts");
	const file = join(folder, `fake-${kind}.duckdb`);
	const options = { checkRows: false, bytes: false, quotas: false, file, memory: "2GB", uploadRate: UPLOAD_RATE };
	const argv = [process.execPath, "--conditions=growthnav-source", program, JSON.stringify(options)];
	const { url, end } = await startServer(argv);
	return { settings: { project_id: "bench-project", location: "EU", endpoint: url, allow_emulator: true }, end };
}
