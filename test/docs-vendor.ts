/** The vendor behind the code of docs/write-a-connector.md: the same three rows, in every way in which there are pages. */
import type { Json } from "@growthnav/sdk";
import { type Routes, type ScriptedServer, startServer } from "@growthnav/sdk/testing";

const ROWS = [
	{ id: "a", updated_at: "2026-07-01T08:00:00Z" },
	{ id: "b", updated_at: "2026-07-09T08:00:00Z" },
	{ id: "c", updated_at: "2026-07-09T08:00:00Z" },
];

const line = (id: string, ...codes: string[]) => ({ id, discounts: codes.map((code) => ({ code })) });
/** Each level has more than its first page. */
export const ORDERS = [
	{
		id: "a",
		lines: [line("a1", "x", "y", "z"), line("a2"), line("a3", "x"), line("a4"), line("a5", "v", "w", "x", "y", "z")],
	},
	{ id: "b", lines: [] },
	{ id: "c", lines: [line("c1")] },
];

/** Two at a time. */
const second = (asked: Json | undefined) =>
	asked === "2" ? { data: ROWS.slice(2) } : { data: ROWS.slice(0, 2), next_cursor: "2" };

const between = (from: string, to: string) => ROWS.filter(({ updated_at: at }) => at >= from && at < to);

const routes: Routes = {
	"GET /cursor": ({ query }) => ({ json: second(query.cursor) }),
	"POST /search": ({ body }) => ({ json: second((body as { cursor?: string }).cursor) }),
	"GET /linked": ({ query }) => ({
		json: second(query.page),
		headers: query.page === "2" ? {} : { link: '</linked?page=1>; rel="prev", </linked?page=2>; rel="next"' },
	}),
	"GET /numbered": ({ query }) => ({ json: second(query.page), headers: { "x-total-pages": "2" } }),
	"GET /counted": ({ query }) => ({ json: { data: ROWS.slice(Number(query.offset ?? 0)).slice(0, 2) } }),
	"GET /changed": ({ query }) => {
		const found = ROWS.filter(({ updated_at }) => updated_at >= (query.updated_from ?? ""));
		return { json: { data: found.slice(Number(query.offset ?? 0)).slice(0, Number(query.limit)) } };
	},
	"GET /shifting": ({ query: { updated_from, updated_to, page } }) => ({
		json: { data: between(updated_from!, updated_to!).slice((Number(page) - 1) * 2, Number(page) * 2) },
	}),
	"GET /capped": ({ query }) => {
		const found = between(query.from!, query.to!);
		return { json: { data: found.slice(0, 2), total: found.length } };
	},
	"POST /graphql": ({ body }) => ({ json: { data: graphql(body as unknown as Query) } }),
	"POST /exports": () => ({ json: { id: 17 } }),
	"GET /exports/17": () => ({ json: { state: "DONE", url: "/files/17.csv" } }),
	"GET /files/17.csv": () => ({ body: "id;updated_at\na;\nb;\nc;\n" }),
};

interface Query {
	query: string;
	variables: { id?: string; after: string | null };
}

function graphql({ query, variables: { id, after } }: Query): Json {
	const lines = ORDERS.flatMap((order) => order.lines);
	if (query.includes("line(id:"))
		return { line: { discounts: page(lines.find((one) => one.id === id)!.discounts, after) } };
	if (query.includes("order(id:")) return { order: { lines: linesOf(id, after) } };
	return {
		orders: page(
			ORDERS.map((order) => ({ id: order.id, lines: linesOf(order.id, null) })),
			after,
		),
	};
}

function linesOf(id: string | undefined, after: string | null): Json {
	const { lines } = ORDERS.find((order) => order.id === id)!;
	return page(
		lines.map((one) => ({ id: one.id, discounts: page(one.discounts, null) })),
		after,
	);
}

function page(list: Json[], after: string | null): Json {
	const end = Number(after ?? 0) + 2;
	const pageInfo = { hasNextPage: end < list.length, endCursor: String(end) };
	return { nodes: list.slice(end - 2, end), pageInfo };
}

export function startVendor(): Promise<ScriptedServer> {
	return startServer(routes);
}
