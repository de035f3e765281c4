import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, textBlocks } from "../src/blocks.ts";
import { byteLength, decode, detectEncoding, type Encoding } from "../src/encoding.ts";

const MARKS: Partial<Record<Encoding, number[]>> = {
	"utf-8": [0xef, 0xbb, 0xbf],
	"utf-16le": [0xff, 0xfe],
	"utf-16be": [0xfe, 0xff],
};

function encode(text: string, encoding: Encoding): Buffer {
	if (encoding === "utf-8") return Buffer.from(text);
	if (encoding === "utf-16le") return Buffer.from(text, "utf16le");
	if (encoding === "utf-16be") return Buffer.from(text, "utf16le").swap16();
	return Buffer.from([...text].map((character) => BYTES_1252.get(character)!));
}

const BYTES_1252 = new Map(
	Array.from({ length: 256 }, (_, byte) => [new TextDecoder("windows-1252").decode(new Uint8Array([byte])), byte]),
);

async function blocksOf(bytes: Buffer, encoding: Encoding, cuts: number[] = [], limit = 1_000_000): Promise<Block[]> {
	async function* chunks() {
		const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
		let start = 0;
		for (const end of ends) {
			// a reader may use its buffer again
			const chunk = Buffer.from(bytes.subarray(start, end));
			yield chunk;
			chunk.fill(0);
			start = end;
		}
	}
	const blocks: Block[] = [];
	for await (const block of textBlocks(chunks(), { encoding, newline: "\n", start: 0, limit })) blocks.push(block);
	return blocks;
}

describe("encodings", () => {
	const text = "name,Preis\nLäufer,“12 €”\n";

	test.each(["utf-8", "utf-16le", "utf-16be", "windows-1252"] as const)("%s is detected and read", (encoding) => {
		const bytes = encode(text, encoding);
		expect(detectEncoding(bytes)).toEqual({ encoding, bom: 0 });
		expect(decode(bytes, encoding)).toBe(text);
		expect(byteLength(text, encoding)).toBe(bytes.length);
	});

	test.each(["utf-8", "utf-16le", "utf-16be"] as const)("the byte order mark of %s is no text", (encoding) => {
		const mark = MARKS[encoding]!;
		const bytes = Buffer.concat([Buffer.from(mark), encode("a,b\n", encoding)]);
		expect(detectEncoding(bytes)).toEqual({ encoding, bom: mark.length });
	});

	test("a beginning that was cut inside a character is still UTF-8", () => {
		const bytes = encode("Läufer €", "utf-8");
		for (let end = 0; end <= bytes.length; end++) expect(detectEncoding(bytes.subarray(0, end)).encoding).toBe("utf-8");
	});

	test("all 256 bytes of Windows-1252 are read as the standard says, but for the five that it leaves free", () => {
		for (let byte = 0; byte < 256; byte++) {
			const read = decode(Buffer.from([byte]), "windows-1252");
			const free = [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte);
			expect(read).toBe(free ? undefined : new TextDecoder("windows-1252").decode(new Uint8Array([byte])));
		}
	});

	test("what an encoding does not know is never replaced", () => {
		expect(decode(Buffer.from([0x61, 0xe9]), "utf-8")).toBeUndefined();
		expect(decode(Buffer.from("a\ud800", "utf16le"), "utf-16le")).toBeUndefined();
		expect(decode(Buffer.from([0x61]), "utf-16le")).toBeUndefined();
	});
});

describe("blocks of whole lines", () => {
	test("joined they are the text, with exact places, whatever the chunks", async () => {
		const encodings = fc.constantFrom<Encoding[]>("utf-8", "utf-16le", "utf-16be", "windows-1252");
		const letters = fc.constantFrom("a", ",", '"', "\n", "\r\n", "é", "€", "\u0a0a", "\u0d0a");
		await fc.assert(
			fc.asyncProperty(fc.array(letters), encodings, fc.array(fc.nat(200)), async (parts, encoding, cuts) => {
				const text = parts
					.filter((part) => encoding !== "windows-1252" || BYTES_1252.has(part) || part === "\r\n")
					.join("");
				const bytes = encode(text, encoding);
				const blocks = await blocksOf(bytes, encoding, cuts);
				expect(blocks.map((block) => block.text).join("")).toBe(text);
				let position = 0;
				for (const block of blocks) {
					expect(block.start).toBe(position);
					expect(block.end - block.start).toBe(byteLength(block.text, encoding));
					position = block.end;
				}
				expect(position).toBe(bytes.length);
				for (const block of blocks.slice(0, -1)) expect(block.text.endsWith("\n")).toBe(true);
			}),
		);
	});

	test("a line with a wrong byte stands alone, and its text tells the byte; its neighbours are read", async () => {
		const bytes = Buffer.concat([Buffer.from("a,ü\n"), Buffer.from([0x62, 0xe9, 10]), Buffer.from("c\nd")]);
		for (const cuts of [[], [1], [5, 6], [1, 2, 3, 4, 5, 6, 7, 8]]) {
			const blocks = await blocksOf(bytes, "utf-8", cuts);
			expect(
				blocks
					.filter(({ fault }) => fault === undefined)
					.map(({ text }) => text)
					.join("|"),
			).toMatch(/^a,ü\n\|.*c\n.*d$/);
			expect(blocks.find(({ fault }) => fault !== undefined)).toMatchObject({
				text: "b\u00e9\n",
				fault: "byte 0xE9 is not UTF-8 (see encoding)",
				start: 5,
				end: 8,
			});
		}
	});

	test("a line over the limit is measured, not held", async () => {
		const bytes = Buffer.from(`a\n${"x".repeat(50)}\nb\n`);
		for (const cuts of [[], [10], [2, 20, 40], Array.from({ length: 60 }, (_, i) => i)]) {
			const blocks = await blocksOf(bytes, "utf-8", cuts, 20);
			expect(blocks.map(({ text }) => text).join("")).toBe("a\nb\n");
			expect(blocks.find(({ oversize }) => oversize !== undefined)?.oversize).toMatchObject({ bytes: 51 });
			expect(new Set(blocks.flatMap(({ oversize }) => oversize?.sha256 ?? [])).size).toBe(1);
		}
	});
});
