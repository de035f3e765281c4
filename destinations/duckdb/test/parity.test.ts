import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectorError, Destination } from "@growthnav/sdk/destination";
import { memoryDatabase, memoryDestination } from "@growthnav/sdk/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { dumpFile, dumpMemory } from "./dump.ts";
import { session } from "./sessions.ts";
import { chunksOf, write } from "./support.ts";

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), "gn-parity-"));
	try {
		return await work(folder);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function writeTo(destination: Destination, all: (string | object)[]) {
	const text = all.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
	return destination.write({
		config: { customer_id: "acme" },
		input: chunksOf(Buffer.from(`${text}\n`)),
		send: () => {},
		owner: { pid: process.pid, isAlive: () => true },
	});
}

const said = ({ code, why }: ConnectorError) => (code.startsWith("internal") ? `${code}: ${why}` : code);

it("DuckDB holds what the memory destination holds, after one run and after several", async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(session, { minLength: 1, maxLength: 3 }), (runs) =>
			inFolder(async (folder) => {
				const path = join(folder, "acme.duckdb");
				const database = memoryDatabase();
				const memory = memoryDestination({ spool: join(folder, "spool"), database });
				for (const all of runs) {
					const [there, here] = [await writeTo(memory, all), await write(path, all)];
					expect(here.errors.map(said)).toEqual(there.errors.map(said));
					const counts = (result: typeof there) =>
						result.commits.map(({ seconds: _, lag_s: __, batch_id: ___, ...report }) => report);
					expect(counts(here)).toEqual(counts(there));
				}
				expect(await dumpFile(path)).toEqual(dumpMemory(database));
			}),
		),
		{ numRuns: Number(process.env.GN_RUNS ?? 12), endOnFailure: true },
	);
});
