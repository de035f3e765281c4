/** `source-of-airbyte read | destination-of-ours write`, as a shell makes it, into both stores: all that was printed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Catalog, JsonObject } from "@growthnav/spec";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { collectionFile } from "../../destinations/bigquery/test/analyzer/collect.ts";
import { type Fake, startFake } from "../../destinations/bigquery/test/fake/server.ts";
import { rows as rowsOfBigQuery, settingsFor } from "../../destinations/bigquery/test/support.ts";
import {
	DESTINATION_BIGQUERY,
	DESTINATION_DUCKDB,
	type End,
	FULL,
	folder,
	messagesIn,
	pipe,
	run,
	statesIn,
	writeFile,
} from "../processes.ts";
import { rows } from "../store.ts";
import { ask, asked, configured, expectSameRows, missing, NEW_OF_EACH, PEER_ENV, recordsIn, WHOLE } from "./airbyte.ts";
import { openShop, order, type Shop, TOKEN } from "./shop.ts";

const MANIFEST = ["--manifest-path", fileURLToPath(new URL("manifests/shop.yaml", import.meta.url))];

let fake: Fake;
let shop: Shop;
beforeAll(async () => {
	if (missing) return;
	fake = await startFake({ collect: collectionFile() });
	shop = await openShop(5);
});
afterAll(async () => {
	await fake?.close();
	await shop?.close();
});

interface Store {
	program: string;
	settings(): JsonObject;
	rowsOf(table: string, settings: JsonObject): Promise<JsonObject[]>;
}

const STORES: Record<string, Store> = {
	DuckDB: {
		program: DESTINATION_DUCKDB,
		settings: () => ({ path: join(folder(), "acme.duckdb"), customer_id: "acme" }),
		rowsOf: (table, { path }) => rows(String(path), `FROM ${table}`),
	},
	BigQuery: {
		program: DESTINATION_BIGQUERY,
		settings: () => ({ ...settingsFor(fake.url), dataset: `pipes_${performance.now().toString().replace(".", "_")}` }),
		rowsOf: (table, settings) => rowsOfBigQuery(settings, `SELECT * FROM ${table}`),
	},
};

interface Printed {
	file: string;
	end: End;
}

/** What it prints is kept in a file on its way; its exit code stays its own. */
function overheard(end: { program: string; args: string[] }): Printed {
	const file = join(folder(), "printed.jsonl");
	const args = ["-o", "pipefail", "-c", '"$@" | tee "$0"', file, end.program, ...end.args];
	return { file, end: { program: "bash", args, env: PEER_ENV } };
}

interface Source {
	program: string;
	config(): JsonObject;
	/** Beside the settings, for every command. */
	flags: string[];
	/** For `read` alone. */
	reading: string[];
	wish: object;
	counts: Record<string, number>;
	/** Where not all is tried. */
	store: string;
}

const SOURCES: Record<string, Source> = {
	// prints {"type":"DEBUG"} lines, which are no messages; has no keys, and the same record again and again
	"source-hardcoded-records --debug": {
		program: "source-hardcoded-records",
		config: () => ({ count: 3 }),
		flags: [],
		reading: ["--debug"],
		wish: WHOLE,
		counts: { products: 3, customers: 3, dummy_fields: 3 },
		store: "DuckDB",
	},
	"source-faker": {
		program: "source-faker",
		config: () => ({ count: 40, seed: 3, parallelism: 1, records_per_slice: 15 }),
		flags: [],
		reading: [],
		wish: NEW_OF_EACH,
		counts: { products: 40, users: 40, purchases: 40 },
		store: "BigQuery",
	},
	"source-declarative-manifest": {
		program: "source-declarative-manifest",
		config: () => ({
			base_url: shop.url,
			access_token: TOKEN,
			start_date: "2026-06-01T00:00:00Z",
			end_date: "2026-06-20T00:00:00Z",
		}),
		flags: MANIFEST,
		reading: [],
		wish: WHOLE,
		counts: { orders: 5, customers: 7, refunds: 6 },
		store: "BigQuery",
	},
};

/** The manifest is piped by hand below. */
const PIPED = Object.keys(SOURCES).slice(0, FULL ? undefined : 2);

describe.skipIf(missing).for(PIPED)("%s", { timeout: 180_000 }, (name) => {
	const { program, config, flags, reading, wish, counts, store } = SOURCES[name]!;
	let catalog: Catalog;
	let chosen: string;
	beforeAll(async () => {
		const answer = messagesIn(await ask({ program, config: config() }, "discover", flags));
		catalog = answer.flatMap((message) => (message.type === "CATALOG" ? [message.catalog] : []))[0]!;
		chosen = configured(catalog, () => wish);
	});

	test.concurrent.for(FULL ? Object.keys(STORES) : [store])(
		"into %s: value by value what it printed, every STATE back",
		async (store) => {
			const { program: destination, settings: make, rowsOf } = STORES[store]!;
			const settings = make();
			const source = overheard(
				asked({ program, config: config() }, "read", ["--catalog", chosen, ...flags, ...reading]),
			);
			const write = ["write", "--config", writeFile(join(folder(), "d.json"), settings), "--catalog", chosen];
			const ended = await pipe(source.end, { program: destination, args: write });
			expect([ended.source.code, ended.destination.code, ended.destination.err]).toEqual([0, 0, ""]);
			const printed = readFileSync(source.file, "utf8");
			expect(printed.includes('{"type": "DEBUG"')).toBe(reading.includes("--debug"));
			const records = recordsIn(printed);
			expect(Object.fromEntries(Object.entries(records).map(([stream, all]) => [stream, all.length]))).toEqual(counts);
			for (const { name: stream, json_schema } of catalog.streams)
				expectSameRows(await rowsOf(stream, settings), records[stream], json_schema);
			const states = printed.split("\n").filter((line) => line.startsWith('{"type":"STATE"'));
			expect(statesIn(ended.destination).map(({ stream }) => stream)).toEqual(
				states.map((line) => JSON.parse(line).state.stream),
			);
		},
	);
});

test.skipIf(missing)(
	"on by hand: what `state --array` prints is the state file of theirs",
	{ timeout: 180_000 },
	async () => {
		const own = await openShop(6);
		onTestFinished(() => own.close());
		const { program, config, flags } = SOURCES["source-declarative-manifest"]!;
		const source = { program, config: { ...config(), base_url: own.url } };
		const [answer] = messagesIn(await ask(source, "discover", flags)).filter(({ type }) => type === "CATALOG");
		const streams = (answer as { catalog: Catalog }).catalog.streams.filter(({ name }) => name === "orders");
		const chosen = configured({ streams }, () => NEW_OF_EACH);
		const path = join(folder(), "acme.duckdb");
		const target = writeFile(join(folder(), "d.json"), { path, customer_id: "acme" });
		const readOn = async (...more: string[]) => {
			const end = { ...asked(source, "read", ["--catalog", chosen, ...flags, ...more]), env: PEER_ENV };
			const write = ["write", "--config", target, "--catalog", chosen];
			const ended = await pipe(end, { program: DESTINATION_DUCKDB, args: write });
			expect([ended.source.code, ended.destination.code]).toEqual([0, 0]);
		};
		await readOn();
		own.orders.push(order(6), order(7));
		own.requests.length = 0;
		const { out } = await run(DESTINATION_DUCKDB, ["state", "--config", target, "--array"]);
		await readOn("--state", writeFile(join(folder(), "states.json"), out));
		expect(own.requests.map(({ query }) => query.since).sort()[0]).toBe(order(5).updated_at);
		expect(await rows(path, "SELECT id FROM orders ORDER BY updated_at")).toEqual(own.orders.map(({ id }) => ({ id })));
	},
);
