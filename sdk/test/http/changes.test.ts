/** Pages over what goes on changing: rows that leave, come and move between two pages, and nothing is lost. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChangesOptions } from "../../src/http/client.ts";
import { changes } from "../../src/http/paging/changes.ts";
import { nextPage } from "../../src/http/paging/next.ts";
import { isConnectorError } from "../../src/index.ts";

interface Row {
	id: string;
	/** When it changed, in milliseconds. */
	at: number;
}

const START = Date.parse("2026-07-01T00:00:00Z");
const text = (ms: number) => new Date(START + ms).toISOString();

const ORDERS: Record<string, (a: Row, b: Row) => number> = {
	id: (a, b) => (a.id < b.id ? -1 : 1),
	oldest: (a, b) => a.at - b.at || (a.id < b.id ? -1 : 1),
	newest: (a, b) => b.at - a.at || (a.id < b.id ? -1 : 1),
};

/** A vendor whose list of changes is cut into numbered pages; `meanwhile` happens before each answer. */
function vendor(rows: Row[], { size = 3, order = "id", now = 600_000, tells = true } = {}) {
	const asked: { from: number; to: number; page: number }[] = [];
	const state = { now, rows, meanwhile: (_request: number) => {} };
	const options: ChangesOptions<Row> = {
		rows: (body) => body,
		key: "id",
		...{ from: text(0), to: text(100_000) },
		within: ({ from, to }) => ({ query: { from, to, page: 1 } }),
		next: nextPage({ size }),
	};
	const send = async (_method: string, _path: string, { query = {} }: { query?: Record<string, unknown> }) => {
		const [from, to] = [query.from, query.to].map((end) => Date.parse(String(end)) - START) as [number, number];
		asked.push({ from, to, page: Number(query.page) });
		if (asked.length > 3_000) throw new Error("it never ends");
		state.meanwhile(asked.length);
		const found = state.rows.filter(({ at }) => from <= at && at < to).sort(ORDERS[order]);
		const page = found.slice((Number(query.page) - 1) * size, Number(query.page) * size);
		const date = new Date(START + state.now).toUTCString();
		const body = page.map((row) => ({ ...row }));
		return { status: 200, headers: tells ? { date } : {}, body, request: "GET /rows" } as never;
	};
	const read = (more: Partial<ChangesOptions<Row>> = {}) =>
		Array.fromAsync(changes(new URL("https://vendor.example"), "/rows", { ...options, ...more }, send)).then((pages) =>
			pages.flat(),
		);
	return { state, asked, read };
}

const rowsAt = (...moments: number[]): Row[] => moments.map((at, n) => ({ id: `r${String(n).padStart(3, "0")}`, at }));
const seconds = (count: number) => rowsAt(...Array.from({ length: count }, (_, n) => n * 1_000));

test("what fits one page is asked for once, and what does not is asked about once more", async () => {
	const one = vendor(seconds(2));
	expect(await one.read()).toEqual(seconds(2));
	expect(one.asked).toEqual([{ from: 0, to: 100_000, page: 1 }]);
	const more = vendor(seconds(7));
	expect(await more.read()).toEqual(seconds(7));
	expect(more.asked.map(({ from, page }) => [from, page])).toEqual([
		...[1, 2, 3].map((page) => [0, page]),
		// what changed since the first page was answered, and the seconds before
		[595_000, 1],
	]);
});

test("a row that leaves between two pages hides none: the window is read again, in halves", async () => {
	const { state, asked, read } = vendor(seconds(7));
	state.meanwhile = (request) => {
		if (request === 2) state.rows[0]!.at = state.now;
	};
	const ids = new Set((await read()).map(({ id }) => id));
	expect(ids).toEqual(new Set(seconds(7).map(({ id }) => id)));
	expect(asked.some(({ from, to }) => from === 0 && to === 50_000)).toBe(true);
});

test("what changed is of no concern where nothing of it was read", async () => {
	const { state, asked, read } = vendor(seconds(7));
	state.meanwhile = (request) => {
		if (request === 2) state.rows.push({ id: "new", at: state.now });
	};
	expect(await read()).toEqual(seconds(7));
	expect(asked).toHaveLength(4);
});

test("where the window reaches into the present, what changed in it while it was read is given too", async () => {
	const { state, read } = vendor(seconds(7), { order: "newest", now: 50_000 });
	state.meanwhile = (request) => {
		if (request === 2) state.rows.push({ id: "new", at: 50_000 });
	};
	expect((await read()).map(({ id }) => id)).toContain("new");
});

test("halves are of what the vendor's clock has seen: nothing is asked behind the window that has the present in it", async () => {
	const { state, asked, read } = vendor(seconds(7), { now: 20_000 });
	state.meanwhile = (request) => {
		if (request === 2) state.rows[0]!.at = state.now;
	};
	await read();
	const windows = asked.filter(({ from, to }) => to <= 100_000 && from < to);
	expect(windows.some(({ to }) => to === 10_000)).toBe(true);
	for (const { from } of windows) expect(from).toBeLessThan(20_000);
});

test("times without a zone stay so, in what is asked of us as in what we ask", async () => {
	const { state, read } = vendor(seconds(7));
	state.meanwhile = (request) => {
		if (request === 2) state.rows[0]!.at = state.now;
	};
	const ends: string[] = [];
	const bare = (end: string) => end.replace(/(\.000)?Z$/, "");
	await read({
		...{ from: bare(text(0)), to: bare(text(100_000)) },
		within: ({ from, to }) => {
			ends.push(from, to);
			return { query: { from: `${from}Z`, to: `${to}Z`, page: 1 } };
		},
	});
	expect(ends.length).toBeGreaterThan(4);
	for (const end of ends) expect(end).toMatch(/^2026-07-0\dT\d\d:\d\d:\d\d$/);
});

test("a vendor that does not tell the time is read by windows that fit a page", async () => {
	const { asked, read } = vendor(seconds(7), { tells: false });
	expect(new Set((await read()).map(({ id }) => id)).size).toBe(7);
	expect(asked.filter(({ page }) => page === 1).length).toBeGreaterThan(2);
});

test("what never holds still ends in an error that says what and when", async () => {
	const { state, read } = vendor(rowsAt(...Array(5).fill(30_000)));
	const restless = Array.from({ length: 1_000 }, (_, n) => ({ id: `s${n}`, at: 30_000 }));
	state.rows.push(...restless);
	state.meanwhile = (request) => {
		if (request > 1) restless.shift()!.at = state.now += 1_000;
	};
	await expect(read({ next: nextPage({ size: 3 }) })).rejects.toMatchObject({
		code: "transient.results_change",
		where: `GET /rows, ${text(30_000).replace(".000", "")} up to ${text(31_000).replace(".000", "")}`,
	});
});

test("rows that are none are an answer of another shape", async () => {
	await expect(vendor([]).read({ rows: () => [null as never] })).rejects.toMatchObject({
		code: "data.unexpected_answer",
	});
});

describe("always", () => {
	/** What happens before a request: a row changes, one comes, and time goes by. */
	const event = fc.record({
		what: fc.constantFrom("changes", "comes", "nothing"),
		which: fc.nat(99),
		passes: fc.integer({ min: 1, max: 2_000 }).map((half) => 2 * half),
	});
	const moments = fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 30 });

	test.each(["id", "oldest", "newest"])(
		"in the order of %s every row is read as it was last, up to where a cursor goes",
		async (order) => {
			let ended = 0;
			await fc.assert(
				fc.asyncProperty(
					moments,
					fc.array(event, { maxLength: 40 }),
					fc.integer({ min: 2, max: 6 }),
					// the window lies in the past, or has the present in it
					fc.constantFrom(40_000, 120_000),
					async (at, events, size, now) => {
						const { state, read } = vendor(rowsAt(...at.map((second) => second * Math.min(1_000, now / 100))), {
							size,
							order,
							now,
						});
						let happened = 0;
						state.meanwhile = () => {
							const { what, which, passes } = events[happened++] ?? { what: "nothing", which: 0, passes: 8 };
							state.now += passes / 2;
							if (what === "comes") state.rows.push({ id: `new ${happened}`, at: state.now });
							const row = state.rows[which % Math.max(1, state.rows.length)];
							if (what === "changes" && row !== undefined) row.at = state.now;
							state.now += passes / 2;
						};
						const given = await read().catch((error: unknown) => {
							expect(isConnectorError(error) && error.code).toBe("transient.results_change");
						});
						if (given === undefined) return;
						ended++;
						const seen = new Set(given.map(({ id, at }) => `${id} ${at}`));
						// as the cursor of a stream with lag: "10s" goes: to the window's end, but not beyond the last answer less the lag
						const reached = Math.min(100_000, Math.floor(state.now / 1_000) * 1_000 - 10_000);
						const missed = state.rows.filter(({ id, at }) => at < reached && !seen.has(`${id} ${at}`));
						expect(missed).toEqual([]);
					},
				),
				{ numRuns: 400 },
			);
			expect(ended).toBeGreaterThan(350);
		},
	);
});
