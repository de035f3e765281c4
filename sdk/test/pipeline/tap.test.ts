import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTap, type RecordAccount, type TapHandlers } from "../../src/pipeline/run/tap.ts";

function recorder(options: { reject?: string } = {}) {
	const accounts = new Map<string, RecordAccount>();
	const seen: string[] = [];
	const handlers: TapHandlers = {
		accountOf(stream, namespace) {
			const key = namespace === undefined ? stream : `${namespace}.${stream}`;
			let account = accounts.get(key);
			if (!account) {
				account = { records: 0, bytes: 0, goesOn: stream !== options.reject };
				accounts.set(key, account);
			}
			return account;
		},
		onMessage(message) {
			seen.push(message.type);
			return message.type === "STATE";
		},
		onGarbage() {
			seen.push("garbage");
			return true;
		},
		onText(line) {
			seen.push(`text ${line}`);
		},
	};
	return { accounts, seen, tap: createTap(handlers) };
}

const record = (stream: string, data: object = { id: 1 }, namespace?: string) =>
	JSON.stringify({
		type: "RECORD",
		record: { stream, ...(namespace !== undefined && { namespace }), data, emitted_at: 1 },
	});
const STATE = '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"}}}}';
const LOG = '{"type":"LOG","log":{"level":"INFO","message":"hello"}}';

function run(text: string | Buffer, cut: number[], options = {}) {
	const { tap, accounts, seen } = recorder(options);
	const input = Buffer.from(text as string);
	const out: Buffer[] = [];
	let at = 0;
	for (const size of cut) {
		if (at >= input.length) break;
		out.push(...tap.push(input.subarray(at, at + size)));
		at += size;
	}
	if (at < input.length) out.push(...tap.push(input.subarray(at)));
	out.push(...tap.end(true));
	return { out: Buffer.concat(out).toString(), accounts, seen };
}

describe("the tap between source and destination", () => {
	test("records and states go on as they are; logs and foreign lines do not", () => {
		const debug = '{"type":"DEBUG","x":1}';
		const lines = [record("a"), "warming up", debug, LOG, record("b", { x: "\u2028" }, "n"), STATE, "{broken", ""];
		const { out, accounts, seen } = run(lines.join("\n"), []);
		expect(out).toBe([lines[0], lines[4], lines[5], lines[6], ""].join("\n"));
		expect(Object.fromEntries(accounts)).toEqual({
			a: { records: 1, bytes: Buffer.byteLength(lines[0]!), goesOn: true },
			"n.b": { records: 1, bytes: Buffer.byteLength(lines[4]!), goesOn: true },
		});
		expect(seen).toEqual(["text warming up", `text ${debug}`, "LOG", "STATE", "garbage"]);
	});

	test("a record is known in every order of its fields, with blanks, with CR, with null and quoted names", () => {
		const forms = [
			'{"record":{"stream":"a","data":{"id":1},"emitted_at":1},"type":"RECORD"}',
			'{ "type" : "RECORD" , "record" : { "stream" : "a" , "namespace" : null , "data" : {"id":1} , "emitted_at" : 1.5 } }\r',
			'{"type":"RECORD","record":{"namespace":"n","stream":"a","data":{"id":1},"emitted_at":1}}',
			'{"type":"RECORD","record":{"stream":"\\u0061","data":{"id":1},"emitted_at":1}}',
			'  {"type":"RECORD","record":{"stream":"日本","data":{"id":1},"emitted_at":1}}',
			'{"type":"RECORD","record":{"stream":"日本","data":{"id":1},"emitted_at":1}}',
			'{"type":"RECORD","record":{"stream":"日本","data":{"id":2},"emitted_at":1}}',
		];
		const { out, accounts } = run(`${forms.join("\n")}\n`, []);
		expect(out).toBe(`${forms.join("\n")}\n`);
		expect(Object.fromEntries([...accounts].map(([key, { records }]) => [key, records]))).toEqual({
			a: 3,
			"n.a": 1,
			日本: 3,
		});
	});

	test("a word in the data does not change whose record it is", () => {
		const line = record("a", { stream: "b", namespace: "x", type: "STATE", deep: { data: { stream: "c" } } });
		const { accounts } = run(`${line}\n`, []);
		expect([...accounts.keys()]).toEqual(["a"]);
	});

	test("records of a stream that does not go on are counted and left out", () => {
		const { out, accounts } = run(`${record("a")}\n${record("x")}\n${record("a")}\n`, [], { reject: "x" });
		expect(out).toBe(`${record("a")}\n${record("a")}\n`);
		expect(accounts.get("x")?.records).toBe(1);
	});

	test("the last line needs no line end where the source ended well, and is not trusted where it did not", () => {
		const well = recorder();
		expect(Buffer.concat([...well.tap.push(Buffer.from(record("a"))), ...well.tap.end(true)]).toString()).toBe(
			`${record("a")}\n`,
		);
		const badly = recorder();
		expect([...badly.tap.push(Buffer.from(record("a").slice(0, 40))), ...badly.tap.end(false)]).toEqual([]);
		expect(badly.accounts.size).toBe(0);
	});

	test("a record of 5 MB goes on before its end has come, and is counted once with all its bytes", () => {
		const big = record("a", { text: "x".repeat(5_000_000) });
		const { tap, accounts } = recorder();
		const bytes = Buffer.from(`${big}\n${record("a")}\n`);
		let early = 0;
		const out: Buffer[] = [];
		for (let at = 0; at < bytes.length; at += 65_536) {
			const parts = tap.push(bytes.subarray(at, at + 65_536));
			if (at < 2_000_000) early += parts.reduce((sum, part) => sum + part.length, 0);
			out.push(...parts);
		}
		expect(early).toBeGreaterThan(900_000);
		expect(Buffer.concat(out).equals(bytes)).toBe(true);
		expect(accounts.get("a")).toMatchObject({ records: 2, bytes: big.length + record("a").length });
	});

	test("an endless line that is no record is let go at the limit", () => {
		const { tap, seen } = recorder();
		const chunk = Buffer.alloc(1_000_000, "x");
		tap.push(Buffer.from("{"));
		for (let i = 0; i < 40; i++) tap.push(chunk);
		expect(seen).toEqual(["garbage"]);
	});

	test("always: however the bytes are cut, the same goes on and the same is counted", () => {
		const line = fc.oneof(
			fc.record({ s: fc.constantFrom("a", "b", "日本"), t: fc.string() }).map(({ s, t }) => record(s, { t })),
			fc.constantFrom(STATE, LOG, "noise", "{broken", "", '{"type":"DEBUG","x":1}'),
		);
		fc.assert(
			fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 300 })), (lines, cuts) => {
				const text = lines.join("\n");
				const whole = run(text, []);
				const cut = run(text, cuts);
				expect(cut.out).toBe(whole.out);
				expect([...cut.accounts]).toEqual([...whole.accounts]);
				expect(cut.seen).toEqual(whole.seen);
			}),
			{ numRuns: 200 },
		);
	});
});
