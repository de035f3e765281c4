import fc from "fast-check";
import { expect, test } from "vitest";
import {
	billedBytes,
	billOf,
	bytesOfCommit,
	bytesOfMonth,
	costTable,
	dollarsOf,
	dollarText,
	estimateOf,
	LEAST_BYTES,
	MILLION_A_DAY,
	type Search,
	TIB,
	WIDTHS,
} from "../src/check/cost.ts";

const byWay = (lines = costTable()) => Object.fromEntries(lines.map(({ way, dollars }) => [way, dollars]));

test("a million conversions a day for two years, hourly: 133 dollars unpruned, 7 pruned, 0.5 when all are new", () => {
	const dollars = byWay();
	expect(dollars["one MERGE without ranges"]).toBeCloseTo(133, 0);
	expect(dollars["immutable, rows change"]).toBeCloseTo(6.66, 2);
	expect(dollars["immutable, rows change"]).toBeLessThan(7);
	expect(dollars["immutable, all rows new"]).toBeCloseTo(0.52, 2);
});

test("looking days up by id alone is 127 dollars, by keys 24; exact as it is sent is less than 33", () => {
	const lines = Object.fromEntries(costTable().map((line) => [line.way, line]));
	expect(lines["exact, days looked up in conversions by id"]!.probe).toBeCloseTo(127, 0);
	expect(lines["exact, where days cannot be kept by key"]!.sent).toBeCloseTo(262.0, 1);
	expect(lines.exact!.probe).toBeCloseTo(23.9, 1);
	expect(lines.exact!.sent).toBeLessThan(33);
	expect(lines["lookback:30"]!.dollars).toBeLessThan(12);
	expect(lines["lookback:30"]!.sent).toBeLessThan(lines.exact!.sent!);
	expect(lines["immutable, rows change"]!.sent).toBeCloseTo(8.07, 2);
	expect(lines["immutable, all rows new"]!.sent).toBeCloseTo(0.565, 2);
	expect(lines["one MERGE without ranges"]!.sent).toBeUndefined();
});

test("with the width that BigQuery's rule for sizes gives, all is 8 % more, and 7 dollars still hold", () => {
	const dollars = byWay(costTable({ ...MILLION_A_DAY, keyBytes: WIDTHS.idAndTime }));
	expect(dollars["one MERGE without ranges"]).toBeCloseTo(144, 0);
	expect(dollars["immutable, rows change"]).toBeLessThan(7);
	expect(dollars["immutable, all rows new"]).toBeCloseTo(0.565, 2);
});

test("every line has its assumption, and none is negative", () => {
	for (const { assumption, dollars, probe } of costTable()) {
		expect(assumption.length).toBeGreaterThan(10);
		expect(probe).toBeGreaterThanOrEqual(0);
		expect(dollars).toBeGreaterThanOrEqual(probe);
	}
});

test("the first TiB of a month is free, each table is ten MiB at least, whole MiB are billed", () => {
	expect(dollarsOf(TIB)).toBe(6.25);
	expect(billOf(TIB)).toBe(0);
	expect(billOf(3 * TIB)).toBe(12.5);
	expect(billedBytes([0, 1, LEAST_BYTES])).toBe(3 * LEAST_BYTES);
	expect(billedBytes([LEAST_BYTES + 1])).toBe(LEAST_BYTES + 2 ** 20);
});

test("the estimate of a small customer is nothing, that of a large one names what immutable would save", () => {
	const exact = { mode: "exact", days: 0 } as const;
	expect(estimateOf({ rows: 0, bytes: 0, days: 0 }, exact).dollars).toBe(0);
	// 10,000 conversions a day for two years
	expect(estimateOf({ rows: 7_300_000, bytes: 3.65e9, days: 730 }, exact).dollars).toBe(0);
	const large = estimateOf({ rows: 730_000_000, bytes: 365e9, days: 730 }, exact);
	// one free TiB less than the line of the cost table, and the small tables
	expect(large.dollars).toBeCloseTo(27.1, 1);
	expect(estimateOf({ rows: 730_000_000, bytes: 365e9, days: 730, otherDays: true }, exact).dollars).toBeGreaterThan(
		200,
	);
	expect(large.immutable).toBeLessThan(7);
	const near = estimateOf({ rows: 730_000_000, bytes: 365e9, days: 730 }, { mode: "lookback", days: 30 });
	expect(near.dollars).toBeLessThan(large.dollars);
	// without partitions every commit that changes a row writes the whole table anew
	expect(estimateOf({ rows: 730_000_000, bytes: 365e9, days: undefined }, exact).immutable).toBeGreaterThan(1000);
});

test("sums as people read them", () => {
	expect([0, 0.001, 0.52, 6.664, 132.9, 12_345.6].map(dollarText)).toEqual([
		"nothing",
		"less than $0.01",
		"$0.52",
		"$6.66",
		"$133",
		"$12,346",
	]);
});

test("always: own days cost least, packed keys no more than the table, more rows never less", () => {
	const workload = fc.record({
		rows: fc.integer({ min: 0, max: 2e9 }),
		rowBytes: fc.integer({ min: 100, max: 5000 }),
		days: fc.integer({ min: 1, max: 4000 }),
		commitsPerDay: fc.integer({ min: 1, max: 288 }),
		daysTouched: fc.integer({ min: 1, max: 30 }),
		keyBytes: fc.integer({ min: 46, max: 200 }),
		otherTables: fc.integer({ min: 0, max: 20 }),
	});
	fc.assert(
		fc.property(workload, (one) => {
			const month = (search: Search, rows = one.rows) =>
				bytesOfMonth({ ...one, rows }, bytesOfCommit({ ...one, rows }, search));
			const own = month({ by: "own days" });
			expect(own).toBeLessThanOrEqual(month({ by: "table" }));
			expect(own).toBeLessThanOrEqual(month({ by: "keys" }));
			expect(month({ by: "table", bound: 30 })).toBeLessThanOrEqual(month({ by: "table" }));
			for (const by of ["merge", "table", "keys", "own days"] as const) {
				expect(month({ by }, one.rows + 1e6)).toBeGreaterThanOrEqual(month({ by }));
			}
		}),
	);
});
