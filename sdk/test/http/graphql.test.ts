/** GraphQL: errors in good answers, connections, and connections within their nodes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientOf, collect } from "./client-of.ts";

const ok = (data: object) => ({ json: { data } as never });
const error = (code: string, more: object = {}) => ({
	json: { data: null, errors: [{ message: "No.", extensions: { code }, ...more }] } as never,
});

describe("a query", () => {
	test("is a POST to its path; the answer is its data", async () => {
		const { http, server } = await clientOf(
			{ "POST /admin/graphql.json": () => ok({ shop: { name: "Uji" } }) },
			{ graphql: "/admin/graphql.json" },
		);
		expect(await http.graphql("query ($id: ID!) { shop { name } }", { id: "1" })).toEqual({ shop: { name: "Uji" } });
		expect(server.requests[0]!.body).toEqual({ query: "query ($id: ID!) { shop { name } }", variables: { id: "1" } });
	});

	test("that is throttled waits and is tried again", async () => {
		let asked = 0;
		const { http, slept, waited } = await clientOf(
			{ "*": () => (asked++ < 2 ? error("THROTTLED") : ok({ a: 1 })) },
			{ limits: { tries: 4 } },
		);
		expect(await http.graphql("{ a }")).toEqual({ a: 1 });
		expect(asked).toBe(3);
		expect(slept.length).toBeGreaterThan(0);
		expect(waited.map(({ reason }) => reason)).toContain("rate_limited");
	});

	test.each([
		["ACCESS_DENIED", "config.forbidden"],
		["FORBIDDEN", "config.forbidden"],
		["UNAUTHENTICATED", "config.credentials"],
		["INTERNAL_SERVER_ERROR", "transient.vendor_error"],
		["RATE_LIMITED", "transient.rate_limited"],
		["undefinedField", "config.request_refused"],
	])("with the error %s is %s", async (code, kind) => {
		const { http } = await clientOf({ "*": () => error(code, { path: ["orders", "nodes", 3, "customer"] }) });
		await expect(http.graphql("{ a }")).rejects.toMatchObject({
			code: kind,
			where: expect.stringContaining(`POST /graphql, 200 ${code}`),
			why: expect.stringContaining("orders.nodes.3.customer"),
		});
	});

	test("with data beside errors is refused, unless its errors can be done without", async () => {
		const answer = {
			data: { shop: { name: "Uji", plan: null } },
			errors: [{ message: "No.", path: ["shop", "plan"], extensions: { code: "ACCESS_DENIED" } }],
		};
		const { http } = await clientOf({ "*": () => ({ json: answer as never }) });
		await expect(http.graphql("{ shop { name plan } }")).rejects.toMatchObject({ code: "config.forbidden" });
		const tolerates = ({ path }: { path: string }) => path === "shop.plan";
		expect(await http.graphql("{ shop { name plan } }", {}, { tolerates })).toEqual(answer.data);
	});

	test("is refused too where the connector's own errorOf always answers something", async () => {
		const errorOf = (body: { errors?: { message?: string; extensions?: { code?: string } }[] }) =>
			({ code: body.errors?.[0]?.extensions?.code, detail: body.errors?.[0]?.message }) as { code: string };
		const { http } = await clientOf({ "*": () => error("ACCESS_DENIED") }, { errorOf });
		await expect(http.graphql("{ a }")).rejects.toMatchObject({ code: "config.forbidden" });
	});

	test.each([{}, { data: null }, { errors: [] }, { data: null, errors: null }, [], null])(
		"without data is an error: %j",
		async (json) => {
			const { http } = await clientOf({ "*": () => ({ json: json as never }) });
			await expect(http.graphql("{ a }")).rejects.toMatchObject({ code: "data.unexpected_answer" });
		},
	);

	test.each([["no such field"], [{ message: "no" }], { code: "X", message: "no" }])(
		"with errors of other forms is refused: %j",
		async (errors) => {
			const { http } = await clientOf({ "*": () => ({ json: { data: { a: 1 }, errors } as never }) });
			await expect(http.graphql("{ a }")).rejects.toMatchObject({ kind: "config" });
		},
	);
});

/** A vendor's tree of orders, lines and discounts, in pages of its own sizes. */
function shop(sizes: { orders: number; lines: number; discounts: number }, counts: number[][]) {
	const orders = counts.map((lines, o) => ({
		id: `o${o}`,
		lines: lines.map((discounts, l) => ({
			id: `o${o}l${l}`,
			discounts: Array.from({ length: discounts }, (_, d) => ({ id: `o${o}l${l}d${d}` })),
		})),
	}));
	const page = <T>(list: T[], after: unknown, size: number, map: (one: T) => unknown) => {
		const from = after == null ? 0 : Number(after);
		const hasNextPage = from + size < list.length;
		return {
			nodes: list.slice(from, from + size).map(map),
			pageInfo: { hasNextPage, endCursor: hasNextPage ? `${from + size}` : null },
		};
	};
	type Line = (typeof orders)[number]["lines"][number];
	const lineNode = ({ id, discounts }: Line) => ({
		id,
		discounts: page(discounts, null, sizes.discounts, (one) => one),
	});
	const answer = (query: string, { id, after }: { id?: string; after?: string | null }) => {
		if (query === "orders")
			return {
				orders: page(orders, after, sizes.orders, (one) => ({
					id: one.id,
					lines: page(one.lines, null, sizes.lines, lineNode),
				})),
			};
		const order = orders.find((one) => id?.startsWith(one.id))!;
		if (query === "lines") return { node: { lines: page(order.lines, after, sizes.lines, lineNode) } };
		const line = order.lines.find((one) => one.id === id)!;
		return { node: { discounts: page(line.discounts, after, sizes.discounts, (one) => one) } };
	};
	return { orders, answer };
}

const inner = {
	lines: {
		query: "lines",
		connection: (data: { node: { lines: never } }) => data.node.lines,
		inner: {
			discounts: { query: "discounts", connection: (data: { node: { discounts: never } }) => data.node.discounts },
		},
	},
};

describe("a connection", () => {
	test("always has all its nodes, and each of them all of theirs, whatever the sizes of pages", async () => {
		let now = shop({ orders: 1, lines: 1, discounts: 1 }, []);
		const { http, server } = await clientOf({
			"*": ({ body }) => {
				const { query, variables } = body as { query: string; variables: object };
				return ok(now.answer(query, variables));
			},
		});
		const size = fc.integer({ min: 1, max: 4 });
		const sizes = fc.record({ orders: size, lines: size, discounts: size });
		const counts = fc.array(fc.array(fc.nat(6), { maxLength: 7 }), { maxLength: 5 });
		await fc.assert(
			fc.asyncProperty(sizes, counts, async (pageSizes, tree) => {
				now = shop(pageSizes, tree);
				const read = http.connection("orders", { connection: (data) => data.orders, inner, variables: { first: 5 } });
				expect(await collect(read)).toEqual(now.orders);
			}),
			{ numRuns: 40 },
		);
		const asked = server.requests.map(({ body }) => (body as { variables: object }).variables);
		expect(asked[0]).toEqual({ first: 5, after: null });
	});

	const page = (nodes: unknown[], pageInfo: unknown = { hasNextPage: false, endCursor: null }) => ({ nodes, pageInfo });
	const reading = async (data: object, how: object = {}) => {
		const { http } = await clientOf({ "*": () => ok(data) });
		return collect(http.connection("q", { connection: (found) => found.orders, ...how }));
	};

	test("may come as edges; a null node is left out", async () => {
		const edges = [{ node: { id: 1 } }, { cursor: "x", node: { id: 2 } }, { node: null }];
		expect(await reading({ orders: { edges, pageInfo: { hasNextPage: false } } })).toEqual([{ id: 1 }, { id: 2 }]);
	});

	test("within a node that has more, and nothing to ask for it with, is an error rather than a loss", async () => {
		const lines = page([1, 2], { hasNextPage: true, endCursor: "2" });
		await expect(reading({ orders: page([{ id: "1", lines }]) })).rejects.toMatchObject({
			code: "internal.query",
			message: "lines has more than the 2 that were asked for",
			next: expect.stringContaining("inner: { lines: { query, connection } }"),
		});
		await expect(reading({ orders: page([{ id: "1", customer: { orders: lines } }]) })).rejects.toMatchObject({
			message: "customer.orders has more than the 2 that were asked for",
		});
		await expect(reading({ orders: page([{ lines }]) }, { inner })).rejects.toMatchObject({
			message: "What lines is part of has no id",
		});
	});

	test("is read anew as a whole where a part of it goes on and no query finds its nodes by id", async () => {
		const parts = (ids: number[], more = false) => page(ids, { hasNextPage: more, endCursor: "c" });
		const asked: string[] = [];
		const whole = async function* (id: string) {
			asked.push(id);
			yield [{ id: "b1", parts: [1, 2, 3] }];
			yield [{ id: "b2", parts: parts([4]) }];
		};
		const orders = page([
			{ id: "o1", bills: page([{ id: "a1", parts: parts([1]) }]) },
			{ id: "o2", bills: page([{ id: "b1", parts: parts([1], true) }]) },
			{ id: "o3", bills: parts([], true) },
		]);
		const [first, second, third] = await reading({ orders }, { inner: { bills: { whole } } });
		expect(asked).toEqual(["o2", "o3"]);
		expect(first).toEqual({ id: "o1", bills: [{ id: "a1", parts: [1] }] });
		expect(second).toEqual({
			id: "o2",
			bills: [
				{ id: "b1", parts: [1, 2, 3] },
				{ id: "b2", parts: [4] },
			],
		});
		expect((third as { bills: unknown[] }).bills).toHaveLength(2);
	});

	test("that does not say whether there is more is an error", async () => {
		await expect(reading({ orders: { nodes: [] } })).rejects.toMatchObject({ code: "internal.query" });
		await expect(reading({ orders: page([{ id: "1", lines: { nodes: [] } }]) })).rejects.toMatchObject({
			code: "internal.query",
			message: expect.stringContaining("lines"),
		});
		await expect(reading({ orders: page([], { hasNextPage: true }) })).rejects.toMatchObject({
			code: "internal.query",
		});
	});

	test("whose cursor stands still is an error, not a loop", async () => {
		await expect(reading({ orders: page([1], { hasNextPage: true, endCursor: "same" }) })).rejects.toMatchObject({
			code: "data.page_repeated",
		});
	});

	test("that is not there is an error; a node that is gone meanwhile too", async () => {
		await expect(reading({ other: 1 })).rejects.toMatchObject({ code: "data.unexpected_answer" });
		const orders = page([{ id: "o1", lines: page([1], { hasNextPage: true, endCursor: "1" }) }]);
		const { http } = await clientOf({
			"*": ({ body }) => ok((body as { query: string }).query === "q" ? { orders } : { node: null }),
		});
		await expect(collect(http.connection("q", { connection: (data) => data.orders, inner }))).rejects.toMatchObject({
			code: "transient.changed_meanwhile",
			message: "o1 is gone before it was read whole",
		});
	});

	test("keeps members called __proto__ and constructor as they are", async () => {
		const { http } = await clientOf({
			"*": () => ({
				body: `{"data":{"orders":${JSON.stringify(page([{ id: "1" }])).replace('"id"', '"__proto__":{"nodes":1},"constructor":{"a":1},"id"')}}}`,
			}),
		});
		const [node] = await collect(http.connection<object>("q", { connection: (data) => data.orders }));
		expect(JSON.stringify(node)).toBe('{"__proto__":{"nodes":1},"constructor":{"a":1},"id":"1"}');
	});
});
