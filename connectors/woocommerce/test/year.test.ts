/** The whole year of the scripted shop, against its own ledger. */
import { type ConversionRow, type FullReading, minorOf } from "@growthnav/sdk/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { standingAt } from "../src/demo/events.ts";
import { openShop, type Shop } from "../src/demo/server.ts";
import { start, totalsOf } from "../src/demo.ts";
import { booksOf, plain, read } from "./support.ts";

let shop: Shop;
let year: FullReading;

beforeAll(async () => {
	shop = await openShop();
	year = await read(shop);
}, 30_000);
afterAll(() => shop.close());

const ofType = (type: string): ConversionRow[] => year.conversions.filter((row) => row.conversion_type === type);

test("rows, sums and every UTC day of purchases, renewals and refunds equal the ledger to the cent", () => {
	expect(year.errors).toEqual([]);
	const books = plain(shop.books());
	expect(Object.keys(books.days).length).toBeGreaterThan(600);
	expect(plain(booksOf(year))).toEqual(books);
});

test("every row of the shop is read once, as declared, and none is refused", () => {
	const { history } = shop;
	const there = history.orders.filter((order) => standingAt(order, shop.now()) !== undefined);
	expect(year.counts).toEqual({
		orders: there.length,
		refunds: there.flatMap((order) => standingAt(order, shop.now())!.refunds).length,
		products: history.products.length,
		customers: history.customers.length,
		coupons: history.coupons.length,
	});
	expect(Object.entries(year.counts).map(([stream, rows]) => [stream, rows, year.rows[stream]!.size])).toEqual(
		Object.entries(year.counts).map(([stream, rows]) => [stream, rows, rows]),
	);
	expect(year.warnings).toEqual([]);
	expect(year.refused).toEqual([]);
});

test("the components of a sale are its total, and those of a refund what was given back", () => {
	for (const row of year.conversions) {
		const parts = ["value", "tax_amount", "shipping_amount", "surcharge_amount"].map((name) => minorOf(row[name]));
		expect(parts.reduce((sum, part) => sum + part)).toBe(minorOf(row.total_amount));
		if (row.gross_amount != null)
			expect(minorOf(row.gross_amount) - minorOf(row.discount_amount)).toBe(minorOf(row.value));
	}
});

test("a refund is tied to its sale, and never gives back more than that brought in", () => {
	const sales = new Map([...ofType("purchase"), ...ofType("renewal")].map((row) => [row.conversion_id, row]));
	const left = new Map([...sales].map(([id, row]) => [id, minorOf(row.total_amount)]));
	for (const refund of ofType("refund")) {
		expect(sales.has(refund.parent_conversion_id!)).toBe(true);
		expect(String(refund.timestamp) > String(sales.get(refund.parent_conversion_id!)!.timestamp)).toBe(true);
		left.set(refund.parent_conversion_id!, left.get(refund.parent_conversion_id!)! + minorOf(refund.total_amount));
	}
	for (const rest of left.values()) expect(rest).toBeGreaterThanOrEqual(0);
});

test("a sale that was given back in pieces comes to nothing, part by part", () => {
	const byParent = Map.groupBy(ofType("refund"), (row) => row.parent_conversion_id);
	let pieces = 0;
	for (const sale of ofType("purchase")) {
		const refunds = byParent.get(sale.conversion_id!) ?? [];
		const rest = (name: string) => [sale, ...refunds].reduce((sum, row) => sum + minorOf(row[name]), 0);
		if (refunds.length < 2 || rest("total_amount") !== 0) continue;
		pieces++;
		for (const name of ["value", "tax_amount", "shipping_amount", "surcharge_amount"]) expect(rest(name)).toBe(0);
	}
	expect(pieces).toBeGreaterThan(10);
});

test("what does not count is told with its rule", () => {
	const rules = new Set(year.leftOut.map((rule) => rule.replace(/, the mapping.*/, "")));
	for (const status of ["checkout-draft", "pending", "failed", "cancelled", "trash"])
		expect([...rules]).toContain(`orders: joined.standing is ${status}`);
	expect([...rules]).toContain("orders: joined.is_test is true");
	const tests = shop.history.orders.filter((order) => order.test);
	expect(tests.length).toBeGreaterThan(5);
	for (const { id } of tests) expect(year.became.get(`orders ${id}`)).toEqual([]);
});

test("how customers came: click ids of the landing page, UTM values of campaigns alone", () => {
	const sales = ofType("purchase");
	const having = (name: string) => sales.filter((row) => row[name] != null);
	expect(having("gclid")[0]).toMatchObject({ utm_source: "google", utm_medium: "cpc", utm_term: "teapot" });
	expect(having("fbclid")[0]).toMatchObject({ utm_source: "facebook", utm_medium: "paid_social" });
	expect(having("gbraid").length).toBeGreaterThan(20);
	expect(having("referrer").length).toBeGreaterThan(having("utm_source").length);
	for (const row of having("utm_source")) expect(["google", "facebook"]).toContain(row.utm_source);
	expect(sales.filter((row) => row.landing_page != null && row.utm_source == null).length).toBeGreaterThan(100);
	expect(having("gclid").every((row) => String(row.landing_page).includes(String(row.gclid)))).toBe(true);
});

test("what plugins make of types is as declared in the rows", () => {
	const of = (oddity: string) => shop.history.orders.filter((order) => order.oddity === oddity);
	for (const order of shop.history.orders.filter(({ oddity }) => oddity !== undefined)) {
		const row = year.rows.orders!.get(String(order.id));
		if (row === undefined) continue;
		const lines = row.line_items as { product_id: unknown; quantity: unknown }[];
		expect(typeof row.number).toBe("string");
		expect(lines.map(({ product_id }) => product_id)).toEqual(order.lines.map(({ product }) => product.id));
		expect(row.customer_id).toBe(order.customer?.id ?? 0);
		expect(typeof row.prices_include_tax).toBe("boolean");
		expect(Array.isArray(row.meta_data)).toBe(true);
	}
	for (const oddity of ["numbers", "texts", "empty lists", "keyed lists", "meta of any type", "extra fields"])
		expect(of(oddity).length).toBeGreaterThan(30);
});

test("times: instants from GMT, days on the clocks of the shop, no time of payment that nobody knows", () => {
	const berlin = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin" });
	const sales = ofType("purchase");
	for (const row of sales) expect(row.business_date).toBe(berlin.format(new Date(String(row.timestamp))));
	expect(sales.some((row) => row.business_date !== String(row.timestamp).slice(0, 10))).toBe(true);
	const order = shop.history.orders.find(
		({ paid, id }) => paid !== undefined && (year.became.get(`orders ${id}`) ?? []).length > 0,
	)!;
	expect(year.became.get(`orders ${order.id}`)![0]!.timestamp).toBe(
		new Date(order.paid!).toISOString().replace(".000", ""),
	);
	const unknown = sales.filter((row) => (row.dq_flags as string[] | null)?.includes("paid_time_unknown"));
	expect(unknown.map((row) => row.sales_channel)).toEqual(unknown.map(() => "rest-api"));
	expect(unknown.length).toBeGreaterThan(5);
});

test("the account is the shop's own address, not the one it was reached at", () => {
	expect(new Set(year.conversions.map((row) => row.source_account))).toEqual(new Set(["kissa-teaware.example"]));
});

test("the requests are few, and keep WordPress' limits", () => {
	for (const { query, path, headers } of shop.requests) {
		expect(Number(query.per_page ?? 1)).toBeLessThanOrEqual(100);
		expect(headers.authorization).toMatch(/^Basic /);
		if (path === "/wp-json/wc/v3/orders") expect(query).toMatchObject({ orderby: "modified", dates_are_gmt: "true" });
	}
	expect(shop.requests.length).toBeLessThan(100);
});

describe("the demo", () => {
	test("states the ledger's totals, and the same data at every start", async () => {
		const demo = await start();
		await demo.close();
		expect(demo.expectedTotals).toEqual(totalsOf(shop.books()));
		expect(demo.expectedTotals).toMatchInlineSnapshot(`
			[
			  {
			    "conversion_type": "purchase",
			    "currency": "EUR",
			    "rows": 1487,
			    "source_system": "woocommerce",
			    "value": "144784.44",
			  },
			  {
			    "conversion_type": "purchase",
			    "currency": "JPY",
			    "rows": 193,
			    "source_system": "woocommerce",
			    "value": "3076917.88",
			  },
			  {
			    "conversion_type": "purchase",
			    "currency": "USD",
			    "rows": 424,
			    "source_system": "woocommerce",
			    "value": "41386.83",
			  },
			  {
			    "conversion_type": "refund",
			    "currency": "EUR",
			    "rows": 172,
			    "source_system": "woocommerce",
			    "value": "-9318.98",
			  },
			  {
			    "conversion_type": "refund",
			    "currency": "JPY",
			    "rows": 24,
			    "source_system": "woocommerce",
			    "value": "-317945.64",
			  },
			  {
			    "conversion_type": "refund",
			    "currency": "USD",
			    "rows": 39,
			    "source_system": "woocommerce",
			    "value": "-2259.93",
			  },
			  {
			    "conversion_type": "renewal",
			    "currency": "EUR",
			    "rows": 38,
			    "source_system": "woocommerce",
			    "value": "3138.29",
			  },
			  {
			    "conversion_type": "renewal",
			    "currency": "JPY",
			    "rows": 3,
			    "source_system": "woocommerce",
			    "value": "27200.17",
			  },
			  {
			    "conversion_type": "renewal",
			    "currency": "USD",
			    "rows": 7,
			    "source_system": "woocommerce",
			    "value": "912.05",
			  },
			]
		`);
	});
});
