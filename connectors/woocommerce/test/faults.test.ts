/** Keys, versions, and everything that stands between a shop and its API. */
import { catalogTable, checkSource, discoverSource, type FullReading } from "@growthnav/sdk/testing";
import { afterEach, describe, expect, test } from "vitest";
import { openShop, type Shop, type ShopOptions } from "../src/demo/server.ts";
import woocommerce from "../src/index.ts";
import { accountOf } from "../src/shop.ts";
import { booksOf, configOf, MONTHS, plain, read } from "./support.ts";

let shop: Shop;
afterEach(() => shop.close());

const open = async (options: ShopOptions = {}) => {
	shop = await openShop({ story: MONTHS, ...options });
};
const check = (more: object = {}) => checkSource(woocommerce, { config: configOf(shop, more as never) });
const expectBooks = (reading: FullReading) => {
	expect(reading.errors).toEqual([]);
	expect(plain(booksOf(reading))).toEqual(plain(shop.books()));
};

test("check says whose shop it is", async () => {
	await open();
	expect(await check()).toEqual({
		status: "SUCCEEDED",
		message: "shop Kissa Teaware (kissa-teaware.example), 299 orders",
	});
});

test("discover names keys, cursors and conversions", async () => {
	await open();
	expect(catalogTable(await discoverSource(woocommerce, { config: configOf(shop) }))).toEqual([
		["orders", "id", "date_modified_gmt", "purchase,renewal,refund,refund"],
		["refunds", "id", "date_created_gmt", ""],
		["products", "id", "date_modified_gmt", ""],
		["customers", "id", "", ""],
		["coupons", "id", "date_modified_gmt", ""],
	]);
});

test.each([
	["https://www.Shop.example/", "shop.example"],
	["http://shop.example", "shop.example"],
	["https://example.com/shop/", "example.com/shop"],
	["https://staging.shop.example", "staging.shop.example"],
	["https://shop.example:8443", "shop.example:8443"],
])("the account of %s is %s", async (home, account) => {
	await open({ story: { ...MONTHS, orders: 1 } });
	expect(accountOf(new URL(home))).toBe(account);
});

describe("keys", () => {
	test.each([
		[
			"a wrong secret",
			{ consumer_secret: "cs_wrong_secret" },
			"woocommerce_rest_authentication_error",
			"secret is invalid",
		],
		["a wrong key", { consumer_key: "ck_wrong_key" }, "woocommerce_rest_cannot_view", "you cannot list resources"],
	])("%s is config.credentials, in four parts, without the key", async (_, wrong, code, why) => {
		await open();
		const { status, error } = await check(wrong);
		expect(status).toBe("FAILED");
		expect(error).toMatchObject({
			code: "config.credentials",
			message: "WooCommerce refused the key",
			where: `GET /wp-json/wc/v3/orders, 401 ${code}`,
		});
		expect(error!.why).toContain(why);
		expect(error!.next).toContain("make a key in WooCommerce, Settings, Advanced, REST API");
		expect(JSON.stringify(error)).not.toMatch(/c[ks]_wrong/);
	});

	test("a key without the right to read", async () => {
		await open({ permissions: "write" });
		const { error } = await check();
		expect(error).toMatchObject({ code: "config.credentials" });
		expect(error!.why).toContain("does not have read permissions");
	});

	test("in the query, for servers that take the header away", async () => {
		await open();
		expectBooks(await read(shop, { config: { keys_in: "query" } }));
		for (const { headers } of shop.requests) expect(headers.authorization).toBeUndefined();
	});

	test("a user who may not see customers costs that stream alone", async () => {
		await open({ closed: ["customers"] });
		const { errors, statuses, rows } = await read(shop);
		expect(errors.map(({ code, where }) => [code, where])).toEqual([
			["config.forbidden", "GET /wp-json/wc/v3/customers, 403 woocommerce_rest_cannot_view, stream customers"],
		]);
		expect(statuses).toContain("orders COMPLETE");
		expect(statuses).toContain("customers INCOMPLETE");
		expect(statuses).toContain("coupons COMPLETE");
		expect(rows.orders!.size).toBe(300); // one is in the trash
	});
});

describe("plain http", () => {
	const signed = () => ({ url: shop.url, base_url: null });

	test("every request is signed, and no key leaves in clear", async () => {
		await open({ plainHttp: true });
		expectBooks(await read(shop, { config: { ...signed(), page_size: 60 } }));
		for (const { query, headers, path } of shop.requests) {
			expect(headers.authorization).toBeUndefined();
			expect(JSON.stringify(query)).not.toContain(shop.keys.secret);
			if (path !== "/wp-json/") expect(query.oauth_signature_method).toBe("HMAC-SHA256");
		}
		expect(new Set(shop.requests.map(({ query }) => query.oauth_nonce)).size).toBe(shop.requests.length);
	});

	test("a wrong secret gives a wrong signature", async () => {
		await open({ plainHttp: true });
		const { error } = await check({ ...signed(), consumer_secret: "cs_wrong" });
		expect(error).toMatchObject({ code: "config.credentials" });
		expect(error!.why).toContain("provided signature does not match");
	});

	test("a key that is not signed is as good as none", async () => {
		await open({ plainHttp: true });
		expect((await check()).error).toMatchObject({ code: "config.credentials" });
	});

	test("clocks that differ by more than a quarter of an hour are told", async () => {
		await open({ plainHttp: true });
		const now = () => Date.now() - 3_600_000;
		const { error } = await checkSource(woocommerce, { config: configOf(shop, signed() as never), time: { now } });
		expect(error).toMatchObject({ code: "config.credentials" });
		expect(error!.next).toBe("set the clock of this machine, or of the shop's server");
	});
});

describe("versions", () => {
	test("before 9.0 there is no list of refunds: those of orders are asked for one by one", async () => {
		await open({ version: "8.9.3" });
		const reading = await read(shop, { config: { page_size: 60 } });
		expectBooks(reading);
		expect(reading.warnings).toEqual([
			"refunds: WooCommerce lists them since version 9.0; those of orders are in joined.refunds",
		]);
		expect(reading.statuses).toContain("refunds COMPLETE");
	});

	test("before 5.8 the filter is passed over in silence: it is found out", async () => {
		await open({ version: "5.7.1" });
		const { errors, rows } = await read(shop, { config: { page_size: 60 } });
		expect(errors.map(({ code }) => code)).toContain("config.version");
		expect(errors[0]).toMatchObject({
			where: "GET /wc/v3/orders, stream orders, after row 60",
			next: "update WooCommerce",
		});
		expect(rows.orders!.size).toBe(60);
	});

	test("before 4.5 it cannot be sorted by change: it says what to do", async () => {
		await open({ version: "4.2.0" });
		const { errors } = await read(shop);
		expect(errors[0]).toMatchObject({
			code: "config.request_refused",
			where: expect.stringContaining("GET /wp-json/wc/v3/orders, 400 rest_invalid_param"),
			next: "update WooCommerce: 5.8 or newer is needed to read what changed",
		});
	});
});

describe("what stands before the API", () => {
	test("a plugin that limits without saying for how long, an update, PHP, a host: tried again, nothing is lost", async () => {
		await open();
		shop.trouble("limited", { path: "/wc/v3/orders", times: 2, after: 1 });
		shop.trouble("critical", { path: "/wc/v3/orders", after: 3 });
		shop.trouble("gateway", { path: "/wc/v3/products" });
		shop.trouble("warning", { path: "/wc/v3/refunds", after: 1 });
		shop.fail({ kind: "truncated", path: "/wp-json/wc/v3/customers" });
		shop.fail({ kind: "reset", path: "/wp-json/wc/v3/coupons" });
		const reading = await read(shop, { config: { page_size: 60 }, hasty: true });
		expectBooks(reading);
		expect(reading.waits).toHaveLength(7);
	});

	test("an update of WordPress says when it is over", async () => {
		await open();
		shop.trouble("maintenance", { times: 9 });
		const { error } = await check({ http_limits: { longest_wait: 1000 } });
		expect(error).toMatchObject({ where: expect.stringContaining("GET /wp-json/") });
		expect(error!.code).toMatch(/^transient\./);
	});

	test("a firewall that wants to see a browser", async () => {
		await open();
		shop.trouble("challenge");
		expect((await check()).error).toMatchObject({
			code: "config.forbidden",
			next: "a firewall or a security plugin stands before the shop: let this machine's address through",
		});
	});

	test("a plugin that closes the REST API", async () => {
		await open();
		shop.trouble("closed", { times: 2 });
		const { error } = await check();
		expect(error).toMatchObject({ code: "config.credentials", where: "GET /wp-json/, 401 rest_not_logged_in" });
		expect(error!.next).toContain("let everybody read /wp-json/");
	});

	test("an address without WordPress", async () => {
		await open();
		const { error } = await check({ base_url: `${shop.url}/elsewhere` });
		expect(error).toMatchObject({ code: "config.not_found" });
		expect(error!.next).toContain("Permalinks");
	});

	test("an address that is none", async () => {
		await open();
		expect((await check({ base_url: null, url: "shop.example" })).error).toMatchObject({ code: "config.base_url" });
	});
});
