/** Singer's messages out of lines. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSingerLine, readSingerMessages, type SingerLine, singerText } from "../../src/singer/messages.ts";

async function read(text: string | Buffer, size = 1_000_000): Promise<SingerLine[]> {
	const bytes = Buffer.from(text);
	async function* chunks() {
		for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
	}
	const lines: SingerLine[] = [];
	for await (const batch of readSingerMessages(chunks())) lines.push(...batch);
	return lines;
}

const kinds = (lines: SingerLine[]) => lines.map((line) => (line.kind === "message" ? line.message.type : line.kind));

describe("lines", () => {
	test("types in any case; key_properties that are absent or null are none", async () => {
		const [line] = await read('{"type":"schema","stream":"a","schema":{},"key_properties":null,"more":1}');
		expect(line).toMatchObject({ kind: "message", message: { type: "SCHEMA", key_properties: [], more: 1 } });
	});

	test("what is no message says why, and keeps its text", async () => {
		const lines = await read(
			[
				"INFO hello",
				'{"level":"info"}',
				'{"type":"METRIC"}',
				'{"type":"RECORD","stream":"a"}',
				'{"type":"RECORD","record":{}}',
				'{"type":"STATE"}',
				'{"type":"SCHEMA","stream":"a","schema":{},"key_properties":[1]}',
				'{"type":"BATCH","stream":"a"}',
				"[1]",
				'{"torn',
			].join("\r\n"),
		);
		expect(kinds(lines)).toEqual(["text", "unknown", "unknown", ...Array(5).fill("faulty"), "text", "faulty"]);
		expect(lines.flatMap((line) => (line.kind === "faulty" ? [line.reason] : [])).slice(0, 2)).toEqual([
			"RECORD without a record",
			"RECORD without a stream",
		]);
		expect(lines.at(-1)).toMatchObject({ torn: true, number: 10 });
	});

	test("two on a line, or one behind a print, are taken apart; what only looks like one stays data", () => {
		const inner = '{"type": "RECORD", "stream": "x", "record": {}}';
		const one = JSON.stringify({ type: "RECORD", stream: "a", record: { text: inner } });
		expect(kinds(readSingerLine(one + one, 1))).toEqual(["RECORD", "RECORD"]);
		expect(kinds(readSingerLine(`oops ${one}`, 1))).toEqual(["text", "RECORD"]);
		expect(kinds(readSingerLine(`${one}${one.slice(0, -3)}`, 1))).toEqual(["faulty"]);
		expect(kinds(readSingerLine(`{"type":"RECORD"`.repeat(1_000), 1))).toEqual(["faulty"]);
	});

	test("NaN and infinities become null and are named; in a text they stay", () => {
		const [line] = readSingerLine(
			'{"type":"RECORD","stream":"a","record":{"x":NaN,"y":[-Infinity,"NaN \\" Infinity"]}}',
			1,
		);
		expect(line).toMatchObject({
			message: { record: { x: null, y: [null, 'NaN " Infinity'] } },
			nulled: ["record.x", "record.y.0"],
		});
	});

	test("any record in chunks of any size is what was written", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue())),
				fc.integer({ min: 1, max: 50 }),
				async (records, size) => {
					const messages = records.map((record) => ({ type: "RECORD", stream: "a", record }) as never);
					const lines = await read(messages.map((one) => `${singerText(one)}\n`).join(""), size);
					expect(lines.map((line) => (line.kind === "message" ? singerText(line.message) : line.kind))).toEqual(
						messages.map(singerText),
					);
				},
			),
			{ numRuns: 50 },
		);
	});

	test("any text at all is read without an error, and nothing of it vanishes", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				const lines = readSingerLine(text, 1);
				expect(lines.length > 0).toBe(text.trim() !== "");
			}),
		);
	});
});

describe("what is hard to read", () => {
	const record = '{"type":"RECORD","stream":"a","record":{"id":1}}';

	test("a message between other text is refused, with its text: a log line would lose it without a word", () => {
		for (const text of [`print ${record} print`, `print ${record.slice(0, -2)},}}`, `print ${record.repeat(21)}`]) {
			expect(readSingerLine(text, 7)).toMatchObject([{ number: 7, kind: "faulty", text }]);
		}
	});

	test("NaN beside a text of many megabytes", () => {
		const [line] = readSingerLine(`{"type":"RECORD","stream":"a","record":{"t":"${"x".repeat(2e7)}","v":NaN}}`, 1);
		expect(line).toMatchObject({ kind: "message", nulled: ["record.v"] });
	});

	test("a torn line full of escaped quotes is looked at once, not once per quote", () => {
		const begun = performance.now();
		const [line] = readSingerLine(`{"type":"RECORD","stream":"a","record":{"t":"${'\\"NaN'.repeat(30_000)}`, 1);
		expect(line!.kind).toBe("faulty");
		expect(performance.now() - begun).toBeLessThan(5_000);
	});
});
