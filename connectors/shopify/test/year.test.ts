/** The whole year of the scripted shop, against its own ledger. */
import { type ConversionRow, type FullReading, minorOf, utcDayOf, valuesOf } from "@growthnav/sdk/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openShop, type Shop } from "../src/demo/server.ts";
import { start, totalsOf } from "../src/demo.ts";
import { read, totals } from "./support.ts";

let shop: Shop;
let year: FullReading;

beforeAll(async () => {
	shop = await openShop();
	year = await read(shop);
});
afterAll(() => shop.close());

const ofType = (type: string): ConversionRow[] => year.conversions.filter((row) => row.conversion_type === type);

test("rows and value of purchases, refunds and adjustments equal the ledger to the cent", () => {
	expect(year.errors).toEqual([]);
	expect(year.warnings).toEqual([]);
	expect(year.refused).toEqual([]);
	expect(totals(year.conversions)).toEqual(shop.books().totals);
});

test("every UTC day's value equals the ledger to the cent", () => {
	const books = shop.books().days;
	expect(books.size).toBeGreaterThan(350);
	expect(new Map([...valuesOf(year.conversions, utcDayOf)].sort())).toEqual(new Map([...books].sort()));
});

test("the components of every row are its total, and its lines are its goods", () => {
	const parts = ["value", "tax_amount", "tip_amount", "shipping_amount", "surcharge_amount"];
	let checked = 0;
	for (const row of year.conversions) {
		const lines = (row.line_items ?? []) as Record<string, string>[];
		const cards = lines.filter(({ product_name: name }) => name?.startsWith("Gift card"));
		const sum = parts.reduce((so, name) => so + minorOf(row[name]), 0);
		const owed = cards.reduce((so, line) => so + minorOf(line.total_amount), 0);
		if (!(row.dq_flags as string[] | null)?.includes("refund_shared_over_sale")) {
			expect(sum + owed).toBe(minorOf(row.total_amount));
			const goods = lines.filter((line) => !cards.includes(line));
			expect(goods.reduce((so, line) => so + minorOf(line.net_amount), 0)).toBe(minorOf(row.value));
			checked++;
		}
		expect(minorOf(row.gross_amount) - minorOf(row.discount_amount)).toBe(minorOf(row.value));
	}
	expect(checked).toBeGreaterThan(2800);
});

test("every refund and edit is tied to a sale; nothing is given back that was not sold", () => {
	const sales = new Map(ofType("purchase").map((row) => [row.conversion_id, minorOf(row.value)]));
	for (const row of [...ofType("adjustment"), ...ofType("refund")]) {
		const before = sales.get(row.parent_conversion_id!);
		expect(before).toBeDefined();
		sales.set(row.parent_conversion_id!, before! + minorOf(row.value));
	}
	for (const left of sales.values()) expect(left).toBeGreaterThanOrEqual(0);
});

test("test orders, unpaid ones and gift cards alone are left out, each by its rule", () => {
	const rules = new Set(year.leftOut);
	expect(rules).toContain("orders: test is true, the mapping leaves that out");
	const wants = "the mapping wants PAID or PARTIALLY_PAID or PARTIALLY_REFUNDED or REFUNDED";
	for (const status of ["PENDING", "AUTHORIZED", "EXPIRED", "VOIDED"])
		expect(rules).toContain(`orders: displayFinancialStatus is ${status}, ${wants}`);
	expect(rules.size).toBe(6);
	expect(rules).toContain("orders: joined.sells is gift_cards, the mapping wants goods");
	expect(ofType("purchase").some((row) => row.is_test === true)).toBe(false);
});

test("money that follows an edit or a return counts nothing more", () => {
	const orders = year.records.orders as { refunds: unknown[]; joined: { refunds: { refund_id?: string }[] } }[];
	const silent = orders.filter(
		({ refunds, joined }) => refunds.length > joined.refunds.filter((one) => one.refund_id).length,
	);
	expect(silent.length).toBeGreaterThan(50);
});

test("how people came: click ids and campaigns of the last visit", () => {
	const sales = ofType("purchase");
	const having = (column: string) => sales.filter((row) => row[column] != null);
	expect(having("gclid").length).toBeGreaterThan(200);
	expect(having("fbclid").length).toBeGreaterThan(200);
	expect(having("ttclid").length).toBeGreaterThan(100);
	expect(having("gclid")[0]).toMatchObject({ utm_source: "google", utm_medium: "cpc", utm_campaign: "spring table" });
	expect(having("referrer").length).toBeGreaterThan(300);
	expect(sales.find((row) => row.sales_channel === "pos")).toMatchObject({
		landing_page: null,
		location_name: "Alder Street",
	});
});

test("currency is the shop's, whatever the customer saw; the day is that of its zone", () => {
	const seen = new Set(year.records.orders!.map(({ presentmentCurrencyCode: code }) => code));
	expect(seen).toEqual(new Set(["USD", "CAD", "EUR", "JPY"]));
	expect(new Set(year.conversions.map(({ currency }) => currency))).toEqual(new Set(["USD"]));
	const zone = new Intl.DateTimeFormat("sv-SE", { timeZone: "America/Los_Angeles" });
	const sales = ofType("purchase");
	expect(sales.some((row) => row.business_date !== String(row.timestamp).slice(0, 10))).toBe(true);
	for (const row of sales) expect(row.business_date).toBe(zone.format(new Date(String(row.timestamp))));
});

test("an imported order counts when it was sold, not when it was entered", () => {
	const imported = year.records.orders!.filter(({ createdAt, processedAt }) => createdAt !== processedAt);
	expect(imported.length).toBeGreaterThan(20);
	const sales = new Map(ofType("purchase").map((row) => [row.order_number, row.timestamp]));
	for (const { name, processedAt } of imported) expect([processedAt, undefined]).toContain(sales.get(name as string));
});

test("orders of many lines, edits and variants are whole, and the backfill was three exports per window at most", () => {
	type Order = { lineItems: unknown[]; joined: { adjustments: unknown[]; balances: boolean } };
	const orders = year.records.orders as unknown as Order[];
	expect(Math.max(...orders.map(({ lineItems }) => lineItems.length))).toBeGreaterThan(40);
	expect(Math.max(...orders.map(({ joined }) => joined.adjustments.length))).toBeGreaterThan(8);
	expect(orders.every(({ joined }) => joined.balances)).toBe(true);
	const products = year.records.products as unknown as { variants: unknown[] }[];
	expect(Math.max(...products.map(({ variants }) => variants.length))).toBe(137);
	expect(shop.files.requests.length).toBeGreaterThan(3);
});

test("the key goes to the shop alone", () => {
	for (const { headers } of shop.files.requests) expect(JSON.stringify(headers)).not.toContain(shop.token);
	for (const { headers } of shop.requests) expect(headers["x-shopify-access-token"]).toBe(shop.token);
});

describe("the demo", () => {
	test("states the ledger's totals, and the same data at every start", async () => {
		const demo = await start();
		await demo.close();
		expect(demo.expectedTotals).toEqual(totalsOf(shop.books(), "USD", 2));
		expect(demo.expectedTotals).toEqual([
			{ source_system: "shopify", conversion_type: "purchase", currency: "USD", rows: 2389, value: "405236.19" },
			{ source_system: "shopify", conversion_type: "refund", currency: "USD", rows: 457, value: "-47476.27" },
			{ source_system: "shopify", conversion_type: "adjustment", currency: "USD", rows: 154, value: "4353.09" },
		]);
	});
});
