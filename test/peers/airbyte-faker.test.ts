/** Airbyte's source-faker by `growthnav run`: read whole, read on, made into conversions. */
import { join } from "node:path";
import type { Catalog, JsonObject } from "@growthnav/spec";
import { beforeAll, describe, expect, test } from "vitest";
import { addDecimals, decimalOf } from "../../sdk/src/protocol/numbers.ts";
import { growthnav } from "../growthnav.ts";
import { eventsIn, folder, writeFile } from "../processes.ts";
import { rows, statesOf } from "../store.ts";
import { discover, expectSameRows, missing, PEER_ENV, peer, printedBy } from "./airbyte.ts";

const STREAMS = ["products", "users", "purchases"];
/** Its records carry the time at which they were made up. */
const OF_THE_READING = ["updated_at"];

const faker = {
	program: "source-faker",
	config: { count: 60, seed: 7, parallelism: 1, records_per_slice: 25, always_updated: false } as JsonObject,
};

/** It prices products, not purchases: the number of a product stands for what a purchase cost. */
const ORIGIN = {
	source: { const: "ecommerce" },
	source_system: { const: "faker" },
	source_account: { const: "main" },
};
const PURCHASES = {
	origin: ORIGIN,
	conversions: [
		{
			type: "purchase",
			when: { purchased_at: { exists: true } },
			columns: { timestamp: "purchased_at", currency: { const: "USD" }, value: "product_id", user_id: "user_id" },
		},
		{
			type: "refund",
			when: { returned_at: { exists: true } },
			parent: { type: "purchase", stream: "purchases", key: "id" },
			columns: { timestamp: "returned_at", currency: { const: "USD" }, value: { negate: "product_id" } },
		},
	],
};

function pipeline(streams: JsonObject, config: JsonObject = faker.config): string {
	const at = folder();
	writeFile(join(at, "acme.yaml"), {
		customer: "acme",
		source: { command: [peer(faker.program)], config },
		destination: "duckdb",
		streams,
	});
	return at;
}

const runOf = (at: string) => growthnav(at, ["run", "acme.yaml", "--json"], PEER_ENV);

describe.skipIf(missing)("source-faker", { timeout: 180_000 }, () => {
	let catalog: Catalog;
	let printed: Record<string, JsonObject[]>;

	beforeAll(async () => {
		catalog = await discover(faker);
		printed = await printedBy(faker, catalog);
	});

	const expectPrinted = async (at: string) => {
		for (const { name, json_schema } of catalog.streams) {
			const found = await rows(join(at, "acme.duckdb"), `FROM ${name}`);
			expectSameRows(found, printed[name], json_schema, OF_THE_READING);
		}
	};

	test.concurrent("read on, twice: all that it printed, then nothing; purchases become conversions of the same sums", async () => {
		const at = pipeline({ products: {}, users: {}, purchases: PURCHASES });
		const first = await runOf(at);
		expect([first.code, eventsIn(first, "error")]).toEqual([0, []]);
		await expectPrinted(at);
		const path = join(at, "acme.duckdb");
		const bought = printed.purchases!.filter(({ purchased_at }) => typeof purchased_at === "string");
		const returned = printed.purchases!.filter(({ returned_at }) => typeof returned_at === "string");
		const sum = (some: JsonObject[]) => some.map(({ product_id }) => decimalOf(product_id)!).reduce(addDecimals, "0");
		expect(returned.length).toBeGreaterThan(0);
		const query =
			"SELECT conversion_type AS type, count(*) AS n, sum(value) AS sum FROM conversions GROUP BY 1 ORDER BY 1";
		expect(await rows(path, query)).toEqual([
			{ type: "purchase", n: bought.length, sum: sum(bought) },
			{ type: "refund", n: returned.length, sum: `-${sum(returned)}` },
		]);
		// a refund is read with its purchase, by the mapping's parent
		const orphans = `SELECT count(*) AS n FROM conversions AS refund LEFT JOIN conversions AS sale
			ON sale.conversion_id = refund.parent_conversion_id WHERE refund.conversion_type = 'refund' AND sale.value IS NULL`;
		expect(await rows(path, orphans)).toEqual([{ n: 0 }]);

		const again = await runOf(at);
		expect(eventsIn(again, "run_finished")).toMatchObject([{ status: "nothing_new", exit_code: 0, read: 0 }]);
		await expectPrinted(at);
		expect((await statesOf(path, "acme")).map(({ stream }) => stream?.stream_descriptor.name).sort()).toEqual(
			[...STREAMS].sort(),
		);
	});

	test.concurrent("read whole, twice: its last state, which says that all was sent, is not given back", async () => {
		const overwrite = { mode: "full_refresh", write: "overwrite" };
		const at = pipeline({ products: overwrite, users: overwrite, purchases: overwrite });
		for (const _ of ["first", "again"]) {
			const ended = await runOf(at);
			const all = STREAMS.reduce((sum, name) => sum + printed[name]!.length, 0);
			expect(eventsIn(ended, "run_finished")).toMatchObject([{ status: "done", exit_code: 0, loaded: all }]);
			await expectPrinted(at);
		}
	});
});
