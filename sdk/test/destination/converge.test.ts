import fc from "fast-check";
import { expect, it } from "vitest";
import { catalog, dump, type Line, memory, record, state, status, stream } from "./memory-run.ts";

const TEXT = { type: ["null", "string"] };
const RUNS = { numRuns: Number(process.env.GN_RUNS ?? 60) };

const CATALOG = catalog(
	stream(
		"orders",
		{ id: TEXT, updated_at: { type: "string", format: "date-time" }, status: TEXT, total: { type: "number" } },
		{
			cursor_field: ["updated_at"],
			conversions: [
				{
					type: "purchase",
					when: { status: "DONE" },
					columns: { timestamp: "updated_at", value: "total", currency: { const: "USD" } },
				},
				{
					type: "refund",
					each: { refund: "refunds" },
					discriminator: "refund",
					columns: { timestamp: "updated_at", value: { negate: "total" }, currency: { const: "USD" } },
				},
			],
			conversion_origin: { source: { const: "pos" }, source_system: { const: "s" }, source_account: { const: "a" } },
		},
	),
);

const order = fc.record({
	id: fc.constantFrom("a", "b", "c"),
	status: fc.constantFrom("DONE", "OPEN", "DONE"),
	total: fc.constantFrom(1, 2.5, "0.1"),
	refunds: fc.uniqueArray(fc.constantFrom("r1", "r2"), { maxLength: 2 }),
});

/** Versions differ in the cursor, or in the time of reading alone; content may come back. */
const versions = fc.array(order, { minLength: 1, maxLength: 12 }).map((orders) =>
	orders.map((data, at) => {
		const updated_at = `2026-07-03T10:00:0${Math.floor(at / 2)}Z`;
		return record("orders", { ...data, updated_at }, 1_780_000_000_000 + at);
	}),
);

const whole = (lines: Line[]) => [CATALOG, ...lines, status("orders")];

async function tablesAfter(...runs: Line[][]) {
	const run = memory();
	for (const lines of runs) {
		const result = await run.write(whole(lines), { settings: { epoch_bytes: 1 } });
		expect(result.errors.filter((error) => error.code !== "data.all_refused")).toEqual([]);
	}
	return dump(run);
}

it("any order, repetition and cut of records of distinct versions gives the same tables", async () => {
	const shuffled = versions.chain((records) =>
		fc.tuple(
			fc.constant(records),
			fc.shuffledSubarray([...records, ...records], { minLength: 2 * records.length }),
			fc.array(fc.nat(30), { maxLength: 5 }),
			fc.nat(30),
		),
	);
	await fc.assert(
		fc.asyncProperty(shuffled, async ([records, mixed, cuts, split]) => {
			const lines: Line[] = [...mixed];
			for (const cut of [...cuts].sort((a, b) => b - a)) lines.splice(cut, 0, state("orders", { cut }));
			const expected = await tablesAfter(records);
			expect(await tablesAfter(lines)).toEqual(expected);
			expect(await tablesAfter(lines.slice(0, split), lines.slice(split))).toEqual(expected);
		}),
		RUNS,
	);
});

it("the second run of the same input supersedes every row and changes nothing", async () => {
	await fc.assert(
		fc.asyncProperty(versions, async (records) => {
			const run = memory();
			await run.write(whole(records));
			const before = dump(run, []);
			const second = await run.write(whole(records));
			expect(dump(run)).toEqual(before);
			expect(second.commits).toMatchObject([
				{ streams: [{ read: records.length, loaded: 0, superseded: records.length }], conversions: { loaded: 0 } },
			]);
		}),
		RUNS,
	);
});

it("the size of the chunks of stdin decides nothing", async () => {
	const text = "é\u2028😀\u0000";
	await fc.assert(
		fc.asyncProperty(versions, fc.integer({ min: 1, max: 400 }), async (records, chunk) => {
			const lines = whole([...records, record("orders", { id: text, updated_at: "2026-07-03T10:00:00Z" })]);
			const [one, many] = [memory(), memory()];
			await one.write(lines);
			const result = await many.write(lines, { chunk });
			expect(result.exitCode).toBe(0);
			expect(dump(many)).toEqual(dump(one));
		}),
		RUNS,
	);
});
