import type { Catalog, JsonObject } from "@growthnav/spec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { object, string, timestamp } from "../../src/index.ts";
import { heldAfter } from "../../src/testing/becoming.ts";
import { readAll } from "../../src/testing/reading.ts";
import { minute, pagesOf, sampleSource } from "../source/sample.ts";

const conversions = [
	{
		type: "purchase",
		when: { state: "PAID" },
		columns: { timestamp: "at", value: "total", currency: { const: "EUR" } },
	},
];
const origin = {
	...{ source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: "one" } },
};
const catalog = {
	streams: [
		...[
			{ name: "orders", json_schema: {}, source_defined_primary_key: [["id"]], conversions, conversion_origin: origin },
		],
		...[{ name: "visits", json_schema: {} }],
	],
} as unknown as Catalog;
const order = (id: string, more: JsonObject = {}): JsonObject => ({
	...{ id, state: "PAID", total: "1.00", at: "2026-07-03T19:22:10Z" },
	...more,
});
const orders = (...rows: JsonObject[]) => new Map([["orders", rows]]);
const valuesIn = (held: ReturnType<typeof heldAfter>) => held.conversions.map(({ value }) => value);

test("the last version of a row counts, and its conversions follow it", () => {
	const first = heldAfter(catalog, orders(order("a"), order("b"), order("a", { total: "2.00" })));
	expect([...first.rows.orders!]).toMatchObject([
		["a", { total: "2.00" }],
		["b", { total: "1.00" }],
	]);
	expect(valuesIn(first)).toEqual(["2.00", "1.00"]);
	const second = heldAfter(catalog, orders(order("a", { state: "OPEN" }), order("c", { at: null })), first);
	expect(second.became.get("orders a")).toEqual([]);
	expect(valuesIn(second)).toEqual(["1.00"]);
	expect(second.leftOut).toEqual(["orders: state is OPEN, the mapping wants PAID"]);
	expect(second.refused).toEqual(["orders: no_event_time at is absent"]);
	// what was held before is as it was
	expect(first.rows.orders!.get("a")).toMatchObject({ state: "PAID" });
	expect(valuesIn(first)).toEqual(["2.00", "1.00"]);
});

test("a row that is deleted stays, and becomes nothing", () => {
	const first = heldAfter(catalog, orders(order("a")));
	const gone = order("a", { _ab_cdc_deleted_at: "2026-07-04T00:00:00Z" });
	const second = heldAfter(catalog, orders(gone), first);
	expect(second.rows.orders!.get("a")).toBe(gone);
	expect([second.conversions, second.leftOut, second.refused]).toEqual([[], [], []]);
});

test("in two reads or in one, the same is held", () => {
	const rows = fc.array(
		fc.record({ id: fc.constantFrom("a", "b", "c", "d"), total: fc.constantFrom("1.00", "2.00", "3.00") }),
	);
	fc.assert(
		fc.property(rows, rows, (before, after) => {
			const [one, two] = [before, after].map((list) => list.map(({ id, total }) => order(id, { total })));
			const inOne = heldAfter(catalog, orders(...one!, ...two!));
			const inTwo = heldAfter(catalog, orders(...two!), heldAfter(catalog, orders(...one!)));
			expect([inTwo.rows, inTwo.became]).toEqual([inOne.rows, inOne.became]);
		}),
	);
});

test("rows without a key are all held, in the order in which they came", () => {
	const visits = (...rows: JsonObject[]) => new Map([["visits", rows]]);
	const first = heldAfter(catalog, visits({ page: "/" }, { page: "/" }));
	const second = heldAfter(catalog, visits({ page: "/tea" }), first);
	expect([...second.rows.visits!.values()]).toEqual([{ page: "/" }, { page: "/" }, { page: "/tea" }]);
});

test("a read that was stopped goes on from its states, with what was held", async () => {
	const rows = Array.from({ length: 7 }, (_, n) => ({ id: `o${n}`, updated_at: minute(n) }));
	const source = sampleSource({
		orders: {
			schema: object({ id: string(), updated_at: timestamp() }),
			primaryKey: "id",
			cursor: "updated_at",
			sorted: true,
			read: ({ since, config }) => pagesOf(rows, since, config.page_size),
		},
	});
	const inputs = { config: { token: "sample-token" } };
	const cut = await readAll(source, inputs, { states: 2 });
	expect([cut.counts, cut.statuses.at(-1)]).toEqual([{ orders: 4 }, "orders RUNNING"]);
	const rest = await readAll(source, inputs, { after: cut });
	expect(rest.counts).toEqual({ orders: 4 });
	expect([...rest.rows.orders!.keys()]).toEqual(rows.map(({ id }) => id));
	expect((await readAll(source, inputs, { records: 3 })).records.orders).toHaveLength(3);
});
