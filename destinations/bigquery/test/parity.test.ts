/** The same input gives the same tables: what BigQuery holds is what the memory destination holds. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectorError } from "@growthnav/sdk/destination";
import { memoryDatabase, memoryDestination } from "@growthnav/sdk/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { dumpMemory } from "../../duckdb/test/dump.ts";
import { session } from "../../duckdb/test/sessions.ts";
import { collectionFile } from "./analyzer/collect.ts";
import { startFake } from "./fake/server.ts";
import { asBigQuery, dumpDataset, settingsFor, write } from "./support.ts";

const said = ({ code, why }: ConnectorError) => (code.startsWith("internal") ? `${code}: ${why}` : code);

it("BigQuery holds what the memory destination holds, after one run and after several", async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(session, { minLength: 1, maxLength: 3 }), async (runs) => {
			const fake = await startFake({ collect: collectionFile() });
			const folder = await mkdtemp(join(tmpdir(), "gn-parity-"));
			try {
				const settings = settingsFor(fake.url);
				const database = memoryDatabase();
				const memory = memoryDestination({ spool: folder, database });
				for (const all of runs) {
					const text = all.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
					const there = await memory.write({
						config: { customer_id: "acme" },
						input: (async function* () {
							yield Buffer.from(`${text}\n`);
						})(),
						send: () => {},
						owner: { pid: process.pid, isAlive: () => true },
					});
					const here = await write(settings, all);
					expect(here.errors.map(said)).toEqual(there.errors.map(said));
					const counts = (result: typeof there) =>
						result.commits.map(
							({ seconds: _, lag_s: __, batch_id: ___, bytes_billed: ____, cost_usd: _____, ...report }) => report,
						);
					expect(counts(here)).toEqual(counts(there));
				}
				expect(await dumpDataset(settings)).toEqual(dumpMemory(database, [], asBigQuery));
			} finally {
				await fake.close();
				await rm(folder, { recursive: true, force: true });
			}
		}),
		{ numRuns: Number(process.env.GN_RUNS ?? 6), endOnFailure: true },
	);
});
