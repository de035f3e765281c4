/** The whole year of the scripted account, against its own books. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CrmRecord, isLive } from "../src/demo/events.ts";
import { KINDS } from "../src/demo/portal.ts";
import { openPortal, type Portal } from "../src/demo/server.ts";
import { start, totalsOf } from "../src/demo.ts";
import { booksOf, ofType, type Reading, read } from "./support.ts";

let portal: Portal;
let year: Reading;

beforeAll(async () => {
	portal = await openPortal();
	year = await read(portal);
});
afterAll(() => portal.close());

test("purchases equal the books to the cent, in every currency and on every UTC day", () => {
	expect(year.errors).toEqual([]);
	const { purchase, days } = portal.books();
	const found = booksOf(year);
	expect([...purchase.keys()].sort()).toEqual(["EUR", "GBP", "JPY", "USD"]);
	expect(found.purchase).toEqual(purchase);
	expect(days.size).toBeGreaterThan(200);
	expect(found.days).toEqual(days);
});
