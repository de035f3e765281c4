/** Lines of an upload, plain or gzip by its first bytes, each at most 100 MB long. */

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { invalid } from "./refusal.ts";

export const LONGEST_ROW = 100 * 1024 * 1024;

export interface Line {
	text: string;
	/** From 1. */
	number: number;
	/** Of its first byte, in the data as it is unpacked. */
	position: number;
}

export async function isGzip(file: string): Promise<boolean> {
	const handle = await open(file);
	try {
		const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
		return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
	} finally {
		await handle.close();
	}
}

/** Empty lines are passed over. */
export async function* linesOf(file: string): AsyncGenerator<Line> {
	const raw = createReadStream(file, { highWaterMark: 1 << 20 });
	const chunks: AsyncIterable<Buffer> = (await isGzip(file)) ? raw.pipe(createGunzip()) : raw;
	let pending: Buffer[] = [];
	let length = 0;
	let position = 0;
	let number = 0;
	const line = function* (): Generator<Line> {
		number++;
		const text = Buffer.concat(pending).toString("utf8");
		if (text.trim() !== "") yield { text, number, position };
		position += length + 1;
		pending = [];
		length = 0;
	};
	for await (const chunk of chunks) {
		let from = 0;
		for (;;) {
			const end = chunk.indexOf(10, from);
			const piece = chunk.subarray(from, end < 0 ? undefined : end);
			pending.push(piece);
			length += piece.length;
			if (length > LONGEST_ROW) throw tooLong(number + 1, position);
			if (end < 0) break;
			yield* line();
			from = end + 1;
		}
	}
	if (length > 0) yield* line();
}

function tooLong(number: number, position: number): Error {
	return invalid(
		`Error while reading data, error message: Row size is larger than: ${LONGEST_ROW}. Row starts at position ${position} (line ${number})`,
	);
}
