/** What changed since: edits, deals that are won no more, merges, deletions, and runs that were cut off. */
import type { FullReading } from "@growthnav/sdk/testing";
import { afterEach, expect, test } from "vitest";
import type { CrmRecord } from "../src/demo/events.ts";
import { openPortal, type Portal } from "../src/demo/server.ts";
import { BULK_UPDATE } from "../src/demo/story.ts";
import { booksOf, ofType, read } from "./support.ts";

let portal: Portal;
afterEach(() => portal.close());

const small = { contacts: 420, companies: 120, deals: 260 };
const MINUTE = 60_000;

function expectBooks(reading: FullReading) {
	expect(reading.errors).toEqual([]);
	const { purchase, days, lead, signup } = portal.books();
	const found = booksOf(reading);
	expect(found).toEqual({ purchase, days, lead, signup });
}

test("month by month the conversions follow their rows, and only what changed is read", async () => {
	portal = await openPortal({ story: small });
	let known: FullReading | undefined;
	const changed: number[] = [];
	for (const month of [2, 3, 4, 5, 6, 7]) {
		portal.setNow(Date.UTC(2026, month, 1));
		known = await read(portal, { after: known });
		expectBooks(known);
		changed.push(known.counts.deals ?? 0);
	}
	const purchases = new Set(ofType(known!, "purchase").map(({ transaction_id }) => transaction_id));
	const moved = portal.history.deals.filter(({ facts }) => {
		const won = facts.findIndex(({ stage }) => stage?.outcome === "won");
		return won >= 0 && facts.slice(won).some(({ stage }) => stage?.outcome !== "won");
	});
	expect(moved.length).toBeGreaterThan(5);
	expect(moved.filter(({ record }) => purchases.has(record.id)).length).toBeLessThan(moved.length);
	for (const count of changed.slice(1, 3)) expect(count).toBeLessThan(changed[0]!);
});

test("the same again brings only what lies within the lookback", async () => {
	portal = await openPortal({ story: small });
	const first = await read(portal);
	const again = await read(portal, { after: first });
	for (const [stream, count] of Object.entries(again.counts)) expect(count, stream).toBeLessThan(20);
	expect(again.states.at(-1)).toMatchObject({ state: { stream: { stream_state: { from: expect.any(String) } } } });
	// no state is beyond what came
	expect(JSON.stringify(again.states.at(-1))).toContain(JSON.stringify(stateOf(first)));
});

const stateOf = ({ states }: FullReading) =>
	(states.at(-1) as { state: { stream: { stream_state: object } } }).state.stream.stream_state;

test("killed after any state, with changes before it goes on, nothing is missing", async () => {
	portal = await openPortal({ story: small });
	for (const states of [1, 2, 3, 4, 6, 8]) {
		portal.setNow(Date.UTC(2026, 4, 1));
		const cut = await read(portal, { states });
		portal.setNow(Date.UTC(2026, 7, 1));
		const rest = await read(portal, { after: cut });
		expectBooks(rest);
	}
});

test("an edit of which the search learns late is found by the next run", async () => {
	portal = await openPortal({ story: small, indexLag: 40 * MINUTE });
	// in the minutes after the update of many records the search knows nothing of it
	portal.setNow(BULK_UPDATE + 20 * MINUTE);
	const first = await read(portal);
	portal.setNow(BULK_UPDATE + 60 * MINUTE);
	const second = await read(portal, { after: first });
	const late = portal.history.records.deals.filter(({ versions }) => versions.some(({ at }) => at === BULK_UPDATE));
	expect(late.length).toBeGreaterThan(30);
	expect(second.counts.deals).toBeGreaterThanOrEqual(
		late.filter(({ versions }) => versions.findLast(({ at }) => at <= BULK_UPDATE + 20 * MINUTE)!.at === BULK_UPDATE)
			.length - 10,
	);
	expectBooks(second);
});

test("start_date bounds a first read", async () => {
	portal = await openPortal({ story: small });
	const { rows, counts } = await read(portal, { config: { start_date: "2026-06-01" } });
	expect(counts.deals).toBeLessThan(200);
	for (const row of rows.deals!.values()) {
		const changed = String(row.archivedAt ?? row.updatedAt);
		expect(changed >= "2026-06-01" || row.archived === true).toBe(true);
	}
});

test("more than 10,000 records that changed in one millisecond are read, and read on in their middle", async () => {
	const at = BULK_UPDATE;
	const contacts = Array.from({ length: 10_150 }, (_, n): CrmRecord => {
		const properties = { email: `${n}@many.example` };
		return { kind: "contacts", id: String(10_000 + n * 3), versions: [{ at, properties }], associations: [] };
	});
	portal = await openPortal({ history: { records: { contacts, companies: [], deals: [] }, contacts: [], deals: [] } });
	const cut = await read(portal, { states: 30 });
	const rest = await read(portal, { after: cut });
	expect(rest.errors).toEqual([]);
	expect(rest.rows.contacts!.size).toBe(10_150);
	expect(cut.counts.contacts! + rest.counts.contacts!).toBeLessThan(10_200);
});

test("a search that is asked beyond 10,000 results is refused", async () => {
	portal = await openPortal({ story: small });
	const asked = await fetch(`${portal.url}/crm/v3/objects/contacts/search`, {
		method: "POST",
		headers: { authorization: `Bearer ${portal.token}` },
		body: JSON.stringify({ limit: 200, after: "9900" }),
	});
	expect([asked.status, await asked.json()]).toMatchObject([400, { category: "VALIDATION_ERROR" }]);
});
