import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { before, condition, daysIn, rangesOf } from "../src/sql/days.ts";

const DAY = 86_400_000;
const day = fc
	.integer({ min: Date.parse("0001-01-01") / DAY, max: Date.parse("9999-12-31") / DAY })
	.map((n) => new Date(n * DAY).toISOString().slice(0, 10));

it("ranges hold every day, in order, apart from each other, and are never more than 200", () => {
	fc.assert(
		fc.property(fc.array(day, { maxLength: 600 }), (days) => {
			const ranges = rangesOf(days);
			expect(ranges.length).toBeLessThanOrEqual(200);
			for (const one of days) expect(ranges.some(({ from, to }) => from <= one && one <= to)).toBe(true);
			for (const [at, { from, to }] of ranges.entries()) {
				expect(from <= to).toBe(true);
				if (at > 0) expect(ranges[at - 1]!.to < from).toBe(true);
				expect(days).toContain(from);
				expect(days).toContain(to);
			}
		}),
	);
});

it("days with at most one between them are one range", () => {
	expect(rangesOf(["2026-07-05", "2026-07-01", "2026-07-03", "2026-07-09"])).toEqual([
		{ from: "2026-07-01", to: "2026-07-05" },
		{ from: "2026-07-09", to: "2026-07-09" },
	]);
	expect(rangesOf([])).toEqual([]);
});

it("a condition compares the bare column with literals of its type", () => {
	const ranges = rangesOf(["2026-07-01", "2026-12-31"]);
	expect(condition("t.`at`", "TIMESTAMP", ranges)).toBe(
		"t.`at` >= TIMESTAMP '2026-07-01T00:00:00Z' AND t.`at` < TIMESTAMP '2026-07-02T00:00:00Z' OR " +
			"t.`at` >= TIMESTAMP '2026-12-31T00:00:00Z' AND t.`at` < TIMESTAMP '2027-01-01T00:00:00Z'",
	);
	expect(condition("d", "DATE", rangesOf(["2026-07-01"]))).toBe("d >= DATE '2026-07-01' AND d < DATE '2026-07-02'");
	expect(condition("d", "DATETIME", rangesOf(["9999-12-31"]))).toBe("d >= DATETIME '9999-12-31T00:00:00'");
	expect(condition("d", "DATE", [])).toBe("FALSE");
});

it("days before a day stop at the first one", () => {
	expect([before("2026-03-01", 1), before("2026-03-01", 365), before("0001-01-05", 30)]).toEqual([
		"2026-02-28",
		"2025-03-01",
		"0001-01-01",
	]);
});

it("every day of a column is found in a file, wherever its chunks end", async () => {
	const folder = await mkdtemp(join(tmpdir(), "gn-days-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const file = join(folder, "rows.ndjson");
	const days = Array.from({ length: 3_000 }, (_, n) => new Date(n * DAY).toISOString().slice(0, 10));
	// lines of many lengths put the ends of chunks everywhere
	const lines = days.map((one, n) => JSON.stringify({ id: "ü".repeat(n % 997), timestamp: `${one}T10:00:00Z`, b: 1 }));
	await writeFile(file, lines.join("\n"));
	const found = new Set<string>();
	await daysIn(file, "timestamp", found);
	expect([...found].sort()).toEqual(days);
});
