import type { ConversionTotal } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTotals, demoEvents } from "../../src/pipeline/run/totals.ts";

const none = { mapped: 0, loaded: 0, superseded: 0, rejected: 0, left_out: 0 };
const total = (value: string, more: Partial<ConversionTotal> = {}): ConversionTotal => ({
	source_system: "quickbooks",
	source_account: "acme",
	conversion_type: "purchase",
	currency: "USD",
	mapped_rows: 1,
	mapped_value: value,
	loaded_rows: 0,
	loaded_value: "0",
	...more,
});
const control = (value: string, rows = 1) => [{ conversion_type: "purchase", currency: "USD", value, rows }];

describe("the source's own sums", () => {
	test("are compared with all that the run's records became, new or not", () => {
		const totals = createTotals();
		totals.addCommit({ conversions: none, totals: [total("0.10")] });
		totals.addCommit({ conversions: none, totals: [total("0.20")] });
		totals.addControl(control("0.30", 2), undefined);
		expect(totals.events()).toMatchObject([
			{ rows: 2, value: "0.30", loaded_rows: 0, source_value: "0.30", check: "equal" },
		]);
	});

	test("that differ by a cent or a row are told", () => {
		for (const stated of [control("0.11"), control("0.10", 2)]) {
			const totals = createTotals();
			totals.addCommit({ conversions: none, totals: [total("0.10")] });
			totals.addControl(stated, undefined);
			expect(totals.events()).toMatchObject([{ check: "differs" }]);
		}
	});

	test("of a kind that gave nothing here are told", () => {
		const totals = createTotals();
		totals.addControl(control("5.00"), undefined);
		expect(totals.events()).toMatchObject([
			{ conversion_type: "purchase", rows: 0, value: "0", source_value: "5.00", check: "differs" },
		]);
	});

	test("that nobody stated are not stated", () => {
		const totals = createTotals();
		totals.addCommit({ conversions: none, totals: [total("0.10", { loaded_rows: 1, loaded_value: "0.10" })] });
		expect(totals.events()).toMatchObject([{ rows: 1, value: "0.10", source_value: null, check: "not_stated" }]);
	});

	test("that cover several accounts are held against all of them", () => {
		const totals = createTotals();
		totals.addCommit({ conversions: none, totals: [total("1"), total("2", { source_account: "b" })] });
		totals.addControl(control("3", 2), undefined);
		expect(totals.events()).toMatchObject([
			{ source_account: "acme", value: "1", source_value: null, check: "equal" },
			{ source_account: "b", value: "2", source_value: null, check: "equal" },
		]);
	});

	test("of one stream are not held against another, where the destination tells them apart", () => {
		const totals = createTotals();
		totals.addCommit({
			conversions: none,
			totals: [total("1", { stream: "a" }), total("2", { stream: "b", loaded_rows: 1, loaded_value: "2" })],
		});
		totals.addControl(control("1"), { name: "a" });
		expect(totals.events()).toMatchObject([{ rows: 1, value: "2", source_value: null, check: "not_stated" }]);
		totals.addControl(control("1"), { name: "a" });
		expect(totals.events()).toMatchObject([{ check: "differs" }]);
	});

	test("always: decimals are added exactly, in any order and split", () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1 }), (cents) => {
				const text = (value: number) =>
					`${value < 0 ? "-" : ""}${Math.trunc(Math.abs(value) / 100)}.${String(Math.abs(value) % 100).padStart(2, "0")}`;
				const totals = createTotals();
				for (const one of cents) totals.addCommit({ conversions: none, totals: [total(text(one))] });
				const sum = cents.reduce((a, b) => a + b, 0);
				totals.addControl(control(text(sum), cents.length), undefined);
				expect(totals.events()).toMatchObject([{ check: "equal", rows: cents.length }]);
			}),
			{ numRuns: 100 },
		);
	});
});

test("a demo's ledger is held against what the store holds, beside what this run loaded", () => {
	const run = createTotals();
	run.addCommit({ conversions: none, totals: [total("5", { loaded_rows: 1, loaded_value: "5" })] });
	const stored = [
		{
			source_system: "quickbooks",
			source_account: "acme",
			conversion_type: "purchase",
			currency: "USD",
			rows: 3,
			value: "15.00",
		},
	];
	const expected = [
		{ source_system: "quickbooks", conversion_type: "purchase", currency: "USD", rows: 3, value: "15" },
		{ source_system: "quickbooks", conversion_type: "refund", currency: "USD", rows: 1, value: "-2" },
	];
	expect(demoEvents(stored, expected, run.events())).toMatchObject([
		{ conversion_type: "purchase", rows: 3, value: "15.00", loaded_rows: 1, source_value: "15", check: "equal" },
		{ conversion_type: "refund", rows: 0, value: "0", source_value: "-2", check: "differs" },
	]);
});
