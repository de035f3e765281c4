/** Logins, limits, rights and failures, in Toast's words. */

import type { JsonObject } from "@growthnav/sdk";
import { catalogTable, discoverSource } from "@growthnav/sdk/testing";
import { afterEach, expect, test } from "vitest";
import { HOUSES } from "../src/demo/house.ts";
import toast from "../src/index.ts";
import { booked, type Open, open, totals } from "./support.ts";

let chain: Open;
afterEach(() => chain.close());

const story = { days: 30, perDay: 6 };
const few = { days: 5, perDay: 3 };
const LOGIN = "/authentication/v1/authentication/login";
const ORDERS = "/orders/v2/ordersBulk";
const logins = () => chain.requests.filter(({ path }) => path === LOGIN);

test("check says which restaurants", async () => {
	chain = await open({ story });
	expect(await chain.check()).toEqual({
		status: "SUCCEEDED",
		message: "4 restaurants: Ludlow, Wicker Park, Echo Park and Ossington",
	});
});

test("discover names keys, cursors and conversions", async () => {
	chain = await open({ story });
	expect(catalogTable(await discoverSource(toast, { config: chain.config }))).toEqual([
		["restaurants", "guid", "", ""],
		["orders", "guid", "modifiedDate", "purchase,refund"],
	]);
});

test("a wrong secret is config.credentials, in four parts, without the secret", async () => {
	chain = await open({ story });
	const { status, error } = await chain.check({ client_secret: "a-wrong-secret" });
	expect(status).toBe("FAILED");
	expect(error).toMatchObject({ code: "config.credentials", where: expect.stringContaining("POST ") });
	expect(error!.next).toContain("README of source-toast");
	expect(JSON.stringify(error)).not.toContain("a-wrong-secret");
});

test("one login for all requests, as Toast asks for it; a token that is kept serves the next runs", async () => {
	chain = await open({ story: few, logins: 2 });
	const first = await chain.read();
	expect(first.errors).toEqual([]);
	expect(logins()).toHaveLength(1);
	expect(logins()[0]!.body).toEqual({
		...{ clientId: chain.clientId, clientSecret: chain.clientSecret, userAccessType: "TOAST_MACHINE_CLIENT" },
	});
	expect(first.renewed).toHaveLength(1);
	for (let run = 0; run < 3; run++) expect((await chain.read(first.renewed[0] as JsonObject)).errors).toEqual([]);
	expect(logins()).toHaveLength(1);
});

test("a token that has come to its end is renewed, and one that is revoked under way too, once", async () => {
	chain = await open({ story: few, lifetime: 3600 });
	const { renewed } = await chain.read();
	chain.pass(2 * 3_600_000);
	const later = await chain.read(renewed[0] as JsonObject);
	expect(later.errors).toEqual([]);
	expect(logins()).toHaveLength(2);
	chain.revoke();
	const last = await chain.read(later.renewed[0] as JsonObject);
	expect(last.errors).toEqual([]);
	expect(last.records.orders!.length).toBe(chain.orders.length);
	expect(logins()).toHaveLength(3);
});

test("too many logins in an hour end the run, and say when to come back", async () => {
	chain = await open({ story: few, logins: 2 });
	for (let run = 0; run < 2; run++) expect((await chain.read()).errors).toEqual([]);
	const { errors } = await chain.read();
	expect(errors[0]!.code).toMatch(/^transient\./);
	expect(JSON.stringify(errors[0])).toMatch(/login/);
});

test("each restaurant is asked five times a second, and none ever too often", async () => {
	chain = await open({ story: { days: 28, perDay: 24 } });
	const { errors, waits } = await chain.read();
	expect(errors).toEqual([]);
	expect(waits).toEqual([]);
	expect(chain.requests.filter(({ path }) => path === ORDERS).length).toBeGreaterThan(35);
});

test("between two pages of a restaurant pass the seconds that Toast asks for", async () => {
	const asked = new Map<string, number[]>();
	const meanwhile = ({ path, headers }: { path: string; headers: Record<string, string> }) => {
		const place = headers["toast-restaurant-external-id"] ?? "";
		if (path === ORDERS) asked.set(place, [...(asked.get(place) ?? []), chain.clock()]);
	};
	chain = await open({ story, meanwhile });
	expect((await chain.read({ seconds_between_pages: 5 })).errors).toEqual([]);
	expect(asked.size).toBe(4);
	for (const times of asked.values()) {
		expect(times.length).toBeGreaterThan(2);
		for (const [n, time] of times.slice(1).entries()) expect(time - times[n]!).toBeGreaterThanOrEqual(5_000);
	}
});

test("limits, failures, conflicts and broken pages in the middle of a read change nothing", async () => {
	chain = await open({ story });
	chain.refuse(429, "The rate limit is exceeded", { path: ORDERS, headers: { "retry-after": "1" }, times: 2 });
	chain.refuse(409, "The restaurant changed its settings", { path: ORDERS, after: 2 });
	chain.refuse(504, "Gateway Timeout", { path: ORDERS });
	chain.fail({ kind: "truncated", path: ORDERS, after: 3 });
	chain.fail({ kind: "cut_off", path: ORDERS });
	chain.fail({ kind: "reset", path: ORDERS, after: 1 });
	const reading = await chain.read();
	expect(reading.errors).toEqual([]);
	expect(reading.waits.length).toBeGreaterThanOrEqual(6);
	expect(totals(reading.conversions)).toEqual(booked(chain.books()));
});

test("a scope that is missing fails its stream alone, and says which", async () => {
	chain = await open({ story, without: ["orders:read"] });
	const { errors, statuses } = await chain.read();
	expect(statuses).toContain("restaurants COMPLETE");
	expect(statuses.at(-1)).toBe("orders INCOMPLETE");
	expect(errors[0]).toMatchObject({ code: "config.forbidden", where: expect.stringContaining(`GET ${ORDERS}, 403`) });
	expect(errors[0]!.next).toContain("orders:read");
});

test("a restaurant that took the access back is named, and the others are read and go on", async () => {
	const [closed, ...open_] = HOUSES.map(({ guid }) => guid) as [string, ...string[]];
	chain = await open({ story, closed: [closed] });
	const first = await chain.read();
	expect(first.errors).toMatchObject([
		{
			code: "config.forbidden",
			where: `GET /restaurants/v1/restaurants/${closed}, 403 10031, slice ${closed}, stream restaurants, after row 3`,
		},
		{ code: "config.forbidden", where: expect.stringContaining(`slice ${closed}, stream orders, after row`) },
	]);
	expect(first.errors[1]!.next).toContain("name the others alone in restaurants");
	expect(first.statuses.filter((status) => status.endsWith("COMPLETE"))).toEqual([
		"restaurants INCOMPLETE",
		"orders INCOMPLETE",
	]);
	expect([...first.rows.restaurants!.keys()]).toEqual(open_);
	const there = chain.orders.filter(({ house }) => house.guid !== closed);
	expect(first.rows.orders!.size).toBe(there.length);
	// each of them goes on from where it stood
	const state = first.states.at(-1)!.state.stream!.stream_state as { slices: object };
	expect(Object.keys(state.slices).sort()).toEqual(open_.toSorted());
	const again = await chain.read({}, { after: first });
	expect(again.counts.orders ?? 0).toBeLessThan(10);
	expect(again.errors).toHaveLength(2);
});

test("without the scope for guests there are sales, and nobody's name", async () => {
	chain = await open({ story, without: ["guest.pi:read"] });
	const { conversions } = await chain.read();
	expect(totals(conversions)).toEqual(booked(chain.books()));
	expect(conversions.every(({ user_id }) => user_id == null)).toBe(true);
});

test("a start before Toast's beginning is its beginning", async () => {
	chain = await open({ story: few });
	const { errors, records } = await chain.read({ start_date: "2001-01-01" });
	expect(errors).toEqual([]);
	expect(records.orders).toHaveLength(chain.orders.length);
});

test("keys of a restaurant itself need the GUIDs in the settings", async () => {
	chain = await open({ story, isPartner: false });
	const { error } = await chain.check();
	expect(error).toMatchObject({ code: "config.restaurants", where: expect.stringContaining("GET /partners/v1/") });
	const [guid] = chain.orders.map(({ house }) => house.guid);
	expect(await chain.check({ restaurants: [guid!] })).toMatchObject({ status: "SUCCEEDED" });
	const wrong = await chain.check({ restaurants: [guid!, "4622e7a9-b4be-3fef-9220-b3dad273e0b4"] });
	expect(wrong.error).toMatchObject({ code: "config.forbidden" });
});
