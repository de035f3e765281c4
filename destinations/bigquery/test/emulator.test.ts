/** The destination against somebody else's BigQuery, statement by statement: what is sent is taken, and what lands is right. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BigQuery } from "@google-cloud/bigquery";
import type { Destination, JsonObject } from "@growthnav/sdk/destination";
import { memoryDatabase, memoryDestination, readSource } from "@growthnav/sdk/testing";
import fc from "fast-check";
import { PassThroughClient } from "google-auth-library";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMerchant } from "../../../connectors/square/src/demo/server.ts";
import square from "../../../connectors/square/src/index.ts";
import { type Dump, dumpMemory } from "../../duckdb/test/dump.ts";
import { session } from "../../duckdb/test/sessions.ts";
import { rows as duckdbRows, write as writeDuckDB } from "../../duckdb/test/support.ts";
import { TYPE_RUNS } from "./analyzer/sessions.ts";
import { type Emulator, MODULES, startEmulator } from "./emulator/emulator.ts";
import { findPython } from "./python/find.ts";
import { asBigQuery, dumpDataset, FULL, type Line, settingsFor, write } from "./support.ts";

const found = findPython(MODULES);
const title = "python" in found ? "an emulator" : `an emulator: skipped, ${found.missing}`;
if ("missing" in found) console.warn(title);

describe.skipIf("missing" in found)(title, () => {
	let emulator: Emulator;
	let settings: JsonObject;
	let folder: string;

	beforeAll(async () => {
		if (!("python" in found)) return;
		folder = await mkdtemp(join(tmpdir(), "gn-emulator-test-"));
		emulator = await startEmulator(found.python);
		settings = { ...settingsFor(emulator.endpoint), commit_mode: "ordered" };
	}, 120_000);
	afterAll(async () => {
		await emulator?.close();
		if (folder !== undefined) await rm(folder, { recursive: true, force: true });
	});

	/** By Google's own client, as a person would ask. */
	async function asked(query: string): Promise<JsonObject[]> {
		const options = { projectId: "acme-test", apiEndpoint: emulator.endpoint };
		const client = new BigQuery({ ...options, authClient: new PassThroughClient() as never });
		const [rows] = await client.query({ query, location: "EU" });
		return rows as JsonObject[];
	}

	it("holds what the memory destination holds, run after run", async () => {
		const database = memoryDatabase();
		const memory = memoryDestination({ spool: join(folder, "spool"), database });
		for (const lines of fc.sample(session, { seed: 34, numRuns: 3 })) {
			const there = await writeMemory(memory, lines);
			const here = await write(settings, lines);
			expect(here.errors.map(({ code }) => code)).toEqual(there.errors.map(({ code }) => code));
		}
		const dump = shortDecimals(await dumpDataset(settings));
		expect(dump).toEqual(dumpMemory(database, [], asBigQuery));
		// the sample is one in which every stream and every kind of conversion has rows
		for (const lines of Object.values(dump)) expect(lines).not.toEqual([]);
	}, 120_000);

	it("holds columns of every type, also when all comes again", async () => {
		const database = memoryDatabase();
		const memory = memoryDestination({ spool: join(folder, "spool"), database });
		const own = { ...settings, dataset: "types" };
		// it knows no ALTER TABLE with several columns: tables that change are the analyzer's and the fake's to judge
		for (const lines of [TYPE_RUNS[1]!, TYPE_RUNS[1]!]) {
			await writeMemory(memory, lines);
			expect((await write(own, lines)).errors).toEqual([]);
		}
		const dump = shortDecimals(await dumpDataset(own));
		expect(dump).toEqual(dumpMemory(database, [], asBigQuery));
	}, 120_000);

	it.runIf(FULL)(
		"has the Square merchant's books, as DuckDB has them",
		async () => {
			const merchant = await openMerchant({ story: { visits: 2_500, customers: 400 } });
			try {
				const lines: Line[] = [];
				const config = { access_token: merchant.token, base_url: merchant.url };
				for await (const message of readSource(square, { config, state: [] })) lines.push(message);
				const own = { ...settings, customer_id: "harbour" };
				const written = await write(own, lines);
				expect(written.errors).toEqual([]);
				const sums = `SELECT conversion_type AS type, currency, COUNT(*) AS n, CAST(SUM(value) * 100 AS INT64) AS value,
				COUNT(DISTINCT conversion_id) AS ids FROM growthnav_harbour.conversions GROUP BY 1, 2 ORDER BY 1, 2`;
				const { purchase, refund } = merchant.books();
				const books = [
					{ type: "purchase", currency: "USD", n: purchase.rows, value: Number(purchase.value), ids: purchase.rows },
					{ type: "refund", currency: "USD", n: refund.rows, value: Number(refund.value), ids: refund.rows },
				];
				expect(await asked(sums)).toEqual(books);
				const path = join(folder, "harbour.duckdb");
				await writeDuckDB(path, lines);
				const inDuckDB = `SELECT CAST(CAST("timestamp" AS DATE) AS VARCHAR) AS day, CAST(SUM(value) * 100 AS BIGINT) AS value
				FROM conversions GROUP BY 1 ORDER BY 1`;
				const here = `SELECT CAST(DATE(timestamp) AS STRING) AS day, CAST(SUM(value) * 100 AS INT64) AS value
				FROM growthnav_harbour.conversions GROUP BY 1 ORDER BY 1`;
				expect(await asked(here)).toEqual(await duckdbRows(path, inDuckDB));
				const again = await write(own, lines);
				expect(again.commits.flatMap(({ streams }) => streams).filter(({ loaded }) => loaded > 0)).toEqual([]);
				expect(await asked(sums)).toEqual(books);
			} finally {
				await merchant.close();
			}
		},
		300_000,
	);
});

async function writeMemory(memory: Destination, lines: Iterable<Line>) {
	const text = Array.from(lines, (line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
	return memory.write({
		config: { customer_id: "acme" },
		input: (async function* () {
			yield Buffer.from(`${text}\n`);
		})(),
		send: () => {},
		owner: { pid: process.pid, isAlive: () => true },
	});
}

/** The emulator writes NUMERIC with all nine places, BigQuery with those that it needs. */
function shortDecimals(dump: Dump): Dump {
	const short = (line: string) =>
		line.replaceAll(/"(-?\d+)\.(\d{9})"/g, (_, whole: string, places: string) => {
			const needed = places.replace(/0+$/, "");
			return needed === "" ? `"${whole}"` : `"${whole}.${needed}"`;
		});
	return Object.fromEntries(Object.entries(dump).map(([table, lines]) => [table, lines.map(short).sort()]));
}
