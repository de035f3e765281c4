/** A server that refuses, limits, stumbles and breaks off. */
import { catalogTable, checkSource, discoverSource } from "@growthnav/sdk/testing";
import { afterEach, expect, test } from "vitest";
import { PLACES } from "../src/demo/merchant.ts";
import { type Merchant, openMerchant } from "../src/demo/server.ts";
import square from "../src/index.ts";
import { read, totals } from "./support.ts";

let merchant: Merchant;
afterEach(() => merchant.close());

const story = { visits: 300, customers: 40 };
const settings = (more: object = {}) => ({ config: { access_token: merchant.token, base_url: merchant.url, ...more } });

test("check says whose account it is", async () => {
	merchant = await openMerchant({ story });
	expect(await checkSource(square, settings())).toEqual({
		status: "SUCCEEDED",
		message: "merchant Harbour Golf, 4 locations",
	});
});

test("a wrong key is config.credentials, in four parts, without the key", async () => {
	merchant = await openMerchant({ story });
	const { status, error } = await checkSource(square, settings({ access_token: "EAAA-wrong-token" }));
	expect(status).toBe("FAILED");
	expect(error).toMatchObject({
		code: "config.credentials",
		message: "Square refused the key",
		where: "GET /v2/locations, 401 UNAUTHORIZED",
		why: '"This request could not be authorized."',
		next: "a sandbox key needs environment: sandbox; new key: source-square README",
	});
	expect(JSON.stringify(error)).not.toContain("wrong-token");
});

test("an unknown location is named, with those that exist", async () => {
	merchant = await openMerchant({ story });
	const { error } = await checkSource(square, settings({ location_ids: ["LNOWHERE"] }));
	expect(error).toMatchObject({ code: "config.location", message: "The merchant has no location LNOWHERE" });
});

test("discover names keys, cursors and conversions", async () => {
	merchant = await openMerchant({ story });
	expect(catalogTable(await discoverSource(square, settings()))).toEqual([
		["locations", "id", "", ""],
		["customers", "id", "updated_at", ""],
		["orders", "id", "updated_at", "purchase,refund"],
		["payments", "id", "updated_at", ""],
		["refunds", "id", "updated_at", "refund"],
	]);
});

test("limits, failures and truncated pages in the middle of a read change nothing", async () => {
	merchant = await openMerchant({ story });
	merchant.refuse(429, { retryAfter: 0.01, times: 2, path: "/v2/orders/search" });
	merchant.refuse(503, { retryAfter: 0.01, path: "/v2/refunds" });
	merchant.fail({ kind: "truncated", path: "/v2/payments", after: 1 });
	merchant.fail({ kind: "cut_off", path: "/v2/customers/search" });
	merchant.fail({ kind: "reset", path: "/v2/orders/batch-retrieve" });
	const reading = await read(merchant);
	expect(reading.errors).toEqual([]);
	expect(reading.waits).toHaveLength(6);
	const { days: _, ...sums } = merchant.books();
	expect(totals(reading.conversions)).toEqual(sums);
}, 30_000);

test("a key that is withdrawn while reading stops the run, with the stream and the row", async () => {
	merchant = await openMerchant({ story: { visits: 1500, customers: 5 } });
	merchant.refuse(401, { path: "/v2/orders/search", after: 2, times: 99 });
	const { errors, statuses, records } = await read(merchant);
	expect(errors).toHaveLength(1);
	expect(errors[0]).toMatchObject({ code: "config.credentials" });
	expect(errors[0]!.where).toContain("POST /v2/orders/search, 401 UNAUTHORIZED, stream orders, after row");
	expect(statuses.at(-1)).toBe("orders INCOMPLETE");
	expect(records.orders!.length).toBeGreaterThan(900);
});

test("a location that the key may not see is named, and the others are read", async () => {
	merchant = await openMerchant({ story });
	merchant.refuse(403, { path: "/v2/payments" });
	const { errors, statuses, records, states } = await read(merchant);
	const [closed, ...others] = PLACES.map(({ id }) => id);
	expect(errors).toMatchObject([
		{ code: "config.forbidden", where: expect.stringContaining(`403 FORBIDDEN, slice ${closed}, stream payments`) },
	]);
	expect(statuses.filter((status) => status.endsWith("COMPLETE"))).toEqual([
		...["locations", "customers", "orders"].map((name) => `${name} COMPLETE`),
		...["payments INCOMPLETE", "refunds COMPLETE"],
	]);
	expect(new Set(records.payments!.map(({ location_id }) => location_id))).toEqual(new Set(others));
	const last = states.findLast(({ state }) => state.stream?.stream_descriptor.name === "payments")!;
	expect(Object.keys((last.state.stream!.stream_state as { slices: object }).slices)).toEqual(others);
});

test("an answer above a limit names the setting that raises it, and the setting does", async () => {
	merchant = await openMerchant({ story });
	const { error } = await checkSource(square, settings({ http_limits: { answer_bytes: 500 } }));
	expect(error).toMatchObject({ code: "data.answer_too_large", where: "GET /v2/locations" });
	expect(error!.next).toBe("if that is right, raise http_limits.answer_bytes");
	expect(await checkSource(square, settings({ http_limits: { answer_bytes: 50_000 } }))).toMatchObject({
		status: "SUCCEEDED",
	});
	const misspelt = await checkSource(square, settings({ http_limits: { answer_byte: 1 } }));
	expect(misspelt.error).toMatchObject({ code: "config.unknown_key" });
});
