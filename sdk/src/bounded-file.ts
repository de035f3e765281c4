/** Files that a person names. They may be devices and pipes, which have no size to ask for. */
import { open } from "node:fs/promises";

/** The bytes of a file, at most so many: what is longer is read no further. Throws as `open` and `read` do. */
export async function readUpTo(file: string, most: number): Promise<Buffer> {
	const handle = await open(file);
	const parts: Buffer[] = [];
	let left = most;
	try {
		while (left > 0) {
			const { buffer, bytesRead } = await handle.read(
				Buffer.allocUnsafe(Math.min(left, CHUNK)),
				0,
				Math.min(left, CHUNK),
				null,
			);
			if (bytesRead === 0) break;
			parts.push(buffer.subarray(0, bytesRead));
			left -= bytesRead;
		}
	} finally {
		await handle.close();
	}
	return Buffer.concat(parts);
}

const CHUNK = 65_536;
