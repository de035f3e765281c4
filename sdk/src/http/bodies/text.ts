/** Text out of bytes. */
import type { Download } from "./contract.ts";
import { unreadable } from "./failures.ts";

/** Encodings of `TextDecoder`, by their names there: "utf-8", "utf-16le", "windows-1252". A byte order mark is no text. */
export async function* textOf(
	bytes: AsyncIterable<Buffer>,
	encoding: string,
	download: Download,
): AsyncGenerator<string, void, undefined> {
	const decoder = new TextDecoder(encoding, { fatal: true });
	const decoded = (chunk?: Buffer) => {
		try {
			return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
		} catch {
			throw unreadable(download, "in its text", `a byte is not ${decoder.encoding}`);
		}
	};
	for await (const chunk of bytes) yield decoded(chunk);
	yield decoded();
}
