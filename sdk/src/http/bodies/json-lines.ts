/** JSON Lines: a value per line, numbers exact. */
import { count } from "../../count.ts";
import { isConnectorError } from "../../errors.ts";
import { type Line, type LongLine, lineBatches } from "../../protocol/lines.ts";
import { parseJson } from "../../protocol/parse.ts";
import type { HttpAnswer } from "../exchange.ts";
import type { Download, Format } from "./contract.ts";
import { cutOff, rowTooLarge, unreadable } from "./failures.ts";

/** Rows of JSON Lines; blank lines are none. A line that is no JSON is an error with its number. */
export function jsonLines<Row = HttpAnswer["body"]>(): Format<Row> {
	return {
		accept: "application/jsonl, application/x-ndjson, */*",
		async *rows(bytes, download) {
			for await (const lines of lineBatches(bytes, { limit: download.rowBytes })) {
				const rows = lines.filter((line) => !isBlank(line)).map((line) => lineValue(line, download) as Row);
				if (rows.length > 0) yield rows;
			}
		},
	};
}

function isBlank(line: Line | LongLine): boolean {
	if (line.oversize !== undefined) return false;
	const { bytes } = line;
	// what begins a value is no blank
	return bytes.length === 0 || (bytes[0]! <= 32 && bytes.toString("latin1").trim() === "");
}

function lineValue(line: Line | LongLine, download: Download): unknown {
	const place = () => `line ${count(line.number)}`;
	if (line.oversize !== undefined) throw rowTooLarge(download, place());
	if (!line.utf8) throw unreadable(download, place(), "its bytes are not UTF-8");
	try {
		return parseJson(line.bytes.toString());
	} catch (error) {
		if (!isConnectorError(error)) throw error;
		// the end of a line is missing: so may be the end of the body
		if (line.unended && error.code === "data.json_invalid")
			throw cutOff(download.request, `${place()}, the last one, is not whole`, error);
		throw unreadable(download, place(), error.message);
	}
}
