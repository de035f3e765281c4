/** The whole year of the scripted merchant, against its own ledger. */
import { type ConversionRow, type FullReading, utcDayOf, valuesOf } from "@growthnav/sdk/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Merchant, openMerchant } from "../src/demo/server.ts";
import { start, totalsOf } from "../src/demo.ts";
import { read, totals } from "./support.ts";

let merchant: Merchant;
let year: FullReading;

beforeAll(async () => {
	merchant = await openMerchant();
	year = await read(merchant);
});
afterAll(() => merchant.close());

const ofType = (type: string): ConversionRow[] => year.conversions.filter((row) => row.conversion_type === type);

test("rows and value of purchases and refunds equal the ledger to the cent", () => {
	expect(year.errors).toEqual([]);
	const { days: _, ...sums } = merchant.books();
	expect(totals(year.conversions)).toEqual(sums);
});

test("every UTC day's value equals the ledger to the cent", () => {
	const books = merchant.books().days;
	expect(books.size).toBeGreaterThan(390);
	expect(new Map([...valuesOf(year.conversions, utcDayOf)].sort())).toEqual(new Map([...books].sort()));
});

test("the components of every row are its total", () => {
	const minor = (row: ConversionRow, column: string) => BigInt(String(row[column] ?? "0").replace(".", ""));
	for (const row of year.conversions) {
		const sum = ["value", "tax_amount", "tip_amount", "surcharge_amount"].reduce(
			(so, name) => so + minor(row, name),
			0n,
		);
		const giftCards = (row.line_items as Record<string, string>[] | null)?.some(
			({ product_name }) => product_name === "Gift card",
		);
		if (!giftCards) expect(sum).toBe(minor(row, "total_amount"));
		else expect(sum).toBeLessThan(minor(row, "total_amount"));
		if (row.gross_amount != null)
			expect(minor(row, "gross_amount") - minor(row, "discount_amount")).toBe(minor(row, "value"));
	}
});

test("every refund is tied to a sale, and never gives back more than it brought in", () => {
	const sales = new Map(ofType("purchase").map((row) => [row.conversion_id, row]));
	const back = new Map<unknown, number>();
	for (const refund of ofType("refund")) {
		expect(sales.has(refund.parent_conversion_id!)).toBe(true);
		const before = back.get(refund.parent_conversion_id) ?? 0;
		back.set(refund.parent_conversion_id, before + Number(refund.value));
	}
	for (const [id, value] of back) expect(Number(sales.get(id as string)!.value) + value).toBeGreaterThan(-0.005);
});

test("the business date is the day at the place of sale", () => {
	const honolulu = ofType("purchase").filter((row) => row.location_name === "Harbour Golf Ala Moana");
	const zone = new Intl.DateTimeFormat("sv-SE", { timeZone: "Pacific/Honolulu" });
	expect(honolulu.some((row) => row.business_date !== String(row.timestamp).slice(0, 10))).toBe(true);
	for (const row of honolulu) expect(row.business_date).toBe(zone.format(new Date(String(row.timestamp))));
});

test("the vendor's oddities are rejects with their reason, or no conversion with its reason", () => {
	expect(year.rejects).toHaveLength(6);
	for (const reject of year.rejects) expect(reject).toMatchObject({ stream: "orders", reason: "id is missing" });
	expect(year.refused).toEqual(Array(3).fill("orders: no_event_time closed_at is absent"));
});

test("a row that a page repeats is sent as it came", () => {
	const ids = year.records.orders!.map(({ id }) => id);
	expect(ids.length).toBeGreaterThan(new Set(ids).size);
	expect(new Set(ids).size).toBe(merchant.history.orders.length - 6);
});

test("the requests keep Square's limits", () => {
	for (const { path, body, query, headers } of merchant.requests) {
		expect(headers["square-version"]).toBe("2025-08-20");
		if (path === "/v2/orders/search")
			expect((body as { location_ids: string[] }).location_ids.length).toBeLessThanOrEqual(10);
		if (path === "/v2/orders/batch-retrieve")
			expect((body as { order_ids: string[] }).order_ids.length).toBeLessThanOrEqual(100);
		if (path === "/v2/payments") expect(query).toMatchObject({ sort_field: "UPDATED_AT", sort_order: "ASC" });
	}
});

describe("the demo", () => {
	test("states the ledger's totals, and the same data at every start", async () => {
		const demo = await start();
		await demo.close();
		expect(demo.expectedTotals).toEqual(totalsOf(merchant.books(), "USD", 2));
		expect(demo.expectedTotals).toEqual([
			{ source_system: "square", conversion_type: "purchase", currency: "USD", rows: 18618, value: "1273170.79" },
			{ source_system: "square", conversion_type: "refund", currency: "USD", rows: 639, value: "-22138.98" },
		]);
	});
});
