/** Text out of bytes, and the errors that the formats have in common. */
import { count } from "../../count.ts";
import { ConnectorError } from "../../errors.ts";
import { limitSetting } from "../limits.ts";
import type { Download } from "./contract.ts";

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

/** Something of a download cannot be read. `place` is "line 17". */
export function unreadable({ request }: Download, place: string, why: string): ConnectorError {
	return new ConnectorError("data.export_unreadable", "The export cannot be read", {
		where: `${request}, ${place}`,
		why,
		next: "run again; if it stays, report it to the vendor, or as a bug of the connector",
	});
}

export function rowTooLarge({ request, rowBytes }: Download, place: string): ConnectorError {
	return new ConnectorError("data.row_too_large", "A row of the export is too large", {
		where: `${request}, ${place}`,
		why: `it is larger than ${count(rowBytes)} bytes`,
		next: `if that is right, raise ${limitSetting("rowBytes")}`,
	});
}
