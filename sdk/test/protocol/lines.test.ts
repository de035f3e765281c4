import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isConnectorError } from "../../src/errors.ts";
import { HIGHEST_LINE_LIMIT, lineBatches } from "../../src/protocol/index.ts";
import { chunked, inChunks } from "./chunks.ts";

async function read(bytes: Uint8Array, size = 65_536, limit?: number) {
	const lines = [];
	for await (const batch of lineBatches(inChunks(bytes, size), limit === undefined ? {} : { limit }))
		lines.push(...batch);
	return lines.map((line) =>
		line.oversize === undefined
			? { number: line.number, text: line.bytes.toString("latin1"), utf8: line.utf8 }
			: { number: line.number, ...line.oversize },
	);
}

const texts = async (text: string, size?: number) =>
	(await read(Buffer.from(text), size)).map((line) =>
		"text" in line ? Buffer.from(line.text, "latin1").toString() : "",
	);

test("a line ends at byte 0x0A and nowhere else", async () => {
	const line = "a\u2028b\u2029c\u0085d\re\vf\fg\u001eh";
	expect(await texts(`${line}\n${line}`)).toEqual([line, line]);
});

test("one CR before the 0x0A is taken off, the last line needs no 0x0A, blank lines are lines", async () => {
	expect(await texts("a\r\n\r\n\nb\r\r\nc\r")).toEqual(["a", "", "", "b\r", "c"]);
	expect(await texts("")).toEqual([]);
	expect(await texts("\n")).toEqual([""]);
});

test("any chunking gives the same lines, numbers and marks", async () => {
	const piece = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.constantFrom("\r", "\r\n", "\n", "é😀", ""));
	await fc.assert(
		fc.asyncProperty(
			fc.array(
				fc.oneof(
					piece.map((text) => Buffer.from(text)),
					fc.uint8Array({ maxLength: 9 }),
				),
				{ maxLength: 30 },
			),
			fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }),
			fc.constantFrom(3, 20, 1_000),
			async (pieces, sizes, limit) => {
				const bytes = Buffer.concat(pieces);
				const whole = await read(bytes, bytes.length || 1, limit);
				expect(await read(bytes, 1, limit)).toEqual(whole);
				const lines = [];
				for await (const batch of lineBatches(chunked(bytes, sizes), { limit })) lines.push(...batch);
				expect(lines.map(({ number }) => number)).toEqual(whole.map(({ number }) => number));
			},
		),
		{ numRuns: 300 },
	);
});

test.each([1, 7, 4_096, 1_048_576])("chunks of %i bytes lose nothing", async (size) => {
	const lines = Array.from({ length: 3_000 }, (_, n) => `${n} ${"é€😀x".repeat(n % 40)}`);
	expect(await texts(lines.join("\n"), size)).toEqual(lines);
});

test("a line over the limit comes as prefix, length and hash", async () => {
	const long = `${"é".repeat(700)}tail`;
	const bytes = Buffer.from(`short\n${long}\nnext\n`);
	for (const size of [1, 100, 10_000]) {
		const [first, second, third] = await read(bytes, size, 1_000);
		expect(first).toMatchObject({ number: 1, text: "short" });
		expect(second).toEqual({
			number: 2,
			// 1,000 bytes; an é split by the cut would be left out
			prefix: "é".repeat(500),
			bytes: 1_404,
			sha256: createHash("sha256").update(long).digest("hex"),
		});
		expect(third).toMatchObject({ number: 3, text: "next" });
	}
});

test("a line of exactly the limit is kept", async () => {
	expect(await read(Buffer.from("12345\n123456"), 4, 5)).toMatchObject([{ text: "12345" }, { bytes: 6 }]);
});

test("the prefix never holds half a character", async () => {
	const [line] = await read(Buffer.from(`x${"é".repeat(700)}\n`), 64, 100);
	expect(line).toMatchObject({ prefix: `x${"é".repeat(499)}` });
});

test("bytes that are not UTF-8 are marked, whichever line they stand in", async () => {
	const bytes = Buffer.concat([
		Buffer.from("good é\n"),
		Buffer.from([0x22, 0xff, 0x22, 10]),
		Buffer.from("good\n\xe9"),
	]);
	expect((await read(bytes)).map((line) => "utf8" in line && line.utf8)).toEqual([true, false, true, true]);
	expect((await read(Buffer.from([0xe9]))).map((line) => "utf8" in line && line.utf8)).toEqual([false]);
});

test("lines of 40 MB pass in flat memory", async () => {
	const chunk = Buffer.alloc(65_536, "x");
	async function* input() {
		for (let line = 0; line < 4; line++) {
			for (let n = 0; n < 610; n++) yield chunk;
			yield Buffer.from("\n");
		}
	}
	const before = process.memoryUsage();
	let highest = 0;
	const sizes = [];
	for await (const batch of lineBatches(input(), { limit: 8_000_000 })) {
		for (const line of batch) sizes.push(line.oversize?.bytes);
		const now = process.memoryUsage();
		highest = Math.max(highest, now.arrayBuffers - before.arrayBuffers);
	}
	expect(sizes).toEqual([39_976_960, 39_976_960, 39_976_960, 39_976_960]);
	expect(highest).toBeLessThan(20_000_000);
});

test("the input is asked for more only when the reader is", async () => {
	let asked = 0;
	async function* input() {
		for (; asked < 100; ) {
			asked++;
			yield Buffer.from("line\n");
		}
	}
	const batches = lineBatches(input());
	await batches.next();
	await batches.next();
	expect(asked).toBe(2);
	await batches.return(undefined);
});

test.each([0, -1, 1.5, HIGHEST_LINE_LIMIT + 1])("a limit of %d is refused with what is possible", async (limit) => {
	const error = await read(Buffer.from("x"), 1, limit).catch((thrown: unknown) => thrown);
	expect(isConnectorError(error) && error.code).toBe("config.line_limit");
	expect(isConnectorError(error) && error.next).toContain("100000000");
});
