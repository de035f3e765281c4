/** What changed since: cursors, late facts, and runs that were cut off. */
import type { FullReading } from "@growthnav/sdk/testing";
import { afterEach, expect, test } from "vitest";
import { PLACES } from "../src/demo/merchant.ts";
import { type Merchant, openMerchant } from "../src/demo/server.ts";
import { read, totals } from "./support.ts";

let merchant: Merchant;
afterEach(() => merchant.close());

const small = { visits: 1500, customers: 200 };
const MARCH = Date.UTC(2026, 2, 1);

function expectBooks({ conversions }: FullReading) {
	const { days: _, ...sums } = merchant.books();
	expect(totals(conversions)).toEqual(sums);
}

test("a second read asks only for what changed, and finds sales of refunds that lie before it", async () => {
	merchant = await openMerchant({ story: small });
	merchant.setNow(MARCH);
	const first = await read(merchant);
	expectBooks(first);
	merchant.setNow(Date.UTC(2026, 6, 31, 3));
	const second = await read(merchant, {}, { after: first });
	expect(second.errors).toEqual([]);
	const ids = (reading: FullReading) => new Set(reading.records.orders!.map(({ id }) => id));
	expect([...ids(second)].filter((id) => ids(first).has(id)).length).toBeLessThan(5);
	const late = second.records.refunds!.filter(({ joined }) => ids(first).has((joined as { sale_id: string }).sale_id));
	expect(late.length).toBeGreaterThan(0);
	expectBooks(second);
});

test("the same again brings only what lies within the lookback", async () => {
	merchant = await openMerchant({ story: small });
	const first = await read(merchant);
	const again = await read(merchant, {}, { after: first });
	expect(again.records.orders!.length).toBeLessThan(5);
	expect(again.records.payments!.length).toBeLessThan(5);
	expect(again.records.customers?.length ?? 0).toBeLessThan(5);
});

test("cut off after any checkpoint and continued, nothing is missing", async () => {
	merchant = await openMerchant({ story: small });
	const whole = await read(merchant);
	for (const states of [1, 3, 5, 9, 14]) {
		const cut = await read(merchant, {}, { states });
		const rest = await read(merchant, {}, { after: cut });
		for (const stream of ["customers", "orders", "payments", "refunds"]) {
			const ids = (reading: FullReading) => (reading.records[stream] ?? []).map(({ id }) => String(id));
			expect(new Set([...ids(cut), ...ids(rest)]), `${stream} after ${states} states`).toEqual(new Set(ids(whole)));
		}
	}
});

test("a location that is added is read from its first order, the others from where they stand", async () => {
	merchant = await openMerchant({ story: small });
	const [newport, lakeside] = PLACES.map(({ id }) => id) as [string, string];
	const first = await read(merchant, { location_ids: [newport] });
	expect(new Set(first.records.orders!.map(({ location_id }) => location_id))).toEqual(new Set([newport]));
	const second = await read(merchant, { location_ids: [newport, lakeside] }, { after: first });
	const at = (place: string) => second.records.orders!.filter(({ location_id }) => location_id === place).length;
	expect(at(newport)).toBeLessThan(5);
	expect(at(lakeside)).toBeGreaterThan(300);
});

test("start_date bounds a first read", async () => {
	merchant = await openMerchant({ story: small });
	const { records } = await read(merchant, { start_date: "2026-07-01" });
	for (const { updated_at } of records.orders!) expect(String(updated_at) >= "2026-07-01").toBe(true);
	expect(records.customers!.length).toBe(200);
});
