/**
 * The elements of an array somewhere in a JSON text, without ever having the text as a whole. The text is looked at
 * byte by byte: on the way to the array for keys, in it for the commas between elements; elements are parsed by
 * `parseJson`, as many at a time as a chunk completes.
 */
import { count } from "../../count.ts";
import { isConnectorError } from "../../errors.ts";
import { parseJson } from "../../protocol/parse.ts";
import type { HttpAnswer } from "../exchange.ts";
import { unexpected } from "../paging/answer.ts";
import type { Download, Format } from "./contract.ts";
import { cutOff, rowTooLarge, unreadable } from "./failures.ts";

/**
 * The elements of the array at a dotted path, "data.items"; of the text itself without one. An array that is null has
 * none; one that is not there is `data.unexpected_answer`.
 */
export function jsonArray<Row = HttpAnswer["body"]>(path = ""): Format<Row> {
	return {
		accept: "application/json, */*",
		async *rows(bytes, download) {
			const scan = arrayScan(path === "" ? [] : path.split("."), download);
			for await (const chunk of bytes) {
				const rows = scan.push(chunk);
				if (rows.length > 0) yield rows as Row[];
			}
			scan.end();
		},
	};
}

const [QUOTE, COMMA, COLON, BACKSLASH, SMALL_N] = [34, 44, 58, 92, 110];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [123, 125, 91, 93];
/** Longer keys are not on the way. */
const LONGEST_KEY = 1_000;

function arrayScan(path: string[], download: Download) {
	/** Open objects and arrays, and how many of them, from the outside, are objects on the way. */
	let depth = 0;
	let onWay = 0;
	/** The value that comes next is on the way, or is the array. */
	let isNext = true;
	/** A string that stands directly in the innermost object on the way, before its colon. */
	let key: string | undefined;
	let keyComes = false;
	let inString = false;
	let escaped = false;
	let found = false;
	let over = false;
	/** The depth of the array's elements while it is read. */
	let inside = 0;
	let elements = elementsOf(download);

	const wrong = (what: string) =>
		unexpected(download.request, `${path.length === 0 ? "the answer" : path.join(".")} is ${what}, not a list`);

	/** Looks at a byte that is not part of a string. */
	function structure(byte: number): void {
		if (byte <= 32) return;
		if (over) throw unexpected(download.request, "something follows its JSON");
		if (isNext && byte !== OPEN_BRACE && byte !== OPEN_BRACKET) {
			if (byte !== SMALL_N) throw wrong("a single value");
			isNext = false;
			found = true;
		}
		if (byte === OPEN_BRACE || byte === OPEN_BRACKET) open(byte);
		else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
			depth--;
			onWay = Math.min(onWay, depth);
			over = depth <= 0;
		} else if (depth > 0 && depth === onWay) {
			if (byte === COMMA) keyComes = true;
			else if (byte === COLON) {
				isNext = keyText() === path[onWay - 1];
				keyComes = false;
			}
		}
	}

	function open(byte: number): void {
		depth++;
		if (!isNext) return;
		isNext = false;
		const isArray = byte === OPEN_BRACKET;
		if (isArray !== (onWay === path.length)) throw wrong(isArray ? "reached through a list" : "an object");
		if (isArray) {
			found = true;
			inside = depth;
			elements = elementsOf(download, elements.read);
		} else {
			onWay = depth;
			keyComes = true;
		}
	}

	function keyText(): string | undefined {
		const text = Buffer.from(key ?? "", "latin1").toString();
		key = undefined;
		return text.includes("\\") ? (parseJson(`"${text}"`) as string) : text;
	}

	/** Looks for the array; answers where its first element begins, or the length of the chunk. */
	function seek(chunk: Buffer, from: number): number {
		for (let at = from; at < chunk.length; at++) {
			const byte = chunk[at]!;
			if (inString) {
				if (escaped) escaped = false;
				else if (byte === BACKSLASH) escaped = true;
				else if (byte === QUOTE) inString = false;
				if (inString && key !== undefined && key.length < LONGEST_KEY) key += String.fromCharCode(byte);
			} else if (byte === QUOTE) {
				if (isNext) throw wrong("a single value");
				inString = true;
				if (keyComes && depth === onWay) key = "";
			} else {
				structure(byte);
				if (inside > 0) return at + 1;
			}
		}
		return chunk.length;
	}

	/** Reads elements; answers where the array ends, behind its bracket, or the length of the chunk. */
	function read(chunk: Buffer, from: number, rows: unknown[]): number {
		let [level, comma] = [depth, -1];
		for (let at = from; at < chunk.length; at++) {
			const byte = chunk[at]!;
			if (inString) {
				if (escaped) escaped = false;
				else if (byte === BACKSLASH) escaped = true;
				else if (byte === QUOTE) inString = false;
			} else if (byte === QUOTE) inString = true;
			else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) level++;
			else if (byte === COMMA && level === inside) comma = at;
			else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
				level--;
				if (level >= inside) continue;
				depth = level;
				inside = 0;
				over = depth === 0;
				elements.take(chunk.subarray(from, at), true, rows);
				return at + 1;
			}
		}
		depth = level;
		if (comma >= 0) elements.take(chunk.subarray(from, comma), false, rows);
		elements.keep(chunk.subarray(comma >= 0 ? comma + 1 : from));
		return chunk.length;
	}

	return {
		push(chunk: Buffer): unknown[] {
			const rows: unknown[] = [];
			for (let at = 0; at < chunk.length; ) at = inside > 0 ? read(chunk, at, rows) : seek(chunk, at);
			return rows;
		},
		end(): void {
			if (!over) throw cutOff(download.request, "its JSON ends before it is complete");
			if (!found) throw unexpected(download.request, `it has no list at ${path.join(".")}`);
		},
	};
}

/** The text of elements, from where the last comma stood. `read`: how many there were before. */
function elementsOf(download: Download, before = 0) {
	let pieces: Buffer[] = [];
	let length = 0;
	let read = before;
	let first = true;
	return {
		get read() {
			return read;
		},
		keep(bytes: Buffer): void {
			length += bytes.length;
			if (length > download.rowBytes) throw rowTooLarge(download, `element ${count(read + 1)}`);
			pieces.push(bytes);
		},
		/** What was kept and what comes now are whole elements, with commas between them. */
		take(bytes: Buffer, atEnd: boolean, rows: unknown[]): void {
			const text = textOf(Buffer.concat([...pieces, bytes]));
			pieces = [];
			length = 0;
			const isEmptyArray = first && atEnd && text?.trim() === "";
			first = false;
			if (isEmptyArray) return;
			if (text === undefined) throw unreadable(download, place(), "its bytes are not UTF-8");
			if (text.trim() === "") throw unreadable(download, place(), "there is nothing between two commas");
			const found = parsed(text);
			for (const row of found) rows.push(row);
			read += found.length;
		},
	};

	function place(): string {
		return `element ${count(read + 1)} or one soon after it`;
	}

	function parsed(text: string): unknown[] {
		try {
			return parseJson(`[${text}]`) as unknown[];
		} catch (error) {
			if (!isConnectorError(error)) throw error;
			throw unreadable(download, place(), error.message);
		}
	}
}

function textOf(bytes: Buffer): string | undefined {
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return undefined;
	}
}
