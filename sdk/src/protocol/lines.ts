/**
 * Lines out of bytes. A line ends at byte 0x0A and nowhere else: U+2028, U+0085 and a lone CR are ordinary characters
 * inside a JSON string, and readers that split there break records.
 */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { ConnectorError } from "../errors.ts";

export const DEFAULT_LINE_LIMIT = 32_000_000;
export const HIGHEST_LINE_LIMIT = 100_000_000;
const PREFIX_BYTES = 1_000;
const LF = 10;
const CR = 13;

export interface LineLimit {
	/** Bytes of the longest line that is kept, without its 0x0A; above it only its start, length and hash are. */
	limit?: number;
}

/** One line without its ending. `number` counts from 1; `bytes` is a view of the input and keeps that chunk alive. */
export interface Line {
	number: number;
	bytes: Buffer;
	/** False where the bytes are not UTF-8: decoding them would alter them. */
	utf8: boolean;
	/** The last line of the input, without its 0x0A: whole, or torn where its writer died. */
	unended?: true;
	oversize?: undefined;
}

/** A line over the limit. It never stood in memory as a whole. */
export interface LongLine {
	number: number;
	oversize: Oversize;
	unended?: true;
}

/** `bytes` and `sha256` (hex) are of the whole line without its 0x0A; `prefix` is the text of its first 1,000 bytes. */
export interface Oversize {
	prefix: string;
	bytes: number;
	sha256: string;
}

/**
 * The lines of `input`, one array per chunk that ends at least one line, so that the cost of `await` is per chunk. The
 * next chunk is asked for only when the next array is: whoever is slow slows the writer down. A CR before the 0x0A is
 * taken off; the last line needs no 0x0A.
 */
export async function* lineBatches(
	input: AsyncIterable<Uint8Array>,
	{ limit = DEFAULT_LINE_LIMIT }: LineLimit = {},
): AsyncGenerator<(Line | LongLine)[]> {
	for await (const { first, rest } of lineRegions(input, limit)) {
		yield [first, ...linesOf(rest, first.number + 1, limit)];
	}
}

/**
 * The lines that one chunk ends: the first, which may have begun in earlier chunks, and the bytes of the others, whole
 * lines with their endings.
 */
export interface LineRegion {
	first: Line | LongLine;
	rest: Buffer;
}

/** As `lineBatches`, for readers that take many lines at a time. */
export async function* lineRegions(input: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<LineRegion> {
	checkLimit(limit);
	const open = openLine(limit);
	let number = 1;
	for await (const part of input) {
		const chunk = asBuffer(part);
		const end = chunk.indexOf(LF);
		if (end < 0) {
			open.add(chunk);
			continue;
		}
		const last = chunk.lastIndexOf(LF);
		const first = open.finish(chunk.subarray(0, end), number);
		const rest = chunk.subarray(end + 1, last + 1);
		open.add(chunk.subarray(last + 1));
		yield { first, rest };
		number += 1 + countLines(rest);
	}
	if (open.length > 0) yield { first: { ...open.finish(NOTHING, number), unended: true }, rest: NOTHING };
}

const NOTHING = Buffer.alloc(0);

function countLines(region: Buffer): number {
	let count = 0;
	for (let at = region.indexOf(LF); at >= 0; at = region.indexOf(LF, at + 1)) count++;
	return count;
}

/** The lines of a region, numbered from `number`. */
export function linesOf(region: Buffer, number: number, limit: number): (Line | LongLine)[] {
	const lines: (Line | LongLine)[] = [];
	const allUtf8 = isUtf8(region);
	for (let start = 0; start < region.length; number++) {
		const end = region.indexOf(LF, start);
		const bytes = region.subarray(start, end);
		lines.push(bytes.length > limit ? measure(bytes, number) : line(bytes, number, allUtf8 || isUtf8(bytes)));
		start = end + 1;
	}
	return lines;
}

/** Throws `config.line_limit` for a limit that no reader may have. */
function checkLimit(limit: number): void {
	if (Number.isInteger(limit) && limit > 0 && limit <= HIGHEST_LINE_LIMIT) return;
	throw new ConnectorError("config.line_limit", `A record limit of ${limit} bytes is not possible`, {
		why: "a record stands in memory as a whole while it is read",
		next: `set a whole number from 1 to ${HIGHEST_LINE_LIMIT}`,
	});
}

function asBuffer(part: Uint8Array): Buffer {
	return Buffer.isBuffer(part) ? part : Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}

/** The line whose end has not come yet: its pieces, joined once; over the limit what is told of it in their place. */
function openLine(limit: number) {
	let pieces: Buffer[] = [];
	let length = 0;
	let long: ReturnType<typeof longLine> | undefined;

	const add = (piece: Buffer) => {
		if (piece.length === 0) return;
		length += piece.length;
		if (long !== undefined) return long.add(piece);
		pieces.push(piece);
		if (length <= limit) return;
		long = longLine();
		for (const one of pieces) long.add(one);
		pieces = [];
	};
	return {
		add,
		get length() {
			return length;
		},
		finish(rest: Buffer, number: number): Line | LongLine {
			add(rest);
			const whole = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
			const finished = long === undefined ? line(whole, number, isUtf8(whole)) : long.finish(number);
			pieces = [];
			length = 0;
			long = undefined;
			return finished;
		},
	};
}

function line(bytes: Buffer, number: number, utf8: boolean): Line {
	const end = bytes.length - 1;
	return { number, bytes: bytes[end] === CR ? bytes.subarray(0, end) : bytes, utf8 };
}

function measure(bytes: Buffer, number: number): LongLine {
	const long = longLine();
	long.add(bytes);
	return long.finish(number);
}

function longLine() {
	const hash = createHash("sha256");
	const start: Buffer[] = [];
	let bytes = 0;
	return {
		add(piece: Buffer): void {
			hash.update(piece);
			// a copy: the chunk must not stay in memory for its first bytes
			if (bytes < PREFIX_BYTES) start.push(Buffer.from(piece.subarray(0, PREFIX_BYTES - bytes)));
			bytes += piece.length;
		},
		finish(number: number): LongLine {
			// `stream` leaves out a character that the cut splits
			const prefix = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(start), { stream: true });
			return { number, oversize: { prefix, bytes, sha256: hash.digest("hex") } };
		},
	};
}
