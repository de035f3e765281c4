/** Bytes of a download, unpacked on their way: by what the answer says of its encoding, and again where a gzip file was sent. */
import { pipeline } from "node:stream";
import zlib from "node:zlib";
import { RATIO_COUNTS_FROM } from "../body.ts";
import type { HttpLimits } from "../client.ts";
import { cutOff, tooLarge, unknownEncoding } from "./failures.ts";

type Chunks = AsyncIterable<Buffer> | AsyncGenerator<Buffer>;

const OPENERS = new Map<string, () => NodeJS.ReadWriteStream & { destroy(): void }>([
	["gzip", () => zlib.createGunzip()],
	["x-gzip", () => zlib.createGunzip()],
	["deflate", () => zlib.createInflate()],
	["br", () => zlib.createBrotliDecompress()],
]);

/** Chunks as they can be read. Throws `data.answer_too_large`, and `transient.answer_cut_off` for packed data that breaks off. */
export async function* unpacked(
	packed: Chunks,
	encoding: string | undefined,
	limits: HttpLimits,
	request: string,
): AsyncGenerator<Buffer, void, undefined> {
	const read = { bytes: 0 };
	const encodings = (encoding ?? "").toLowerCase().split(",");
	let chunks: Chunks = counted(packed, read);
	for (const name of encodings.map((one) => one.trim()).reverse()) {
		if (name === "" || name === "identity") continue;
		const opener = OPENERS.get(name);
		if (opener === undefined) throw unknownEncoding(name, request);
		chunks = opened(chunks, opener, request);
	}
	let given = 0;
	for await (const chunk of withoutGzip(chunks, request)) {
		given += chunk.length;
		if (given > RATIO_COUNTS_FROM && given > read.bytes * limits.decompressionRatio)
			throw tooLarge("decompressionRatio", limits, request);
		if (given > limits.downloadMegabytes * 1_000_000) throw tooLarge("downloadMegabytes", limits, request);
		yield chunk;
	}
}

async function* counted(chunks: Chunks, read: { bytes: number }): AsyncGenerator<Buffer> {
	for await (const chunk of chunks) {
		read.bytes += chunk.length;
		yield chunk;
	}
}

/** A file of gzip is told by its first bytes, whatever its name and its media type. */
async function* withoutGzip(chunks: Chunks, request: string): AsyncGenerator<Buffer> {
	const source = chunks[Symbol.asyncIterator]();
	const rest = { [Symbol.asyncIterator]: () => source } as AsyncIterable<Buffer>;
	let head: Buffer = Buffer.alloc(0);
	try {
		while (head.length < 3) {
			const { value, done } = await source.next();
			if (done) break;
			head = head.length === 0 ? value : Buffer.concat([head, value]);
		}
		const whole = from(head, rest);
		const isGzip = head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
		yield* isGzip ? opened(whole, () => zlib.createGunzip(), request) : whole;
	} finally {
		await source.return?.();
	}
}

async function* from(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	if (head.length > 0) yield head;
	yield* rest;
}

async function* opened(
	chunks: Chunks,
	opener: () => NodeJS.ReadWriteStream & { destroy(): void },
	request: string,
): AsyncGenerator<Buffer> {
	const stream = opener();
	// errors of either end reach the loop through the stream
	pipeline(chunks, stream, () => {});
	try {
		for await (const chunk of stream) yield chunk as unknown as Buffer;
	} catch (error) {
		const code = (error as NodeJS.ErrnoException).code ?? "";
		if (code.startsWith("Z_") || code.startsWith("ERR__ERROR") || code.startsWith("ERR_BROTLI"))
			throw cutOff(request, "its compression is broken", error);
		throw error;
	} finally {
		stream.destroy();
	}
}
