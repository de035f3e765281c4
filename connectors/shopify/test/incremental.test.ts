/** What changed since: cursors, late facts, page by page as by export, and runs that were cut off. */
import type { JsonObject } from "@growthnav/sdk";
import type { FullReading } from "@growthnav/sdk/testing";
import { afterEach, expect, test } from "vitest";
import { openShop, type Shop } from "../src/demo/server.ts";
import { read, totals } from "./support.ts";

let shop: Shop;
afterEach(() => shop.close());

const small = { orders: 330, customers: 80 };
/** Nothing of these tests is about waiting for points. */
const plenty = { most: 1_000_000, restores: 1_000_000 };
const MARCH = Date.UTC(2026, 2, 1);
const END = Date.UTC(2026, 6, 31, 12);
const STREAMS = ["orders", "customers", "products"];

const byId = (reading: FullReading, stream: string) =>
	new Map((reading.records[stream] ?? []).map((row) => [String(row.legacyResourceId), row]));

function expectBooks({ conversions }: FullReading) {
	expect(totals(conversions)).toEqual(shop.books().totals);
}

test("a second read asks only for what changed, and brings late edits, refunds and payments", async () => {
	shop = await openShop({ story: small, bucket: plenty });
	shop.setNow(MARCH);
	const first = await read(shop, { now: MARCH });
	expect(first.errors).toEqual([]);
	expectBooks(first);
	shop.setNow(END);
	const second = await read(shop, { now: END, after: first });
	expect(second.errors).toEqual([]);
	const known = byId(first, "orders");
	const again = [...byId(second, "orders")].filter(([id]) => known.has(id));
	expect(again.length).toBeGreaterThan(0);
	expect(again.length).toBeLessThan(40);
	for (const [id, row] of again) expect(row.updatedAt).not.toBe(known.get(id)!.updatedAt);
	expectBooks(second);
});

test("the same again brings only what lies within the lookback", async () => {
	shop = await openShop({ story: small, bucket: plenty });
	const first = await read(shop, { now: END });
	const again = await read(shop, { now: END, after: first });
	for (const stream of STREAMS) expect(again.records[stream]?.length ?? 0).toBeLessThan(5);
});

test("page by page comes what an export brings, to the letter", async () => {
	shop = await openShop({ story: small, bucket: plenty });
	const exported = await read(shop, { now: END, config: { bulk_from: 1 } });
	const paged = await read(shop, { now: END, config: { bulk_from: 100_000 } });
	expect(paged.errors).toEqual([]);
	for (const stream of STREAMS) {
		const rows = byId(paged, stream);
		expect(rows.size).toBeGreaterThan(10);
		expect(rows).toEqual(byId(exported, stream));
	}
	const lines = paged.records.orders!.map(({ lineItems }) => (lineItems as JsonObject[]).length);
	expect(Math.max(...lines)).toBeGreaterThan(13);
	expectBooks(paged);
});

test("killed after any page or state and continued, nothing is missing and nothing counts twice", async () => {
	shop = await openShop({ story: { orders: 90, customers: 30 }, bucket: plenty });
	const config = { bulk_from: 30 };
	const whole = await read(shop, { now: END, config });
	const cuts = [{ states: 1 }, { states: 3 }, { records: 7 }, { records: 101 }];
	for (const cut of cuts) {
		const killed = await read(shop, { now: END, config, ...cut });
		const rest = await read(shop, { now: END, config, after: killed });
		for (const stream of STREAMS) {
			const ids = [...byId(killed, stream).keys(), ...byId(rest, stream).keys()];
			expect(new Set(ids), `${stream} after ${JSON.stringify(cut)}`).toEqual(new Set(byId(whole, stream).keys()));
		}
		expectBooks(rest);
	}
});

test("start_date bounds a first read", async () => {
	shop = await openShop({ story: small, bucket: plenty });
	const { records } = await read(shop, { now: END, config: { start_date: "2026-07-01" } });
	expect(records.orders!.length).toBeGreaterThan(10);
	for (const { updatedAt } of records.orders!) expect(String(updatedAt) >= "2026-07-01").toBe(true);
});

test("a shop that counts in yen has yen without decimals", async () => {
	shop = await openShop({ story: small, bucket: plenty, currency: "JPY" });
	const { conversions, errors } = await read(shop, { now: END });
	expect(errors).toEqual([]);
	expect(totals(conversions, 0)).toEqual(shop.books().totals);
	expect(new Set(conversions.map(({ currency }) => currency))).toEqual(new Set(["JPY"]));
});
