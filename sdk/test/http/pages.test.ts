import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { createHttp } from "../../src/http/index.ts";
import { type Routes, type ScriptedServer, startServer } from "../../src/testing/scripted-server.ts";

let server: ScriptedServer;
afterEach(() => server.close());

async function http(routes: Routes) {
	server = await startServer(routes);
	const signal = new AbortController().signal;
	return createHttp(
		{ baseUrl: server.url, vendor: "Acme", limits: { tries: 1 } },
		{ signal, log: { waiting: () => {} }, sleep: async () => {} },
	);
}

async function collect<Row>(pages: AsyncIterable<Row[]>): Promise<Row[]> {
	const rows: Row[] = [];
	for await (const page of pages) rows.push(...page);
	return rows;
}

test("any split of rows into pages, empty ones too, reads the same rows", async () => {
	let script: number[][] = [];
	const client = await http({
		"POST /search": ({ body }) => {
			const { cursor = 0 } = body as { cursor?: number };
			const more = cursor + 1 < script.length;
			return { json: { rows: script[cursor] ?? [], ...(more && { cursor: cursor + 1 }) } };
		},
	});
	await fc.assert(
		fc.asyncProperty(fc.array(fc.array(fc.integer(), { maxLength: 4 }), { maxLength: 8 }), async (pages) => {
			script = pages;
			const read = client.pages<number>("/search", {
				method: "POST",
				body: { query: "same", limit: 4 },
				rows: (body) => body.rows,
				next: ({ body }) => body.cursor && { body: { cursor: body.cursor } },
			});
			expect(await collect(read)).toEqual(pages.flat());
		}),
		{ numRuns: 30 },
	);
	for (const { body } of server.requests) expect(body).toMatchObject({ query: "same", limit: 4 });
});

test("a query patch keeps the rest of the query; a URL replaces it", async () => {
	const client = await http({
		"GET /v2/items": ({ query }) => ({
			json: { rows: [query.page ?? "1"], next: { "1": "2", "2": "/v2/items?page=3", "3": null }[query.page ?? "1"] },
		}),
	});
	const read = client.pages<string>("/v2/items", {
		query: { limit: 10 },
		rows: (body) => body.rows,
		next: ({ body }) => (body.next?.startsWith("/") ? body.next : body.next && { query: { page: body.next } }),
	});
	expect(await collect(read)).toEqual(["1", "2", "3"]);
	expect(server.requests.map(({ query }) => query)).toEqual([
		{ limit: "10" },
		{ limit: "10", page: "2" },
		{ page: "3" },
	]);
});

test("absent rows are an empty page", async () => {
	const client = await http({ "*": () => ({ json: {} }) });
	expect(await collect(client.pages("/", { rows: (body) => body.orders, next: () => undefined }))).toEqual([]);
});

test("a cursor that stands still is an error, not a loop", async () => {
	const client = await http({ "*": () => ({ json: { rows: [1], cursor: "same" } }) });
	const read = client.pages("/v2/orders", { rows: (body) => body.rows, next: () => ({ query: { cursor: "same" } }) });
	await expect(collect(read)).rejects.toMatchObject({ code: "data.page_repeated", where: "/v2/orders, page 3" });
	expect(server.requests).toHaveLength(2);
});

test("a cursor that goes in a circle is an error too", async () => {
	const client = await http({
		"*": ({ query }) => ({ json: { rows: [1], cursor: ((Number(query.c ?? 0) + 1) % 5).toString() } }),
	});
	const read = client.pages("/", { rows: (body) => body.rows, next: ({ body }) => ({ query: { c: body.cursor } }) });
	await expect(collect(read)).rejects.toMatchObject({ code: "data.page_repeated" });
	expect(server.requests.length).toBeLessThanOrEqual(6);
});

test.each(["https://evil.example.com/v2/orders?page=2", "//evil.example.com/", "http://127.0.0.1:1/"])(
	"a next page at %s is an error",
	async (next) => {
		const client = await http({ "*": () => ({ json: { rows: [1] } }) });
		await expect(
			collect(client.pages("/v2/orders", { rows: (body) => body.rows, next: () => next })),
		).rejects.toMatchObject({
			code: "data.other_origin",
		});
		expect(server.requests).toHaveLength(1);
	},
);

test.each([
	[{ orders: {} }, "its rows are an object, not a list"],
	[{ orders: "none" }, "its rows are a string, not a list"],
	[null, "Cannot read properties of null (reading 'orders')"],
])("an answer of another shape is data.unexpected_answer: %j", async (json, why) => {
	const client = await http({ "*": () => ({ json: json as never }) });
	await expect(
		collect(client.pages("/v2/orders", { rows: (body) => body.orders, next: () => undefined })),
	).rejects.toMatchObject({ code: "data.unexpected_answer", where: "GET /v2/orders", why });
});
