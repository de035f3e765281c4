/** The shop that the manifest speaks to: pages, a cursor, offsets, days; and what it was asked, with the time. */

import { type ScriptedRequest, type ScriptedServer, startServer } from "@growthnav/sdk/testing";
import type { Json, JsonObject } from "@growthnav/spec";

export const TOKEN = "shop-token-4711";

export interface Shop extends ScriptedServer {
	orders: JsonObject[];
	/** Milliseconds of every request to a path, as `performance.now` has it. */
	times(path: string): number[];
}

/** An order on each second day of June 2026; every number is one that a careless reader changes. */
export function order(n: number): JsonObject {
	return {
		id: `o-${n}`,
		customer_id: (n % 7) + 1,
		updated_at: `${new Date(Date.UTC(2026, 5, 1 + 2 * n, n % 24)).toISOString().slice(0, 19)}Z`,
		total: n % 3 === 0 ? JSON.rawJSON("9007199254740993") : (n * 1999) / 100,
		currency: n % 5 === 4 ? null : "EUR",
		lines: [{ sku: `s${n}`, price: 0.1 + n, text: "caf\u00e9 \u2028" }],
	};
}

const refundsOf = (id: string): JsonObject[] => {
	const n = Number(id.slice(2));
	return Array.from({ length: n % 4 }, (_, i) => ({ id: `${id}-r${i}`, amount: -(i + 0.05) }));
};

export async function openShop(orders = 12): Promise<Shop> {
	const asked: { path: string; at: number }[] = [];
	const customers: JsonObject[] = Array.from({ length: 7 }, (_, i) => ({
		id: i + 1,
		name: i === 3 ? null : `Customer ${i + 1} \ud83d\ude00`,
		// 0.1999999999999993: more decimals than a column holds, so it is rounded and noted
		balance: i * 10.1 - 20,
		vip: i % 2 === 0,
		...(i !== 5 && { address: { street: "Main 1", geo: [52.5200066, 13.404954] } }),
		// the schema does not have it
		...(i === 6 && { newly_added: { since: "2026" } }),
	}));
	const shop = { orders: Array.from({ length: orders }, (_, n) => order(n)) };
	const answer = ({ path, query }: ScriptedRequest): Json => {
		const from = Number(query.cursor ?? query.offset ?? 0);
		if (path === "/customers") {
			const start = (Number(query.page) - 1) * Number(query.size);
			return { data: customers.slice(start, start + Number(query.size)) };
		}
		if (path !== "/orders") return { data: refundsOf(path.split("/")[2]!).slice(from, from + Number(query.limit)) };
		const found = shop.orders.filter(({ updated_at }) => updated_at! >= query.since! && updated_at! <= query.until!);
		return { data: found.slice(from, from + 2), next: from + 2 < found.length ? String(from + 2) : null };
	};
	const server = await startServer({
		"*": (request) => {
			asked.push({ path: request.path, at: performance.now() });
			if (request.headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, json: { error: "wrong token" } };
			return { json: answer(request) };
		},
	});
	const times = (path: string) => asked.filter((one) => one.path === path).map(({ at }) => at);
	return Object.assign(server, shop, { times });
}
