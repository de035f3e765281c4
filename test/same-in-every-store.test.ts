/** One source's messages into DuckDB and into BigQuery (the fake): the same tables, row for row, and the same sums. */
import { join } from "node:path";
import { openMerchant } from "@growthnav/source-square/demo";
import { expect, test } from "vitest";
import { collectionFile } from "../destinations/bigquery/test/analyzer/collect.ts";
import { startFake } from "../destinations/bigquery/test/fake/server.ts";
import { asBigQuery, dumpDataset, rows, settingsFor } from "../destinations/bigquery/test/support.ts";
import { dumpFile } from "../destinations/duckdb/test/dump.ts";
import { DESTINATION_BIGQUERY, DESTINATION_DUCKDB, FULL, folder, run, SOURCE_SQUARE, writeFile } from "./processes.ts";

test("a Square merchant's whole story, twice", { timeout: 600_000 }, async () => {
	const merchant = await openMerchant(FULL ? {} : { story: { visits: 2_500, customers: 400 } });
	// what is checked in detail elsewhere is left out where the input is large
	const fake = await startFake({ collect: collectionFile(), ...(FULL && { bytes: false }) });
	try {
		const at = folder();
		const square = writeFile(join(at, "square.json"), { access_token: merchant.token, base_url: merchant.url });
		const source = await run(SOURCE_SQUARE, ["read", "--config", square]);
		expect(source).toMatchObject({ code: 0, err: "" });
		const path = join(at, "acme.duckdb");
		const duckdb = writeFile(join(at, "duckdb.json"), { path, customer_id: "acme" });
		const settings = { ...settingsFor(fake.url), spool: join(at, "spool") };
		const bigquery = writeFile(join(at, "bigquery.json"), settings);
		for (const _ of ["first", "second"]) {
			for (const [program, config] of [
				[DESTINATION_DUCKDB, duckdb],
				[DESTINATION_BIGQUERY, bigquery],
			] as const) {
				expect(await run(program, ["write", "--config", config], { input: source.out })).toMatchObject({
					code: 0,
					err: "",
				});
			}
			const [here, there] = [await dumpDataset(settings), await dumpFile(path, [], asBigQuery)];
			expect(Object.keys(here)).toEqual(Object.keys(there));
			for (const [table, lines] of Object.entries(there)) {
				expect([table, here[table]!.length]).toEqual([table, lines.length]);
				expect(here[table]).toEqual(lines);
			}
		}
		const books = merchant.books();
		expect(
			await rows(
				settings,
				"SELECT conversion_type AS type, COUNT(*) AS n, CAST(SUM(value) * 100 AS STRING) AS value FROM conversions GROUP BY type ORDER BY type",
			),
		).toEqual([
			{ type: "purchase", n: books.purchase.rows, value: String(books.purchase.value) },
			{ type: "refund", n: books.refund.rows, value: String(books.refund.value) },
		]);
	} finally {
		await fake.close();
		await merchant.close();
	}
});
