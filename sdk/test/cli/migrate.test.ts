/** Exports in every form in which Airbyte and Meltano give them, and what becomes of them. */
import type { Json, JsonObject } from "@growthnav/spec";
import { describe, expect, test } from "vitest";
import { fromAirbyte } from "../../src/cli/migrate/airbyte.ts";
import { fromMeltano } from "../../src/cli/migrate/meltano.ts";
import type { Move, Placed } from "../../src/cli/migrate/move.ts";
import { pipelineText } from "../../src/cli/migrate/pipeline-text.ts";
import { withReferences } from "../../src/cli/migrate/settings.ts";
import { parsePipeline } from "../../src/pipeline/file/file.ts";
import { parseJson } from "../../src/protocol/index.ts";

const SCHEMA = { type: "object", properties: {} };
const CONFIG = { shop: "uji", credentials: { auth_type: "token", api_token: "secret-of-the-shop-1" }, page_size: 50 };

/** One connection, as its parts stand in the files that the platform hands to a connector. */
const PROTOCOL = {
	catalog: {
		streams: [
			{
				stream: {
					...{ name: "orders", namespace: "shop", json_schema: SCHEMA },
					...{ supported_sync_modes: ["full_refresh", "incremental"], source_defined_primary_key: [["id"]] },
					...{ source_defined_cursor: true, default_cursor_field: ["updated_at"] },
				},
				...{ sync_mode: "incremental", destination_sync_mode: "append_dedup" },
				...{ cursor_field: ["updated_at"], primary_key: [["id"]], generation_id: 3, minimum_generation_id: 0 },
			},
			{
				stream: { name: "events", json_schema: SCHEMA, supported_sync_modes: ["full_refresh", "incremental"] },
				...{ sync_mode: "incremental", destination_sync_mode: "append_dedup" },
				...{ cursor_field: ["meta", "at"], primary_key: [["meta", "id"], ["no.dot"]] },
			},
			{
				stream: { name: "places", json_schema: SCHEMA, supported_sync_modes: ["full_refresh"] },
				...{ sync_mode: "full_refresh", destination_sync_mode: "overwrite" },
			},
		],
	},
	state: [
		stateOf("orders", { at: "2025-01-01" }, "shop"),
		stateOf("orders", { at: "2025-02-01" }, "shop"),
		stateOf("events", { at: "2025-03-01" }),
		stateOf("places", {}),
		stateOf("gone", { at: "2020-01-01" }),
	],
};

function stateOf(name: string, stream_state: Json, namespace?: string): JsonObject {
	const stream_descriptor = namespace === undefined ? { name } : { name, namespace };
	return { type: "STREAM", stream: { stream_descriptor, stream_state } };
}

/** The same as the configuration API answers. */
const API = {
	source: {
		sourceId: "8d1",
		name: "Uji Tea",
		sourceName: "Shop API",
		dockerRepository: "vendor/source-shop",
		dockerImageTag: "1.2.0",
		connectionConfiguration: { ...CONFIG, credentials: { auth_type: "token", api_token: "**********" } },
	},
	connection: {
		name: "Uji Tea → Warehouse",
		prefix: "raw_",
		scheduleType: "basic",
		scheduleData: { basicSchedule: { timeUnit: "hours", units: 6 } },
		syncCatalog: {
			streams: [
				{
					stream: {
						name: "orders",
						namespace: "shop",
						jsonSchema: SCHEMA,
						sourceDefinedCursor: true,
						sourceDefinedPrimaryKey: [["id"]],
					},
					config: {
						...{ selected: true, syncMode: "incremental", destinationSyncMode: "append_dedup" },
						fieldSelectionEnabled: true,
					},
				},
				{
					stream: { name: "events", jsonSchema: SCHEMA },
					config: {
						...{ syncMode: "incremental", destinationSyncMode: "append_dedup" },
						cursorField: ["meta", "at"],
						primaryKey: [["meta", "id"], ["no.dot"]],
					},
				},
				{
					stream: { name: "places", jsonSchema: SCHEMA },
					config: { syncMode: "full_refresh", destinationSyncMode: "overwrite" },
				},
				{ stream: { name: "not_wanted", jsonSchema: SCHEMA }, config: { selected: false, syncMode: "full_refresh" } },
			],
		},
	},
	state: {
		stateType: "stream",
		streamState: [
			{ streamDescriptor: { name: "orders", namespace: "shop" }, streamState: { at: "2025-02-01" } },
			{ streamDescriptor: { name: "events" }, streamState: { at: "2025-03-01" } },
		],
	},
};

const STREAMS = {
	orders: { mode: "incremental", write: "append_dedup" },
	events: { mode: "incremental", write: "append_dedup", key: ["meta.id", "no\\.dot"], cursor: "meta.at" },
	places: { mode: "full_refresh", write: "overwrite" },
};
const STATES = [stateOf("orders", { at: "2025-02-01" }, "shop"), stateOf("events", { at: "2025-03-01" })];

const placed = (files: Record<string, Json>): Placed[] =>
	Object.entries(files).map(([where, value]) => ({ where, value }));
const airbyte = (files: Record<string, Json>, program?: string) => fromAirbyte(placed(files), "export", program);

describe("an Airbyte connection", () => {
	test("as files of the protocol", () => {
		const files = { "config.json": CONFIG, "catalog.json": PROTOCOL.catalog, "state.json": PROTOCOL.state };
		const move = airbyte(files as Record<string, Json>, "source-shop");
		expect(move).toMatchObject({ name: "shop", source: { command: ["source-shop"] }, config: { value: CONFIG } });
		expect(move.streams).toEqual(STREAMS);
		expect(move.states).toEqual(STATES);
		expect(move.left).toEqual([{ what: "gone: its state", why: "the stream is not selected" }]);
	});

	test("as its API answers, in files or in one, with what has no place here", () => {
		const { source, connection, state } = API;
		const files = { "a.json": source, "b.json": connection, "c.json": state } as Record<string, Json>;
		const moves = [airbyte(files), airbyte({ "all.json": API as unknown as Json })];
		for (const move of moves) {
			expect(move.name).toBe("uji_tea_warehouse");
			expect(move.source.command).toEqual([
				...["docker", "run", "--rm", "-i", "-v", "{folder}:{folder}"],
				"vendor/source-shop:1.2.0",
			]);
			expect(move).toMatchObject({ streams: STREAMS, states: STATES, every: "6h" });
			expect(move.left.map(({ what }) => what)).toEqual(["orders: a selection of fields", "prefix raw_"]);
		}
	});

	test("as the public API answers: both modes in one word", () => {
		const modes = {
			a: ["full_refresh_overwrite", { mode: "full_refresh", write: "overwrite" }],
			b: ["full_refresh_append", { mode: "full_refresh", write: "append" }],
			c: ["incremental_append", { mode: "incremental", write: "append" }],
			d: ["incremental_deduped_history", { mode: "incremental", write: "append_dedup", key: ["id"], cursor: "at" }],
		};
		const streams = Object.entries(modes).map(([name, [syncMode]]) => ({
			...{ name, syncMode },
			...(name === "d" && { cursorField: ["at"], primaryKey: [["id"]] }),
		}));
		const source = { sourceType: "faker", configuration: { count: 1 } };
		const move = airbyte({ "s.json": source, "c.json": { configurations: { streams } } } as Record<string, Json>);
		expect(move.source.command).toEqual(["source-faker"]);
		expect(move.streams).toEqual(Object.fromEntries(Object.entries(modes).map(([name, [, wish]]) => [name, wish])));
		expect(move.left).toEqual([{ what: "a state", why: "the export has none: everything is read from the start" }]);
	});

	test("with a global state, which stays whole", () => {
		const global = {
			shared_state: { lsn: 5 },
			stream_states: [{ stream_descriptor: { name: "orders" }, stream_state: { a: 1 } }],
		};
		const api = {
			stateType: "global",
			globalState: {
				sharedState: { lsn: 5 },
				streamStates: [{ streamDescriptor: { name: "orders" }, streamState: { a: 1 } }],
			},
		};
		for (const state of [[{ type: "GLOBAL", global }], [{ type: "STATE", state: { type: "GLOBAL", global } }], api]) {
			expect(airbyte({ "s.json": state as Json, "c.json": PROTOCOL.catalog as Json }, "source-db").states).toEqual([
				{ type: "GLOBAL", global },
			]);
		}
	});

	test("with a state of old sources, by stream", () => {
		const catalog = PROTOCOL.catalog as Json;
		const state = [{ type: "LEGACY", data: { orders: { at: "2025-02-01" } } }];
		expect(airbyte({ "s.json": state, "c.json": catalog }, "source-shop").states).toEqual([
			stateOf("orders", { at: "2025-02-01" }),
		]);
		const whole = [{ type: "LEGACY", data: { page: 7 } }];
		expect(() => airbyte({ "s.json": whole, "c.json": catalog }, "source-shop")).toThrow(
			expect.objectContaining({ code: "config.export", why: expect.stringContaining("page is no stream") }),
		);
	});

	test("with numbers that no double holds, digit by digit", () => {
		const state = parseJson(
			'[{"type":"STREAM","stream":{"stream_descriptor":{"name":"orders"},"stream_state":{"id":9007199254740993}}}]',
		);
		const { states } = airbyte({ "s.json": state, "c.json": PROTOCOL.catalog as Json }, "source-shop");
		expect(JSON.stringify(states)).toContain("9007199254740993");
	});

	test.each<[string, Record<string, Json>, string]>([
		["no source", { "c.json": PROTOCOL.catalog as Json }, "The export does not say which source it is"],
		[
			"two catalogs",
			{ "a.json": PROTOCOL.catalog as Json, "b.json": API.connection as unknown as Json, "config.json": {} },
			"the catalog",
		],
		["a file of something else", { "config.json": {}, "notes.json": { hello: 1 } }, "notes.json is no part"],
		[
			"an entry without a name",
			{ "c.json": { streams: [{ stream: { json_schema: {} } }] }, "s.json": { command: "source-x" } },
			"no stream",
		],
		[
			"a state of nobody",
			{ "st.json": [{ type: "STREAM", stream: {} }], "s.json": { command: "source-x" } },
			"state cannot be taken over",
		],
		["a list of other things", { "st.json": [1, 2], "s.json": { command: "source-x" } }, "st.json is no part"],
	])("with %s is an error with its four parts", (_title, files, message) => {
		const four = {
			message: expect.stringContaining(message),
			where: expect.any(String),
			why: expect.any(String),
			next: expect.any(String),
		};
		expect(() => airbyte(files)).toThrow(expect.objectContaining({ code: "config.export", ...four }));
	});
});

const MELTANO = {
	default_environment: "prod",
	plugins: {
		extractors: [
			{
				name: "tap-shop",
				config: {
					api_url: "https://shop.example",
					api_token: "$SHOP_TOKEN",
					"auth.password": "in-the-file-1",
					greeting: "hi $USER",
					since: "$last_run_date",
				},
				select: ["orders.*", "!orders.email", "customers.id"],
				metadata: { orders: { "replication-method": "INCREMENTAL", "replication-key": "updated_at" }, refunds: {} },
			},
			{ name: "tap-other" },
		],
		loaders: [{ name: "target-jsonl" }],
	},
	environments: [{ name: "prod", config: { plugins: { extractors: [{ name: "tap-shop", config: { page: 5 } }] } } }],
	schedules: [{ name: "daily", extractor: "tap-shop", loader: "target-jsonl", interval: "@daily" }],
};
const BOOKMARKS = { bookmarks: { orders: { replication_key: "updated_at", replication_key_value: "2025-01-01" } } };

function meltano(more: Partial<Parameters<typeof fromMeltano>[0]> = {}): Move {
	const project = { value: MELTANO as unknown as JsonObject, where: "meltano.yml" };
	const asked = {
		project,
		folder: "/nowhere",
		out: "/nowhere",
		variables: ["TAP_SHOP_REGION", "OTHER"],
		extractor: "tap-shop",
	};
	return fromMeltano({ ...asked, state: { value: { singer_state: BOOKMARKS }, where: "state.json" }, ...more });
}

describe("an extractor of a Meltano project", () => {
	test("becomes a tap behind the bridge, with its variables as references", () => {
		const move = meltano();
		expect(move).toMatchObject({ name: "shop", source: { connector: "singer:tap-shop" }, every: "1d" });
		const { config, secrets } = withReferences(move, undefined);
		expect(config).toEqual({
			api_url: "https://shop.example",
			// a word of the tap's own
			since: "$last_run_date",
			api_token: "env:SHOP_TOKEN",
			auth: { password: "env:TAP_SHOP_AUTH_PASSWORD" },
			page: 5,
			region: "env:TAP_SHOP_REGION",
		});
		expect(secrets.map(({ variable }) => variable)).toEqual(["TAP_SHOP_AUTH_PASSWORD"]);
		expect(move.streams).toEqual({ orders: { mode: "incremental", cursor: "updated_at" }, customers: {} });
		expect(move.left.map(({ what }) => what)).toEqual([
			"setting greeting",
			"select !orders.email, customers.id",
			"metadata of refunds",
		]);
	});

	test("goes on with the state of its tap, whole", () => {
		const global = {
			shared_state: BOOKMARKS,
			stream_states: [{ stream_descriptor: { name: "orders" }, stream_state: { n: 0 } }],
		};
		for (const value of [{ singer_state: BOOKMARKS }, BOOKMARKS, { completed_state: { singer_state: BOOKMARKS } }]) {
			expect(meltano({ state: { value, where: "state.json" } }).states).toEqual([{ type: "GLOBAL", global }]);
		}
		expect(meltano({ state: undefined }).left.at(-1)?.what).toBe("a state");
		expect(() => meltano({ state: { value: [], where: "state.json" } })).toThrow(/cannot be taken over/);
	});

	test("is named where there are several", () => {
		expect(() => meltano({ extractor: undefined })).toThrow(
			expect.objectContaining({ next: "add --extractor tap-shop" }),
		);
		expect(() => meltano({ extractor: "tap-shp" })).toThrow(/has no extractor tap-shp/);
	});
});

describe("settings", () => {
	const move = (config: JsonObject) => airbyte({ "s.json": { sourceType: "shop", configuration: config } });
	const SPEC = {
		properties: {
			credentials: { oneOf: [{ properties: { api_token: { airbyte_secret: true } } }] },
			pin: { airbyte_secret: true },
		},
	};

	test("that the spec calls secret, or that are called like one, are references and no value is kept", () => {
		const given = { ...CONFIG, pin: 123456, masked: "******" };
		const { config, secrets } = withReferences(move(given), SPEC as never);
		expect(config).toEqual({
			...given,
			credentials: { auth_type: "token", api_token: "env:SHOP_CREDENTIALS_API_TOKEN" },
			pin: "env:SHOP_PIN",
			masked: "env:SHOP_MASKED",
		});
		expect(secrets.find(({ setting }) => setting === "masked")?.where).toBeUndefined();
		const blind = withReferences(move({ credentials: { auth_type: "basic", user: "u", word: "hush" } }), undefined);
		expect(blind.config).toEqual({
			credentials: { auth_type: "basic", user: "env:SHOP_CREDENTIALS_USER", word: "env:SHOP_CREDENTIALS_WORD" },
		});
	});

	test("that look like a reference are refused", () => {
		expect(() => withReferences(move({ place: "env:HOME" }), undefined)).toThrow(
			/place cannot stand in a pipeline file/,
		);
	});

	test("and streams make a file that growthnav takes", async () => {
		const files = { "a.json": API.source, "b.json": API.connection, "c.json": API.state } as unknown as Record<
			string,
			Json
		>;
		for (const one of [airbyte(files), meltano()]) {
			const { config } = withReferences(one, undefined);
			const text = await pipelineText(one, { name: one.name, customer: "acme", destination: "duckdb", config });
			const { file, errors } = await parsePipeline(text, "a.yaml", "/a.yaml");
			expect(errors).toBeUndefined();
			expect(file?.pipeline).toMatchObject({ customer: "acme", source: one.source, streams: one.streams });
			expect(text).not.toMatch(/secret-of|in-the-file|\*{5}/);
		}
	});
});

test("a secret that is a long number is a reference too", () => {
	const config = parseJson('{"api_key":98765432109876543210,"limit":12345678901234567890}') as JsonObject;
	const move = { name: "shop", from: "Airbyte", config: { value: config, where: "config.json" } } as unknown as Move;
	expect(JSON.stringify(withReferences(move, undefined).config)).toBe(
		'{"api_key":"env:SHOP_API_KEY","limit":12345678901234567890}',
	);
});
