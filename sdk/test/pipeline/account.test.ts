import { join } from "node:path";
import type { Catalog, ConfiguredStream, StatePayload } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renamingOf } from "../../src/pipeline/run/account.ts";
import type { Tap } from "../../src/pipeline/run/tap.ts";
import { PROGRAMS, runCase, testFolder } from "./bench.ts";

const offered = { streams: [{ name: "users" }, { name: "p\u00e9rdidas", namespace: "public" }] } as Catalog;
const streams = offered.streams.map(({ name }) => ({ stream: { name, namespace: "eu" } })) as ConfiguredStream[];
const renaming = renamingOf(offered, streams)!;

/** What a tap is given of this text, in pieces of so many bytes. */
function given(text: string, size = 1_000_000): string {
	const got: Buffer[] = [];
	const push = (chunk: Buffer) => {
		got.push(Buffer.from(chunk));
		return [];
	};
	const tap: Tap = { push, end: () => [] };
	const before = renaming.before(tap);
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; at += size) before.push(bytes.subarray(at, at + size));
	before.end(true);
	return Buffer.concat(got).toString();
}

const RECORD = '{"type":"RECORD","record":{"stream":"users","data":{"n":1.10,"1":2,"0":[1e400]},"emitted_at":1.5}}';
const RENAMED =
	'{"type":"RECORD","record":{"namespace":"eu","stream":"users","data":{"n":1.10,"1":2,"0":[1e400]},"emitted_at":1.5}}';

describe("what a source prints that does not know the account", () => {
	test("a record without a namespace gets one; nothing else of its bytes is touched", () => {
		expect(given(`${RECORD}\n`)).toBe(`${RENAMED}\n`);
	});

	test("a namespace of its own is replaced, wherever it stands, with exact numbers", () => {
		const own =
			'{"type":"RECORD","record":{"stream":"p\u00e9rdidas","data":{"n":9007199254740993},"emitted_at":1,"namespace":"public"}}';
		expect(given(own)).toBe(
			'{"type":"RECORD","record":{"stream":"p\u00e9rdidas","namespace":"eu","data":{"n":9007199254740993},"emitted_at":1}}',
		);
		expect(JSON.parse(given(RECORD.replace('"stream"', '"namespace":null,"stream"'))).record.namespace).toBe("eu");
		expect(JSON.parse(given(RECORD.replace('"n":', '"namespace":'))).record).toMatchObject({
			namespace: "eu",
			data: { namespace: 1.1 },
		});
	});

	test("states, statuses, estimates, errors and rejects are renamed, in every form", () => {
		const stream_descriptor = { name: "users" };
		const messages = [
			{ type: "STATE", state: { type: "STREAM", stream: { stream_descriptor, stream_state: { users: 1 } }, id: 3 } },
			{ type: "STATE", state: { type: "GLOBAL", global: { shared_state: 1, stream_states: [{ stream_descriptor }] } } },
			{ type: "TRACE", trace: { type: "STREAM_STATUS", stream_status: { stream_descriptor, status: "COMPLETE" } } },
			{ type: "TRACE", trace: { type: "ESTIMATE", estimate: { name: "users", type: "STREAM" } } },
			{ type: "TRACE", trace: { type: "ERROR", error: { message: "no", stream_descriptor } } },
			{ type: "LOG", log: { level: "WARN", message: "x", reject: { stream: "users", code: "c", reason: "r" } } },
		];
		for (const message of messages) {
			const text = JSON.stringify(message);
			const want = text.replace(/"(name|stream)":"users"/, '"$1":"users","namespace":"eu"');
			expect(JSON.parse(given(`${text}\n`))).toEqual(JSON.parse(want));
		}
	});

	test("what names no stream of the catalog, or is no message, stays as it is, however it is cut", () => {
		const others = ['{"type":"STATE","state":{"data":{"users":1}}}', '{"type":"DEBUG","x":1}', "words", "{broken", ""];
		const unknown = RECORD.replace("users", "others");
		const all = [...others, unknown, RECORD, '{"type":"LOG","log":{"level":"INFO","message":"\u2028"}}'].join("\n");
		const want = all.replace(RECORD, RENAMED);
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 300 }), (size) => {
				expect(given(all, size)).toBe(want);
			}),
		);
	});

	test("its states and its catalog go back to it under its own names", () => {
		const state = (name: string, namespace?: string): StatePayload => ({
			type: "STREAM",
			stream: { stream_descriptor: { name, ...(namespace && { namespace }) }, stream_state: {} },
		});
		expect(renaming.states([state("users", "eu"), state("p\u00e9rdidas", "eu"), state("users", "us")])).toEqual([
			state("users"),
			state("p\u00e9rdidas", "public"),
		]);
		expect(renaming.streams.map(({ stream }) => stream)).toEqual(offered.streams);
		expect(renamingOf(offered, renaming.streams)).toBeUndefined();
	});
});

test("two accounts of one foreign source in one store: streams apart, each goes on where it stood", async () => {
	const folder = testFolder();
	const steps = [
		{ status: "STARTED", stream: "orders" },
		{ count: 5, stream: "orders", every: 2 },
		{ status: "COMPLETE", stream: "orders" },
	];
	const source = { streams: [{ name: "orders" }], steps };
	const of = (account: string) => ({
		source: { command: [process.execPath, join(PROGRAMS, "source.mjs")], config: source, account },
	});
	for (const account of ["eu", "us", "eu"]) {
		const { result, of: told } = await runCase({ folder, source, pipeline: { name: account, ...of(account) } });
		expect(result.errors).toEqual([]);
		expect(told("stream_finished")).toMatchObject([{ stream: "orders", namespace: account, status: "complete" }]);
	}
	const { ledger } = await runCase({ folder, source, pipeline: { name: "us", ...of("us") } });
	expect(ledger().rows).toEqual({ "eu.orders": 5, "us.orders": 5 });
});
