/** Rows of JSON Lines out of text: one object per line, numbers exact. */
import { isConnectorError, type JsonObject, parseJson } from "@growthnav/sdk";
import type { Block } from "./blocks.ts";
import { type RowReader, type RowSink, tooLong } from "./rows.ts";

export interface JsonLinesOptions {
	newline: "\n" | "\r";
	/** The line of the file at which the first block begins. */
	line: number;
	/** Bytes of the longest line, for its reject. */
	limit: number;
}

/** Reads blocks into `sink`; what is no object, or no JSON, is a bad row with its line. */
export function jsonLinesReader(
	{ newline, line: first, limit }: JsonLinesOptions,
	sink: RowSink<JsonObject>,
): RowReader {
	let open = "";
	let openFault: string | undefined;
	let line = first;

	function readLine(text: string, fault: string | undefined): void {
		const raw = text.trim();
		const at = line++;
		if (raw === "") {
			sink.blank(at);
			return;
		}
		const row = fault === undefined ? objectOf(raw) : fault;
		if (typeof row === "string") sink.bad({ line: at, reason: row, raw });
		else sink.row(row, at, raw);
	}

	return {
		get open() {
			return open;
		},
		get line() {
			return line;
		},
		push(block: Block): void {
			if (block.oversize !== undefined) {
				sink.bad(tooLong(block, line++, limit));
				return;
			}
			let at = 0;
			for (let end = block.text.indexOf(newline); end >= 0; end = block.text.indexOf(newline, at)) {
				readLine(block.text.slice(at, end), block.fault);
				at = end + 1;
			}
			open = block.text.slice(at);
			openFault = block.fault;
		},
		end(): void {
			if (open !== "") readLine(open, openFault);
			open = "";
		},
	};
}

/** The object, or why it is none. */
function objectOf(raw: string): JsonObject | string {
	try {
		const value = parseJson(raw);
		const isObject = typeof value === "object" && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
		return isObject ? (value as JsonObject) : "the line is JSON, but no object";
	} catch (error) {
		if (isConnectorError(error)) return error.message;
		throw error;
	}
}
