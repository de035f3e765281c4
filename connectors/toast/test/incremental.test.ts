/** Second reads, reads that break off, and what changes between them. */
import type { FullReading } from "@growthnav/sdk/testing";
import { afterEach, expect, test } from "vitest";
import { booked, type Open, open, totals } from "./support.ts";

let chain: Open;
afterEach(() => chain.close());

const story = { days: 40, perDay: 7 };
const DAY = 86_400_000;
const AT_NOON = Date.UTC(2026, 5, 6, 12);
/** Toast counts requests by the second, also across runs: the next one comes later than that. */
const A_WHILE = 2_000;
const cursorsOf = ({ states }: FullReading) => states.at(-1)!.state.stream!.stream_state;

test("a second read brings what changed since, and with the first the books", async () => {
	chain = await open({ story });
	const end = chain.now();
	chain.setNow(AT_NOON);
	const first = await chain.read();
	expect(totals(first.conversions)).toEqual(booked(chain.books()));

	chain.setNow(end);
	chain.pass(A_WHILE);
	const second = await chain.read({}, { after: first });
	const [before, after] = [first.records.orders!, second.records.orders!];
	expect(after.length).toBeLessThan(before.length / 3);
	const earliest = Math.min(...after.map(({ modifiedDate }) => Date.parse(String(modifiedDate))));
	expect(earliest).toBeGreaterThanOrEqual(AT_NOON - 61 * 60_000);
	expect(totals(second.conversions)).toEqual(booked(chain.books()));

	// late edits are among them: a refund of an order of weeks ago
	const known = new Map(before.map((row) => [row.guid, row]));
	const late = after.filter(({ guid, joined }) => known.has(guid) && (joined as { refunds: [] }).refunds.length > 0);
	expect(late.length).toBeGreaterThan(0);
	expect(second.waits).toEqual([]);
});

test("nothing changed: one request for each restaurant, and the last hour again", async () => {
	chain = await open({ story });
	const first = await chain.read();
	const asked = chain.requests.length;
	chain.pass(A_WHILE);
	const second = await chain.read({}, { after: first });
	expect(second.waits).toEqual([]);
	const pages = chain.requests.slice(asked).filter(({ path }) => path.endsWith("/ordersBulk"));
	expect(pages).toHaveLength(4);
	expect((second.records.orders ?? []).length).toBeLessThan(10);
	expect(cursorsOf(second)).toEqual(cursorsOf(first));
});

test("a read that broke off after any state goes on from there, and nothing is lost", async () => {
	chain = await open({ story: { days: 34, perDay: 4 } });
	const whole = await chain.read();
	const guids = new Set(whole.rows.orders!.keys());
	for (let states = 1; states <= whole.states.length; states += 3) {
		const begun = await chain.read({}, { states });
		const rest = await chain.read({}, { after: begun });
		expect(new Set(rest.rows.orders!.keys())).toEqual(guids);
		expect(totals(rest.conversions)).toEqual(booked(chain.books()));
	}
});

test("what is deleted is marked as deleted, and what is voided afterwards is a sale no more", async () => {
	chain = await open({ story });
	const first = await chain.read();
	const at = chain.now();
	const [deleted, voided] = chain.orders.filter(({ checks }) => checks.every(({ paid }) => paid !== undefined));
	deleted!.deleted = at + 1000;
	voided!.voided = at + 1000;
	for (const order of [deleted!, voided!]) order.changes.push(at + 1000);
	chain.setNow(at + DAY);
	const second = await chain.read({}, { after: first });
	expect(second.records.orders!.find(({ guid }) => guid === deleted!.guid)).toMatchObject({ deleted: true });
	expect(totals(second.conversions)).toEqual(booked(chain.books()));
});

test("what a till hands in late, with a time of half an hour ago, is not missed", async () => {
	chain = await open({ story: { days: 10, perDay: 3 } });
	const late = chain.orders.splice(5, 1)[0]!;
	const first = await chain.read();
	late.changes = [chain.now() - 30 * 60_000];
	chain.orders.push(late);
	const second = await chain.read({}, { after: first });
	expect(second.records.orders!.map(({ guid }) => guid)).toContain(late.guid);
});

test("a restaurant that is added is read from start_date, the others from where they stand", async () => {
	chain = await open({ story });
	const [one, ...others] = [...new Set(chain.orders.map(({ house }) => house.guid))];
	const first = await chain.read({ restaurants: [one!] });
	expect(first.records.restaurants).toHaveLength(1);
	const asked = chain.requests.length;
	const second = await chain.read({ restaurants: [one!, ...others] }, { after: first });
	const pages = chain.requests.slice(asked).filter(({ path }) => path.endsWith("/ordersBulk"));
	expect(pages.filter(({ headers }) => headers["toast-restaurant-external-id"] === one)).toHaveLength(1);
	expect(totals(second.conversions)).toEqual(booked(chain.books()));
});
