/** An operator's day with a source of Airbyte's: looked at, synced without a file, and run into BigQuery. */
import { join } from "node:path";
import type { JsonObject } from "@growthnav/spec";
import { describe, expect, onTestFinished, test } from "vitest";
import { collectionFile } from "../../destinations/bigquery/test/analyzer/collect.ts";
import { startFake } from "../../destinations/bigquery/test/fake/server.ts";
import { rows as rowsOfBigQuery, settingsFor } from "../../destinations/bigquery/test/support.ts";
import { growthnav } from "../growthnav.ts";
import { eventsIn, folder, writeFile } from "../processes.ts";
import { rows } from "../store.ts";
import { discover, expectSameRows, missing, PEER_ENV, peer, printedBy } from "./airbyte.ts";

describe.skipIf(missing)("sources of Airbyte", { timeout: 180_000 }, () => {
	test.concurrent("source-hardcoded-records by sync: streams without a key are replaced, not doubled", async () => {
		const hardcoded = { program: "source-hardcoded-records", config: { count: 4 } };
		const at = folder();
		writeFile(join(at, "c.json"), hardcoded.config);
		const say = (...words: string[]) => growthnav(at, words, PEER_ENV);
		const shown = await say("preview", peer(hardcoded.program), "--config", "c.json", "--stream", "products");
		expect([shown.code, shown.err]).toEqual([0, ""]);
		expect(shown.out).toContain("products: the first 4 rows");

		const catalog = await discover(hardcoded);
		const printed = await printedBy(hardcoded, catalog);
		const path = join(at, "acme.duckdb");
		for (const _ of ["first", "again"]) {
			const words = ["--source-config", "c.json", "--customer", "acme", "--json"];
			const ended = await say("sync", peer(hardcoded.program), "duckdb", ...words);
			expect([ended.code, eventsIn(ended, "error")]).toEqual([0, []]);
			for (const { name, json_schema } of catalog.streams)
				expectSameRows(await rows(path, `FROM ${name}`), printed[name], json_schema);
		}
	});

	test.concurrent("source-faker into BigQuery as an account, twice: all rows, and purchases as conversions of the same sum", async () => {
		const fake = await startFake({ collect: collectionFile() });
		onTestFinished(() => fake.close());
		const config: JsonObject = { count: 30, seed: 5, parallelism: 1, records_per_slice: 20, always_updated: true };
		const faker = { program: "source-faker", config };
		const { customer_id: _, ...settings } = settingsFor(fake.url);
		const at = folder();
		const columns = { timestamp: "created_at", currency: { const: "USD" }, value: "price", product_id: "id" };
		writeFile(join(at, "acme.yaml"), {
			customer: "acme",
			// it sends no namespace: the account is given to its streams on their way
			source: { command: [peer(faker.program)], config, account: "eu" },
			destination: { connector: "bigquery", config: settings },
			streams: {
				users: {},
				purchases: {},
				// cars, which cost something
				products: {
					origin: {
						source: { const: "ecommerce" },
						source_system: { const: "faker" },
						source_account: { const: "main" },
					},
					conversions: [{ type: "purchase", columns }],
				},
			},
		});
		const catalog = await discover(faker);
		const printed = await printedBy(faker, catalog);
		const price = printed.products!.reduce((sum, one) => sum + BigInt(String(one.price)), 0n);
		for (const _ of ["first", "again"]) {
			const ended = await growthnav(at, ["run", "acme.yaml", "--json"], PEER_ENV);
			expect([ended.code, eventsIn(ended, "error")]).toEqual([0, []]);
			const asked = { ...settings, customer_id: "acme" };
			for (const { name, json_schema } of catalog.streams)
				expectSameRows(await rowsOfBigQuery(asked, `SELECT * FROM eu__${name}`), printed[name], json_schema, [
					"updated_at",
				]);
			const sums =
				"SELECT conversion_type, currency, COUNT(*) AS n, SUM(value) AS value FROM conversions GROUP BY 1, 2";
			expect(await rowsOfBigQuery(asked, sums)).toEqual([
				{ conversion_type: "purchase", currency: "USD", n: 30, value: String(price) },
			]);
		}
	});
});
