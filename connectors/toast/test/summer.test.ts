/** The whole summer of the scripted restaurants, against their own books. */
import { type FullReading, minorOf, utcDayOf, valuesOf } from "@growthnav/sdk/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { start, totalsOf } from "../src/demo.ts";
import { booked, type Open, open, totals } from "./support.ts";

let chain: Open;
let summer: FullReading;

beforeAll(async () => {
	chain = await open();
	summer = await chain.read();
}, 30_000);
afterAll(() => chain.close());

const ofType = (type: string) => summer.conversions.filter(({ conversion_type }) => conversion_type === type);
const text = (row: object, column: string) => String((row as Record<string, unknown>)[column] ?? "0");

test("rows and value of purchases and refunds equal the books to the cent", () => {
	expect(summer.errors).toEqual([]);
	expect(summer.refused).toEqual([]);
	expect(summer.rejects).toEqual([]);
	expect(totals(summer.conversions)).toEqual(booked(chain.books()));
});

test("every UTC day's value equals the books to the cent", () => {
	const sorted = (days: Map<string, number>) => new Map([...days].sort());
	expect(sorted(valuesOf(summer.conversions, (row) => `${row.currency} ${utcDayOf(row)}`))).toEqual(
		sorted(chain.books().days),
	);
	expect(chain.books().days.size).toBeGreaterThan(170);
});

test("value, tax, tip and what is set aside are the total; only gift cards and house accounts have no column", () => {
	let owed = 0;
	for (const row of summer.conversions) {
		const parts = ["value", "tax_amount", "tip_amount", "surcharge_amount"].map((name) => minorOf(text(row, name)));
		const rest = minorOf(row.total_amount) - parts.reduce((sum, part) => sum + part, 0);
		const lines = (row.line_items ?? []) as Record<string, string>[];
		const cards = lines.filter(({ product_name }) => /^(Gift Card|House account)/.test(product_name!));
		const due = cards.reduce((sum, line) => sum + minorOf(line.net_amount), 0);
		if (row.conversion_type === "purchase") expect(rest).toBe(due);
		if (due > 0) owed++;
		if (row.gross_amount != null)
			expect(minorOf(row.gross_amount) - minorOf(row.discount_amount)).toBe(minorOf(row.value));
	}
	expect(owed).toBeGreaterThan(10);
});

test("every refund is tied to its check, and never gives back more than that brought in", () => {
	const sales = new Map(ofType("purchase").map((row) => [row.conversion_id, row]));
	const back = new Map<unknown, number>();
	for (const refund of ofType("refund")) {
		expect(sales.has(refund.parent_conversion_id!)).toBe(true);
		back.set(refund.parent_conversion_id, (back.get(refund.parent_conversion_id) ?? 0) + minorOf(refund.value));
	}
	for (const [id, value] of back) expect(minorOf(sales.get(id as string)!.value) + value).toBeGreaterThanOrEqual(0);
	const flags = new Set(ofType("refund").map(({ dq_flags }) => String(dq_flags)));
	expect(flags).toEqual(new Set(["null", "refund_shared_over_sale"]));
});

test("the business date is Toast's: after midnight it is still the evening before, until the restaurant's closeout", () => {
	const echo = ofType("purchase").filter(({ location_name }) => location_name === "Lantern Street Bar, Echo Park");
	const at = (row: object) => new Date(text(row, "timestamp"));
	const local = (row: object) => new Date(at(row).getTime() - 7 * 3_600_000).toISOString();
	const late = echo.filter((row) => text(row, "business_date") < local(row).slice(0, 10));
	expect(late.length).toBeGreaterThan(20);
	for (const row of late) expect(Number(local(row).slice(11, 13))).toBeLessThan(5);
});

test("each rule that leaves something out is told", () => {
	expect([...new Set(summer.leftOut)].sort()).toEqual([
		"orders: approvalStatus is NEEDS_APPROVAL, the mapping leaves that out",
		"orders: approvalStatus is NOT_APPROVED, the mapping leaves that out",
		"orders: createdInTestMode is true, the mapping leaves that out",
		"orders: excessFood is true, the mapping leaves that out",
		"orders: item.deleted is true, the mapping leaves that out",
		"orders: item.joined.sells is false, the mapping wants true",
		"orders: item.paymentStatus is OPEN, the mapping wants PAID or CLOSED",
		"orders: item.voided is true, the mapping leaves that out",
		"orders: voided is true, the mapping leaves that out",
	]);
});

test("a window that fits one page is asked for once; a page number goes on where a link says so", () => {
	const asked = chain.requests.filter(({ path }) => path.endsWith("/ordersBulk"));
	expect(asked.length).toBeLessThan(80);
	for (const { query, headers } of asked) {
		expect(query).toMatchObject({ pageSize: "100", page: expect.stringMatching(/^\d+$/) });
		expect(query.startDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
		expect(headers["toast-restaurant-external-id"]).toMatch(/^[0-9a-f-]{36}$/);
	}
});

test("the demo states the books' totals, and the same data at every start", async () => {
	const demo = await start();
	await demo.close();
	expect(demo.expectedTotals).toEqual(totalsOf(chain.books()));
	expect(demo.expectedTotals).toEqual([
		{ source_system: "toast", conversion_type: "purchase", currency: "CAD", rows: 843, value: "44319.93" },
		{ source_system: "toast", conversion_type: "purchase", currency: "USD", rows: 2596, value: "134727.88" },
		{ source_system: "toast", conversion_type: "refund", currency: "CAD", rows: 20, value: "-612.54" },
		{ source_system: "toast", conversion_type: "refund", currency: "USD", rows: 88, value: "-2368.12" },
	]);
});
