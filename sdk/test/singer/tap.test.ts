/** Taps as sources: what a tap says becomes ours, whatever it does. Each tap is a real process. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
	controlsIn,
	errorsOf,
	kept,
	logsIn,
	ORDERS,
	orderOf,
	recordsIn,
	scriptedTap,
	statesOf,
	type Told,
} from "./scripted-tap.ts";

const dataIn = (told: Told) => recordsIn(told).map(({ data }) => data);
const codesIn = (told: Told) => errorsOf(told).map(({ code }) => code);

describe("spec", () => {
	test("comes from --about, with its secrets; what stands in the files of the command is no longer asked for", async () => {
		const about = {
			name: "tap-scripted",
			settings: {
				type: "object",
				required: ["api_url", "token"],
				properties: {
					api_url: { type: "string" },
					token: { type: "string" },
					code: { type: "string", secret: true },
					next_page_token_path: { type: ["string", "null"] },
				},
			},
		};
		const tap = scriptedTap(
			`if (args.includes("--about")) { console.log("DEBUG hello"); say(JSON.stringify(${JSON.stringify(about)}, undefined, 2)); }`,
			"--config tap.json",
		);
		writeFileSync(join(tap.folder, "tap.json"), '{"api_url": "http://x"}');
		const { connectionSpecification: spec } = (await tap.spec()) as {
			connectionSpecification: Record<string, unknown>;
		};
		expect(spec).toMatchObject({ required: ["token"], additionalProperties: true });
		expect(spec.properties).toEqual({
			api_url: { type: "string" },
			token: { type: "string", airbyte_secret: true },
			code: { type: "string", secret: true, airbyte_secret: true },
			next_page_token_path: { type: ["string", "null"] },
		});
	});

	test("is an open object where the tap knows no --about", async () => {
		const tap = scriptedTap("log('error: unrecognized arguments: --about'); process.exit(2);");
		expect(await tap.spec()).toMatchObject({
			connectionSpecification: { type: "object", properties: {}, additionalProperties: true },
		});
	});
});

describe("check and discover", () => {
	test("a discovery in many lines, with logs before and behind it, is read; the logs are told", async () => {
		const tap = scriptedTap(`
			say("DEBUG starting", '{"level": "info", "event": "json log"}');
			say(JSON.stringify({ streams: [entry("orders", ID)] }, undefined, 2));
			say("done {");
		`);
		const { catalog, ...told } = await tap.discover();
		expect(catalog?.streams.map(({ name }) => name)).toEqual(["orders"]);
		expect(logsIn(told)).toEqual([
			{ level: "DEBUG", message: "DEBUG starting" },
			{ level: "INFO", message: '{"level": "info", "event": "json log"}' },
			{ level: "INFO", message: "done {" },
		]);
		expect(await tap.check()).toMatchObject({ status: "SUCCEEDED", message: "1 stream discovered" });
	});

	test("the last CRITICAL lines say why a check failed, without the secrets of the config", async () => {
		const tap = scriptedTap(`
			log("2026-01-01 00:00:00,000 | INFO     | tap-x | hello " + config.api_key);
			log("CRITICAL first");
			log("INFO between");
			log("CRITICAL 401 Unauthorized");
			log("CRITICAL key " + config.api_key);
			process.exit(1);
		`);
		const told = await tap.check({ api_key: "sk-very-secret-1" });
		expect(told.status).toBe("FAILED");
		expect(told.error).toMatchObject({
			code: "config.tap_failed",
			message: "tap-scripted ended with 1",
			where: "tap-scripted --discover",
			why: "401 Unauthorized key ***",
			failure_type: "config_error",
		});
		expect(told.text).not.toContain("sk-very-secret-1");
	});

	test("a tap that prints no catalog, or one without ids, is told", async () => {
		const silent = await scriptedTap("").check();
		expect(silent.error).toMatchObject({ code: "internal.tap_catalog", why: "it ended well and printed nothing" });
		const odd = await scriptedTap("say({ streams: [{ schema: {} }] });").check();
		expect(odd.error).toMatchObject({ code: "config.tap_catalog", where: "streams[0]" });
	});

	test("a program that is not there is told, in spec too", async () => {
		const tap = scriptedTap("");
		const { parseTapCommand } = await import("../../src/singer/tap/command.ts");
		const { specTap } = await import("../../src/singer/tap/discover.ts");
		const { testHost } = await import("../pipeline/bench.ts");
		const world = { host: testHost(tap.folder), signal: new AbortController().signal, say: () => undefined };
		await expect(
			specTap(parseTapCommand("tap-that-is-not-there"), { ...world, written: async () => {} }),
		).rejects.toMatchObject({ code: "config.command_not_found" });
	});

	test("a catalog of the command stands in place of a discovery, and only what it selects is offered", async () => {
		const tap = scriptedTap("log('CRITICAL no discovery'); process.exit(1);", "--catalog mine.json");
		const entry = (id: string, selected: boolean) => ({
			tap_stream_id: id,
			schema: { properties: { id: {} } },
			metadata: [{ breadcrumb: [], metadata: { selected } }],
		});
		writeFileSync(join(tap.folder, "mine.json"), JSON.stringify({ streams: [entry("a", true), entry("b", false)] }));
		const { catalog } = await tap.discover();
		expect(catalog?.streams.map(({ name }) => name)).toEqual(["a"]);
	});
});

describe("read", () => {
	test("records, states and statuses in the tap's order; no state overtakes a record", async () => {
		const tap = scriptedTap(`${ORDERS}
			say(schemaOf("orders"));
			for (let id = 1; id <= 3; id++) {
				say(record("orders", { id }, { time_extracted: "2026-01-02T03:04:05.678901Z" }));
				say(stateOf({ bookmarks: { orders: { at: id } } }));
			}
			say(record("orders", { id: 4 }));
			say(stateOf({ bookmarks: { orders: { at: 4 } }, currently_syncing: null }));
		`);
		const told = await tap.read();
		expect(told.messages[0]).toMatchObject({ type: "CATALOG" });
		expect(orderOf(told)).toEqual([
			...["STARTED orders", "RUNNING orders"],
			...["RECORD orders", "STATE orders", "RECORD orders", "STATE orders", "RECORD orders", "STATE orders"],
			...["RECORD orders", "STATE orders", "COMPLETE orders"],
		]);
		expect(recordsIn(told)[0]).toEqual({ stream: "orders", data: { id: 1 }, emitted_at: 1767323045678 });
		expect(statesOf(told).map(({ sourceStats }) => sourceStats?.recordCount)).toEqual([1, 1, 1, 1]);
		expect(statesOf(told).at(-1)?.stream).toEqual({
			stream_descriptor: { name: "orders" },
			stream_state: { bookmark: { at: 4 }, rest: { bookmarks: {}, currently_syncing: null }, n: 4 },
		});
		expect(told.thrown).toEqual([]);
	});

	test("the tap gets its state back as it said it, and goes on", async () => {
		const value = '{"currently_syncing":"orders","bookmarks":{"orders":{"id":9007199254740993,"at":"2026-01-01"}}}';
		const tap = scriptedTap(`${ORDERS}
			if (state) writeFileSync("seen.json", readFileSync(option("--state")));
			say(schemaOf("orders"), record("orders", { id: 1 }));
			raw('{"type":"STATE","value":${value}}\\n');
		`);
		const first = await tap.read();
		expect(existsSync(join(tap.folder, "seen.json"))).toBe(false);
		await tap.read({ states: kept(statesOf(first)) });
		expect(readFileSync(join(tap.folder, "seen.json"), "utf8")).toBe(value);
	});

	test("a state that is not made of bookmarks is one for all, and comes back whole", async () => {
		const tap = scriptedTap(`
			if (discovers) { say({ streams: [entry("a", ID, { "valid-replication-keys": ["id"] }), entry("b", ID, { "valid-replication-keys": ["id"] })] }); process.exit(); }
			if (state) writeFileSync("seen.json", readFileSync(option("--state")));
			for (const name of ["a", "b"]) say(schemaOf(name), record(name, { id: 1 }), stateOf({ last: name, deep: [1.5, { x: null }] }));
		`);
		const told = await tap.read();
		expect(statesOf(told).map((state) => [state.type, state.global?.shared_state])).toEqual([
			["GLOBAL", { last: "a", deep: [1.5, { x: null }] }],
			["GLOBAL", { last: "b", deep: [1.5, { x: null }] }],
		]);
		expect(
			statesOf(told)
				.at(-1)
				?.global?.stream_states.map((one) => one.stream_descriptor.name),
		).toEqual(["a", "b"]);
		await tap.read({ states: kept(statesOf(told)) });
		expect(JSON.parse(readFileSync(join(tap.folder, "seen.json"), "utf8"))).toEqual({
			last: "b",
			deep: [1.5, { x: null }],
		});
	});

	test("exact numbers, U+2028, lone surrogates and names that are dangerous pass unchanged", async () => {
		const data = `{"id":90071992547409931,"price":12345678901234567890.123456789,"one":1.0,"huge":1e400,"text":"a\u2028b\u0085c\u2029","half":"\\ud800","__proto__":{"x":1}}`;
		const tap = scriptedTap(`${ORDERS}
			say(schemaOf("orders"));
			raw('{"type":"RECORD","stream":"orders","record":' + ${JSON.stringify(data)} + '}\\n');
		`);
		const told = await tap.read();
		const line = told.text.split("\n").find((one) => one.startsWith('{"type":"RECORD"'))!;
		expect(line).toContain(`"data":${data.replace('"one":1.0', '"one":1')}`);
	});

	test("lines that are no messages become logs, those that were meant to be are kept as rejects", async () => {
		const tap = scriptedTap(`${ORDERS}
			say("DEBUG a library prints", schemaOf("orders"), "WARNING: hm", { level: "error", message: "json" });
			say({ type: "METRIC", x: 1 }, { type: "METRIC", x: 2 }, { type: "METRIC", x: 3 });
			say('{"type":"RECORD","stream":"orders","record":{"id":1}');
			say({ type: "record", stream: "orders", record: { id: 2 } });
			raw('printing {"type":"RECORD","stream":"orders","record":{"id":3}}{"type":"RECORD","stream":"orders","record":{"id":4}}\\n');
			raw('{"type":"RECORD","stream":"orders","record":{"id":5,"x":NaN,"deep":{"y":[-Infinity,"NaN"]}}}\\n');
			raw(Buffer.concat([Buffer.from('{"type":"RECORD","stream":"orders","record":{"id":"'), Buffer.from([0xff]), Buffer.from('"}}\\n')]));
		`);
		const told = await tap.read();
		expect(dataIn(told)).toEqual([{ id: 2 }, { id: 3 }, { id: 4 }, { id: 5, x: null, deep: { y: [null, "NaN"] } }]);
		expect(
			recordsIn(told)
				.at(-1)
				?.meta?.changes?.map(({ field, change }) => [field, change]),
		).toEqual([
			["x", "NULLED"],
			["deep.y.0", "NULLED"],
		]);
		const said = logsIn(told).map(({ level, message }) => `${level} ${message}`);
		expect(said).toContain("DEBUG DEBUG a library prints");
		expect(said).toContain("WARN WARNING: hm");
		expect(said).toContain('ERROR {"level":"error","message":"json"}');
		expect(said.filter((one) => one.includes("METRIC"))).toHaveLength(2);
		expect(said).toContain("WARN tap-scripted sent 3 messages of type METRIC");
		expect(said).toContain("INFO printing");
		const rejects = logsIn(told).flatMap(({ reject }) => reject ?? []);
		expect(rejects.map(({ stream, code, line }) => [stream, code, line])).toEqual([
			["orders", "singer_line", 8],
			["orders", "singer_line", 12],
		]);
		expect(rejects[0]?.raw).toBe('{"type":"RECORD","stream":"orders","record":{"id":1}');
		expect(statesOf(told).at(-1)?.sourceStats).toEqual({ recordCount: 4, rejectedRecordCount: 2 });
	});

	test("records before a schema, of streams that nobody asked for, and without a time are no reason to stop", async () => {
		const tap = scriptedTap(`${ORDERS}
			say(record("orders", { id: 1 }), record("others", { id: 1 }), record("others", { id: 2 }), schemaOf("orders"));
		`);
		const before = Date.now();
		const told = await tap.read();
		expect(dataIn(told)).toEqual([{ id: 1 }]);
		expect(recordsIn(told)[0]!.emitted_at).toBeGreaterThanOrEqual(before);
		const warned = logsIn(told).map(({ message }) => message);
		expect(warned).toContain("tap-scripted sent records of orders before their schema; that of the catalog is taken");
		expect(warned).toContain("tap-scripted sent 2 records of others, which was not asked for; they were left out");
		expect(errorsOf(told)).toEqual([]);
	});

	test("exits well without STATE: the stream is complete, and the next run begins where this one did", async () => {
		const tap = scriptedTap(`${ORDERS} say(schemaOf("orders"), record("orders", { id: 1 }));`);
		const states = [
			{
				type: "STREAM",
				stream: {
					stream_descriptor: { name: "orders" },
					stream_state: { bookmark: { at: 1 }, rest: { bookmarks: {} }, n: 7 },
				},
			} as const,
		];
		const told = await tap.read({ states });
		expect(orderOf(told).slice(-2)).toEqual(["STATE orders", "COMPLETE orders"]);
		expect(statesOf(told).at(-1)).toMatchObject({
			stream: { stream_state: { bookmark: { at: 1 }, n: 8 } },
			sourceStats: { recordCount: 1 },
		});
	});

	test("a schema that changes in mid-run loses nothing, and is told once", async () => {
		const tap = scriptedTap(`${ORDERS}
			say(schemaOf("orders"), record("orders", { id: 1 }));
			const wider = schemaOf("orders", { id: { type: "integer" }, colour: { type: "string" } });
			say(wider, record("orders", { id: 2, colour: "red" }), wider, record("orders", { id: 3, colour: "blue" }));
		`);
		const told = await tap.read();
		expect(dataIn(told)).toEqual([{ id: 1 }, { id: 2, colour: "red" }, { id: 3, colour: "blue" }]);
		expect(logsIn(told).filter(({ message }) => message.includes("new fields"))).toHaveLength(1);
	});

	test("a key that only the schema of the run names is told", async () => {
		const tap = scriptedTap(`
			if (discovers) { say({ streams: [entry("orders", ID)] }); process.exit(); }
			say(schemaOf("orders", ID, ["shop", "id"]));
		`);
		const [log] = logsIn(await tap.read()).filter(({ message }) => message.includes("key of orders"));
		expect(log).toMatchObject({ level: "WARN", message: expect.stringContaining("is shop, id, the catalog has none") });
	});

	test("BATCH files are read as records, plain and in gzip; other kinds are refused", async () => {
		const tap = scriptedTap(`${ORDERS}
			say(schemaOf("orders"));
			writeFileSync("one.jsonl", '{"id":1}\\n\\n{"id":12345678901234567890}');
			writeFileSync("two.jsonl.gz", gzipSync('{"id":3}\\n'));
			const here = "file://" + process.cwd() + "/";
			say({ type: "BATCH", stream: "orders", encoding: { format: "jsonl" }, manifest: [here + "one.jsonl"] });
			say({ type: "BATCH", stream: "orders", encoding: { format: "jsonl", compression: "gzip" }, manifest: [here + "two.jsonl.gz"] });
			say(stateOf({ bookmarks: { orders: { at: 3 } } }));
			if (config.parquet) say({ type: "BATCH", stream: "orders", encoding: { format: "parquet" }, manifest: [here + "x"] });
			if (config.latin) {
				writeFileSync("latin.jsonl", Buffer.from('{"id":"caf\\xe9"}', "latin1"));
				say({ type: "BATCH", stream: "orders", encoding: { format: "jsonl" }, manifest: [here + "latin.jsonl"] });
			}
			if (config.gone) say({ type: "BATCH", stream: "orders", encoding: { format: "jsonl" }, manifest: [here + "gone"] });
		`);
		const told = await tap.read();
		expect(JSON.stringify(dataIn(told))).toBe('[{"id":1},{"id":12345678901234567890},{"id":3}]');
		expect(orderOf(told).slice(-3)).toEqual(["RECORD orders", "STATE orders", "COMPLETE orders"]);
		expect((await tap.read({ config: { parquet: true } })).thrown).toMatchObject([{ code: "config.batch_format" }]);
		expect((await tap.read({ config: { latin: true } })).thrown).toMatchObject([{ code: "data.batch_file" }]);
		expect((await tap.read({ config: { gone: true } })).thrown).toMatchObject([{ code: "data.batch_file" }]);
	});
});

test("a catalog that carries what was discovered is not discovered again, unless a stream of it is left out", async () => {
	const tap = scriptedTap(`
		if (discovers) { const { appendFileSync } = await import("node:fs"); appendFileSync("asked", "x");
			say({ streams: ["a", "b"].map((name) => entry(name, ID)) }); process.exit(); }
		writeFileSync("seen.json", JSON.stringify(catalog.streams.map(({ schema }) => schema.selected)));
		say(schemaOf("a"), schemaOf("b"));
	`);
	const { streams } = await tap.catalog();
	const asked = () => readFileSync(join(tap.folder, "asked"), "utf8").length;
	const seen = () => JSON.parse(readFileSync(join(tap.folder, "seen.json"), "utf8"));
	await tap.read({ catalog: { streams } });
	expect([asked(), seen()]).toEqual([1, [true, true]]);
	await tap.read({ catalog: { streams: streams.slice(1) } });
	expect([asked(), seen()]).toEqual([2, [false, true]]);
});

describe("the end of a tap", () => {
	test("dies in mid-line: INCOMPLETE, the reason, and nothing of the torn line", async () => {
		const tap = scriptedTap(`${ORDERS}
			say(schemaOf("orders"), record("orders", { id: 1 }), stateOf({ bookmarks: { orders: { at: 1 } } }), record("orders", { id: 2 }));
			raw('{"type":"RECORD","stream":"orders","record":{"i');
			process.kill(process.pid, "SIGKILL");
		`);
		const told = await tap.read();
		expect(orderOf(told).slice(-2)).toEqual(["RECORD orders", "INCOMPLETE orders"]);
		expect(errorsOf(told)).toMatchObject([
			{
				code: "transient.tap_failed",
				message: "tap-scripted was killed (SIGKILL)",
				where: "stream orders, after row 2",
				stream_descriptor: { name: "orders" },
			},
		]);
	});

	test("ends well in mid-line: an error, since what it held back is not known", async () => {
		const tap = scriptedTap(`${ORDERS} say(schemaOf("orders")); raw('{"type":"RECORD","str');`);
		const told = await tap.read();
		expect(codesIn(told)).toEqual(["internal.tap_torn"]);
		expect(orderOf(told).at(-1)).toBe("INCOMPLETE orders");
	});

	test("a Python traceback is reduced to what it says", async () => {
		const tap = scriptedTap(`${ORDERS}
			log("Traceback (most recent call last):"); log('  File "tap.py", line 1'); log("requests.exceptions.ConnectionError: Max retries exceeded");
			process.exit(1);
		`);
		expect(errorsOf(await tap.read())).toMatchObject([
			{ code: "transient.tap_failed", why: "requests.exceptions.ConnectionError: Max retries exceeded" },
		]);
	});

	test("hangs with its output closed: it is ended and told", async () => {
		const tap = scriptedTap(`${ORDERS}
			const { closeSync } = await import("node:fs");
			say(schemaOf("orders")); closeSync(1); await sleep(60_000);
		`);
		const told = await tap.read();
		expect(codesIn(told)).toEqual(["internal.tap_hangs"]);
	});

	test("an abort ends a tap that does not listen: SIGTERM, then SIGKILL", async () => {
		const tap = scriptedTap(`${ORDERS}
			process.on("SIGTERM", () => say(record("orders", { id: 2 })));
			writeFileSync("pid", String(process.pid));
			say(schemaOf("orders"), record("orders", { id: 1 })); await sleep(60_000);
		`);
		const stop = new AbortController();
		const told = await tap.read({
			signal: stop.signal,
			slow: (message) => (message.type === "RECORD" ? void stop.abort(new Error("stopped")) : undefined),
		});
		expect(told.thrown).toMatchObject([{ message: "stopped" }]);
		expect(orderOf(told).at(-1)).toBe("INCOMPLETE orders");
		expect(codesIn(told)).toEqual([]);
		expect(() => process.kill(Number(readFileSync(join(tap.folder, "pid"), "utf8")), 0)).toThrow();
	});

	test("nothing private is left behind", async () => {
		const tap = scriptedTap(`${ORDERS} say(schemaOf("orders"));`);
		await tap.read({ config: { api_key: "abcdefgh" } });
		expect(readdirSync(tap.folder)).toEqual(["tap-scripted.mjs"]);
	});

	test("a slow reader slows the tap down", async () => {
		const tap = scriptedTap(`${ORDERS}
			say(schemaOf("orders"));
			const big = "x".repeat(10_000);
			for (let id = 1; id <= 2_000; id++) { say(record("orders", { id, big })); writeFileSync("at", String(id)); }
		`);
		let seen = 0;
		let ahead = 0;
		const told = await tap.read({
			slow(message) {
				if (message.type !== "RECORD" || ++seen !== 50) return undefined;
				return sleep(700).then(() => {
					ahead = Number(readFileSync(join(tap.folder, "at"), "utf8")) - seen;
				});
			},
		});
		expect(recordsIn(told)).toHaveLength(2_000);
		// what pipe and buffers hold, not what the tap has
		expect(ahead).toBeLessThan(200);
	});
});

describe("settings", () => {
	test("given ones count more than those of files; a value that the tap renews is a CONTROL at once", async () => {
		const tap = scriptedTap(
			`${ORDERS}
			writeFileSync("seen.json", JSON.stringify(config));
			writeFileSync(configFile, JSON.stringify({ ...config, refresh_token: "renewed-token-2" }));
			await sleep(400);
			say(schemaOf("orders"), record("orders", { id: 1, text: "renewed-token-2" }));`,
			"--config tap.json",
		);
		writeFileSync(join(tap.folder, "tap.json"), '{"url": "http://x", "refresh_token": "first-token-1"}');
		const told = await tap.read({ config: { refresh_token: "given-token-1" } });
		expect(JSON.parse(readFileSync(join(tap.folder, "seen.json"), "utf8"))).toEqual({
			url: "http://x",
			refresh_token: "given-token-1",
		});
		expect(controlsIn(told)).toEqual([{ refresh_token: "renewed-token-2" }]);
		const [control, record] = ["CONTROL", "RECORD"].map((type) => told.messages.findIndex((one) => one.type === type));
		expect(control!).toBeLessThan(record!);
		expect(JSON.parse(readFileSync(join(tap.folder, "tap.json"), "utf8")).refresh_token).toBe("first-token-1");
	});

	test("a file of the command alone is the tap's own: it rewrites it, as under any runner of Singer", async () => {
		const tap = scriptedTap(
			`if (discovers) writeFileSync(configFile, JSON.stringify({ refresh_token: "renewed-token-2" }));
			${ORDERS} say(schemaOf("orders"));`,
			"--config tap.json",
		);
		writeFileSync(join(tap.folder, "tap.json"), '{"refresh_token": "first-token-1"}');
		const told = await tap.read();
		expect(controlsIn(told)).toEqual([]);
		expect(JSON.parse(readFileSync(join(tap.folder, "tap.json"), "utf8"))).toEqual({
			refresh_token: "renewed-token-2",
		});
		expect(logsIn(told)[0]).toEqual({ level: "INFO", message: "the tap rewrote its settings: refresh_token" });
	});

	test("a file that cannot be read says where", async () => {
		const tap = scriptedTap("", "--config gone.json");
		expect((await tap.check()).error).toMatchObject({ code: "config.tap_config", where: "--config gone.json" });
	});
});

describe("old taps", () => {
	test("one that knows --properties alone is started with it", async () => {
		const tap = scriptedTap(`${ORDERS}
			if (args.includes("--catalog")) { log("usage: tap\\ntap: error: unrecognized arguments: --catalog"); process.exit(2); }
			writeFileSync("seen.json", JSON.stringify(catalog));
			say(schemaOf("orders"), record("orders", { id: 1 }));
		`);
		const told = await tap.read();
		expect(orderOf(told)).toEqual([
			"STARTED orders",
			"RUNNING orders",
			"RECORD orders",
			"STATE orders",
			"COMPLETE orders",
		]);
		expect(errorsOf(told)).toEqual([]);
	});

	test("one that says nothing to --catalog is asked again with --properties; `selected` stands in the schema too", async () => {
		const tap = scriptedTap(`
			if (discovers) { say({ streams: [{ stream: "orders", tap_stream_id: "orders", key_properties: ["id"], schema: { properties: { id: { type: "integer", inclusion: "automatic" }, x: { type: "string", inclusion: "available" } } } },
				{ stream: "others", tap_stream_id: "others", schema: { properties: {} } }] }); process.exit(); }
			if (!args.includes("--properties")) process.exit(0);
			for (const { stream, schema } of catalog.streams) if (schema.selected) say(schemaOf(stream), record(stream, Object.fromEntries(Object.entries(schema.properties).filter(([, one]) => one.selected).map(([name]) => [name, 1]))));
		`);
		const catalog = await tap.catalog();
		const told = await tap.read({ catalog: { streams: catalog.streams.slice(0, 1) } });
		expect(dataIn(told)).toEqual([{ id: 1, x: 1 }]);
	});
});

describe("full tables, versions and generations", () => {
	const TABLE = `const TABLE = entry("users", { id: { type: "integer" } }, { "table-key-properties": ["id"], "schema-name": "public", "forced-replication-method": "FULL_TABLE" });
		if (discovers) { say({ streams: [TABLE] }); process.exit(); }
		if (state) writeFileSync("seen.json", JSON.stringify(state)); else writeFileSync("seen.json", "none");`;
	const overwrite = (generation: number) => ({
		sync_mode: "full_refresh",
		destination_sync_mode: "overwrite",
		generation_id: generation,
		minimum_generation_id: generation,
	});
	const seen = (folder: string) => JSON.parse(readFileSync(join(folder, "seen.json"), "utf8").replace("none", "null"));

	test("one that was interrupted goes on in its generation, and begins anew in any other", async () => {
		const tap = scriptedTap(`${TABLE}
			const from = state?.bookmarks?.users?.last_pk_fetched?.id ?? 0;
			say(schemaOf("users"), { type: "ACTIVATE_VERSION", stream: "users", version: 7 });
			for (let id = from + 1; id <= 4; id++) {
				say(record("users", { id }, { version: 7 }), stateOf({ bookmarks: { users: { version: 7, last_pk_fetched: { id }, max_pk_values: { id: 4 } } } }));
				if (config.dies && id === 2) process.exit(1);
			}
			say({ type: "ACTIVATE_VERSION", stream: "users", version: 7 }, stateOf({ bookmarks: { users: { version: 7, initial_full_table_complete: true } } }));
		`);
		const first = await tap.read({ config: { dies: true }, catalog: await tap.catalog(overwrite(10)) });
		expect(dataIn(first)).toEqual([{ id: 1 }, { id: 2 }]);
		expect(statesOf(first).at(-1)?.stream?.stream_state).toMatchObject({ generation_id: 10, resume: { n: 2 } });
		const states = kept(statesOf(first));
		const second = await tap.read({ states, catalog: await tap.catalog(overwrite(10)) });
		expect(seen(tap.folder).bookmarks.users.last_pk_fetched).toEqual({ id: 2 });
		expect(dataIn(second)).toEqual([{ id: 3 }, { id: 4 }]);
		expect(orderOf(second).slice(-2)).toEqual(["STATE users", "COMPLETE users"]);
		expect(statesOf(second).at(-1)?.stream?.stream_state).not.toHaveProperty("resume");
		const third = await tap.read({ states, catalog: await tap.catalog(overwrite(11)) });
		expect(seen(tap.folder)?.bookmarks?.users).toBeUndefined();
		expect(dataIn(third)).toHaveLength(4);
		await tap.read({ states: kept(statesOf(second)), catalog: await tap.catalog(overwrite(12)) });
		expect(seen(tap.folder)?.bookmarks?.users).toBeUndefined();
	});

	test("also where the tap has one state for all its streams", async () => {
		const tap = scriptedTap(`${TABLE}
			const from = state?.bookmarks?.users?.last_pk_fetched?.id ?? 0;
			say(schemaOf("users"));
			for (let id = from + 1; id <= 3; id++) {
				say(record("users", { id }), stateOf({ elsewhere: 1, bookmarks: { users: { last_pk_fetched: { id } } } }));
				if (config.dies && id === 2) process.exit(1);
			}
		`);
		const first = await tap.read({ config: { dies: true }, catalog: await tap.catalog(overwrite(10)) });
		const states = kept(statesOf(first));
		expect(states[0]?.global?.stream_states[0]?.stream_state).toEqual({ generation_id: 10, resume: { n: 2 } });
		const second = await tap.read({ states, catalog: await tap.catalog(overwrite(10)) });
		expect(dataIn(second)).toEqual([{ id: 3 }]);
		expect(statesOf(second).at(-1)?.global?.stream_states[0]?.stream_state).toEqual({ n: 4 });
		expect(dataIn(await tap.read({ states, catalog: await tap.catalog(overwrite(11)) }))).toHaveLength(3);
	});

	test("one that begins anew in the middle is no whole table: INCOMPLETE, and the next run begins anew", async () => {
		const tap = scriptedTap(`${TABLE}
			say(schemaOf("users"), record("users", { id: 1 }, { version: 1 }), stateOf({ bookmarks: { users: { version: 1, max_pk_values: { id: 4 } } } }));
			say({ type: "ACTIVATE_VERSION", stream: "users", version: 2 }, record("users", { id: 1 }, { version: 2 }));
		`);
		const told = await tap.read({ catalog: await tap.catalog(overwrite(10)) });
		expect(codesIn(told)).toEqual(["transient.tap_began_anew"]);
		expect(orderOf(told).at(-1)).toBe("INCOMPLETE users");
		expect(statesOf(told).at(-1)?.stream?.stream_state).toEqual({ n: 2 });
	});

	test("in a stream that is added to, a new version is told, and its rows come", async () => {
		const tap = scriptedTap(`${ORDERS}
			say(schemaOf("orders"), record("orders", { id: 1 }, { version: 1 }), record("orders", { id: 2 }, { version: 2 }));
		`);
		const told = await tap.read();
		expect(dataIn(told)).toHaveLength(2);
		expect(logsIn(told).some(({ message }) => message.includes("began orders anew"))).toBe(true);
		expect(orderOf(told).at(-1)).toBe("COMPLETE orders");
	});

	test("a table that the tap left out is not emptied", async () => {
		const tap = scriptedTap(`${TABLE} say(stateOf({ bookmarks: {} }));`);
		const told = await tap.read({ catalog: await tap.catalog(overwrite(10)) });
		expect(codesIn(told)).toEqual(["transient.tap_left_out"]);
		expect(orderOf(told).at(-1)).toBe("INCOMPLETE users");
	});

	test("a stream read whole does not get the bookmark of an earlier run", async () => {
		const tap = scriptedTap(`${ORDERS}
			writeFileSync("seen.json", JSON.stringify(state ?? null));
			say(schemaOf("orders"), record("orders", { id: 1 }), stateOf({ bookmarks: { orders: { at: 5 } } }));
		`);
		const states = kept(statesOf(await tap.read()));
		await tap.read({ states, catalog: await tap.catalog({ sync_mode: "full_refresh" }) });
		expect(seen(tap.folder)?.bookmarks?.orders).toBeUndefined();
		await tap.read({ states });
		expect(seen(tap.folder).bookmarks.orders).toEqual({ at: 5 });
	});
});

/** What the bridge of another project does otherwise, each by its name. */
describe("what a bridge gets wrong, and this one does not", () => {
	test("composite keys: all their fields count", async () => {
		const tap = scriptedTap(
			`say({ streams: [entry("lines", { shop: {}, id: {} }, { "table-key-properties": ["shop", "id"] })] });`,
		);
		expect((await tap.discover()).catalog?.streams[0]?.source_defined_primary_key).toEqual([["shop"], ["id"]]);
	});

	test("the state file of the tap is the tap's own state, not a message around it", async () => {
		const tap = scriptedTap(`${ORDERS}
			if (state) writeFileSync("seen.json", JSON.stringify(state));
			say(schemaOf("orders"), stateOf({ bookmarks: { orders: { at: "x" } } }));
		`);
		await tap.read({ states: kept(statesOf(await tap.read())) });
		expect(readFileSync(join(tap.folder, "seen.json"), "utf8")).toBe('{"bookmarks":{"orders":{"at":"x"}}}');
	});

	test("a catalog without a cursor falls back to the default one", async () => {
		const tap = scriptedTap(`${ORDERS}
			writeFileSync("seen.json", JSON.stringify(catalog.streams[0].metadata.find((one) => one.breadcrumb.length === 0).metadata));
			say(schemaOf("orders"));
		`);
		const { streams } = await tap.catalog();
		const [{ cursor_field: _, ...bare }] = streams as [(typeof streams)[0]];
		await tap.read({ catalog: { streams: [bare] } });
		expect(JSON.parse(readFileSync(join(tap.folder, "seen.json"), "utf8"))).toMatchObject({
			selected: true,
			"replication-method": "INCREMENTAL",
			"replication-key": "at",
		});
	});

	test("a state never overtakes records, however slow the reader and large the records", async () => {
		const tap = scriptedTap(`
			if (discovers) { say({ streams: ["a", "b"].map((name) => entry(name, ID, { "valid-replication-keys": ["id"] })) }); process.exit(); }
			say(schemaOf("a"), schemaOf("b"));
			for (let id = 1; id <= 40; id++) for (const name of ["a", "b"]) {
				say(record(name, { id, big: "x".repeat(id * 997) }), stateOf({ bookmarks: { [name]: { id } } }));
			}
		`);
		const told = await tap.read({ slow: (message) => (message.type === "RECORD" ? sleep(1) : undefined) });
		const last = new Map<string, number>();
		for (const message of told.messages) {
			if (message.type === "RECORD") last.set(message.record.stream, message.record.data.id as number);
			if (message.type !== "STATE") continue;
			const { stream_descriptor, stream_state } = message.state.stream!;
			const { bookmark } = stream_state as { bookmark?: { id: number } };
			if (bookmark) expect(last.get(stream_descriptor.name)).toBe(bookmark.id);
		}
		expect(statesOf(told).length).toBeGreaterThanOrEqual(80);
	});

	test("LEGACY states are not read from a wrong key: they say nothing, and the tap begins", async () => {
		const tap = scriptedTap(
			`${ORDERS} writeFileSync("seen.json", String(args.includes("--state"))); say(schemaOf("orders"));`,
		);
		const legacy = { type: "LEGACY", data: { bookmarks: { orders: { at: 1 } } } } as const;
		expect((await tap.read({ states: [legacy] })).thrown).toEqual([]);
		expect(readFileSync(join(tap.folder, "seen.json"), "utf8")).toBe("false");
	});

	test("U+2028, NEL, VT and FF do not break a line", async () => {
		const text = "a\u2028b\u2029c\u0085d\u000be\u000cf";
		const tap = scriptedTap(
			`${ORDERS} say(schemaOf("orders")); say(record("orders", { id: 1, text: ${JSON.stringify(text)} }));`,
		);
		expect(dataIn(await tap.read())).toEqual([{ id: 1, text }]);
	});

	test("an error that is logged does not abort a tap that goes on", async () => {
		const tap = scriptedTap(
			`${ORDERS} say(schemaOf("orders")); log("ERROR one page failed, trying again"); say(record("orders", { id: 1 }));`,
		);
		const told = await tap.read();
		expect(dataIn(told)).toEqual([{ id: 1 }]);
		expect(errorsOf(told)).toEqual([]);
		expect(logsIn(told)).toContainEqual({ level: "ERROR", message: "ERROR one page failed, trying again" });
	});

	test("a renewed config is a CONTROL, not dropped", async () => {
		const tap = scriptedTap(
			`${ORDERS} writeFileSync(configFile, JSON.stringify({ token: "second-token" })); say(schemaOf("orders"));`,
		);
		expect(controlsIn(await tap.read({ config: { token: "first-token" } }))).toEqual([{ token: "second-token" }]);
	});
});
