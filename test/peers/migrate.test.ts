/** Connections that other programs began: growthnav reads the rest, and nothing else. */
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type ScriptedServer, startServer } from "@growthnav/sdk/testing";
import type { Json, JsonObject } from "@growthnav/spec";
import { afterAll, describe, expect, test } from "vitest";
import { growthnav } from "../growthnav.ts";
import { type Ended, eventsIn, folder, run, statesIn, writeFile } from "../processes.ts";
import { rows, statesOf } from "../store.ts";
import { configured, discover, missing, NEW_OF_EACH, PEER_ENV, peer, recordsIn } from "./airbyte.ts";
import { findPeer } from "./find.ts";

const clean = (ended: Ended) => expect([ended.code, eventsIn(ended, "error")]).toEqual([0, []]);
const readBy = (ended: Ended) =>
	Object.fromEntries(eventsIn(ended, "stream_finished").map(({ stream, read }) => [stream, read]));

describe.skipIf(missing)("source-faker, begun by Airbyte", { timeout: 120_000 }, () => {
	const faker = {
		program: "source-faker",
		config: { count: 120, seed: 7, parallelism: 1, records_per_slice: 25, always_updated: false } as JsonObject,
	};

	test("reads only what it had not read: as itself with that state", async () => {
		const at = folder();
		const catalog = JSON.parse(
			readFileSync(
				configured(await discover(faker), () => NEW_OF_EACH),
				"utf8",
			),
		) as JsonObject;
		const read = async (state?: Json) => {
			const files = [
				...["--config", writeFile(join(at, "settings"), faker.config)],
				...["--catalog", writeFile(join(at, "catalog"), catalog)],
			];
			const from = state === undefined ? [] : ["--state", writeFile(join(at, "states"), state)];
			return run(peer("source-faker"), ["read", ...files, ...from], { env: PEER_ENV });
		};
		const whole = await read();
		// Airbyte stopped before the first state of the last stream
		const last = new Map(statesIn(whole).map((state) => [state.stream!.stream_descriptor.name, state]));
		last.delete("purchases");
		const states = [...last.values()] as unknown as JsonObject[];
		const exported = join(at, "export");
		mkdirSync(exported);
		writeFile(join(exported, "config.json"), faker.config);
		writeFile(join(exported, "catalog.json"), catalog);
		writeFile(
			join(exported, "state.json"),
			states.map((state) => ({ type: "STATE", state })),
		);

		const options = ["--customer", "acme", "--name", "faker", "--source", peer("source-faker"), "--json"];
		const migrated = await growthnav(at, ["migrate", "export", ...options], PEER_ENV);
		clean(migrated);
		expect(eventsIn(migrated, "migrated")).toMatchObject([{ from: "Airbyte", states: 2, variables: [], left: [] }]);
		const ended = await growthnav(at, ["run", "faker.yaml", "--json"], PEER_ENV);
		clean(ended);
		const rest = recordsIn((await read(states)).out);
		expect(Object.keys(rest)).toEqual(["purchases"]);
		expect(readBy(ended)).toEqual({ products: 0, users: 0, purchases: rest.purchases!.length });
		const held = await rows(join(at, "acme.duckdb"), "FROM purchases");
		expect(held.map(({ id }) => Number(id)).sort()).toEqual(rest.purchases!.map(({ id }) => Number(id)).sort());

		// what is there already is never written over
		const again = await growthnav(at, ["migrate", "export", ...options], PEER_ENV);
		expect([again.code, eventsIn(again, "error")]).toMatchObject([10, [{ code: "config.file_exists" }]]);
		const elsewhere = await growthnav(at, ["migrate", "export", ...options, "--out", "other.yaml"], PEER_ENV);
		expect(eventsIn(elsewhere, "error")).toMatchObject([{ code: "config.state_exists" }]);
		expect((await run(process.execPath, ["-e", "fs.statSync('other.yaml')"], { cwd: at })).code).not.toBe(0);
	});
});

const tap = findPeer("tap-rest-api-msdk");
if ("missing" in tap) console.log(`A Meltano project is left out: ${tap.missing}`);

describe.skipIf("missing" in tap)("tap-rest-api-msdk, begun by Meltano", { timeout: 120_000 }, () => {
	const TOKEN = "bearer-token-of-the-shop";
	const servers: ScriptedServer[] = [];
	afterAll(async () => {
		for (const server of servers) await server.close();
	});

	const order = (n: number, day = n) => ({ id: n, updated_at: new Date(Date.UTC(2026, 0, day)).toISOString() });

	async function openShop() {
		const orders = Array.from({ length: 20 }, (_, i) => order(i + 1));
		const server = await startServer({
			"GET /orders": ({ headers, query }) => {
				if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401 };
				return { json: { data: orders.filter(({ updated_at }) => updated_at >= (query.since ?? "")) } };
			},
		});
		servers.push(server);
		return { orders, url: server.url };
	}

	const SETTINGS = {
		auth_method: "bearer_token",
		streams: [
			{
				...{ name: "orders", path: "/orders", primary_keys: ["id"], replication_key: "updated_at" },
				...{ source_search_field: "since", source_search_query: "$last_run_date", records_path: "$.data[*]" },
			},
		],
	};

	/** The tap as Meltano runs it; its last state, as `meltano state get` prints it. */
	async function readByMeltano(at: string, config: object): Promise<JsonObject> {
		const program = "bin" in tap ? `${tap.bin}tap-rest-api-msdk` : "";
		const settings = writeFile(join(at, "settings"), config);
		const options = { env: { HOME: at, TMPDIR: at }, cwd: at };
		const { out } = await run(program, ["--config", settings], options);
		const states = out.split("\n").filter((line) => line.startsWith('{"type":"STATE"'));
		return { singer_state: (JSON.parse(states.at(-1)!) as { value: JsonObject }).value };
	}

	test("reads only what is new since, and its token stands in no file", async () => {
		const shop = await openShop();
		const at = folder();
		const project = join(at, "project");
		const bin = join(project, ".meltano", "extractors", "tap-rest-api-msdk", "venv", "bin");
		mkdirSync(bin, { recursive: true });
		if ("bin" in tap) symlinkSync(`${tap.bin}tap-rest-api-msdk`, join(bin, "tap-rest-api-msdk"));
		const state = await readByMeltano(at, { ...SETTINGS, api_url: shop.url, bearer_token: TOKEN });
		writeFile(join(project, "state.json"), state);
		writeFile(join(project, ".env"), `TAP_REST_API_MSDK_BEARER_TOKEN=${TOKEN}\n`);
		const extractor = {
			...{ name: "tap-rest-api-msdk", variant: "widen", config: { ...SETTINGS, api_url: shop.url } },
			...{ select: ["orders.*"], metadata: { orders: { "replication-method": "INCREMENTAL" } } },
		};
		// JSON is YAML
		writeFile(join(project, "meltano.yml"), { version: 1, plugins: { extractors: [extractor] } });

		const options = ["--customer", "acme", "--name", "shop", "--state", "state.json", "--json"];
		const migrated = await growthnav(project, ["migrate", ".", ...options]);
		clean(migrated);
		const variables = ["env:TAP_REST_API_MSDK_BEARER_TOKEN"];
		expect(eventsIn(migrated, "migrated")).toMatchObject([
			{ from: "Meltano", states: 1, streams: ["orders"], variables },
		]);
		const file = readFileSync(join(project, "shop.yaml"), "utf8");
		expect(file).toContain("singer:./.meltano/extractors/tap-rest-api-msdk/venv/bin/tap-rest-api-msdk");
		expect(file).not.toContain(TOKEN);

		shop.orders[3] = order(4, 25);
		shop.orders.push(order(21, 26));
		const ended = await growthnav(project, ["run", "shop.yaml", "--env", ".env", "--json"]);
		clean(ended);
		// a tap asks from its bookmark on: the last one comes once more
		const held = await rows(join(project, "acme.duckdb"), "FROM orders");
		expect(held.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual([4, 20, 21]);
		expect(readBy(ended)).toEqual({ orders: 3 });
		const again = await growthnav(project, ["run", "shop.yaml", "--env", ".env", "--json"]);
		clean(again);
		expect(readBy(again)).toEqual({ orders: 1 });
		expect(JSON.stringify(await statesOf(join(project, "acme.duckdb"), "shop"))).toContain("2026-01-26");
	});
});
