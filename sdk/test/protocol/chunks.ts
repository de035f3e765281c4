/** Bytes as a stream would deliver them. */

export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Buffer> {
	for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

/** Chunks of these sizes, over and over; 0 is an empty chunk. */
export async function* chunked(bytes: Uint8Array, sizes: number[]): AsyncGenerator<Buffer> {
	const steps = sizes.some((size) => size > 0) ? sizes : [1];
	for (let at = 0, turn = 0; at < bytes.length; turn++) {
		const size = steps[turn % steps.length]!;
		yield Buffer.from(bytes.subarray(at, at + size));
		at += size;
	}
}
