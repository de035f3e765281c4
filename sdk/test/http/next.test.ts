/** Ready-made ways from page to page, and the guard of the loop. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import type { HttpPage } from "../../src/http/client.ts";
import { circleGuard } from "../../src/http/paging/guard.ts";
import { nextLink, nextOffset, nextPage } from "../../src/http/paging/next.ts";
import { clientOf, collect } from "./client-of.ts";

const all = Array.from({ length: 23 }, (_, id) => ({ id }));
const rows = (body: { rows: { id: number }[] }) => body.rows;

describe("nextLink", () => {
	test.each([
		['<https://a.example/?page=2>; rel="next", <https://a.example/?page=9>; rel="last"', "https://a.example/?page=2"],
		['<https://a.example/?page=1>; rel="prev", <https://a.example/?page=3>; rel="next"', "https://a.example/?page=3"],
		["</x?a=1,2;3>;rel=next", "/x?a=1,2;3"],
		['</x>; title="a, rel=\\"next\\""; rel="last", </y>; rel="prev next"', "/y"],
		['</x>; REL="Next"', "/x"],
		['<https://a.example/>; rel="prev"', undefined],
		["nonsense", undefined],
		["", undefined],
	])("%s", (link, next) => {
		expect(nextLink({ headers: { link } })).toBe(next);
	});

	test("a header of a million characters is read in no time", () => {
		const started = performance.now();
		nextLink({ headers: { link: `<a>${"; a=b".repeat(200_000)}` } });
		nextLink({ headers: { link: "<".repeat(200_000) } });
		nextLink({ headers: { link: `<a>;b${" ".repeat(200_000)}` } });
		expect(performance.now() - started).toBeLessThan(1_000);
	});

	test("leads through pages", async () => {
		const { http, server } = await clientOf({
			"*": ({ query }) => {
				const page = Number(query.page ?? 1);
				const link = `<${server.url}/items?page=${page + 1}>; rel="next"`;
				return { json: { rows: [{ id: page }] }, headers: page < 3 ? { link } : {} };
			},
		});
		expect(await collect(http.pages("/items", { rows, next: nextLink }))).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
	});
});

describe("nextPage", () => {
	const paged = (size: number, total?: (page: number) => number) =>
		clientOf({
			"*": ({ query }) => {
				const page = Number(query.page ?? 1);
				const headers = total === undefined ? {} : { "x-pages": String(total(page)) };
				return { json: { rows: all.slice((page - 1) * size, page * size) }, headers };
			},
		});

	test("goes up to the total of a header, and asks no further", async () => {
		const { http, server } = await paged(5, () => 5);
		const next = nextPage({ total: ({ headers }) => headers["x-pages"] });
		expect(await collect(http.pages("/items", { query: { page: 1 }, rows, next }))).toEqual(all);
		expect(server.requests).toHaveLength(5);
	});

	test("a total that grows or shrinks under way is taken as it is told last", async () => {
		const growing = await paged(5, (page) => Math.min(5, page + 1));
		const next = nextPage({ total: ({ headers }) => headers["x-pages"] });
		expect(await collect(growing.http.pages("/items", { rows, next }))).toEqual(all);
		const shrinking = await paged(5, (page) => (page < 3 ? 5 : 3));
		expect(await collect(shrinking.http.pages("/items", { rows, next }))).toEqual(all.slice(0, 15));
	});

	test("an empty page below the total is not the end", async () => {
		const { http } = await clientOf({
			"*": ({ query }) => ({ json: { rows: query.page === "2" ? [] : [{ id: Number(query.page) }], pages: 3 } }),
		});
		const next = nextPage({ total: ({ body }) => body.pages });
		expect(await collect(http.pages("/items", { query: { page: 1 }, rows, next }))).toEqual([{ id: 1 }, { id: 3 }]);
	});

	test("where an answer tells no total, the end is an empty page", async () => {
		const { http, server } = await paged(5);
		const next = nextPage({ total: ({ headers }) => headers["x-pages"] });
		expect(await collect(http.pages("/items", { rows, next }))).toEqual(all);
		expect(server.requests).toHaveLength(6);
	});

	test("with a size that the vendor keeps to, a page that is not full is the last", async () => {
		const { http, server } = await paged(5);
		expect(await collect(http.pages("/items", { rows, next: nextPage({ size: 5 }) }))).toEqual(all);
		expect(server.requests).toHaveLength(5);
	});

	test("numbers may begin at 0, have another name, and stand in the body", async () => {
		const { http, server } = await clientOf({
			"POST /search": ({ body }) => {
				const { pageNo } = body as { pageNo: number };
				return { json: { rows: all.slice(pageNo * 10, pageNo * 10 + 10), pages: 3 } };
			},
		});
		const next = nextPage({ in: "body", param: "pageNo", first: 0, total: ({ body }) => body.pages });
		const body = { pageNo: 0, filter: { a: 1 } };
		expect(await collect(http.pages("/search", { method: "POST", body, rows, next }))).toEqual(all);
		expect(server.requests.map((request) => request.body)).toEqual([0, 1, 2].map((pageNo) => ({ ...body, pageNo })));
	});

	test("a vendor that repeats its last page without end is an error, not a loop", async () => {
		const { http, server } = await clientOf({
			"*": ({ query }) => ({ json: { rows: all.slice((Math.min(Number(query.page), 3) - 1) * 8).slice(0, 8) } }),
		});
		const read = collect(http.pages("/items", { query: { page: 1 }, rows, next: nextPage() }));
		await expect(read).rejects.toMatchObject({ code: "data.page_repeated", where: "GET /items, page 4" });
		expect(server.requests).toHaveLength(4);
	});
});

describe("nextOffset", () => {
	const from = (cap: number, total?: number) =>
		clientOf({
			"*": ({ query }) => {
				const offset = Number(query.offset ?? 0);
				const given = all.slice(offset, offset + Math.min(cap, Number(query.limit ?? cap)));
				return { json: { rows: given, ...(total !== undefined && { total }) } };
			},
		});

	test("goes on by what came, so that a vendor that gives less than it was asked for loses nothing", async () => {
		const { http } = await from(4);
		expect(await collect(http.pages("/items", { query: { limit: 10 }, rows, next: nextOffset() }))).toEqual(all);
	});

	test("goes up to the total", async () => {
		const { http, server } = await from(10, 23);
		const next = nextOffset({ total: ({ body }) => body.total });
		expect(await collect(http.pages("/items", { rows, next }))).toEqual(all);
		expect(server.requests).toHaveLength(3);
	});

	test("an empty page below the total is an error, or passed over where the size is known", async () => {
		const { http } = await clientOf({
			"*": ({ query }) => ({ json: { rows: query.offset === "2" ? [] : all.slice(0, 2), total: 6 } }),
		});
		const total = ({ body }: HttpPage) => body.total;
		await expect(collect(http.pages("/i", { rows, next: nextOffset({ total }) }))).rejects.toMatchObject({
			code: "transient.rows_missing",
			where: "GET /i, from row 3",
		});
		expect(await collect(http.pages("/i", { rows, next: nextOffset({ total, size: 2 }) }))).toHaveLength(4);
	});
});

test("next is given rows, number, query and body of its page", async () => {
	const { http } = await clientOf({ "*": ({ query }) => ({ json: { rows: query.a === "2" ? [] : [1, 2] } }) });
	const seen: unknown[] = [];
	const read = http.pages("/items", {
		method: "POST",
		query: { a: 1 },
		body: { b: 1 },
		rows: (body) => body.rows,
		next: ({ rows: count, number, query, sent, status }) => {
			seen.push({ count, number, query, sent, status });
			return number < 2 && { query: { a: 2 }, body: { c: 3 } };
		},
	});
	await collect(read);
	expect(seen).toEqual([
		{ count: 2, number: 1, query: { a: 1 }, sent: { b: 1 }, status: 200 },
		{ count: 0, number: 2, query: { a: 2 }, sent: { b: 1, c: 3 }, status: 200 },
	]);
});

test("a cursor that a float cannot hold goes back as it came", async () => {
	const { http, server } = await clientOf({
		"*": ({ query }) => ({ body: query.after ? '{"rows":[]}' : '{"rows":[1],"next":9007199254740993}' }),
	});
	const read = http.pages("/", {
		rows: (body) => body.rows,
		next: ({ body }) => body.next && { query: { after: body.next } },
	});
	await collect(read);
	expect(server.requests.map(({ query }) => query)).toEqual([{}, { after: "9007199254740993" }]);
});

describe("circleGuard", () => {
	test.each([1, 2, 3, 1_000, 1_024, 1_500, 5_000])("finds a circle of %i requests", (length) => {
		const wasAsked = circleGuard();
		let asked = 0;
		// a way in, and then the circle
		for (let at = 0; at < 700; at++) expect(wasAsked(`in ${at}`)).toBe(false);
		while (!wasAsked(`round ${asked++ % length}`)) if (asked > 20_000) break;
		expect(asked).toBeLessThanOrEqual(length <= 1_024 ? length + 1 : 4 * (length + 700));
	});

	test("holds as much memory after 100,000 pages as after 5,000", () => {
		const wasAsked = circleGuard();
		const run = (from: number, to: number) => {
			for (let at = from; at < to; at++) if (wasAsked(`request ${at}`.padEnd(44, "x"))) throw new Error("no circle");
		};
		run(0, 5_000);
		const before = memory();
		run(5_000, 105_000);
		expect(memory() - before).toBeLessThan(500_000);
	});
});

function memory(): number {
	setFlagsFromString("--expose-gc");
	runInNewContext("gc")();
	return process.memoryUsage().heapUsed;
}
