/** What changed since: cursors, ties, lists that shift, the night in spring, runs that were cut off. */
import type { FullReading } from "@growthnav/sdk/testing";
import { afterEach, describe, expect, test } from "vitest";
import { justBefore } from "../src/changed.ts";
import { openShop, type Shop } from "../src/demo/server.ts";
import { BULK_CHANGE, SPRING_NIGHT } from "../src/demo/story.ts";
import { booksOf, MONTHS, plain, read } from "./support.ts";

let shop: Shop;
afterEach(() => shop.close());

const config = { page_size: 50 };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const END = Date.UTC(2026, 5, 30, 22);

const open = async () => {
	shop = await openShop({ story: MONTHS });
};
const expectBooks = (reading: FullReading) => expect(plain(booksOf(reading))).toEqual(plain(shop.books()));

test("a second read asks only for what changed, and both are the books", async () => {
	await open();
	shop.setNow(Date.UTC(2026, 2, 1));
	const before = await read(shop, { config });
	expect(before.errors).toEqual([]);
	expectBooks(before);
	shop.setNow(END);
	const second = await read(shop, { config, after: before });
	expect(second.errors).toEqual([]);
	expectBooks(second);
	expect(second.counts.orders!).toBeLessThan(200);
	expect(second.counts.refunds!).toBeLessThan(before.counts.refunds! + 1);
});

test("the same again brings only what lies within the lookback; customers, whom nobody can be asked for, all", async () => {
	await open();
	const before = await read(shop, { config });
	const again = await read(shop, { config, after: before });
	expectBooks(again);
	const { orders = 0, refunds = 0, products = 0, customers } = again.counts;
	expect(Math.max(orders, refunds, products)).toBeLessThan(5);
	expect(customers).toBe(before.counts.customers);
});

test("read again and again while everything goes on, it is the books at every moment", async () => {
	await open();
	let before: FullReading | undefined;
	let rows = 0;
	for (let now = Date.UTC(2025, 7, 1); now < END; now += 40 * DAY) {
		shop.setNow(now);
		before = await read(shop, { config, after: before });
		rows += before.counts.orders ?? 0;
		expect(before.errors).toEqual([]);
		expectBooks(before);
	}
	expect(rows).toBeLessThan(800);
});

test("what changes while the list is read moves to its end: nothing is passed over, nothing is read for ever", async () => {
	await open();
	shop.setNow(Date.UTC(2025, 11, 20));
	shop.meanwhile(() => shop.setNow(shop.now() + 6 * HOUR));
	const first = await read(shop, { config });
	shop.meanwhile(() => {});
	const second = await read(shop, { config, after: first });
	expect([...first.errors, ...second.errors]).toEqual([]);
	expectBooks(second);
});

test("more changes in one second than a page has rows", async () => {
	await open();
	shop.setNow(BULK_CHANGE + HOUR);
	const reading = await read(shop, { config });
	expect(reading.errors).toEqual([]);
	const tied = [...reading.rows.orders!.values()].filter(
		(row) => row.date_modified_gmt === new Date(BULK_CHANGE).toISOString().replace(".000", ""),
	);
	expect(tied.length).toBe(MONTHS.bulk);
	expectBooks(reading);
	const killed = await read(shop, { config, states: 9 });
	expectBooks(await read(shop, { config, after: killed }));
});

describe("the night on which the clocks of the shop are put forward", () => {
	test("a cursor in the hour that does not exist there leaves out nothing", async () => {
		await open();
		for (let minutes = 10; minutes <= 130; minutes += 20) {
			shop.setNow(SPRING_NIGHT + minutes * 60_000);
			const before = await read(shop, { config });
			shop.setNow(SPRING_NIGHT + 4 * HOUR);
			const after = await read(shop, { config, after: before });
			const whole = await read(shop, { config });
			const seen = (reading: FullReading) =>
				[...reading.rows.orders!.values()].map(({ id, date_modified_gmt }) => `${id} ${date_modified_gmt}`).sort();
			expect(seen(after), `after ${minutes} minutes`).toEqual(seen(whole));
		}
	}, 30_000);

	test("it is asked from before that hour", async () => {
		await open();
		expect(justBefore("2026-03-29T02:15:00", "Europe/Berlin")).toBe("2026-03-29T01:59:59");
		expect(justBefore("2026-03-29T03:00:00", "Europe/Berlin")).toBe("2026-03-29T01:59:59");
		expect(justBefore("2026-03-29T03:00:01", "Europe/Berlin")).toBe("2026-03-29T03:00:00");
		expect(justBefore("2026-03-29T02:15:00", "+01:00")).toBe("2026-03-29T02:14:59");
		expect(justBefore("2026-07-03T00:00:00", "Europe/Berlin")).toBe("2026-07-02T23:59:59");
	});
});

test("cut off after any checkpoint and continued, nothing is missing", async () => {
	await open();
	const whole = await read(shop, { config });
	for (let states = 1; states <= whole.states.length; states += 2) {
		const cut = await read(shop, { config, states });
		const rest = await read(shop, { config, after: cut });
		for (const stream of ["orders", "refunds", "products", "customers", "coupons"])
			expect([...rest.rows[stream]!.keys()].sort(), `${stream}, ${states}`).toEqual(
				[...whole.rows[stream]!.keys()].sort(),
			);
		expectBooks(rest);
	}
}, 30_000);

test("a sale that goes to the trash counts no longer, its refunds neither; one that comes back does", async () => {
	await open();
	const { orders } = shop.history;
	const sale = orders.find(({ refunds, steps }) => refunds.length > 0 && steps.at(-1)!.status === "completed")!;
	const before = await read(shop, { config });
	expect(before.became.get(`orders ${sale.id}`)!.length).toBeGreaterThan(1);
	sale.steps.push({ at: END + HOUR, status: "trash" }, { at: END + 2 * DAY, status: "completed" });
	shop.setNow(END + DAY);
	const trashed = await read(shop, { config, after: before });
	expect(trashed.became.get(`orders ${sale.id}`)).toEqual([]);
	expectBooks(trashed);
	shop.setNow(END + 3 * DAY);
	expectBooks(await read(shop, { config, after: trashed }));
});

test("a customer who is deleted while they are read takes nobody along", async () => {
	await open();
	const { customers } = shop.history;
	const all = customers.map(({ id }) => id);
	shop.meanwhile(() => {
		const { path, query } = shop.requests.at(-1)!;
		if (path.endsWith("/customers") && query.offset === "49") customers.splice(3, 1);
	});
	const { rows, errors } = await read(shop, { config });
	expect(errors).toEqual([]);
	expect([...rows.customers!.keys()].map(Number).sort((a, b) => a - b)).toEqual(all);
});

test("a change that shows up late, stamped before what was read already", async () => {
	await open();
	const before = await read(shop, { config });
	const newest = [...before.rows.orders!.values()]
		.map((row) => String(row.date_modified_gmt))
		.sort()
		.at(-1)!;
	const late = shop.history.orders.find(
		({ id, steps }) => steps.length > 2 && before.rows.orders!.get(String(id))!.date_modified_gmt !== newest,
	)!;
	late.touched.push(Date.parse(newest) - 60_000);
	const after = await read(shop, { config, after: before });
	expect(after.rows.orders!.get(String(late.id))!.date_modified_gmt).not.toBe(
		before.rows.orders!.get(String(late.id))!.date_modified_gmt,
	);
});

test("start_date bounds a first read of what changed", async () => {
	await open();
	const { rows } = await read(shop, { config: { ...config, start_date: "2026-05-01" } });
	for (const { date_modified_gmt } of rows.orders!.values())
		expect(String(date_modified_gmt) >= "2026-05-01T00:00:00Z").toBe(true);
	expect(rows.orders!.size).toBeGreaterThan(20);
});
