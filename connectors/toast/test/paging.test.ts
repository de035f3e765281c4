/** Page numbers over what changes: an order that changes meanwhile leaves the window, and all behind it move up. */
import { afterEach, expect, test } from "vitest";
import type { Order } from "../src/demo/events.ts";
import { A_SUMMER, tell } from "../src/demo/story.ts";
import { booked, type Open, open, totals } from "./support.ts";

let chain: Open;
afterEach(() => chain.close());

const story = { days: 26, perDay: 14 };
/** The first answer to a second page, and no other. */
const once = (happens: () => void) => {
	let done = false;
	return ({ path, query }: { path: string; query: Record<string, string> }) => {
		if (done || !path.endsWith("/ordersBulk") || query.page !== "2") return;
		done = true;
		happens();
	};
};

test("orders that change between two pages hide nothing", async () => {
	const changed: string[] = [];
	chain = await open({
		story,
		meanwhile: once(() => {
			const now = chain.now() + 1000;
			for (const house of new Set(chain.orders.map((order) => order.house)))
				for (const order of chain.orders.filter((one) => one.house === house).slice(3, 9)) {
					order.changes.push(now);
					changed.push(order.guid);
				}
			chain.setNow(now);
		}),
	});
	const first = await chain.read();
	expect(first.errors).toEqual([]);
	expect(changed).toHaveLength(24);
	chain.setNow(chain.now() + 86_400_000);
	const second = await chain.read({}, { after: first });
	expect(second.rows.orders!.size).toBe(chain.orders.length);
	expect(totals(second.conversions)).toEqual(booked(chain.books()));
	// the windows that they left were read again, in halves
	expect(chain.requests.filter(({ query }) => query.endDate?.startsWith("2026-05-15")).length).toBeGreaterThan(3);
});

test("orders that never hold still end the read with what to do, and it goes on from its state", async () => {
	const [{ house }, ...others] = tell({ ...A_SUMMER, days: 20, perDay: 12 }) as [Order, ...Order[]];
	const orders = others.filter((one) => one.house === house);
	for (const order of orders) order.changes = [Date.UTC(2026, 4, 30, 8)];
	const restless = [...orders];
	chain = await open({
		orders,
		meanwhile({ query }) {
			if (query.page !== "2" || restless.length < 105) return;
			chain.setNow(chain.now() + 1000);
			restless.shift()!.changes.push(chain.now());
		},
	});
	const first = await chain.read();
	expect(first.errors).toHaveLength(1);
	expect(first.errors[0]).toMatchObject({
		code: "transient.results_change",
		where: expect.stringMatching(/^GET \/orders\/v2\/ordersBulk, 2026-05-30T08:00:00/),
	});
	restless.length = 0;
	chain.setNow(chain.now() + 86_400_000);
	const rest = await chain.read({}, { after: first });
	expect(rest.errors).toEqual([]);
	expect(rest.rows.orders!.size).toBe(orders.length);
});

test("without links a page that is empty is the last", async () => {
	chain = await open({ story, links: false });
	const { records } = await chain.read();
	expect(records.orders).toHaveLength(chain.orders.length);
});
