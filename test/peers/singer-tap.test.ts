/** tap-rest-api-msdk, a Singer tap of Meltano's SDK, as a source: what its server has stands in DuckDB, value by value. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { growthnav } from "../growthnav.ts";
import { type Ended, eventsIn, FULL, folder, GROWTHNAV, messagesIn, run, start, writeFile } from "../processes.ts";
import { commitsOf, expectBalance, expectTidy, rows, statesOf } from "../store.ts";
import { findPeer } from "./find.ts";

const peer = findPeer("tap-rest-api-msdk");
if ("missing" in peer) console.log(`Singer taps are left out: ${peer.missing}`);
const TAP = "bin" in peer ? `${peer.bin}tap-rest-api-msdk` : "tap-rest-api-msdk";
const TOKEN = "bearer-token-of-the-shop";

interface Order {
	id: number;
	/** A literal: more digits than a double holds. */
	reference: string;
	shop: string;
	amount: number;
	updated_at: string;
	note: string | null;
}

interface Shop {
	orders: Order[];
	items: Order[];
	url: string;
	/** Requests: "/orders?page=2". */
	asked: string[];
	/** A path and its page, of which the answer waits for ever. */
	hangsAt?: string;
	hung?: () => void;
}

const PAGE = 40;
const shops = new Set<() => void>();
afterAll(() => {
	for (const close of shops) close();
});

const order = (id: number, more: Partial<Order> = {}): Order => ({
	id,
	reference: String(9007199254740993n + BigInt(id)),
	shop: id % 2 === 0 ? "north" : "south",
	amount: id + 0.1,
	updated_at: new Date(Date.UTC(2026, 0, 1, id)).toISOString().replace(".000", ""),
	note: id % 5 === 0 ? null : `line\u2028${id}\u0085`,
	...more,
});

async function openShop(): Promise<Shop> {
	const many = (count: number) => Array.from({ length: count }, (_, at) => order(at + 1));
	const shop: Shop = { orders: many(100), items: many(90), url: "", asked: [] };
	const server = createServer((request, response) => {
		const { pathname, searchParams } = new URL(request.url!, "http://x");
		shop.asked.push(request.url!);
		if (request.headers.authorization !== `Bearer ${TOKEN}`) return refuse(response);
		const page = Number(searchParams.get("page") ?? 1);
		if (shop.hangsAt === `${pathname} ${page}`) return shop.hung?.();
		const since = searchParams.get("since") ?? "";
		const all = shop[pathname.slice(1) as "orders" | "items"].filter(({ updated_at }) => updated_at >= since);
		const data = all
			.slice((page - 1) * PAGE, page * PAGE)
			.map((one) => ({ ...one, reference: JSON.rawJSON(one.reference) }));
		response.setHeader("content-type", "application/json");
		response.end(JSON.stringify({ data, ...(page * PAGE < all.length && { next: page + 1 }) }));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	shops.add(() => {
		server.closeAllConnections();
		server.close();
	});
	shop.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return shop;
}

function refuse(response: ServerResponse): void {
	response.statusCode = 401;
	response.end('{"error":"invalid token"}');
}

function settings({ url }: Shop) {
	const stream = (name: string) => ({
		name,
		path: `/${name}`,
		primary_keys: ["shop", "id"],
		replication_key: "updated_at",
		source_search_field: "since",
		source_search_query: "$last_run_date",
		records_path: "$.data[*]",
		num_inference_records: 40,
	});
	return {
		api_url: url,
		auth_method: "bearer_token",
		bearer_token: TOKEN,
		next_page_token_path: "$.next",
		streams: [stream("orders"), stream("items")],
	};
}

async function made(config: (shop: Shop) => object = settings) {
	const shop = await openShop();
	const at = folder();
	writeFile(join(at, "tap.json"), config(shop));
	return { shop, at, path: join(at, "acme.duckdb") };
}

/** `growthnav sync` of the tap. */
const sync = (tap = `${TAP} --config tap.json`): string[] => [
	...["sync", `singer:${tap}`, "duckdb", "--customer", "acme", "--name", "shop", "--json"],
];

async function expectSame(path: string, shop: Shop, streams: ("orders" | "items")[] = ["orders", "items"]) {
	for (const name of streams) {
		const query = `SELECT id, CAST(reference AS VARCHAR) AS reference, shop, CAST(amount AS DOUBLE) AS amount,
			CAST(updated_at AS VARCHAR) AS updated_at, note FROM ${name} ORDER BY CAST(id AS INT)`;
		const found = await rows(path, query);
		expect(found.map((row) => ({ ...row, id: Number(row.id) }))).toEqual(shop[name]);
	}
}

const clean = (ended: Ended) => expect([ended.code, eventsIn(ended, "error")]).toEqual([0, []]);

describe.skipIf("missing" in peer)("tap-rest-api-msdk", { timeout: 180_000 }, () => {
	test.concurrent("spec, check and discover: its settings, its secrets, composite keys and cursors", async () => {
		const { at } = await made();
		writeFile(join(at, "none.json"), {});
		const bridge = (...args: string[]) =>
			run(GROWTHNAV, ["bridge", "tap", `${TAP} --config tap.json`, ...args], { cwd: at, env: { TMPDIR: at } });
		const [spec, check, discover] = await Promise.all([
			bridge("spec"),
			bridge("check", "--config", "none.json"),
			bridge("discover", "--config", "none.json"),
		]);
		expect(messagesIn(spec!)).toMatchObject([
			{ spec: { connectionSpecification: { properties: { bearer_token: { airbyte_secret: true }, api_url: {} } } } },
		]);
		expect(messagesIn(check!).at(-1)).toMatchObject({
			connectionStatus: { status: "SUCCEEDED", message: "2 streams discovered" },
		});
		const catalog = messagesIn(discover!).flatMap((one) => (one.type === "CATALOG" ? one.catalog.streams : []));
		expect(catalog.map(({ name }) => name)).toEqual(["items", "orders"]);
		expect(catalog[0]).toMatchObject({
			supported_sync_modes: ["full_refresh", "incremental"],
			default_cursor_field: ["updated_at"],
			source_defined_primary_key: [["shop"], ["id"]],
			json_schema: { properties: { id: { type: "integer" }, amount: { type: "number" } } },
		});
	});

	test.concurrent("sync twice: all of it, then what is new or changed", async () => {
		const { shop, at, path } = await made();
		clean(await growthnav(at, sync()));
		await expectSame(path, shop);
		const states = await statesOf(path, "shop");
		const state = states.find(({ stream }) => stream?.stream_descriptor.name === "orders");
		expect(state?.stream?.stream_state).toMatchObject({
			bookmark: { replication_key: "updated_at", replication_key_value: shop.orders.at(-1)!.updated_at },
		});

		const before = shop.asked.length;
		shop.orders[3] = order(4, { amount: 999.99, updated_at: "2026-03-01T00:00:00Z" });
		shop.orders.push(order(101, { updated_at: "2026-03-02T00:00:00Z" }));
		const again = await growthnav(at, sync());
		clean(again);
		await expectSame(path, shop);
		// what the bookmark names comes again, since a tap asks for >=
		expect(eventsIn(again, "run_finished")).toMatchObject([{ status: "done", read: 4 }]);
		expect(shop.asked.slice(before).some((url) => url.includes("since=2026-01-05"))).toBe(true);
		expectBalance(await commitsOf(path));
		expectTidy(path);
	});

	test.concurrent("the tap killed in the middle: the reason is told, and the next run has all of it once", async () => {
		const { shop, at, path } = await made();
		shop.hangsAt = "/orders 2";
		const hung = new Promise<void>((resolve) => {
			shop.hung = resolve;
		});
		// the number of the last start of the tap: `exec` keeps it
		const wrapped = `sh -c 'echo $$ >pid; exec "$0" "$@"' ${TAP} --config tap.json`;
		const begun = start(GROWTHNAV, sync(wrapped), { cwd: at, env: { TMPDIR: at } });
		await Promise.race([hung, begun.ended]);
		process.kill(Number(readFileSync(join(at, "pid"), "utf8")), "SIGKILL");
		const ended = await begun.ended;
		expect(ended.code).toBe(20);
		expect(eventsIn(ended, "error")).toMatchObject([
			{ code: "transient.tap_failed", message: "tap-rest-api-msdk was killed (SIGKILL)" },
		]);
		await expectSame(path, shop, ["items"]);
		delete shop.hangsAt;
		clean(await growthnav(at, sync(wrapped)));
		await expectSame(path, shop);
		expectBalance(await commitsOf(path));
	});

	(FULL ? test.concurrent : test.concurrent.skip)(
		"growthnav stopped in the middle takes the tap with it; the next run has all of it once",
		async () => {
			const { shop, at, path } = await made();
			shop.hangsAt = "/orders 2";
			const hung = new Promise<void>((resolve) => {
				shop.hung = resolve;
			});
			const wrapped = `sh -c 'echo $$ >pid; exec "$0" "$@"' ${TAP} --config tap.json`;
			const begun = start(GROWTHNAV, sync(wrapped), { cwd: at, env: { TMPDIR: at } });
			await Promise.race([hung, begun.ended]);
			begun.child.kill("SIGTERM");
			const ended = await begun.ended;
			expect([ended.code, eventsIn(ended, "error")]).toEqual([143, []]);
			const pid = Number(readFileSync(join(at, "pid"), "utf8"));
			await sleep(200);
			expect(() => process.kill(pid, 0)).toThrow();
			delete shop.hangsAt;
			clean(await growthnav(at, sync(wrapped)));
			await expectSame(path, shop);
		},
	);

	test.concurrent("by a pipeline file: settings there, a stream left out, another replaced as a whole at each run", async () => {
		const { shop, at, path } = await made();
		const { bearer_token: _, ...config } = settings(shop);
		writeFile(join(at, "acme.yaml"), {
			customer: "acme",
			source: { connector: `singer:${TAP}`, config: { ...config, bearer_token: "env:SHOP_TOKEN" } },
			destination: "duckdb",
			streams: { orders: { mode: "full_refresh", write: "overwrite" } },
		});
		const again = () => growthnav(at, ["run", "acme.yaml", "--json"], { SHOP_TOKEN: TOKEN });
		clean(await again());
		shop.orders.splice(10, 5);
		clean(await again());
		await expectSame(path, shop, ["orders"]);
		await expect(rows(path, "FROM items")).rejects.toThrow();
		expect(shop.asked.filter((url) => url.startsWith("/items?")).length).toBe(0);
	});

	test.concurrent("a key that is refused: what the tap says of it, without the key", async () => {
		const { at } = await made((shop) => ({ ...settings(shop), bearer_token: "wrong-token-of-the-shop" }));
		const ended = await growthnav(at, sync());
		const [error] = eventsIn(ended, "error");
		expect(error).toMatchObject({ code: expect.stringMatching(/\.tap_failed$/), where: expect.any(String) });
		expect(error!.why).not.toBeNull();
		expect(ended.out + ended.err).not.toContain("wrong-token-of-the-shop");
	});
});
