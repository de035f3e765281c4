/**
 * Against BigQuery itself: `BQ_LIVE_PROJECT=my-project npm run test:live`. It makes a dataset of its own, which it deletes
 * in the end, lets no query read more than 1 GB, and costs less than a cent. BQ_LIVE_LOCATION is US if left out;
 * credentials are the application default, or BQ_LIVE_CREDENTIALS names a file. First come the assumptions on which the
 * destination rests, then a small day of its work. BQ_LIVE_ENDPOINT leads to a fake, to try the test itself.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json, JsonObject } from "@growthnav/sdk/store";
import { afterAll, describe, expect, test } from "vitest";
import { openApi } from "../src/api/api.ts";
import { openJobs } from "../src/api/jobs.ts";
import { datasetOf, settingsOf } from "../src/config.ts";
import { insertTable, makeDataset } from "../src/dataset/dataset.ts";
import bigquery from "../src/index.ts";
import { rowsOf, runSql, type Session } from "../src/session.ts";
import { catalog, record, rows, state, status, stream, write } from "./support.ts";

const { BQ_LIVE_PROJECT, BQ_LIVE_LOCATION, BQ_LIVE_CREDENTIALS, BQ_LIVE_ENDPOINT } = process.env;
const run = randomBytes(3).toString("hex");
const settings: JsonObject = {
	project_id: BQ_LIVE_PROJECT ?? "none-given",
	customer_id: `live_test_${run}`,
	location: BQ_LIVE_LOCATION ?? "US",
	maximum_bytes_billed: 1_000_000_000,
	...(BQ_LIVE_CREDENTIALS !== undefined && { credentials_file: BQ_LIVE_CREDENTIALS }),
	...(BQ_LIVE_ENDPOINT !== undefined && { endpoint: BQ_LIVE_ENDPOINT, allow_emulator: true }),
};

const found: string[] = [];

async function openSession(): Promise<Session> {
	const config = settingsOf({
		...(settings as never as Parameters<typeof settingsOf>[0]),
		connection: "live",
		commit_mode: "transaction",
		moved_rows: "exact",
		allow_emulator: BQ_LIVE_ENDPOINT !== undefined,
	});
	const api = await openApi(config);
	const dataset = datasetOf(config);
	return {
		config,
		api,
		jobs: openJobs(api, { config }),
		project: api.project,
		dataset,
		nonce: run,
		connection8: "live0000",
	};
}

const HOUR = 3_600_000;

const isLive = BQ_LIVE_PROJECT !== undefined;
const title = isLive ? "BigQuery itself" : "BigQuery itself: not asked, because BQ_LIVE_PROJECT names no project";

describe.skipIf(!isLive)(title, { timeout: HOUR / 6 }, () => {
	const session = isLive ? openSession() : new Promise<Session>(() => {});
	let folder: string;

	const dataset = (async () => {
		if (!isLive) return;
		folder = await mkdtemp(join(tmpdir(), "gn-live-"));
		await makeDataset(await session);
	})();

	afterAll(async () => {
		const { api, dataset: name } = await session;
		await api.call({ method: "DELETE", path: `datasets/${name}`, query: { deleteContents: "true" }, step: "dataset" });
		await rm(folder, { recursive: true, force: true });
		console.log(found.join("\n"));
	}, HOUR / 12);

	const table = async (name: string, fields: object[], more: JsonObject = {}) => {
		await dataset;
		await insertTable(await session, name, { schema: { fields } as never, ...more });
	};

	const load = async (name: string, id: string, lines: readonly object[]) => {
		const { jobs, project, dataset: datasetId } = await session;
		const file = join(folder, `${id}.ndjson`);
		await writeFile(file, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
		return jobs.run({
			id: `gn_live_${run}_${id}`,
			step: "load",
			media: { file },
			configuration: {
				load: {
					destinationTable: { projectId: project, datasetId, tableId: name },
					sourceFormat: "NEWLINE_DELIMITED_JSON",
					createDisposition: "CREATE_NEVER",
					writeDisposition: "WRITE_TRUNCATE",
				},
			},
		});
	};

	const asked = async (sql: string): Promise<Json[]> => {
		const open = await session;
		return rowsOf(open, await runSql(open, { step: "query", sql }));
	};

	test("1: the id of a job that was used is refused for an upload too, and the job taken over", async () => {
		await table("once", [{ name: "n", type: "INT64" }]);
		const first = await load("once", "same", [{ n: 1 }, { n: 2 }]);
		const second = await load("once", "same", [{ n: 1 }, { n: 2 }]);
		expect([first.adopted, second.adopted, second.id]).toEqual([false, true, first.id]);
		expect(await asked("SELECT COUNT(*) AS n FROM once")).toEqual([{ n: 2 }]);
	});

	test("2: a failed ASSERT within a transaction undoes it, and @@row_count is there", async () => {
		await table("lease", [{ name: "epoch", type: "INT64" }]);
		await load("lease", "lease", [{ epoch: 6 }]);
		const open = await session;
		const take = (from: number) =>
			runSql(open, {
				step: "commit",
				sql:
					`BEGIN TRANSACTION; UPDATE lease SET epoch = ${from + 1} WHERE epoch = ${from}; ` +
					"ASSERT @@row_count = 1 AS 'gn_fence: taken'; COMMIT TRANSACTION; SELECT 'committed' AS outcome;",
			});
		await take(6);
		await expect(take(6)).rejects.toThrow();
		expect(await asked("SELECT epoch FROM lease")).toEqual([{ epoch: 7 }]);
	});

	test("3: literal ranges joined by OR prune", async () => {
		const timePartitioning = { type: "DAY", field: "seen_at" };
		await table(
			"visits",
			[
				{ name: "id", type: "STRING" },
				{ name: "seen_at", type: "TIMESTAMP" },
			],
			{ timePartitioning },
		);
		const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString();
		await load(
			"visits",
			"visits",
			Array.from({ length: 200 }, (_, n) => ({ id: `row ${n}`, seen_at: day(n) })),
		);
		const bytes = async (where: string) => {
			const { api, project, dataset: datasetId, config } = await session;
			const job = await api.call<{ statistics?: { totalBytesProcessed?: string } }>({
				method: "POST",
				path: "jobs",
				step: "query",
				body: {
					jobReference: { projectId: project, location: config.location },
					configuration: {
						dryRun: true,
						query: {
							query: `SELECT id FROM visits WHERE ${where}`,
							useLegacySql: false,
							defaultDataset: { projectId: project, datasetId },
						},
					},
				},
			});
			return Number(job.statistics?.totalBytesProcessed);
		};
		const range = (from: number) => `seen_at >= TIMESTAMP '${day(from)}' AND seen_at < TIMESTAMP '${day(from + 1)}'`;
		const [all, two] = [await bytes("seen_at IS NOT NULL"), await bytes(`${range(3)} OR ${range(150)}`)];
		found.push(`3: all days ${all} bytes, two of 200 days ${two} bytes`);
		expect(two).toBeLessThan(all / 20);
	});

	test("4: what becomes of NUMERIC text with more than nine decimals", async () => {
		await table("numbers", [{ name: "n", type: "NUMERIC" }]);
		await load("numbers", "nine", [{ n: "0.123456789" }, { n: "12345678901234567890123456789.123456789" }]);
		expect(await asked("SELECT CAST(n AS STRING) AS n FROM numbers ORDER BY n")).toEqual([
			{ n: "0.123456789" },
			{ n: "12345678901234567890123456789.123456789" },
		]);
		const ten = await load("numbers", "ten", [{ n: "0.1234567891" }]).then(
			() => asked("SELECT CAST(n AS STRING) AS n FROM numbers"),
			(thrown: Error) => thrown.message,
		);
		found.push(`4: 0.1234567891 becomes ${JSON.stringify(ten)}`);
	});

	test("5: the destination itself: rows that were just loaded are committed, twice, moved, refused, billed", async () => {
		await dataset;
		const orders = catalog(
			stream(
				"orders",
				{ id: { type: "string" }, at: { type: "string", format: "date-time" }, total: { type: "number" } },
				{
					conversions: [{ type: "purchase", columns: { timestamp: "at", value: "total", currency: { const: "USD" } } }],
					conversion_origin: {
						source: { const: "pos" },
						source_system: { const: "shop" },
						source_account: { const: "m1" },
					},
				},
			),
		);
		const order = (id: string, day: string, total: number, version = 1) =>
			record("orders", { id, at: `2026-${day}T10:00:00Z`, total }, 1_780_000_000_000 + version);
		const end = [state("orders", 1), status("orders")];
		const lines = [orders, order("a", "07-01", 12.5), order("b", "07-03", 7), "{broken", ...end];
		for (const superseded of [0, 2]) {
			const result = await write(settings, lines);
			expect(result.errors).toEqual([]);
			expect(result.commits.flatMap(({ streams }) => streams).reduce((sum, one) => sum + one.superseded, 0)).toBe(
				superseded,
			);
		}
		expect((await write(settings, [orders, order("a", "02-01", 13, 2), ...end])).errors).toEqual([]);
		expect(
			await rows(
				settings,
				"SELECT CAST(value AS STRING) AS value, CAST(DATE(timestamp) AS STRING) AS day FROM conversions ORDER BY day",
			),
		).toEqual([
			{ value: "13", day: "2026-02-01" },
			{ value: "7", day: "2026-07-03" },
		]);
		expect(await rows(settings, "SELECT COUNT(*) AS n FROM _gn_dead_letters")).toEqual([{ n: 1 }]);
		const [cost] = await rows(settings, "SELECT SUM(bytes_billed) AS bytes, COUNT(*) AS commits FROM _gn_commits");
		found.push(`5 and 6: ${cost!.commits} commits billed ${cost!.bytes} bytes`);
	});

	test("6: two writers of one connection: one commits, the other is told", async () => {
		await dataset;
		const things = catalog(stream("things", { id: { type: "string" } }));
		const end = [state("things", 1), status("things")];
		await write(settings, [things, record("things", { id: "a" }), ...end]);
		const results = await Promise.all(
			["b", "c"].map((id) => write(settings, [things, record("things", { id }), ...end])),
		);
		const codes = results.flatMap(({ errors }) => errors.map(({ code }) => code));
		found.push(`6: two writers ended with ${JSON.stringify(codes)}`);
		expect(codes.filter((code) => code !== "transient.other_writer")).toEqual([]);
		const [{ n }] = (await rows(settings, "SELECT COUNT(*) AS n FROM things")) as [{ n: number }];
		expect(n).toBe(3 - codes.length);
	});

	test("check says what a run would need", async () => {
		expect(await bigquery.check(settings)).toContain("is there");
	});
});
