/**
 * Bytes in chunks of any size to text in blocks of whole lines. Memory holds one chunk, and one line: a longer line
 * than allowed only by its start, length and hash.
 */
import { createHash, type Hash } from "node:crypto";
import { decode, decodeAnyway, type Encoding, unitOf } from "./encoding.ts";

export interface Block {
	/** Whole lines with their ends; the last block of a file may end without one. */
	text: string;
	/** Where it begins and ends in the file (before compression), in bytes. */
	start: number;
	end: number;
	/** The block is one line with bytes that the encoding does not know: what is wrong. `text` shows every byte. */
	fault?: string;
	/** The block is one line that is too long, and `text` is empty. */
	oversize?: Oversize;
}

export interface Oversize {
	/** The first characters. */
	prefix: string;
	bytes: number;
	/** Of all its bytes, hex. */
	sha256: string;
}

export interface BlockOptions {
	encoding: Encoding;
	/** What ends a line: LF (also CR LF), or CR alone as on old Macs. */
	newline: "\n" | "\r";
	/** Where `chunks` begins in the file. */
	start: number;
	/** Bytes of the longest line. */
	limit: number;
}

const PREFIX_BYTES = 1000;

/** The blocks of a file; joined they are its text. Which lines share a block depends on the chunks, nothing else does. */
export async function* textBlocks(chunks: AsyncIterable<Buffer>, options: BlockOptions): AsyncGenerator<Block> {
	const { encoding, newline, limit } = options;
	const code = newline.charCodeAt(0);
	const line = openLine(options);
	let position = options.start;
	for await (const chunk of unitOf(encoding) === 2 ? inPairs(chunks) : chunks) {
		const end = endOfLastLine(chunk, code, encoding);
		if (end > 0) {
			const first = line.length > 0 ? endOfFirstLine(chunk, code, encoding) : 0;
			if (first > 0) {
				line.add(chunk.subarray(0, first));
				yield line.take(position, position + line.length);
				position += line.taken;
			}
			if (end > first) {
				yield* blocksOf(chunk.subarray(first, end), position, { encoding, code, limit });
				position += end - first;
			}
		}
		line.add(chunk.subarray(Math.max(end, 0)));
	}
	if (line.length > 0) yield line.take(position, position + line.length);
}

/** Chunks of an even number of bytes; what is left at the end is a last chunk. */
async function* inPairs(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	let rest = Buffer.alloc(0);
	for await (const chunk of chunks) {
		const whole = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
		const even = whole.length & ~1;
		if (even > 0) yield whole.subarray(0, even);
		rest = Buffer.from(whole.subarray(even));
	}
	if (rest.length > 0) yield rest;
}

function endOfLastLine(bytes: Buffer, code: number, encoding: Encoding): number {
	if (unitOf(encoding) === 1) return bytes.lastIndexOf(code) + 1;
	for (let at = (bytes.length & ~1) - 2; at >= 0; at -= 2) if (unitAt(bytes, at, encoding) === code) return at + 2;
	return 0;
}

function endOfFirstLine(bytes: Buffer, code: number, encoding: Encoding, from = 0): number {
	if (unitOf(encoding) === 1) return bytes.indexOf(code, from) + 1;
	for (let at = from; at + 1 < bytes.length; at += 2) if (unitAt(bytes, at, encoding) === code) return at + 2;
	return 0;
}

function unitAt(bytes: Buffer, at: number, encoding: Encoding): number {
	return encoding === "utf-16le" ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
}

/** Whole lines as one block if all of them can be read; else the lines that cannot as blocks of their own. */
function* blocksOf(
	bytes: Buffer,
	start: number,
	{ encoding, code, limit }: { encoding: Encoding; code: number; limit: number },
): Generator<Block> {
	const text = bytes.length <= limit ? decode(bytes, encoding) : undefined;
	if (text !== undefined) {
		yield { text, start, end: start + bytes.length };
		return;
	}
	let good = 0;
	for (let at = 0; at < bytes.length; ) {
		const end = endOfFirstLine(bytes, code, encoding, at) || bytes.length;
		const block = blockOf(bytes.subarray(at, end), start + at, encoding, limit);
		if (block.fault !== undefined || block.oversize !== undefined) {
			if (good < at) yield blockOf(bytes.subarray(good, at), start + good, encoding, Number.POSITIVE_INFINITY);
			yield block;
			good = end;
		}
		at = end;
	}
	if (good < bytes.length) yield blockOf(bytes.subarray(good), start + good, encoding, Number.POSITIVE_INFINITY);
}

function blockOf(bytes: Buffer, start: number, encoding: Encoding, limit: number): Block {
	const end = start + bytes.length;
	if (bytes.length > limit) {
		const sha256 = createHash("sha256").update(bytes).digest("hex");
		return { text: "", start, end, oversize: { prefix: prefixOf(bytes, encoding), bytes: bytes.length, sha256 } };
	}
	const text = decode(bytes, encoding);
	return text === undefined ? { ...decodeAnyway(bytes, encoding), start, end } : { text, start, end };
}

function prefixOf(bytes: Buffer, encoding: Encoding): string {
	const prefix = bytes.subarray(0, PREFIX_BYTES);
	return decode(prefix, encoding) ?? decodeAnyway(prefix, encoding).text;
}

/** The line whose end has not come yet: its pieces, joined once; over the limit a hash in their place. */
function openLine({ encoding, limit }: BlockOptions) {
	let pieces: Buffer[] = [];
	let length = 0;
	let taken = 0;
	let long: { prefix: string; hash: Hash } | undefined;
	return {
		get length() {
			return length;
		},
		/** Bytes of the line that was taken last. */
		get taken() {
			return taken;
		},
		add(piece: Buffer): void {
			if (piece.length === 0) return;
			length += piece.length;
			if (long !== undefined) {
				long.hash.update(piece);
				return;
			}
			// the chunk may be used again by whoever reads
			pieces.push(Buffer.from(piece));
			if (length <= limit) return;
			const bytes = Buffer.concat(pieces);
			long = { prefix: prefixOf(bytes, encoding), hash: createHash("sha256").update(bytes) };
			pieces = [];
		},
		take(start: number, end: number): Block {
			const block: Block =
				long === undefined
					? blockOf(Buffer.concat(pieces), start, encoding, limit)
					: { text: "", start, end, oversize: { prefix: long.prefix, bytes: length, sha256: long.hash.digest("hex") } };
			pieces = [];
			taken = length;
			length = 0;
			long = undefined;
			return block;
		},
	};
}
