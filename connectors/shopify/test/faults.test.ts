/** A shop that refuses, limits, stumbles and breaks off. */
import { catalogTable, checkSource, discoverSource } from "@growthnav/sdk/testing";
import { afterEach, expect, test } from "vitest";
import { ENDPOINT, openShop, SCOPES, type Shop } from "../src/demo/server.ts";
import shopify from "../src/index.ts";
import { read, settingsOf, totals } from "./support.ts";

let shop: Shop;
afterEach(() => shop.close());

const story = { orders: 60, customers: 20 };
const plenty = { most: 1_000_000, restores: 1_000_000 };
const END = Date.UTC(2026, 6, 31, 12);
const PAGED = { bulk_from: 100_000 };

const check = (more: object = {}) => checkSource(shopify, { config: { ...settingsOf(shop), ...more } });
const expectBooks = (conversions: Awaited<ReturnType<typeof read>>["conversions"]) =>
	expect(totals(conversions)).toEqual(shop.books().totals);

test("check says whose shop it is, and that old orders are hidden", async () => {
	shop = await openShop({ story });
	expect(await check()).toMatchObject({
		status: "SUCCEEDED",
		message: "shop Juniper Ceramics (juniper-ceramics.myshopify.com)",
	});
	await shop.close();
	shop = await openShop({ story, bucket: plenty, scopes: SCOPES.filter((scope) => scope !== "read_all_orders") });
	expect((await check()).message).toContain("orders of the last 60 days only");
	const { warnings, records } = await read(shop, { now: END });
	expect(warnings).toEqual(["Orders older than 60 days are not read: the app lacks the scope read_all_orders"]);
	expect(records.orders!.length).toBeLessThan(30);
});

test("a client id and secret are exchanged for a token, once for all requests", async () => {
	shop = await openShop({ story });
	const { id: client_id, secret: client_secret } = shop.client;
	expect(await check({ access_token: undefined, client_id, client_secret })).toMatchObject({ status: "SUCCEEDED" });
	expect(shop.requests.filter(({ path }) => path === "/admin/oauth/access_token")).toHaveLength(1);
	const { error } = await check({ access_token: undefined, client_id, client_secret: "shpss_wrong_secret" });
	expect(error).toMatchObject({ code: "config.credentials" });
	expect(await check({ access_token: undefined })).toMatchObject({ error: { code: "config.credentials" } });
});

test("a wrong token is config.credentials, in four parts, without the token", async () => {
	shop = await openShop({ story });
	const { status, error } = await check({ access_token: "shpat_wrong_token" });
	expect(status).toBe("FAILED");
	expect(error).toMatchObject({
		code: "config.credentials",
		message: "Shopify refused the key",
		where: `POST ${ENDPOINT}, 401 UNAUTHORIZED`,
		why: '"[API] Invalid API key or access token (unrecognized login or wrong password)"',
		next: "check shop and the token or client; new ones: source-shopify README",
	});
	expect(JSON.stringify(error)).not.toContain("shpat_wrong_token");
});

test("discover names keys, cursors and conversions", async () => {
	shop = await openShop({ story });
	expect(catalogTable(await discoverSource(shopify, { config: settingsOf(shop) }))).toEqual([
		["orders", "legacyResourceId", "updatedAt", "purchase,refund,adjustment"],
		["customers", "legacyResourceId", "updatedAt", ""],
		["products", "legacyResourceId", "updatedAt", ""],
	]);
});

test("a missing scope fails its stream alone, and names the scope", async () => {
	shop = await openShop({ story, scopes: SCOPES.filter((scope) => scope !== "read_customers"), bucket: plenty });
	const { errors, statuses, conversions } = await read(shop, { now: END });
	expect(errors).toMatchObject([
		{ code: "config.forbidden", next: "add the scope read_customers to the app, and install it anew" },
	]);
	expect(statuses).toContain("customers INCOMPLETE");
	expect(statuses).toContain("products COMPLETE");
	expectBooks(conversions);
});

test("without the scopes of products and places orders are read without them; returns need theirs", async () => {
	const lacking = (...scopes: string[]) => SCOPES.filter((scope) => !scopes.includes(scope));
	shop = await openShop({ story, bucket: plenty, scopes: lacking("read_products", "read_locations") });
	const { errors: denied, warnings, conversions, records } = await read(shop, { now: END });
	expect(denied).toMatchObject([{ code: "config.forbidden", next: expect.stringContaining("read_products") }]);
	for (const field of ["product", "variant", "retailLocation"])
		expect(warnings).toContain(`Orders are read without ${field}: the app may not see it`);
	expect(records.products).toBeUndefined();
	expectBooks(conversions);
	await shop.close();
	shop = await openShop({ story, bucket: plenty, scopes: lacking("read_returns") });
	const { errors } = await read(shop, { now: END });
	expect(errors).toMatchObject([{ code: "config.forbidden", next: expect.stringContaining("read_returns") }]);
});

test("without protected customer data orders are read without who bought", async () => {
	shop = await openShop({ story, bucket: plenty, protectedData: false });
	for (const config of [PAGED, { bulk_from: 1 }]) {
		const { errors, warnings, conversions, records } = await read(shop, { now: END, config });
		expect(errors).toMatchObject([
			{ code: "config.forbidden", next: expect.stringContaining("protected customer data") },
		]);
		expect(warnings).toContain("Orders are read without customer: the app may not see it");
		for (const { customer, email } of records.orders!) expect([customer, email]).toEqual([null, null]);
		expectBooks(conversions);
	}
});

test("a query that finds the bucket empty waits for its points, and the client keeps to them", async () => {
	shop = await openShop({ story: { orders: 25, customers: 5 }, bucket: { most: 1000, restores: 1500 } });
	const { errors, conversions } = await read(shop, { now: END, config: PAGED });
	expect(errors).toEqual([]);
	expectBooks(conversions);
	const throttled = { errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }] };
	shop.fail({ kind: "status", status: 200, json: throttled, times: 2, after: 3 });
	const again = await read(shop, { now: END, config: PAGED });
	expect(again.errors).toEqual([]);
	expect(again.waits.length).toBeGreaterThan(0);
	expectBooks(again.conversions);
});

test("limits, failures and broken answers in the middle of a read change nothing", async () => {
	shop = await openShop({ story, bucket: plenty });
	shop.fail({ kind: "status", status: 503, headers: { "retry-after": "0.01" }, after: 2 });
	shop.fail({ kind: "status", status: 429, headers: { "retry-after": "0.01" }, after: 4 });
	shop.fail({ kind: "truncated", after: 6 });
	shop.fail({ kind: "reset", after: 8 });
	const { errors, conversions } = await read(shop, { now: END, config: PAGED });
	expect(errors).toEqual([]);
	expectBooks(conversions);
}, 30_000);

test("an export is waited for while another one is under way and while it runs", async () => {
	shop = await openShop({ story, bucket: plenty });
	shop.bulk.busy(1);
	shop.bulk.slow(1);
	const { errors, waits, conversions } = await read(shop, { now: END, config: { bulk_from: 20 } });
	expect(errors).toEqual([]);
	expect(waits.filter(({ reason }) => reason === "job")).toHaveLength(2);
	expectBooks(conversions);
}, 30_000);

test.each(["TIMEOUT", "INTERNAL_SERVER_ERROR", "EXPIRED", "CANCELED"] as const)(
	"an export that ends with %s is told, and its records are read page by page",
	async (code) => {
		shop = await openShop({ story, bucket: plenty });
		shop.bulk.fail(code);
		const { errors, warnings, conversions } = await read(shop, { now: END, config: { bulk_from: 20 } });
		expect(errors).toEqual([]);
		expect(warnings).toEqual([`Shopify could not export orders ("${code}"): they are read page by page`]);
		expectBooks(conversions);
	},
);

test("a file that breaks off, or has less than was promised, ends the stream, not the run; the next run is whole", async () => {
	shop = await openShop({ story, bucket: plenty });
	const config = { bulk_from: 20 };
	shop.files.fail({ kind: "cut_off" });
	const first = await read(shop, { now: END, config });
	expect(first.errors).toMatchObject([{ code: "transient.answer_cut_off" }]);
	expect(first.statuses).toContain("orders INCOMPLETE");
	expect(first.statuses).toContain("products COMPLETE");
	shop.bulk.shorten();
	const next = await read(shop, { now: END, config, after: first });
	expect(next.errors).toMatchObject([{ code: "transient.answer_cut_off", message: "An export is not whole" }]);
	const last = await read(shop, { now: END, config, after: next });
	expect(last.errors).toEqual([]);
	expectBooks(last.conversions);
});

test("a query that asks for more than a query may is refused, with what it is about", async () => {
	shop = await openShop({ story, bucket: { most: 2000, restores: 100, single: 50 } });
	const { errors } = await read(shop, { now: END, config: PAGED });
	expect(errors[0]).toMatchObject({
		code: "config.request_refused",
		where: expect.stringContaining("MAX_COST_EXCEEDED"),
	});
});
