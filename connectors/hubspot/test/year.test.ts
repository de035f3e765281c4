/** The whole year of the scripted account, against its own books. */
import type { JsonObject } from "@growthnav/sdk";
import { discoverSource, type FullReading } from "@growthnav/sdk/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isArchived, isLive, isMerged, survivorOf, versionAt } from "../src/demo/events.ts";
import { KINDS, owners } from "../src/demo/portal.ts";
import { openPortal, type Portal } from "../src/demo/server.ts";
import { A_YEAR } from "../src/demo/story.ts";
import { start, totalsOf } from "../src/demo.ts";
import hubspot from "../src/index.ts";
import { booksOf, ofType, read } from "./support.ts";

let portal: Portal;
let year: FullReading;

beforeAll(async () => {
	portal = await openPortal({ associationsPage: 2 });
	year = await read(portal);
});
afterAll(() => portal.close());

const now = Number.POSITIVE_INFINITY;
const joinedOf = (row: JsonObject | undefined) => row!.joined as JsonObject;
const rowsOf = (stream: string) => [...year.rows[stream]!.values()];

test("purchases equal the books to the cent, in every currency and on every UTC day", () => {
	expect(year.errors).toEqual([]);
	const { purchase, days } = portal.books();
	const found = booksOf(year);
	expect([...purchase.keys()].sort()).toEqual(["EUR", "GBP", "JPY", "USD"]);
	expect(found.purchase).toEqual(purchase);
	expect(days.size).toBeGreaterThan(200);
	expect(found.days).toEqual(days);
});

test("people who came are leads or signups, once each; imports and the merged are neither", () => {
	const { lead, signup } = portal.books();
	expect(booksOf(year)).toMatchObject({ lead, signup });
	expect(signup).toBeGreaterThan(200);
	const ids = [...ofType(year, "lead"), ...ofType(year, "signup")].map(({ user_id }) => user_id);
	expect(new Set(ids).size).toBe(ids.length);
});

test("every other deal is left out with its rule, and a won one without an amount is told", () => {
	const { withoutAmount } = portal.books();
	expect(withoutAmount).toBeGreaterThan(3);
	expect(year.refused).toEqual(Array(withoutAmount).fill("deals: no_money amount is absent"));
	const rules = new Set(year.leftOut.filter((rule) => rule.startsWith("deals")));
	expect([...rules].sort()).toEqual([
		...["lost", "open", "unknown"].map((outcome) => `deals: joined.outcome is ${outcome}, the mapping wants won`),
	]);
});

test("every record is read, the deleted and the merged are marked, nothing else is", () => {
	for (const kind of KINDS) {
		const gone = portal.history.records[kind].filter((record) => !isLive(record, now));
		expect(gone.length, kind).toBeGreaterThan(5);
		// whoever is deleted before the year's last three months has left the recycle bin
		const known = portal.history.records[kind].filter(
			(record) => isLive(record, now) || year.rows[kind]!.has(record.id),
		);
		expect(year.rows[kind]!.size, kind).toBe(known.length);
		for (const record of known) {
			const row = year.rows[kind]!.get(record.id)!;
			expect(row.archived, `${kind} ${record.id}`).toBe(!isLive(record, now));
			expect(row._ab_cdc_deleted_at != null).toBe(row.archived);
			if (isMerged(record, now)) expect(joinedOf(row).merged_into).toBe(survivorOf(record, now).id);
			if (isArchived(record, now)) expect(Date.parse(String(row.archivedAt))).toBe(record.archivedAt);
		}
	}
});

test("properties of the account have their own types, and names that are taken get another", async () => {
	const { streams } = await discoverSource(hubspot, {
		config: { access_token: portal.token, base_url: portal.url },
	});
	const of = (stream: number) => (streams[stream]!.json_schema as JsonObject).properties as Record<string, JsonObject>;
	expect(of(0).property_joined).toMatchObject({ format: "date", description: "Joined" });
	expect(of(1).is_partner).toMatchObject({ type: ["null", "boolean"] });
	expect(of(2)).toMatchObject({
		discount_rate: { type: ["null", "number"] },
		renewal_day: { type: ["null", "string"], format: "date" },
		plan_tier: { type: ["null", "string"] },
	});
	const deal = rowsOf("deals").find(({ contract_signed }) => contract_signed === true)!;
	expect(deal).toMatchObject({ hs_is_closed_won: true, renewal_day: expect.stringMatching(/^202[67]-\d\d-\d\d$/) });
	expect(JSON.stringify(deal.discount_rate)).toBe("0.125");
	expect(JSON.stringify(rowsOf("companies")[0]!.annualrevenue)).toMatch(/^\d007199254740993\.25$/);
	const contacts = rowsOf("contacts");
	expect(contacts.filter(({ mobilephone }) => mobilephone === "")).toEqual([]);
	expect(contacts.some(({ property_joined }) => property_joined === "2026-01-05")).toBe(true);
});

test("owners are joined, those who left too; associations are whole, the primary company and the oldest contact first", () => {
	const names = new Set(rowsOf("deals").map((row) => joinedOf(row).owner_name));
	for (const { firstName, lastName } of owners()) expect(names).toContain(`${firstName} ${lastName}`);
	const sizes = new Set<number>();
	for (const { record } of portal.history.deals.filter((deal) => isLive(deal.record, now))) {
		const joined = joinedOf(year.rows.deals!.get(record.id));
		const ids = record.associations
			.filter(({ to, id }) => to === "contacts" && !isGone("contacts", id))
			.map(({ id }) => survivorOf(portal.history.records.contacts.find((one) => one.id === id)!, now).id);
		const contacts = joined.contacts as { id: string }[];
		expect(new Set(contacts.map(({ id }) => id))).toEqual(new Set(ids));
		expect((joined.contact as JsonObject | undefined)?.id).toBe(ids.sort((a, b) => Number(a) - Number(b))[0]);
		sizes.add(ids.length);
	}
	expect([...sizes].sort()).toEqual([0, 1, 2, 3]);
	const primary = joinedOf(rowsOf("deals").find((row) => ((joinedOf(row).companies ?? []) as []).length > 0));
	expect(primary.companies).toMatchObject([{ labels: ["Primary"] }]);
});

const isGone = (kind: "contacts", id: string) =>
	isArchived(portal.history.records[kind].find((record) => record.id === id)!, now);

test("a click id is found in the first address, and in the property where HubSpot keeps it", () => {
	const paid = [...ofType(year, "lead"), ...ofType(year, "signup")].filter(({ gclid }) => gclid !== null);
	const inUrl = paid.filter(({ landing_page }) => String(landing_page).includes("gclid="));
	expect(inUrl.length).toBeGreaterThan(50);
	expect(paid.length - inUrl.length).toBeGreaterThan(50);
	for (const row of paid) {
		const number = /^Cj0KCQ-\d+_AbC$/;
		expect(row.gclid).toMatch(number);
		expect(row.utm_source).toBe("google");
	}
	expect(ofType(year, "purchase").filter(({ gclid }) => gclid !== null).length).toBeGreaterThan(20);
	expect(ofType(year, "purchase").filter(({ fbclid }) => fbclid !== null).length).toBeGreaterThan(5);
});

test("a close that is a day is one where the account is; a deal of several people is flagged", () => {
	const days = ofType(year, "purchase").filter(({ timestamp_precision }) => timestamp_precision === "day");
	expect(days.length).toBeGreaterThan(50);
	for (const row of days) {
		const deal = portal.history.deals.find(({ record }) => record.id === row.transaction_id)!;
		const close = versionAt(deal.record, now)!.properties.closedate!;
		expect(row.business_date).toBe(close.slice(0, 10));
	}
	for (const row of ofType(year, "purchase")) {
		const count = joinedOf(year.rows.deals!.get(String(row.transaction_id))).contact_count as number;
		expect(row.dq_flags).toEqual(count > 1 ? ["one_of_several_contacts"] : null);
	}
});

test("the requests keep HubSpot's limits", () => {
	let searches = 0;
	for (const { path, query, body } of portal.requests) {
		const { limit, after, inputs, properties } = (body ?? {}) as Record<string, never[]>;
		if (path.endsWith("/search")) {
			searches++;
			// the last five minutes are left to the next run
			expect(JSON.stringify(body)).toContain(`"LT","value":"${A_YEAR.until + 5 * 60_000}"`);
			expect(limit).toBe(200);
			expect(after).toBeUndefined();
		} else if (path.includes("/v3/") && inputs !== undefined) {
			expect(properties!.length).toBeGreaterThan(6);
		}
		if (path.endsWith("/batch/read")) expect(inputs!.length).toBeLessThanOrEqual(path.includes("/v4/") ? 1000 : 100);
		if (query.archived === "true" && query.limit !== undefined) expect(Number(query.limit)).toBeLessThanOrEqual(500);
	}
	expect(searches).toBeLessThan(30);
});

test("the demo states the totals of the books, and the same data at every start", async () => {
	const demo = await start();
	await demo.close();
	expect(demo.expectedTotals).toEqual(totalsOf(portal.books()));
	expect(demo.expectedTotals.map(({ currency, rows }) => [currency, rows])).toMatchInlineSnapshot(`
		[
		  [
		    "EUR",
		    47,
		  ],
		  [
		    "GBP",
		    31,
		  ],
		  [
		    "JPY",
		    44,
		  ],
		  [
		    "USD",
		    268,
		  ],
		]
	`);
});
