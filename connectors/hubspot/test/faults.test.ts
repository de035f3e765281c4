/** An account that refuses, limits, stumbles and breaks off. */
import { checkSource } from "@growthnav/sdk/testing";
import { afterEach, expect, test } from "vitest";
import { DOCUMENTED } from "../src/demo/limits.ts";
import { openPortal, type Portal } from "../src/demo/server.ts";
import hubspot from "../src/index.ts";
import { booksOf, read } from "./support.ts";

let portal: Portal;
afterEach(() => portal.close());

const story = { contacts: 230, companies: 95, deals: 60 };
const check = (more: object = {}) =>
	checkSource(hubspot, { config: { access_token: portal.token, base_url: portal.url, ...more } });

test("check says whose account it is, and what the key may read", async () => {
	portal = await openPortal({ story });
	expect(await check()).toEqual({
		status: "SUCCEEDED",
		message: "account 27118446, USD: contacts, companies and deals",
	});
});

test("a wrong key is config.credentials, in four parts, without the key", async () => {
	portal = await openPortal({ story });
	const { status, error } = await check({ access_token: "pat-na1-wrong-key" });
	expect(status).toBe("FAILED");
	expect(error).toMatchObject({
		code: "config.credentials",
		message: "HubSpot refused the key",
		where: "GET /account-info/v3/details, 401 INVALID_AUTHENTICATION",
		next: "make a new service key under Development, Keys, Service keys; README of source-hubspot",
	});
	expect(JSON.stringify(error)).not.toContain("wrong-key");
});

test("a missing scope is named, and fails its stream alone", async () => {
	portal = await openPortal({ story, without: ["crm.objects.companies.read"] });
	expect(await check()).toMatchObject({
		message: "account 27118446, USD: contacts and deals; scope crm.objects.companies.read is missing",
	});
	const reading = await read(portal);
	expect(reading.errors).toHaveLength(1);
	expect(reading.errors[0]).toMatchObject({
		code: "config.forbidden",
		where: "POST /crm/v3/objects/companies/search, 403 MISSING_SCOPES, stream companies",
		why: '"scope crm.objects.companies.read is missing"',
		next: "scope crm.objects.companies.read is missing: add it to the key in HubSpot",
	});
	expect(reading.statuses.filter((status) => /COMPLETE/.test(status))).toEqual([
		"contacts COMPLETE",
		"companies INCOMPLETE",
		"deals COMPLETE",
	]);
	expect(booksOf(reading).purchase).toEqual(portal.books().purchase);
});

test("a key that may read nothing fails the check", async () => {
	portal = await openPortal({
		story,
		without: ["contacts", "companies", "deals"].map((name) => `crm.objects.${name}.read`),
	});
	expect((await check()).error).toMatchObject({ code: "config.forbidden" });
});

test("limits, failures and truncated pages in the middle of a read change nothing", async () => {
	portal = await openPortal({ story });
	portal.limit("SECONDLY", { path: "/crm/v3/objects/contacts/search", after: 1 });
	portal.fail({ kind: "status", status: 502, headers: { "retry-after": "0.01" }, path: "/crm/v3/owners" });
	portal.fail({
		kind: "status",
		status: 423,
		json: { category: "LOCKED", message: "locked" },
		path: "/crm/v3/objects/deals",
	});
	portal.fail({ kind: "truncated", path: "/crm/v3/objects/deals/search" });
	portal.fail({ kind: "cut_off", path: "/crm/v4/associations/deals/contacts/batch/read" });
	const reading = await read(portal);
	expect(reading.errors).toEqual([]);
	expect(reading.waits.map(({ reason }) => reason).sort()).toEqual([
		"rate_limited",
		"retry",
		"retry",
		"retry",
		"retry",
	]);
	const { purchase, days, lead, signup } = portal.books();
	expect(booksOf(reading)).toEqual({ purchase, days, lead, signup });
}, 30_000);

test("the daily limit ends the run with its state, and says midnight at the account", async () => {
	portal = await openPortal({ story: { ...story, contacts: 420 } });
	portal.limit("DAILY", { path: "/crm/v3/objects/contacts/search", after: 1, times: 99 });
	const { errors, statuses, states, counts } = await read(portal);
	for (const { code } of errors) expect(code).toBe("transient.quota");
	expect(errors[0]).toMatchObject({ why: '"You have reached your daily limit."' });
	// at the account it is ten past eight in the evening
	const next = /run again after (\S+);/.exec(errors[0]!.next!)![1]!;
	const wait = Date.parse(next) - Date.now();
	expect(Math.abs(wait - (3 * 60 + 50) * 60_000)).toBeLessThan(60_000);
	expect(statuses.filter((status) => status.endsWith("INCOMPLETE"))).toHaveLength(3);
	expect(portal.requests.filter(({ path }) => path.includes("deals/search"))).toEqual([]);
	expect(states.length).toBeGreaterThan(0);
	expect(counts.contacts).toBeGreaterThan(150);
});

test("the limits are kept: five searches a second, so many requests in ten seconds", async () => {
	portal = await openPortal({ story, limits: { ...DOCUMENTED, perTenSeconds: 60 } });
	const { errors, waits } = await read(portal, { config: { searches_per_second: 4 } });
	expect(errors).toEqual([]);
	// nobody was refused
	expect(waits).toEqual([]);
}, 40_000);

test.each(["/crm/v4/associations/deals/contacts/batch/read", "/crm/v3/objects/deals/batch/read"])(
	"what cannot be told is an error, not nothing: %s",
	async (path) => {
		portal = await openPortal({ story });
		const json = { results: [], errors: [{ category: "UNAVAILABLE", message: "try later" }] };
		portal.fail({ kind: "status", status: 207, path, json });
		const { errors } = await read(portal);
		expect(errors[0]).toMatchObject({ code: "data.refused", why: "try later" });
	},
);
