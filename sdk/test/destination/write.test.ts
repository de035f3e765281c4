import { expect, it } from "vitest";
import { statesOfFile } from "../../src/destination/ledger/states.ts";
import { bytesOf, catalog, dump, type Line, memory, record, state, status, stream } from "./memory-run.ts";

const TEXT = { type: ["null", "string"] };
const NUMBER = { type: ["null", "number"] };
const THINGS = stream("things", { id: TEXT, value: NUMBER });
const LIST = stream("list", { id: TEXT }, { primary_key: [], destination_sync_mode: "append" });
const ORIGIN = {
	conversion_origin: { source: { const: "pos" }, source_system: { const: "s" }, source_account: { const: "a" } },
};
const PURCHASE = {
	type: "purchase",
	when: { status: "DONE" },
	columns: { timestamp: "at", value: "value", currency: { const: "USD" } },
};
const SOLD = stream("sold", { id: TEXT, value: TEXT, status: TEXT, at: TEXT }, { conversions: [PURCHASE], ...ORIGIN });

const codes = (result: { errors: { code: string }[] }) => result.errors.map((error) => error.code);
const ids = (rows: object[]) => rows.map((row) => (row as { id: unknown }).id).sort();

it("sends states back in order, digit by digit, with unknown fields, id and counts", async () => {
	const run = memory();
	const odd =
		'{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"things","x":1},"stream_state":{"n":1.0,"big":9007199254740993,"e":1e2}},"id":7,"sourceStats":{"recordCount":2.0}},"more":[null]}';
	const sent: string[] = [];
	const lines = [
		catalog(THINGS),
		record("things", { id: "a" }),
		record("things", {}),
		odd,
		state("things", { n: 2 }),
		status("things"),
	];
	const result = await run.destination.write({
		config: { customer_id: "acme" },
		input: (async function* () {
			yield bytesOf(lines);
		})(),
		send: (message) => void (message.type === "STATE" && sent.push(JSON.stringify(message))),
		owner: { pid: 1, isAlive: () => true },
	});
	expect(result.exitCode).toBe(0);
	expect(sent[0]).toBe(
		odd.replace('}},"more"', '},"destinationStats":{"recordCount":1,"rejectedRecordCount":1}},"more"'),
	);
	expect(JSON.parse(sent[1]!)).toMatchObject({
		state: { destinationStats: { recordCount: 0, rejectedRecordCount: 0 } },
	});
	expect(JSON.stringify(await run.states())).toContain('{"n":2}');
});

it("refuses a record before any catalog", async () => {
	const result = await memory().write([record("things", { id: "a" }), catalog(THINGS)]);
	expect(codes(result)).toEqual(["data.record_before_catalog"]);
	expect(result.exitCode).toBe(30);
});

it("keeps records of unknown streams as dead letters and ends with 30", async () => {
	const run = memory();
	const result = await run.write([
		catalog(THINGS),
		record("things", { id: "a" }),
		record("nobody", { id: "b" }),
		record("things", { id: "c" }, 1_780_000_000_000, { namespace: "shop" }),
		status("things"),
	]);
	expect(codes(result)).toEqual(["data.unknown_stream"]);
	expect(result.exitCode).toBe(30);
	expect(ids(run.rows("things"))).toEqual(["a"]);
	expect(run.rows("_gn_dead_letters")).toMatchObject([
		{ stream: "nobody", code: "unknown_stream", raw: '{"id":"b"}' },
		{ stream: "things", namespace: "shop", code: "unknown_stream" },
	]);
});

it("counts lines that are no message, empty records, long lines and logs each in its place", async () => {
	const run = memory();
	const long = record("things", { id: "long", value: 1, text: "x".repeat(2_000) });
	const result = await run.write(
		[
			catalog(THINGS),
			"{broken",
			"a log line",
			record("things", {}),
			long,
			record("things", { id: null }),
			record("things", { id: "a" }),
			status("things"),
		],
		{ settings: { record_limit: 1_000 } },
	);
	expect(result.exitCode).toBe(0);
	expect(run.rows("_gn_dead_letters").map((row) => [row.stream, row.kind, row.code, row.raw_bytes])).toEqual([
		["", "line", "no_message", 7],
		["things", "record", "empty_record", 2],
		["things", "line", "record_too_long", JSON.stringify(long).length],
		["things", "record", "missing_key", 11],
	]);
	const [commit] = result.commits;
	expect(commit!.streams).toMatchObject([
		{ stream: "things", read: 4, loaded: 1, superseded: 0, rejected: 3 },
		{ stream: "", read: 1, rejected: 1, table: "_gn_dead_letters" },
	]);
	expect(result.sent).toContainEqual({ type: "LOG", log: { level: "INFO", message: "[source] a log line" } });
	// the same input again adds no letter
	await run.write([catalog(THINGS), "{broken", record("things", {}), status("things")]);
	expect(run.rows("_gn_dead_letters")).toHaveLength(4);
});

it("tells how long the oldest line of a commit waited, by a clock that nobody sets", async ({ onTestFinished }) => {
	const now = Date.now;
	onTestFinished(() => {
		Date.now = now;
	});
	const run = memory();
	const pieces = [
		[catalog(THINGS), record("things", { id: "a" })],
		[record("things", { id: "b" }), state("things", 1), state("things", 2), status("things")],
	];
	const input = (async function* () {
		for (const piece of pieces) {
			yield bytesOf(piece);
			// somebody sets the clock back by a day
			Date.now = () => now() - 86_400_000;
			await new Promise((wake) => setTimeout(wake, 120));
		}
	})();
	const result = await run.destination.write({
		config: { customer_id: "acme" },
		input,
		send: () => {},
		owner: { pid: 1, isAlive: () => true },
	});
	expect(result.errors).toEqual([]);
	expect(result.commits.map(({ lag_s }) => lag_s! >= 0.12 && lag_s! < 5)).toEqual([true]);
	// without a line nothing waited
	expect((await run.write([catalog(THINGS), state("things", 3), status("things")])).commits[0]?.lag_s).toBeUndefined();
});

it("commits up to the last state where the input breaks off, publishes nothing, and ends with 20", async () => {
	const run = memory();
	const places = stream("places", { id: TEXT }, { destination_sync_mode: "overwrite", sync_mode: "full_refresh" });
	await run.write([catalog(places), record("places", { id: "old" }), status("places")]);
	const result = await run.write([
		catalog(THINGS, LIST, places),
		record("things", { id: "a" }),
		record("list", { id: "a" }),
		record("places", { id: "new" }),
		state("things", 1),
		record("things", { id: "b" }),
		record("list", { id: "b" }),
		{ type: "TRACE", trace: { type: "ERROR", emitted_at: 1, error: { message: "it went wrong" } } },
	]);
	expect(codes(result)).toEqual(["transient.incomplete"]);
	expect(result.errors[0]!.why).toContain("it went wrong");
	expect(result.exitCode).toBe(20);
	expect(ids(run.rows("things"))).toEqual(["a"]);
	// no state vouched for its rows
	expect(run.rows("list")).toEqual([]);
	expect(ids(run.rows("places"))).toEqual(["old"]);
	expect(result.states).toHaveLength(1);
});

it("commits rows without key only when a state of their own stream came", async () => {
	const run = memory();
	const result = await run.write(
		[
			catalog(THINGS, LIST),
			record("list", { id: "1" }),
			state("list", 1),
			record("list", { id: "2" }),
			state("things", 1),
			record("list", { id: "3" }),
			state("list", 2),
			record("list", { id: "4" }),
			state("things", 2),
			status("things"),
		],
		{ settings: { epoch_bytes: 1 } },
	);
	expect(result.commits.map((commit) => commit.streams.find((one) => one.stream === "list")?.loaded ?? 0)).toEqual([
		1, 0, 2, 0,
	]);
	expect(ids(run.rows("list"))).toEqual(["1", "2", "3"]);
});

it("takes COMPLETE before the last state, and states of other kinds", async () => {
	const run = memory();
	const global = {
		type: "STATE",
		state: { type: "GLOBAL", global: { shared_state: { x: 1 }, stream_states: [] }, id: 3 },
	};
	const legacy = { type: "STATE", state: { data: { things: 5 } } };
	const result = await run.write([
		catalog(THINGS, LIST),
		record("things", { id: "a" }),
		record("list", { id: "a" }),
		global,
		record("list", { id: "b" }),
		status("things"),
		status("list"),
		state("list", 9),
		legacy,
	]);
	expect(result.exitCode).toBe(0);
	expect(result.states).toMatchObject([
		{ state: { type: "GLOBAL", id: 3, destinationStats: { recordCount: 2 } } },
		{ state: { type: "STREAM", destinationStats: { recordCount: 1 } } },
		{ state: { data: { things: 5 }, destinationStats: { recordCount: 0 } } },
	]);
	// the ledger keeps the last one that was of no one stream, and those of streams
	expect((await run.states()).map((one) => one.type ?? one.data)).toEqual([{ things: 5 }, "STREAM"]);
});

it("stops a stream whose state goes backwards, and keeps the earlier state", async () => {
	const run = memory();
	const dated = stream("dated", { id: TEXT, at: { type: "string", format: "date-time" } }, { cursor_field: ["at"] });
	const result = await run.write([
		catalog(dated, THINGS),
		record("dated", { id: "a", at: "2026-07-02T00:00:00Z" }),
		state("dated", { at: "2026-07-02T00:00:00Z" }),
		record("dated", { id: "b", at: "2026-07-01T00:00:00Z" }),
		state("dated", { at: "2026-07-01T23:00:00Z" }),
		record("dated", { id: "c", at: "2026-07-03T00:00:00Z" }),
		record("things", { id: "a" }),
		status("dated"),
		status("things"),
	]);
	expect(codes(result)).toEqual(["data.state_backwards"]);
	expect(result.exitCode).toBe(30);
	expect(ids(run.rows("dated"))).toEqual(["a"]);
	expect(ids(run.rows("things"))).toEqual(["a"]);
	expect(await run.states()).toMatchObject([{ stream: { stream_state: { at: "2026-07-02T00:00:00Z" } } }]);
});

it("ends with the name of the setting when more waits than the quota allows, and loses nothing", async () => {
	const run = memory();
	const row = (at: number) => record("list", { id: `${at}`.padEnd(50_000, "x") });
	const lines: Line[] = [catalog(LIST), row(0), state("list", 1), ...Array.from({ length: 60 }, (_, at) => row(at))];
	const result = await run.write(lines, { settings: { spool_quota: 1_000_000 }, chunk: 200_000 });
	expect(codes(result)).toEqual(["config.spool_quota"]);
	expect(result.errors[0]!.next).toContain("spool_quota");
	expect(run.rows("list")).toHaveLength(1);
	expect(result.states).toHaveLength(1);
});

it("does not send a state whose commit failed", async () => {
	const run = memory();
	const result = await run.write(
		[catalog(THINGS), record("things", { id: "a" }), state("things", 1), status("things")],
		{
			crash(point) {
				if (point === "before_commit") throw new Error("the disk is gone");
			},
		},
	);
	expect(codes(result)).toEqual(["internal.unexpected"]);
	expect(result.exitCode).toBe(70);
	expect(result.states).toEqual([]);
	expect(run.rows("things")).toEqual([]);
});

it("commits what a state vouches for while the source is silent", async () => {
	const run = memory();
	let go: () => void = () => {};
	const quiet = new Promise<void>((resolve) => {
		go = resolve;
	});
	const result = await run.write([], {
		input: (async function* () {
			yield bytesOf([catalog(THINGS), record("things", { id: "a" }), state("things", 1)]);
			await quiet;
			yield bytesOf([status("things")]);
		})(),
		onSend: (message) => {
			if (message.type === "STATE") go();
		},
	});
	expect(result.exitCode).toBe(0);
	expect(result.commits).toHaveLength(2);
});

it("stops at a signal, with what states vouch for", async () => {
	const run = memory();
	const stop = new AbortController();
	const result = await run.write([], {
		signal: stop.signal,
		input: (async function* () {
			yield bytesOf([
				catalog(THINGS),
				record("things", { id: "a" }),
				state("things", 1),
				record("things", { id: "b" }),
			]);
			stop.abort();
			await new Promise(() => {});
		})(),
	});
	expect(ids(run.rows("things"))).toEqual(["a"]);
	expect(result.states).toHaveLength(1);
});

it("replaces a table at COMPLETE, with its conversions", async () => {
	const run = memory();
	const sold = (generation: number) =>
		catalog({
			...SOLD,
			destination_sync_mode: "overwrite",
			sync_mode: "full_refresh",
			generation_id: generation,
			minimum_generation_id: generation,
		});
	const row = (id: string) => record("sold", { id, value: "1", status: "DONE", at: "2026-07-03T10:00:00Z" });
	await run.write([sold(1), row("a"), row("b"), status("sold")]);
	expect(run.rows("conversions")).toHaveLength(2);
	await run.write([sold(2), row("b"), row("c"), state("sold", 1)]);
	expect(ids(run.rows("sold"))).toEqual(["a", "b"]);
	expect(ids(run.rows("_gn_new__sold"))).toEqual(["b", "c"]);
	await run.write([sold(2), row("d"), status("sold")]);
	expect(ids(run.rows("sold"))).toEqual(["b", "c", "d"]);
	expect(run.rows("conversions").map((one) => [one.source_record_id, one._gn_generation_id])).toEqual([
		["b", 2],
		["c", 2],
		["d", 2],
	]);
	expect([...run.database.tables.keys()].filter((name) => name.startsWith("_gn_new"))).toEqual([]);
	// a null generation starts over, whatever an earlier run left
	const classic = catalog({
		...SOLD,
		destination_sync_mode: "overwrite",
		sync_mode: "full_refresh",
		generation_id: null,
	});
	await run.write([classic, row("x"), state("sold", 2)]);
	expect(await run.states()).toEqual([]);
	await run.write([classic, row("y"), status("sold")]);
	expect(ids(run.rows("sold"))).toEqual(["y"]);
});

it("conversions follow the newest version of their row", async () => {
	const run = memory();
	const sold = (id: string, word: string, emitted: number, value = "5") =>
		record("sold", { id, value, status: word, at: "2026-07-03T10:00:00Z" }, emitted);
	await run.write([catalog(SOLD), sold("a", "DONE", 1_000), sold("b", "DONE", 1_000), status("sold")]);
	expect(run.rows("conversions")).toHaveLength(2);
	const second = await run.write([
		catalog(SOLD),
		sold("a", "CANCELED", 2_000),
		sold("b", "DONE", 500, "7"),
		status("sold"),
	]);
	expect(run.rows("conversions")).toMatchObject([{ source_record_id: "b", value: "5" }]);
	expect(second.commits[0]!.conversions).toEqual({
		mapped: 2,
		loaded: 0,
		superseded: 1,
		rejected: 0,
		left_out: 1,
		removed: 1,
	});
});

it("marks deleted rows and keeps their conversions", async () => {
	const run = memory();
	const sold = (more: object, emitted: number) =>
		record("sold", { id: "a", value: "5", status: "DONE", at: "2026-07-03T10:00:00Z", ...more }, emitted);
	await run.write([
		catalog(SOLD),
		sold({}, 1_000),
		sold({ _ab_cdc_deleted_at: "2026-07-04T00:00:00Z" }, 2_000),
		status("sold"),
	]);
	expect(run.rows("sold")).toMatchObject([{ id: "a", _gn_deleted_at: "2026-07-04T00:00:00Z" }]);
	expect(run.rows("conversions")).toHaveLength(1);
	const gone = catalog({ ...SOLD, destination_sync_mode: "soft_delete" });
	await run.write([gone, record("sold", { id: "a" }, 3_000), status("sold")]);
	expect(run.rows("sold")).toMatchObject([{ id: "a", _gn_deleted_at: "1970-01-01T00:00:03Z" }]);
	expect(run.rows("conversions")).toHaveLength(1);
});

it("a conversion that is refused leaves its row, and is resolved when it passes", async () => {
	const run = memory();
	const data = { id: "a", value: "x", status: "DONE", at: "2026-07-03T10:00:00Z" };
	const first = await run.write([catalog(SOLD), record("sold", data), status("sold")]);
	expect(first.rejects).toMatchObject([{ kind: "conversion", stream: "sold" }]);
	expect(JSON.stringify(first.rejects)).not.toContain('"raw"');
	const [letter] = run.rows("_gn_dead_letters");
	expect(letter).toMatchObject({
		kind: "conversion",
		record_id: "a",
		raw: JSON.stringify(data),
		resolved_at: null,
	});
	const fixed = catalog({
		...SOLD,
		conversions: [{ ...PURCHASE, columns: { ...PURCHASE.columns, value: { const: "5" } } }],
	});
	await run.write([fixed, record("sold", data, 1_780_000_000_000, { dead_letter: letter!._gn_id }), status("sold")]);
	expect(run.rows("_gn_dead_letters")).toMatchObject([{ resolved_at: expect.any(String) }]);
	expect(run.rows("conversions")).toMatchObject([{ value: "5" }]);
});

it("adds columns, tells it, and never takes one away", async () => {
	const run = memory();
	await run.write([
		catalog(stream("t", { id: TEXT, n: { type: "integer" }, gone: TEXT })),
		record("t", { id: "a", n: 1, gone: "x" }),
		status("t"),
	]);
	const result = await run.write([
		catalog(stream("t", { id: TEXT, n: NUMBER, fresh: TEXT })),
		record("t", { id: "b", n: 1.5, fresh: "y" }),
		status("t"),
	]);
	const changes = result.sent.flatMap((message) => {
		const { schema_change } = (message.log ?? {}) as { schema_change?: object };
		return schema_change === undefined ? [] : [schema_change];
	});
	expect(changes).toMatchObject([
		{ path: "n", change: "widened", mapping_touched: false },
		{ path: "fresh", change: "added" },
		{ path: "gone", change: "vanished" },
	]);
	expect(run.rows("t")).toMatchObject([
		{ id: "a", n: "1", gone: "x", fresh: null },
		{ id: "b", n: "1.5", gone: null, fresh: "y" },
	]);
});

it("refuses another customer's store, another key, a shared overwrite and a key that is missing", async () => {
	const run = memory();
	await run.write([catalog(THINGS), record("things", { id: "a" }), status("things")]);
	const other = await run.write([catalog(THINGS), status("things")], { settings: { customer_id: "other" } });
	expect(codes(other)).toEqual(["config.other_customer"]);
	const key = stream("things", { id: TEXT, value: NUMBER }, { primary_key: [["value"]] });
	expect(codes(await run.write([catalog(key), status("things")]))).toEqual(["config.key_changed"]);
	const overwrite = stream("things", { id: TEXT }, { destination_sync_mode: "overwrite" });
	expect(codes(await run.write([catalog(overwrite), status("things")], { settings: { connection: "two" } }))).toEqual([
		"config.table_shared",
	]);
	const keyless = stream("more", { id: TEXT }, { primary_key: [] });
	expect(codes(await run.write([catalog(keyless), status("more")]))).toEqual(["config.key_missing"]);
});

it("clears states on request, and says which", async () => {
	const run = memory();
	const config = { customer_id: "acme" };
	await run.write([catalog(THINGS, LIST), state("things", 1), state("list", 2), status("things"), status("list")]);
	await expect(run.destination.state({ config, reset: "thigns" })).rejects.toMatchObject({
		next: "did you mean things?",
	});
	expect(await run.destination.state({ config, reset: "things" })).toMatchObject([{ stream: { name: "things" } }]);
	expect(await run.states()).toMatchObject([{ stream: { stream_state: 2 } }]);
	await run.destination.state({ config, reset: true });
	expect(await run.states()).toEqual([]);
});

it("begins with the states of another program, numbers as they came, where it has none", async () => {
	const run = memory();
	const config = { customer_id: "acme" };
	const text = `[{"type":"STREAM","stream":{"stream_descriptor":{"name":"things"},"stream_state":{"at":1.0}}},
		{"type":"STATE","state":{"type":"GLOBAL","global":{"shared_state":{"bookmarks":{}},"stream_states":[]}}}]`;
	expect(await run.destination.state({ config, begin: [] })).toEqual([]);
	await run.destination.state({ config, begin: statesOfFile(text, "state.json") });
	expect(JSON.stringify(await run.states())).toContain('"stream_state":{"at":1.0}');
	expect(await run.states()).toMatchObject([{ type: "STREAM" }, { type: "GLOBAL" }]);
	await expect(run.destination.state({ config, begin: statesOfFile(text, "state.json") })).rejects.toMatchObject({
		code: "config.state_exists",
		why: "states of things would be lost",
	});
	// a reset makes room
	await run.destination.state({ config, reset: true });
	await run.destination.state({ config, begin: statesOfFile(text, "state.json") });
	// and what is committed later counts
	await run.write([catalog(THINGS), state("things", 2), status("things")]);
	expect(await run.states()).toMatchObject([{ stream: { stream_state: 2 } }, { type: "GLOBAL" }]);
});

it.each(["{", "[1]", '[{"type":"LEGACY","data":{}}]', '{"type":"STREAM","stream":{}}'])(
	"refuses a state file that holds %s",
	(text) => {
		expect(() => statesOfFile(text, "state.json")).toThrow(expect.objectContaining({ code: "config.state_file" }));
	},
);

it("says so when every row of a stream was refused", async () => {
	const result = await memory().write([catalog(THINGS), record("things", { id: null }), status("things")]);
	expect(codes(result)).toEqual(["data.all_refused"]);
	expect(result.exitCode).toBe(30);
});

it("reads the catalog that it is given, and takes mappings from the source's own", async () => {
	const run = memory();
	const { conversions, conversion_origin, ...bare } = SOLD as Record<string, unknown>;
	const given = {
		streams: [{ stream: bare, sync_mode: "incremental", destination_sync_mode: "append_dedup", primary_key: [["id"]] }],
	};
	const row = record("sold", { id: "a", value: "5", status: "DONE", at: "2026-07-03T10:00:00Z" });
	const result = await run.write([catalog({ ...bare, conversions, conversion_origin }), row, status("sold")], {
		catalog: given,
	});
	expect(result.exitCode).toBe(0);
	expect(run.rows("conversions")).toHaveLength(1);
	expect(dump(run).sold).toHaveLength(1);
});

it("a row that is tried again and refused again for another reason stays one letter", async () => {
	const run = memory();
	const data = { id: "a", value: "x", status: "DONE", at: "2026-07-03T10:00:00Z" };
	await run.write([catalog(SOLD), record("sold", data), status("sold")]);
	const [letter] = run.rows("_gn_dead_letters");
	const worse = catalog({
		...SOLD,
		conversions: [{ ...PURCHASE, columns: { ...PURCHASE.columns, value: { const: "5" }, timestamp: "never" } }],
	});
	const again = record("sold", data, 1_780_000_000_000, { dead_letter: letter!._gn_id });
	const result = await run.write([worse, again, status("sold")]);
	expect(result.commits[0]!.conversions).toMatchObject({ mapped: 1, rejected: 1 });
	expect(run.rows("_gn_dead_letters")).toEqual([letter]);
});

it("many tables are committed in several transactions, their states told in the order in which they came", async () => {
	const run = memory();
	const names = Array.from({ length: 80 }, (_, n) => `s${String(n).padStart(2, "0")}`);
	const result = await run.write([
		catalog(...names.map((name) => stream(name, { id: TEXT }))),
		...names.map((name) => record(name, { id: name })),
		...names.toReversed().map((name) => state(name, name)),
		...names.map((name) => status(name)),
	]);
	expect(result.exitCode).toBe(0);
	expect(result.commits.map(({ streams }) => streams.length)).toEqual([32, 32, 16]);
	const told = result.states.map((one) => JSON.stringify(one).match(/s\d\d/)![0]);
	expect(told).toEqual(names.toReversed());
	expect(names.every((name) => run.rows(name).length === 1)).toBe(true);
	const last = result.sent.findLastIndex((message) => JSON.stringify(message).includes('"commit":'));
	const first = result.sent.findIndex((message) => message.type === "STATE");
	expect(result.sent.slice(0, first).filter((one) => JSON.stringify(one).includes('"commit":'))).toHaveLength(2);
	expect(last).toBe(result.sent.length - 1);
});
