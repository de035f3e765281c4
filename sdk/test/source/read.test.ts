import type { ConfiguredCatalog, Message, StatePayload } from "@growthnav/spec";
import { describe, expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { rawNumber } from "../../src/protocol/numbers.ts";
import type { RecordSchema, StreamDefinition } from "../../src/source/definition.ts";
import { discoverSource, type ReadInputs, readSource, type SavedStream, savedStreams } from "../../src/source/index.ts";
import { collect, minute, type Order, order, pagesOf, sampleSource, settings } from "./sample.ts";

type Stream = StreamDefinition<RecordSchema, { page_size: number }>;
const NOW = Date.UTC(2026, 1, 1);

async function read(streams: Record<string, Stream>, inputs: Partial<ReadInputs> = {}): Promise<Message[]> {
	return collect(readSource(sampleSource(streams), { config: settings, now: () => NOW, ...inputs }));
}

/** Messages in short: "RECORD a", "STATE {...}", "COMPLETE". */
function short(messages: Message[]): string[] {
	return messages.map((message) => {
		if (message.type === "RECORD") return `RECORD ${message.record.data.id}`;
		if (message.type === "STATE") return `STATE ${JSON.stringify(message.state.stream?.stream_state)}`;
		if (message.type === "LOG") return `${message.log.level} ${message.log.message}`;
		if (message.type === "TRACE") return message.trace.stream_status?.status ?? `ERROR ${message.trace.error?.code}`;
		return message.type;
	});
}

const statesOf = (messages: Message[]): StatePayload[] =>
	messages.flatMap((message) => (message.type === "STATE" ? [message.state] : []));
const idsOf = (messages: Message[]): unknown[] =>
	messages.flatMap((message) => (message.type === "RECORD" ? [message.record.data.id] : []));
const errorsOf = (messages: Message[]) =>
	messages.flatMap((message) => (message.type === "TRACE" && message.trace.error ? [message.trace.error] : []));
const saved = (stream_state: StatePayload["data"], name = "orders", namespace = "sample"): SavedStream[] =>
	savedStreams([
		{ type: "STREAM", stream: { stream_descriptor: { name, namespace }, stream_state: stream_state ?? null } },
	]);

const rows = (n: number): Order[] => Array.from({ length: n }, (_, i) => ({ id: `o${i}`, updated_at: minute(i) }));
const sorted = (data: Order[], more: Partial<Stream> = {}): Stream => ({
	schema: order,
	primaryKey: "id",
	cursor: "updated_at",
	sorted: true,
	read: ({ since, config }) => pagesOf(data, since, config.page_size),
	...more,
});
const unsorted = (data: Order[], more: Partial<Stream> = {}): Stream => {
	const { sorted: _, ...rest } = sorted(data);
	return { ...rest, ...more };
};

describe("what a read says", () => {
	test("first the catalog it uses, then per stream its start, its rows, a state per page, its end", async () => {
		const messages = await read({ orders: sorted(rows(3)) });
		expect(short(messages)).toEqual([
			"CATALOG",
			"STARTED",
			"RUNNING",
			"RECORD o0",
			"RECORD o1",
			'STATE {"cursor_field":"updated_at","cursor":"2026-01-01T00:01:00Z"}',
			"RECORD o2",
			'STATE {"cursor_field":"updated_at","cursor":"2026-01-01T00:02:00Z"}',
			"COMPLETE",
		]);
		expect(messages[3]).toEqual({
			type: "RECORD",
			record: { stream: "orders", namespace: "sample", data: { id: "o0", updated_at: minute(0) }, emitted_at: NOW },
		});
		expect(statesOf(messages).map(({ sourceStats }) => sourceStats)).toEqual([{ recordCount: 2 }, { recordCount: 1 }]);
	});

	test("the catalog tells how each stream is read, and overwritten ones have a generation of this run", async () => {
		const [catalog] = await read({
			orders: sorted([]),
			places: { schema: order, primaryKey: "id", write: "overwrite", read: () => pagesOf([], undefined, 1) },
			log: { schema: order, note: "nothing is sold here", read: () => pagesOf([], undefined, 1) },
		});
		expect(catalog).toMatchObject({
			type: "CATALOG",
			catalog: {
				streams: [
					{
						name: "orders",
						namespace: "sample",
						connector: "source-sample 1.2.3",
						sync_mode: "incremental",
						destination_sync_mode: "append_dedup",
						cursor_field: ["updated_at"],
						primary_key: [["id"]],
						generation_id: 0,
						minimum_generation_id: 0,
						sync_id: NOW,
					},
					{
						name: "places",
						sync_mode: "full_refresh",
						destination_sync_mode: "overwrite",
						generation_id: NOW,
						minimum_generation_id: NOW,
					},
					{ name: "log", sync_mode: "full_refresh", destination_sync_mode: "append", note: "nothing is sold here" },
				],
			},
		});
	});

	test("an empty stream has a state, and no RUNNING", async () => {
		const messages = await read({ orders: sorted([]) });
		expect(short(messages)).toEqual(["CATALOG", "STARTED", 'STATE {"cursor_field":"updated_at"}', "COMPLETE"]);
		expect(statesOf(messages)[0]?.sourceStats).toEqual({ recordCount: 0 });
	});

	test("an empty page is not the end, and a state is not repeated", async () => {
		const data = rows(4);
		const messages = await read({
			orders: sorted([], {
				async *read() {
					yield data.slice(0, 2);
					yield [];
					yield data.slice(1, 2);
					yield data.slice(2);
					yield [];
				},
			}),
		});
		expect(
			short(messages)
				.filter((line) => !line.startsWith("RECORD"))
				.slice(3),
		).toEqual([
			'STATE {"cursor_field":"updated_at","cursor":"2026-01-01T00:01:00Z"}',
			'STATE {"cursor_field":"updated_at","cursor":"2026-01-01T00:03:00Z"}',
			"COMPLETE",
		]);
	});

	test("decimals in text are exact number literals; other fields stay as they are", async () => {
		const row = { id: "a", updated_at: minute(0), total: "12.50", extra: { kept: ["1.0"] }, nothing: null };
		const [record] = (await read({ orders: sorted([row]) })).filter(({ type }) => type === "RECORD");
		expect(JSON.stringify(record)).toContain('"total":12.50,"extra":{"kept":["1.0"]},"nothing":null}');
		expect(row.total).toBe("12.50");
	});
});

describe("with a catalog", () => {
	const catalog = (...streams: [string, string, string?][]): ConfiguredCatalog => ({
		streams: streams.map(([name, sync_mode, namespace]) => ({
			stream: { name, json_schema: {}, supported_sync_modes: [], ...(namespace !== undefined && { namespace }) },
			sync_mode: sync_mode as "incremental",
			destination_sync_mode: "append",
		})),
	});

	test("only its streams are read, in its order and namespaces, and no CATALOG is sent", async () => {
		const messages = await read(
			{ orders: sorted(rows(1)), more: sorted(rows(1)), none: sorted(rows(1)) },
			{ catalog: catalog(["more", "incremental", "main"], ["orders", "incremental"]) },
		);
		expect(messages.filter(({ type }) => type === "CATALOG")).toEqual([]);
		expect(statesOf(messages).map(({ stream }) => stream?.stream_descriptor)).toEqual([
			{ name: "more", namespace: "main" },
			{ name: "orders" },
		]);
	});

	test("a stream that the source does not have is an error before the first record", async () => {
		const messages = await read(
			{ orders: sorted(rows(1)), refunds: sorted([]) },
			{ catalog: catalog(["orders", "incremental"], ["ordrs", "incremental"]), catalogFile: "catalog.json" },
		);
		expect(messages).toHaveLength(1);
		expect(errorsOf(messages)[0]).toMatchObject({
			code: "config.unknown_stream",
			message: "The catalog asks for ordrs, which sample does not have",
			where: "catalog.json, streams[1].stream.name",
			why: "sample has orders and refunds",
			next: "did you mean orders?",
			failure_type: "config_error",
		});
	});

	test("modes and cursors that a stream does not have are refused", async () => {
		const streams = { orders: sorted(rows(1)) };
		const errorOf = async (given: ConfiguredCatalog) => errorsOf(await read(streams, { catalog: given }))[0]?.code;
		expect(await errorOf(catalog(["orders", "sometimes"]))).toBe("config.sync_mode");
		const other = catalog(["orders", "incremental"]);
		other.streams[0]!.cursor_field = ["created_at"];
		expect(await errorOf(other)).toBe("config.cursor_field");
	});

	test("a stream without a cursor is read whole where the catalog asks for incremental, and that is told", async () => {
		const places = unsorted(rows(2));
		delete places.cursor;
		const messages = await read({ places }, { catalog: catalog(["places", "incremental"]) });
		expect(errorsOf(messages)).toEqual([]);
		expect(messages.filter(({ type }) => type === "RECORD")).toHaveLength(2);
		expect(messages.flatMap((message) => (message.type === "LOG" ? [message.log.message] : []))).toEqual([
			"The catalog asks for places in incremental mode; nothing in it tells what changed, so all is read",
		]);
	});

	test("full refresh reads everything whatever the state says, and commits nothing before its end", async () => {
		const messages = await read(
			{ orders: sorted(rows(5)) },
			{
				catalog: catalog(["orders", "full_refresh", "sample"]),
				state: saved({ cursor_field: "updated_at", cursor: minute(3) }),
			},
		);
		expect(idsOf(messages)).toHaveLength(5);
		expect(short(messages).slice(-2)).toEqual(["STATE {}", "COMPLETE"]);
		expect(statesOf(messages)).toHaveLength(1);
		expect(statesOf(messages)[0]?.sourceStats).toEqual({ recordCount: 5 });
	});
});

describe("going on from a state", () => {
	test("since is the saved cursor, rows at it included", async () => {
		const messages = await read(
			{ orders: sorted(rows(4)) },
			{ state: saved({ cursor_field: "updated_at", cursor: minute(2) }) },
		);
		expect(idsOf(messages)).toEqual(["o2", "o3"]);
	});

	test("lookback moves since back, but the state never", async () => {
		let asked: string | undefined;
		const data = rows(4);
		const orders = sorted(data, {
			lookback: "2m",
			read: ({ since }) => {
				asked = since;
				return pagesOf(data.slice(0, 2), since, 9);
			},
		});
		const messages = await read({ orders }, { state: saved({ cursor_field: "updated_at", cursor: minute(3) }) });
		expect(asked).toBe(minute(1));
		expect(idsOf(messages)).toEqual(["o1"]);
		expect(statesOf(messages).map(({ stream }) => stream?.stream_state)).toEqual([
			{ cursor_field: "updated_at", cursor: minute(3) },
		]);
	});

	test("a state of another stream, of another namespace or of no namespace is not ours", async () => {
		for (const state of [saved({ cursor: minute(2) }, "refunds"), saved({ cursor: minute(2) }, "orders", "main")]) {
			expect(idsOf(await read({ orders: sorted(rows(4)) }, { state }))).toHaveLength(4);
		}
		const alias = await read(
			{ orders: sorted(rows(4)) },
			{ namespace: "main", state: saved({ cursor: minute(2) }, "orders", "main") },
		);
		expect(idsOf(alias)).toEqual(["o2", "o3"]);
	});

	test("of several states of a stream the last one counts", async () => {
		const state = [...saved({ cursor: minute(3) }), ...saved({ cursor: minute(2) })];
		expect(idsOf(await read({ orders: sorted(rows(4)) }, { state }))).toEqual(["o2", "o3"]);
	});

	test.each([
		[
			{ cursor_field: "created_at", cursor: minute(1) },
			"its cursor is created_at; source-sample 1.2.3 reads by updated_at",
		],
		[
			{ cursor_field: "updated_at", cursor: "soon" },
			"its cursor is no timestamp; source-sample 1.2.3 reads by updated_at, a timestamp",
		],
		["text", "it is no object; source-sample 1.2.3 reads by updated_at"],
	])("a state that does not fit (%j) stops the run before its first record", async (state, why) => {
		const messages = await read(
			{ places: sorted(rows(1)), orders: sorted(rows(4)) },
			{ state: saved(state), stateFile: "state.ndjson" },
		);
		expect(messages).toHaveLength(1);
		expect(errorsOf(messages)[0]).toMatchObject({
			code: "config.state_incompatible",
			message: "The saved state of orders does not fit the stream",
			where: "state.ndjson, stream orders of sample",
			why,
			next: "reset the state of orders (state --reset orders); keyed rows replace themselves, so nothing doubles",
		});
	});

	test("null and {} mean: from the start", async () => {
		for (const state of [null, {}])
			expect(idsOf(await read({ orders: sorted(rows(2)) }, { state: saved(state) }))).toHaveLength(2);
	});
});

describe("order", () => {
	test("a broken promise of order is data.not_sorted; the page is not sent, the states before stand", async () => {
		const data = [0, 1, 5, 3].map((n) => ({ id: `o${n}`, updated_at: minute(n) }));
		const messages = await read({ orders: sorted(data), more: sorted(rows(1)) });
		expect(short(messages).slice(1, 8)).toEqual([
			"STARTED",
			"RUNNING",
			"RECORD o0",
			"RECORD o1",
			'STATE {"cursor_field":"updated_at","cursor":"2026-01-01T00:01:00Z"}',
			"INCOMPLETE",
			"ERROR data.not_sorted",
		]);
		expect(errorsOf(messages)[0]).toMatchObject({
			where: "stream orders, after row 2",
			stream_descriptor: { name: "orders", namespace: "sample" },
		});
		expect(short(messages).at(-1)).toBe("COMPLETE");
	});

	test("without the promise the state moves when all is read", async () => {
		const data = [5, 1, 3].map((n) => ({ id: `o${n}`, updated_at: minute(n) }));
		const messages = await read({ orders: unsorted(data) });
		expect(statesOf(messages).map(({ stream, sourceStats }) => [stream?.stream_state, sourceStats])).toEqual([
			[{ cursor_field: "updated_at", cursor: minute(5) }, { recordCount: 3 }],
		]);
	});

	test("instants are compared, not texts", async () => {
		const at = (id: string, updated_at: string) => ({ id, updated_at });
		const data = [
			at("a", "2026-01-01T12:00:00+02:00"),
			at("b", "2026-01-01T10:00:00.5Z"),
			at("c", "2026-01-01T10:00:00.55Z"),
			at("d", "2026-01-01T10:00:01Z"),
		];
		const messages = await read({ orders: sorted(data, { read: () => pagesOf(data, undefined, 9) }) });
		expect(errorsOf(messages)).toEqual([]);
		expect(statesOf(messages)[0]?.stream?.stream_state).toMatchObject({ cursor: "2026-01-01T10:00:01Z" });
	});

	test("a cursor ahead of the clock is told", async () => {
		const messages = await read({ orders: sorted([{ id: "a", updated_at: "2999-01-01T00:00:00Z" }]) });
		expect(short(messages).find((line) => line.startsWith("WARN"))).toMatch(/updated_at is ahead of the clock/);
	});
});

describe("slices", () => {
	const shops = { north: rows(3), south: rows(2) };
	const sliced = (more: Partial<Stream> = {}): Stream =>
		unsorted([], {
			slices: () => Object.keys(shops).map((id) => ({ id })),
			read: ({ slice, since, config }) =>
				pagesOf(
					shops[slice.id as "north"].map((row) => ({ ...row, id: `${slice.id}-${row.id}` })),
					since,
					config.page_size,
				),
			...more,
		});

	test("each has a cursor of its own, which moves when it ends", async () => {
		const messages = await read({ orders: sliced() });
		expect(statesOf(messages).map(({ stream }) => stream?.stream_state)).toEqual([
			{ cursor_field: "updated_at", slices: { north: { cursor: minute(2) } } },
			{ cursor_field: "updated_at", slices: { north: { cursor: minute(2) }, south: { cursor: minute(1) } } },
		]);
	});

	test("each goes on from its own, and what the state holds is told to slices()", async () => {
		let known: readonly string[] = [];
		const state = saved({
			cursor_field: "updated_at",
			slices: { south: { cursor: minute(1) }, gone: { cursor: minute(9) } },
		});
		const messages = await read(
			{
				orders: sliced({
					slices: ({ saved }) => {
						known = saved;
						return [{ id: "south" }, { id: "north" }];
					},
				}),
			},
			{ state },
		);
		expect(known).toEqual(["south", "gone"]);
		expect(idsOf(messages)).toEqual(["south-o1", "north-o0", "north-o1", "north-o2"]);
		expect(statesOf(messages).at(-1)?.stream?.stream_state).toEqual({
			cursor_field: "updated_at",
			slices: { south: { cursor: minute(1) }, gone: { cursor: minute(9) }, north: { cursor: minute(2) } },
		});
	});

	test("may come one by one, and an empty one is remembered", async () => {
		const messages = await read({
			orders: sliced({
				async *slices() {
					yield { id: "north" };
					yield { id: "empty" };
				},
				read: ({ slice }) => pagesOf(slice.id === "empty" ? [] : rows(1), undefined, 5),
			}),
		});
		expect(statesOf(messages).at(-1)?.stream?.stream_state).toEqual({
			cursor_field: "updated_at",
			slices: { north: { cursor: minute(0) }, empty: {} },
		});
	});

	test("the same id twice is a mistake of the connector", async () => {
		const messages = await read({ orders: sliced({ slices: () => [{ id: "north" }, { id: "north" }] }) });
		expect(errorsOf(messages)[0]?.code).toBe("internal.definition");
	});
});

describe("a stream with a state of its own", () => {
	const files: Stream = {
		schema: order,
		primaryKey: "id",
		ownState: true,
		async *read({ state }) {
			const done = (state as { files: string[] } | undefined)?.files ?? [];
			for (const file of ["a", "b", "c"]) {
				if (done.includes(file)) continue;
				done.push(file);
				yield { rows: [{ id: file, updated_at: minute(0) }], state: { files: done } };
			}
		},
	};

	test("checkpoints at every page, and goes on from there", async () => {
		const messages = await read({ orders: files });
		expect(statesOf(messages).map(({ stream }) => stream?.stream_state)).toEqual([
			{ files: ["a"] },
			{ files: ["a", "b"] },
			{ files: ["a", "b", "c"] },
		]);
		const again = await read({ orders: files }, { state: saved({ files: ["a", "b"] }) });
		expect(idsOf(again)).toEqual(["c"]);
		const last = await read({ orders: files }, { state: saved({ files: ["a", "b", "c"] }) });
		expect(short(last)).toEqual(["CATALOG", "STARTED", 'STATE {"files":["a","b","c"]}', "COMPLETE"]);
	});

	test("must say so", async () => {
		const { ownState: _, ...undeclared } = files;
		expect(errorsOf(await read({ orders: undeclared }))[0]).toMatchObject({
			code: "internal.definition",
			next: "write ownState: true in its definition, or resumable: true where it is a full refresh",
		});
	});
});

describe("rows that break their schema", () => {
	test("a row without key, or that is no object, is a reject with its raw row", async () => {
		const data = [
			{ updated_at: minute(0), total: 5 },
			{ id: null, updated_at: minute(1) },
			{ id: 7, updated_at: minute(2) },
			"text",
			{ id: "ok", updated_at: minute(3) },
		];
		const messages = await read({ orders: sorted([], { read: () => pagesOf(data as never, undefined, 9) }) });
		const rejects = messages.flatMap((message) =>
			message.type === "LOG" && message.log.reject ? [message.log.reject] : [],
		);
		expect(rejects).toEqual([
			{ stream: "orders", namespace: "sample", code: "missing_key", reason: "id is missing", path: "id", raw: data[0] },
			{ stream: "orders", namespace: "sample", code: "missing_key", reason: "id is missing", path: "id", raw: data[1] },
			{
				stream: "orders",
				namespace: "sample",
				code: "wrong_type",
				reason: "id: 7 is not text",
				path: "id",
				raw: data[2],
			},
			{ stream: "orders", namespace: "sample", code: "wrong_type", reason: 'it is "xxxx", not an object', raw: "text" },
		]);
		expect(statesOf(messages)[0]?.sourceStats).toEqual({ recordCount: 1, rejectedRecordCount: 4 });
	}, 10_000);

	test("any other wrong value is sent as it is, told three times and then counted", async () => {
		const data = Array.from({ length: 1_205 }, (_, i) => ({
			id: `o${i}`,
			updated_at: minute(0),
			total: "five",
			state: "GONE",
		}));
		const messages = await read({ orders: sorted(data) }, { config: { ...settings, page_size: 500 } });
		expect(idsOf(messages)).toHaveLength(1_205);
		expect(messages.find(({ type }) => type === "RECORD")).toMatchObject({ record: { data: { total: "five" } } });
		expect(short(messages).filter((line) => line.startsWith("WARN"))).toEqual([
			...[0, 1, 2].flatMap((i) => [
				`WARN orders "o${i}": total: "xxxx" is not a number`,
				`WARN orders "o${i}": state: "xxxx" is not one of OPEN, COMPLETED`,
			]),
			"WARN orders: 1,205 times total was not a number; the first 3 are told above",
			"WARN orders: 1,205 times state was not one of OPEN, COMPLETED; the first 3 are told above",
		]);
	});

	test("rejects of the connector and its control totals go with the next state", async () => {
		const total = { conversion_type: "purchase", currency: "USD", value: "1.10", rows: 1 };
		const messages = await read({
			orders: sorted([], {
				async *read() {
					yield {
						rows: rows(1),
						controlTotals: [total],
						rejects: [{ code: "csv_row", reason: "7 fields", file: "a.csv", line: 3, raw: "x" }],
					};
					yield {
						rows: [],
						controlTotals: [
							{ ...total, value: "2.2" },
							{ ...total, currency: "EUR" },
						],
					};
				},
			}),
		});
		expect(short(messages)).toContain("WARN orders: a row is refused: 7 fields");
		expect(statesOf(messages).map(({ sourceStats, controlTotals }) => [sourceStats, controlTotals])).toEqual([
			[{ recordCount: 1, rejectedRecordCount: 1 }, [total]],
			[
				{ recordCount: 0 },
				[
					{ ...total, value: "2.2" },
					{ ...total, currency: "EUR" },
				],
			],
		]);
	});

	test("exact numbers pass through", async () => {
		const data = [{ id: "a", updated_at: minute(0), number: rawNumber("9007199254740993"), total: rawNumber("0.10") }];
		const messages = await read({ orders: sorted(data) });
		expect(JSON.stringify(messages)).toContain('"number":9007199254740993,"total":0.10');
		expect(short(messages).filter((line) => line.startsWith("WARN"))).toEqual([]);
	});
});

describe("failures", () => {
	const failing = (error: unknown): Stream =>
		sorted([], {
			async *read() {
				yield rows(2);
				throw error;
			},
		});

	test("a stream that fails is INCOMPLETE with its error; the others go on", async () => {
		const error = new ConnectorError("transient.rate_limited", "Sample limits the rate", {
			where: "GET /orders",
			next: "run again",
		});
		const messages = await read({ orders: failing(error), more: sorted(rows(1)) });
		expect(short(messages).slice(6)).toEqual([
			"INCOMPLETE",
			"ERROR transient.rate_limited",
			"STARTED",
			"RUNNING",
			"RECORD o0",
			'STATE {"cursor_field":"updated_at","cursor":"2026-01-01T00:00:00Z"}',
			"COMPLETE",
		]);
		expect(errorsOf(messages)[0]).toMatchObject({
			where: "GET /orders, stream orders, after row 2",
			failure_type: "transient_error",
		});
	});

	test("a bug in one stream is told, and the others go on", async () => {
		const messages = await read({ orders: failing(new TypeError("x is not a function")), more: sorted(rows(1)) });
		expect(short(messages)).toContain("ERROR internal.unexpected");
		expect(short(messages).slice(-1)).toEqual(["COMPLETE"]);
	});

	test("a wrong config stops the run", async () => {
		const error = new ConnectorError("config.credentials", "Sample refused the key");
		const messages = await read({ orders: failing(error), more: sorted(rows(1)) });
		expect(short(messages).slice(-2)).toEqual(["INCOMPLETE", "ERROR config.credentials"]);
	});

	test("all faults of a config are told, and nothing else", async () => {
		const messages = await read({ orders: sorted(rows(1)) }, { config: { tokn: "x", page_size: 0.5 } });
		expect(errorsOf(messages).map(({ code }) => code)).toEqual([
			"config.unknown_key",
			"config.missing",
			"config.wrong_type",
		]);
		expect(messages).toHaveLength(3);
	});

	test("streams that cannot be listed are one error", async () => {
		const source = sampleSource({});
		source.streams = async () => {
			throw new ConnectorError("transient.down", "Sample is down");
		};
		const messages = await collect(readSource(source, { config: settings }));
		expect(errorsOf(messages).map(({ code }) => code)).toEqual(["transient.down"]);
		await expect(discoverSource(source, { config: settings })).rejects.toThrow("Sample is down");
	});
});

describe("stopping", () => {
	test("an abort ends the stream at once, with what was promised, although the connector hangs", async () => {
		const controller = new AbortController();
		const messages: Message[] = [];
		const orders = sorted([], {
			async *read() {
				yield rows(2);
				await new Promise(() => {});
			},
		});
		const reading = readSource(sampleSource({ orders, more: sorted(rows(1)) }), {
			config: settings,
			signal: controller.signal,
		});
		for await (const message of reading) {
			messages.push(message);
			if (message.type === "STATE") setTimeout(() => controller.abort(), 10);
		}
		expect(short(messages).slice(-3)).toEqual([
			'STATE {"cursor_field":"updated_at","cursor":"2026-01-01T00:01:00Z"}',
			"INCOMPLETE",
			"ERROR transient.stopped",
		]);
	});

	test("a reader that stops closes the connector's pages and aborts its requests", async () => {
		let closed = false;
		let aborted = false;
		const orders = sorted([], {
			async *read({ signal }) {
				signal.addEventListener("abort", () => {
					aborted = true;
				});
				try {
					for (let n = 0; ; n++) yield [{ id: `o${n}`, updated_at: minute(n) }];
				} finally {
					closed = true;
				}
			},
		});
		let seen = 0;
		for await (const message of readSource(sampleSource({ orders }), { config: settings })) {
			if (message.type === "RECORD" && ++seen === 3) break;
		}
		expect([closed, aborted]).toEqual([true, true]);
	});

	test("what a connector logs while a page is on its way comes before the page", async () => {
		const orders = sorted([], {
			async *read({ log }) {
				log.waiting({ reason: "rate_limited", wait_s: 12, try: 2, of: 8, request: "GET /orders" });
				await new Promise((resolve) => setTimeout(resolve, 30));
				log.warn("half way");
				await new Promise((resolve) => setTimeout(resolve, 30));
				yield rows(1);
			},
		});
		const arrived: [string, number][] = [];
		const start = Date.now();
		for await (const message of readSource(sampleSource({ orders }), { config: settings })) {
			arrived.push([short([message])[0]!, Date.now() - start]);
		}
		expect(arrived.map(([line]) => line).slice(1, 5)).toEqual([
			"STARTED",
			"INFO GET /orders: the vendor limits the rate; waits 12 s, try 2 of 8",
			"RUNNING",
			"WARN half way",
		]);
		expect(arrived[2]![1]).toBeLessThan(arrived[5]![1]);
	});

	test("once() loads once per run, and again after a failure", async () => {
		let loads = 0;
		const stream = (): Stream =>
			sorted([], {
				async *read({ once }) {
					const load = async () => {
						if (++loads === 1) throw new ConnectorError("transient.down", "down");
						return "places";
					};
					yield [{ id: await once("places", load), updated_at: minute(0) }];
				},
			});
		const messages = await read({ a: stream(), b: stream(), c: stream() });
		expect(idsOf(messages)).toEqual(["places", "places"]);
		expect(loads).toBe(2);
	});
});
