/** Messages out of lines. Nothing is thrown for what a line holds: whoever reads decides what a bad line costs. */
import { isUtf8 } from "node:buffer";
import type { Message } from "@growthnav/spec";
import { isConnectorError } from "../errors.ts";
import {
	DEFAULT_LINE_LIMIT,
	type Line,
	type LineLimit,
	type LongLine,
	lineRegions,
	linesOf,
	type Oversize,
} from "./lines.ts";
import { mayBeInexact, parseJson } from "./parse.ts";
import { payloadFault, withoutNulls } from "./payload.ts";

/**
 * One line that arrived; exactly one of `message`, `garbage`, `log` and `oversize` is there. `number` counts lines from
 * 1; `text` is the line without its ending, `bytes` its length. A text may keep its whole chunk in memory: do not store
 * it.
 */
export type Arrived = ArrivedMessage | ArrivedGarbage | ArrivedLog | ArrivedOversize;

export interface ArrivedMessage {
	number: number;
	text: string;
	bytes: number;
	message: Message;
	garbage?: never;
	log?: never;
	oversize?: never;
}

/** It starts with `{` but is no message; the reason quotes nothing of it. `raw` where it is not UTF-8. */
export interface ArrivedGarbage {
	number: number;
	text: string;
	bytes: number;
	garbage: string;
	raw?: Buffer;
	/** The last line, which lacks its ending too: its writer died while it wrote. */
	torn?: true;
	message?: never;
	log?: never;
	oversize?: never;
}

/** It does not start with `{`, or is of a type that the protocol does not have. */
export interface ArrivedLog {
	number: number;
	text: string;
	bytes: number;
	log: string;
	message?: never;
	garbage?: never;
	oversize?: never;
}

/** It is longer than the limit. `stream` and `namespace` are what its first bytes say, if they do. */
export interface ArrivedOversize {
	number: number;
	bytes: number;
	oversize: Oversize & { stream: string | undefined; namespace: string | undefined };
	torn?: true;
	text?: never;
	message?: never;
	garbage?: never;
	log?: never;
}

/** The messages of `input`, one array per chunk; blank lines are left out. Unknown fields are kept. */
export async function* readMessages(
	input: AsyncIterable<Uint8Array>,
	{ limit = DEFAULT_LINE_LIMIT }: LineLimit = {},
): AsyncGenerator<Arrived[]> {
	for await (const { first, rest } of lineRegions(input, limit)) {
		const batch: Arrived[] = [];
		addLine(batch, first);
		// one decoding and one scan for all lines of a chunk, a third less time than line by line
		if (rest.length <= limit && isUtf8(rest)) addRegion(batch, rest, first.number + 1);
		else for (const line of linesOf(rest, first.number + 1, limit)) addLine(batch, line);
		if (batch.length > 0) yield batch;
	}
}

function addRegion(batch: Arrived[], region: Buffer, number: number): void {
	const all = region.toString();
	const isAscii = all.length === region.length;
	const scan = mayBeInexact(all, region);
	for (let start = 0; start < all.length; number++) {
		const end = all.indexOf("\n", start);
		const text = all.slice(start, all.charCodeAt(end - 1) === CR && end > start ? end - 1 : end);
		const arrived = readText(number, text, isAscii ? text.length : Buffer.byteLength(text), scan);
		if (arrived !== undefined) batch.push(arrived);
		start = end + 1;
	}
}

function addLine(batch: Arrived[], line: Line | LongLine): void {
	const arrived = line.oversize === undefined ? readLine(line) : readLongLine(line);
	if (arrived === undefined) return;
	const isTorn = line.unended === true && (arrived.garbage !== undefined || arrived.oversize !== undefined);
	batch.push(isTorn ? { ...arrived, torn: true } : arrived);
}

function readLine({ number, bytes, utf8 }: Line): Arrived | undefined {
	const text = bytes.toString();
	const arrived = readText(number, text, bytes.length, true);
	if (utf8 || arrived === undefined || arrived.log !== undefined) return arrived;
	return { number, text, bytes: bytes.length, garbage: "not UTF-8", raw: bytes };
}

const OPEN_BRACE = 123;
const CR = 13;

/** One line, already text, as `readMessages` would give it; undefined for a blank one. */
export function readMessage(text: string, number: number): Arrived | undefined {
	return readText(number, text, Buffer.byteLength(text), true);
}

/** `scan` as in `parseJson`. */
function readText(number: number, text: string, bytes: number, scan: boolean): Arrived | undefined {
	if (text.charCodeAt(0) !== OPEN_BRACE) {
		// blanks, or the byte order mark of an editor
		const trimmed = text.trim();
		if (trimmed === "") return undefined;
		if (trimmed.charCodeAt(0) !== OPEN_BRACE) return { number, text, bytes, log: text };
		return readText(number, trimmed, bytes, scan);
	}
	let message: Message;
	try {
		// it starts with `{`, so it is an object; what it lacks is told by `payloadFault`
		message = parseJson(text, { scan }) as unknown as Message;
	} catch (error) {
		if (isConnectorError(error)) return { number, text, bytes, garbage: error.message };
		throw error;
	}
	const fault = payloadFault(message);
	if (fault === undefined) return { number, text, bytes, message: withoutNulls(message) };
	return fault === "unknown type" ? { number, text, bytes, log: text } : { number, text, bytes, garbage: fault };
}

const RECORD_START = /^\s*\{\s*"type"\s*:\s*"RECORD"/;

function readLongLine({ number, oversize }: LongLine): Arrived {
	const isRecord = RECORD_START.test(oversize.prefix);
	const field = (name: string) =>
		isRecord ? new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]*)"`).exec(envelopeOf(oversize.prefix))?.[1] : undefined;
	return {
		number,
		bytes: oversize.bytes,
		oversize: { ...oversize, stream: field("stream"), namespace: field("namespace") },
	};
}

/** The prefix up to `data`, in which equal names mean something else. */
function envelopeOf(prefix: string): string {
	const data = prefix.search(/"data"\s*:/);
	return data < 0 ? prefix : prefix.slice(0, data);
}
