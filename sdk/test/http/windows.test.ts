/** Search windows: every moment in one of them, none of them over the limit. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type SearchWindow, splitWindows, type WindowOptions } from "../../src/http/paging/windows.ts";

const START = Date.parse("2026-07-01T00:00:00Z");
const at = (ms: number) => new Date(START + ms).toISOString();
const contains = ({ from, to }: SearchWindow, ms: number) =>
	Date.parse(from) <= START + ms && START + ms < Date.parse(to);
const countIn = (moments: number[]) => (window: SearchWindow) => moments.filter((ms) => contains(window, ms)).length;
const windows = (options: WindowOptions) => Array.fromAsync(splitWindows(options));

const HOUR = { from: at(0), to: at(3_600_000) };

test("a search that fits is one window, as it was given", async () => {
	expect(await windows({ ...HOUR, count: () => 10_000, limit: 10_000 })).toEqual([HOUR]);
});

test("nothing is searched that is empty", async () => {
	expect(await windows({ ...HOUR, count: () => 0, limit: 10 })).toEqual([]);
	expect(await windows({ from: HOUR.to, to: HOUR.from, count: () => 5, limit: 10 })).toEqual([]);
});

test("cuts are moments that the vendor knows, and both ends stay as they were", async () => {
	const span = { from: "2026-07-01T02:00:00.1234567+02:00", to: "2026-07-01T00:00:10.9Z" };
	const found = await windows({ ...span, count: countIn([1_000, 5_000, 9_000]), limit: 1 });
	expect(found).toEqual([
		{ from: span.from, to: "2026-07-01T00:00:05Z" },
		{ from: "2026-07-01T00:00:05Z", to: "2026-07-01T00:00:07Z" },
		{ from: "2026-07-01T00:00:07Z", to: span.to },
	]);
	const fine = await windows({ ...HOUR, count: countIn([1, 2]), limit: 1, smallest: "1ms" });
	expect(fine).toContainEqual({ from: "2026-07-01T00:00:00.002Z", to: expect.anything() });
});

test.each(["UTC", "Asia/Tokyo", "America/New_York"])(
	"times without a zone are UTC on a machine in %s",
	async (zone) => {
		vi.stubEnv("TZ", zone);
		const rows = Array.from({ length: 8 }, (_, hour) => `2026-07-03T0${hour}:30:00`);
		const count = ({ from, to }: SearchWindow) => rows.filter((row) => row >= from && row < to).length;
		const span = { from: "2026-07-03T00:00:00", to: "2026-07-03T08:00:00" };
		const windows = await Array.fromAsync(splitWindows({ ...span, count, limit: 4 }));
		vi.unstubAllEnvs();
		expect(windows).toEqual([
			{ from: span.from, to: "2026-07-03T04:00:00" },
			{ from: "2026-07-03T04:00:00", to: span.to },
		]);
	},
);

test("days stay days", async () => {
	const days = await windows({
		from: "2026-07-01",
		to: "2026-07-09",
		count: countIn([0, 86_400_000, 5 * 86_400_000]),
		limit: 1,
	});
	expect(days.map(({ from }) => from)).toEqual(["2026-07-01", "2026-07-02", "2026-07-05"]);
	await expect(windows({ from: "2026-07-01", to: "2026-07-02", count: () => 5, limit: 1 })).rejects.toMatchObject({
		code: "data.window_full",
	});
});

test("more results at one moment than a search gives are an error that names the moment", async () => {
	const moments = [...Array.from({ length: 11 }, () => 754_000), 5_000, 9_000];
	await expect(windows({ ...HOUR, count: countIn(moments), limit: 10 })).rejects.toMatchObject({
		code: "data.window_full",
		message: "More results stand at one moment than the vendor gives: 2026-07-01T00:12:34Z",
		where: "2026-07-01T00:12:34Z up to 2026-07-01T00:12:35Z",
	});
});

test.each([
	{ from: "yesterday", to: "2026-07-01T00:00:00Z" },
	{ from: "2026-07-01", to: "2026-07-02", smallest: "1s" as const },
])("what cannot be cut is refused: %j", async (span) => {
	await expect(windows({ ...span, count: () => 1, limit: 1 })).rejects.toMatchObject({ code: "internal.definition" });
});

test.each([undefined, Number.NaN, -1, "many"])("a count of %s is an error", async (count) => {
	await expect(windows({ ...HOUR, count: () => count as number, limit: 1 })).rejects.toMatchObject({
		code: "data.unexpected_answer",
	});
});

describe("results that change while they are read", () => {
	test("a window that grew is given again in halves", async () => {
		const moments = [1_000, 2_000, 3_000];
		const given: SearchWindow[] = [];
		for await (const window of splitWindows({ ...HOUR, count: countIn(moments), limit: 4 })) {
			if (given.push(window) === 1) moments.push(3_599_000, 3_599_000, 1_800_000);
		}
		expect(given).toEqual([
			HOUR,
			{ from: HOUR.from, to: "2026-07-01T00:30:00Z" },
			{ from: "2026-07-01T00:30:00Z", to: HOUR.to },
		]);
	});

	test("a moment whose results never settle ends in an error", async () => {
		let results = 0;
		const moment = { from: at(0), to: at(1_000) };
		await expect(windows({ ...moment, count: () => (results++ % 7) + 1, limit: 10 })).rejects.toMatchObject({
			code: "transient.results_change",
		});
	});
});

describe("always", () => {
	const moments = fc.array(fc.integer({ min: 0, max: 99_999 }), { maxLength: 60 });

	test("windows cover every moment exactly once, and none is over the limit", async () => {
		await fc.assert(
			fc.asyncProperty(
				moments,
				fc.integer({ min: 1, max: 20 }),
				fc.constantFrom("1ms", "1s"),
				async (found, limit, smallest) => {
					const grid = smallest === "1ms" ? 1 : 1_000;
					const results = found.map((ms) => Math.floor(ms / grid) * grid);
					const span = { from: at(0), to: at(100_000) };
					const counted: SearchWindow[] = [];
					const count = (window: SearchWindow) => {
						counted.push(window);
						return countIn(results)(window);
					};
					const ties = Math.max(0, ...results.map((ms) => results.filter((one) => one === ms).length));
					const given = windows({ ...span, count, limit, smallest: smallest as "1ms" });
					if (ties > limit) return void (await expect(given).rejects.toMatchObject({ code: "data.window_full" }));
					const full = await given;
					// empty windows are not given, but counted: together they cover every moment
					const empty = counted.filter((window) => countIn(results)(window) === 0);
					const all = [...full, ...empty].sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
					expect(all[0]?.from).toBe(span.from);
					expect(all.at(-1)?.to).toBe(span.to);
					for (const [n, window] of all.entries()) if (n > 0) expect(window.from).toBe(all[n - 1]!.to);
					for (const window of full) expect(countIn(results)(window)).toBeLessThanOrEqual(limit);
				},
			),
			{ numRuns: 200 },
		);
	});

	test("with results that come and go meanwhile, one that was there throughout is read by a search that fits", async () => {
		await fc.assert(
			fc.asyncProperty(
				moments,
				fc.array(fc.tuple(fc.boolean(), fc.nat(99_999)), { maxLength: 20 }),
				async (found, changes) => {
					const results = found.map((ms, id) => ({ id, ms: Math.floor(ms / 10) * 10 }));
					const throughout = new Set(results.map(({ id }) => id));
					const inside = (window: SearchWindow) => results.filter(({ ms }) => contains(window, ms));
					const read = new Set<number>();
					const options = { from: at(0), to: at(100_000), limit: 12, smallest: "1ms" as const };
					for await (const window of splitWindows({ ...options, count: (one) => inside(one).length })) {
						// two pages of a search by offset, and a change between them
						for (const { id } of inside(window).slice(0, 3)) read.add(id);
						const [grows, pick] = changes.shift() ?? [];
						if (grows === true) results.push({ id: 1_000 + pick!, ms: Math.floor(pick! / 10) * 10 });
						else if (grows === false && results.length > 0)
							throughout.delete(results.splice(pick! % results.length, 1)[0]!.id);
						for (const { id } of inside(window).slice(3, 12)) read.add(id);
					}
					expect([...throughout].filter((id) => !read.has(id))).toEqual([]);
				},
			),
			{ numRuns: 200 },
		);
	});
});
