/** A finished part of the spool, line by line: for what must look at rows once more, after they were sealed. */
import { createReadStream } from "node:fs";

export interface SpoolLine {
	/** From 1. */
	number: number;
	/** Bytes before it in the file. */
	start: number;
	/** Without its ending. */
	bytes: Buffer;
}

const LF = 10;

/** In order. A line stands in memory as a whole, however long it is. */
export async function* spoolLines(file: string): AsyncGenerator<SpoolLine> {
	let [number, start] = [1, 0];
	let pieces: Buffer[] = [];
	for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
		let from = 0;
		for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
			const last = chunk.subarray(from, end);
			const bytes = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
			yield { number: number++, start, bytes };
			start += bytes.length + 1;
			pieces = [];
			from = end + 1;
		}
		if (from < chunk.length) pieces.push(chunk.subarray(from));
	}
}
