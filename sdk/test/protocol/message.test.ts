import type { Message } from "@growthnav/spec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Arrived, messageText, readMessages } from "../../src/protocol/index.ts";
import { chunked, inChunks } from "./chunks.ts";

async function read(bytes: Uint8Array | string, size = 65_536, limit = 32_000_000): Promise<Arrived[]> {
	const all = [];
	for await (const batch of readMessages(inChunks(Buffer.from(bytes), size), { limit })) all.push(...batch);
	return all;
}
const readOne = async (line: string | object) =>
	(await read(typeof line === "string" ? line : JSON.stringify(line)))[0]!;

const record = (data: object) => ({ type: "RECORD", record: { stream: "orders", data, emitted_at: 1 } });

test("each line is a message, a log or garbage, with its number", async () => {
	const lines = [
		JSON.stringify(record({ id: 1 })),
		"",
		"Traceback (most recent call last):",
		'{"type":"DEBUG","message":"x"}',
		'{"type":"RECORD"',
		'{"level":"info"}',
		"   ",
		`  ${JSON.stringify(record({ id: 2 }))}  `,
	];
	const kinds = (await read(lines.join("\r\n"))).map((line) => [
		line.number,
		line.message !== undefined ? "message" : line.log !== undefined ? "log" : line.garbage,
	]);
	expect(kinds).toEqual([
		[1, "message"],
		[3, "log"],
		[4, "log"],
		[5, "not JSON: expected ',' or '}' after property value at position 16"],
		[6, "an object without a type"],
		[8, "message"],
	]);
});

test("unknown fields stay, everywhere", async () => {
	const message = {
		type: "STATE",
		extra: [1],
		state: {
			type: "STREAM",
			id: 7,
			partition_id: "p",
			stream: { stream_descriptor: { name: "a", more: {} }, stream_state: null, x: 1 },
			sourceStats: { recordCount: 4, additionalStats: { y: 1 } },
		},
	};
	expect((await readOne(message)).message).toEqual(message);
});

test("null in an optional field of the protocol means absent; data and states keep theirs", async () => {
	const nulls = await readOne({
		type: "RECORD",
		record: { stream: "a", namespace: null, meta: null, data: { x: null }, emitted_at: 1.5 },
	});
	expect(nulls.message).toEqual({ type: "RECORD", record: { stream: "a", data: { x: null }, emitted_at: 1.5 } });
	const status = await readOne({
		type: "TRACE",
		trace: {
			type: "STREAM_STATUS",
			emitted_at: 1.25,
			error: null,
			stream_status: { stream_descriptor: { name: "a", namespace: null }, status: "COMPLETE", reasons: null },
		},
	});
	expect(status.message).toEqual({
		type: "TRACE",
		trace: {
			type: "STREAM_STATUS",
			emitted_at: 1.25,
			stream_status: { stream_descriptor: { name: "a" }, status: "COMPLETE" },
		},
	});
	const catalog = await readOne({
		type: "CATALOG",
		catalog: { streams: [{ name: "a", namespace: null, json_schema: { properties: { x: { default: null } } } }] },
	});
	expect(catalog.message).toEqual({
		type: "CATALOG",
		catalog: {
			streams: [
				// what old sources leave out
				{ name: "a", json_schema: { properties: { x: { default: null } } }, supported_sync_modes: ["full_refresh"] },
			],
		},
	});
});

test.each<[string, object]>([
	["RECORD without record", { type: "RECORD" }],
	["RECORD without record.stream", { type: "RECORD", record: { data: {}, emitted_at: 1 } }],
	["RECORD without record.data", { type: "RECORD", record: { stream: "a", data: [], emitted_at: 1 } }],
	["RECORD without record.emitted_at", { type: "RECORD", record: { stream: "a", data: {}, emitted_at: "2026" } }],
	[
		"RECORD with a namespace that is no text",
		{ type: "RECORD", record: { stream: "a", data: {}, emitted_at: 1, namespace: 1 } },
	],
	["STATE without state", { type: "STATE", state: null }],
	["STATE of type STREAM without a stream_descriptor", { type: "STATE", state: { type: "STREAM", stream: {} } }],
	["STATE of type GLOBAL without stream_states", { type: "STATE", state: { type: "GLOBAL", global: {} } }],
	[
		"STATE of type GLOBAL with a stream state without a stream_descriptor",
		{ type: "STATE", state: { type: "GLOBAL", global: { stream_states: [null] } } },
	],
	["TRACE without a type", { type: "TRACE", trace: {} }],
	["TRACE ERROR without error.message", { type: "TRACE", trace: { type: "ERROR", error: {} } }],
	[
		"TRACE STREAM_STATUS without a status or stream_descriptor",
		{ type: "TRACE", trace: { type: "STREAM_STATUS", stream_status: { status: "COMPLETE" } } },
	],
	["LOG without log.message", { type: "LOG", log: { level: "INFO" } }],
	["CATALOG without streams", { type: "CATALOG", catalog: {} }],
	["CATALOG with a nameless stream", { type: "CATALOG", catalog: { streams: [{}] } }],
	["an object without a type", {}],
	["an object without a type", { type: 7 }],
])("%s is garbage", async (reason, message) => {
	expect((await readOne(message)).garbage).toBe(reason);
});

test("LEGACY and GLOBAL states, and states after the last COMPLETE, are messages", async () => {
	for (const state of [
		{ data: { a: 1 } },
		{ type: "LEGACY", data: {} },
		{ type: "GLOBAL", global: { stream_states: [] } },
	]) {
		expect((await readOne({ type: "STATE", state })).message).toEqual({ type: "STATE", state });
	}
});

test("bytes are counted as they came; text is what they say", async () => {
	const text = JSON.stringify(record({ name: "é€😀" }));
	for (const size of [1, 3, 65_536]) {
		const [first, second] = await read(`${text}\r\n${text}\n`, size);
		expect([first!.bytes, second!.bytes]).toEqual([Buffer.byteLength(text), Buffer.byteLength(text)]);
		expect([first!.text, second!.text]).toEqual([text, text]);
	}
});

test("a last line that breaks off is torn; one that is whole, or ended, is not", async () => {
	const whole = JSON.stringify(record({ id: 1 }));
	const last = async (text: string, limit?: number) => (await read(text, 65_536, limit)).at(-1)!;
	expect(await last(`${whole}\n${whole.slice(0, 30)}`)).toMatchObject({ torn: true, text: whole.slice(0, 30) });
	expect(await last(whole.slice(0, 60), 50)).toMatchObject({ torn: true, oversize: { bytes: 60 } });
	for (const text of [`${whole.slice(0, 30)}\n`, `${whole}\n${whole}`, `${whole}\nended by itself`]) {
		expect((await last(text)) as object).not.toHaveProperty("torn");
	}
});

test("a line that is not UTF-8 is garbage with its bytes, the lines around it are not", async () => {
	const good = JSON.stringify(record({ name: "é" }));
	const bad = Buffer.from(JSON.stringify(record({ name: "é" })), "latin1");
	const all = Buffer.concat([Buffer.from(`${good}\n${good}\n`), bad, Buffer.from(`\n${good}\n`)]);
	for (const size of [5, 65_536]) {
		const lines = await read(all, size);
		expect(lines.map((line) => line.garbage)).toEqual([undefined, undefined, "not UTF-8", undefined]);
		expect(lines[2]!.garbage !== undefined && lines[2]!.raw).toEqual(bad);
	}
});

test("a byte order mark before the first message is no part of it", async () => {
	expect((await read(`\uFEFF${JSON.stringify(record({}))}`))[0]!.message).toEqual(record({}));
});

test("a record over the limit says its stream where its first bytes do", async () => {
	const long = { ...record({ stream: "no", text: "x".repeat(2_000) }) };
	const named = JSON.stringify({ type: "RECORD", record: { namespace: "shop", ...long.record } });
	const lines = await read(`${JSON.stringify(long)}\n${named}\n${JSON.stringify({ x: named })}\n`, 100, 1_500);
	expect(lines.map((line) => line.oversize)).toMatchObject([
		{ stream: "orders", namespace: undefined },
		{ stream: "orders", namespace: "shop" },
		{ stream: undefined },
	]);
	expect(lines[0]!.bytes).toBe(JSON.stringify(long).length);
});

test("U+2028, U+2029, NUL, lone surrogates, __proto__ and exact numbers come through whole", async () => {
	const text =
		'{"type":"RECORD","record":{"stream":"a","data":{"t":"\u2028\u2029\\u0000\\ud800","__proto__":1,"n":9007199254740993,"m":-0,"d":12345678901234567890123456789.123456789},"emitted_at":1}}';
	for (const size of [1, 65_536]) {
		const [, arrived] = await read(`log\n${text}\n`, size);
		expect(JSON.stringify(arrived!.message)).toBe(text);
		expect(Object.hasOwn((arrived!.message as unknown as { record: { data: object } }).record.data, "__proto__")).toBe(
			true,
		);
	}
});

test("100,000 levels are garbage, not a crash", async () => {
	const deep = `{"type":"RECORD","record":{"stream":"a","data":${'{"a":'.repeat(1e5)}1${"}".repeat(1e5)},"emitted_at":1}}`;
	expect((await readOne(deep)).garbage).toBe("JSON is nested more than 502 levels deep");
});

test("any message arrives as it was written, in any chunking", async () => {
	const data = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());
	const messages = fc.array(
		fc.oneof(
			data.map((one) => record(one) as unknown as Message),
			data.map(
				(one): Message => ({
					type: "STATE",
					state: { type: "STREAM", stream: { stream_descriptor: { name: "a" }, stream_state: one as object as never } },
				}),
			),
		),
		{ maxLength: 12 },
	);
	await fc.assert(
		fc.asyncProperty(messages, fc.array(fc.nat(200), { minLength: 1, maxLength: 4 }), async (sent, sizes) => {
			const bytes = Buffer.from(sent.map((one) => `${messageText(one)}\n`).join(""));
			const all = [];
			for await (const batch of readMessages(chunked(bytes, sizes))) all.push(...batch);
			// through text, since -0 is kept as it stands there
			expect(all.map((one) => JSON.stringify(one.message))).toEqual(sent.map((one) => messageText(one)));
		}),
		{ numRuns: 200 },
	);
});

test("the reader is asked for one chunk at a time", async () => {
	let asked = 0;
	async function* input() {
		while (asked < 1_000) {
			asked++;
			yield Buffer.from(`${JSON.stringify(record({}))}\n`.repeat(10));
		}
	}
	for await (const batch of readMessages(input())) {
		expect(batch).toHaveLength(10);
		if (asked === 5) break;
	}
	expect(asked).toBe(5);
});
