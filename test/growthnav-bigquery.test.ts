/** growthnav and BigQuery (the fake): every command of an operator's day. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { collectionFile } from "../destinations/bigquery/test/analyzer/collect.ts";
import { startFake } from "../destinations/bigquery/test/fake/server.ts";
import { settingsFor } from "../destinations/bigquery/test/support.ts";
import { growthnav } from "./growthnav.ts";
import { folder, writeFile } from "./processes.ts";

test("check, run, run again, rejects, a fix, retry, sql, state, reset", { timeout: 180_000 }, async () => {
	const fake = await startFake({ collect: collectionFile() });
	onTestFinished(() => fake.close());
	const at = folder();
	writeFile(
		join(at, "shop.jsonl"),
		'{"order":"A-1","paid":"2026-07-03T09:12:00Z","sum":"11.00"}\n' +
			'{"order":"A-2","settled":"2026-07-06T00:10:00Z","sum":"7.50"}\n{"order":"A-3","paid":\n',
	);
	const { customer_id: _, ...config } = settingsFor(fake.url);
	const pipeline = (timestamp: unknown) =>
		writeFile(join(at, "shop.yaml"), {
			customer: "shop",
			source: {
				connector: "file",
				config: {
					path: "shop.jsonl",
					key: ["order"],
					currency: "EUR",
					account: "shop-export",
					source: "ecommerce",
					conversions: [{ type: "purchase", columns: { timestamp, value: "sum" } }],
				},
			},
			destination: { connector: "bigquery", config },
		});
	pipeline("paid");
	const say = async (...words: string[]) => {
		const { out, err, code } = await growthnav(at, words);
		return `${out}${err}(${code})`.replace(/\s+/g, " ");
	};
	expect(await say("check", "shop.yaml")).toContain("✓ destination bigquery: dataset growthnav_shop in EU can be made");
	const first = await say("run", "shop.yaml");
	expect(first).toContain("file__shop 3 2 0 1");
	expect(first).toContain("file purchase 1 EUR 11.00");
	expect(await say("run", "shop.yaml")).toContain("Nothing new, nothing doubled.");
	expect(await say("rejects", "shop.yaml")).toContain("A-2 no conversion: paid is absent");
	pipeline({ first: ["paid", "settled"] });
	expect(await say("rejects", "shop.yaml", "--retry")).toContain("1 row tried again: 1 accepted, 0 refused again.");
	const query = "select source_record_id, value from conversions order by 1";
	expect(await say("sql", "shop.yaml", query)).toBe("source_record_id value A-1 11 A-2 7.5 (0)");
	expect(await say("sql", "shop.yaml", "delete from conversions where true")).toContain("config.query_writes");
	expect(await say("state", "show", "shop.yaml")).toMatch(/shop 2 .*1 reject waits/);
	expect(await say("state", "reset", "shop.yaml", "--yes")).toContain("Reset: shop.");
	expect(await say("run", "shop.yaml")).toContain("file__shop 3 0 2 1");
});
