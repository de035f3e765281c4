/** `kill -9` of source-faker in the middle of a run, and the next run. */
import type { Catalog, JsonObject } from "@growthnav/spec";
import { beforeAll, describe, expect, test } from "vitest";
import { eventsIn } from "../processes.ts";
import { rows } from "../store.ts";
import { discover, expectSameRows, missing, peer, printedBy } from "./airbyte.ts";
import { expectWhole, killed, pipelineOf, runAgain } from "./killing.ts";

describe.skipIf(missing)("killed in mid-run and run again", { timeout: 180_000 }, () => {
	// its states say of every page that all is done, unless it makes up everything anew in each run, as by default
	const config = { count: 2_000, seed: 11, parallelism: 1, records_per_slice: 20, always_updated: true };
	const faker = { program: "source-faker", config };
	let catalog: Catalog;
	let printed: Record<string, JsonObject[]>;

	beforeAll(async () => {
		catalog = await discover(faker);
		printed = await printedBy(faker, catalog);
	});

	test.concurrent.for([
		["read on", {}],
		["read whole", { mode: "full_refresh", write: "overwrite" }],
	] as const)("source-faker, %s: each row once", async ([, wish]) => {
		const { at, path } = pipelineOf({
			command: [peer("source-faker")],
			config,
			streams: { products: wish, users: wish, purchases: wish },
		});
		await killed(at);
		const again = await runAgain(at);
		expect([again.code, eventsIn(again, "error")]).toEqual([0, []]);
		for (const { name, json_schema } of catalog.streams)
			expectSameRows(await rows(path, `FROM ${name}`), printed[name], json_schema, ["updated_at"]);
		await expectWhole(path);
	});
});
