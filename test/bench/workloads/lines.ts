/** Lines of NDJSON as text, cut at byte 0x0A: the least that a reader can do. */
export async function readLines(input: AsyncIterable<Buffer>, take: (line: string) => void): Promise<void> {
	let rest: Buffer = Buffer.alloc(0);
	for await (const part of input) {
		const chunk = rest.length === 0 ? part : Buffer.concat([rest, part]);
		let start = 0;
		for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
			take(utf8(chunk, start, end));
			start = end + 1;
		}
		rest = chunk.subarray(start);
	}
}

/** The fastest way from bytes to text; the types of Node do not have it. */
function utf8(bytes: Buffer, start: number, end: number): string {
	return (bytes as unknown as { utf8Slice(start: number, end: number): string }).utf8Slice(start, end);
}
