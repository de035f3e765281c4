/** source-declarative-manifest with a manifest of the tests' own, by `growthnav`: seen, read, read on, and refused. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Catalog, JsonObject } from "@growthnav/spec";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { growthnav } from "../growthnav.ts";
import { eventsIn, folder, run, writeFile } from "../processes.ts";
import { rows, value } from "../store.ts";
import { configured, expectSameRows, missing, PEER_ENV, peer, recordsIn, WHOLE } from "./airbyte.ts";
import { openShop, order, type Shop, TOKEN } from "./shop.ts";

const MANIFEST = fileURLToPath(new URL("manifests/shop.yaml", import.meta.url));
const PROGRAM = peer("source-declarative-manifest");
const PERIOD = { start_date: "2026-06-01T00:00:00Z", end_date: "2026-06-30T00:00:00Z" };

describe.skipIf(missing)("source-declarative-manifest", { timeout: 180_000 }, () => {
	let shop: Shop;
	let at: string;
	beforeAll(async () => {
		shop = await openShop();
		at = folder();
		const conversions = [
			{
				type: "purchase",
				columns: { timestamp: "updated_at", value: "total", currency: { first: ["currency", { const: "EUR" }] } },
			},
		];
		const origin = {
			source: { const: "ecommerce" },
			source_system: { const: "shop" },
			source_account: { const: "main" },
		};
		writeFile(join(at, "acme.yaml"), {
			customer: "acme",
			source: {
				command: [PROGRAM, "{args}", "--manifest-path", MANIFEST],
				config: { base_url: shop.url, access_token: "env:SHOP_TOKEN", ...PERIOD },
			},
			destination: "duckdb",
			streams: { customers: {}, orders: { origin, conversions }, refunds: {} },
		});
	});
	afterAll(() => shop.close());

	const say = (words: string[], token = TOKEN) => growthnav(at, words, { ...PEER_ENV, SHOP_TOKEN: token });

	/** By the peer alone: what it prints when it reads everything from the start. */
	const printed = async (): Promise<{ catalog: Catalog; records: Record<string, JsonObject[]> }> => {
		const config = writeFile(join(folder(), "c.json"), { base_url: shop.url, access_token: TOKEN, ...PERIOD });
		const peerSays = (...words: string[]) =>
			run(PROGRAM, [...words, "--config", config, "--manifest-path", MANIFEST], { env: PEER_ENV });
		const catalog = JSON.parse(
			(await peerSays("discover")).out.split("\n").find((line) => /"CATALOG"/.test(line))!,
		).catalog;
		const read = await peerSays(
			"read",
			"--catalog",
			configured(catalog, () => WHOLE),
		);
		return { catalog, records: recordsIn(read.out) };
	};

	const expectPrinted = async () => {
		const { catalog, records } = await printed();
		for (const { name, json_schema } of catalog.streams)
			expectSameRows(await rows(join(at, "acme.duckdb"), `FROM ${name}`), records[name], json_schema);
		return records;
	};

	test("a wrong token: its check says FAILED and ends with 0; growthnav says why and ends with 10", async () => {
		const refused = await say(["check", "acme.yaml"], "wrong-token-0815");
		expect(refused.code).toBe(10);
		expect(refused.out).toMatch(/✗ source\s/);
		expect(refused.err).toMatch(/config\.check_failed/);
		expect(refused.out + refused.err).not.toContain("wrong-token-0815");
	});

	test("substreams, slices of days, a cursor, pages, offsets, a budget: all of it, and after more orders what is new", async () => {
		const first = await say(["run", "acme.yaml", "--json"]);
		expect(eventsIn(first, "error")).toEqual([]);
		expect(first.code).toBe(0);
		// its API budget: six pages of orders in a second, so the seventh after any comes about a second later
		const times = shop.times("/orders");
		expect(times.length).toBeGreaterThan(7);
		expect(Math.min(...times.slice(6).map((time, i) => time - times[i]!))).toBeGreaterThan(500);
		const before = await expectPrinted();
		expect([before.orders!.length, before.customers!.length, before.refunds!.length]).toEqual([12, 7, 18]);
		// 2^53 + 1 went through both programs
		const path = join(at, "acme.duckdb");
		expect(await value(path, "SELECT CAST(total AS VARCHAR) FROM orders WHERE id = 'o-3'")).toMatch(
			/^9007199254740993\./,
		);

		shop.orders.push(...[12, 13, 14].map(order));
		shop.requests.length = 0;
		const second = await say(["run", "acme.yaml", "--json"]);
		expect(second.code).toBe(0);
		const since = shop.requests.flatMap(({ path, query }) => (path === "/orders" && query.since ? [query.since] : []));
		// the parent of refunds is read whole, orders themselves from the committed cursor on
		expect(since).toContain("2026-06-23T11:00:00Z");
		const after = await expectPrinted();
		expect(after.orders).toHaveLength(15);
		expect(await value(path, "SELECT count(*) FROM conversions WHERE conversion_type = 'purchase'")).toBe(15);
	});

	test("no secret of it is anywhere that growthnav keeps or shows", async () => {
		const { out, err } = await say(["preview", "acme.yaml", "--stream", "orders", "--rows", "2"]);
		expect(out).toMatch(/2 rows: 2 conversions/);
		const log = readFileSync(join(at, ".growthnav/acme/1.log"), "utf8");
		expect(out + err + log).not.toContain(TOKEN);
	});
});
