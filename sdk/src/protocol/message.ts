/** Messages out of lines. Nothing is thrown for what a line holds: whoever reads decides what a bad line costs. */
import type { Message } from "@growthnav/spec";
import { isConnectorError } from "../errors.ts";
import { type Line, type LineLimit, type LongLine, lineBatches, type Oversize } from "./lines.ts";
import { parseJson } from "./parse.ts";
import { payloadFault, withoutNulls } from "./payload.ts";

/**
 * One line that arrived; exactly one of `message`, `garbage`, `log` and `oversize` is there. `number` counts lines from
 * 1, `bytes` is the line itself.
 */
export type Arrived =
	| { number: number; bytes: Buffer; message: Message; garbage?: never; log?: never; oversize?: never }
	/** It starts with `{` but is no message; the reason quotes nothing of it. */
	| { number: number; bytes: Buffer; garbage: string; message?: never; log?: never; oversize?: never }
	/** It does not start with `{`, or is of a type that the protocol does not have. */
	| { number: number; bytes: Buffer; log: string; message?: never; garbage?: never; oversize?: never }
	/** It is longer than the limit. `stream` is what its first bytes say, if they do. */
	| {
			number: number;
			bytes?: never;
			oversize: Oversize & { stream: string | undefined; namespace: string | undefined };
			message?: never;
			garbage?: never;
			log?: never;
	  };

/** The messages of `input`, one array per chunk; blank lines are left out. Unknown fields are kept. */
export async function* readMessages(
	input: AsyncIterable<Uint8Array>,
	limit: LineLimit = {},
): AsyncGenerator<Arrived[]> {
	for await (const lines of lineBatches(input, limit)) {
		const batch: Arrived[] = [];
		for (const line of lines) {
			const arrived = line.oversize === undefined ? readLine(line) : readLongLine(line);
			if (arrived !== undefined) batch.push(arrived);
		}
		if (batch.length > 0) yield batch;
	}
}

const OPEN_BRACE = 123;

function readLine({ number, bytes, utf8 }: Line): Arrived | undefined {
	const text = bytes.toString();
	if (text.charCodeAt(0) === OPEN_BRACE) {
		return utf8 ? readText(number, bytes, text) : { number, bytes, garbage: "not UTF-8" };
	}
	// blanks and the byte order mark of an editor
	const trimmed = text.trim();
	if (trimmed === "") return undefined;
	return trimmed.charCodeAt(0) === OPEN_BRACE
		? readLine({ number, bytes: Buffer.from(trimmed), utf8 })
		: { number, bytes, log: text };
}

function readText(number: number, bytes: Buffer, text: string): Arrived {
	let value: ReturnType<typeof parseJson>;
	try {
		value = parseJson(text);
	} catch (error) {
		if (isConnectorError(error)) return { number, bytes, garbage: error.message };
		throw error;
	}
	// it starts with `{`, so it is an object
	const message = value as unknown as Message;
	const fault = payloadFault(message);
	if (fault === undefined) return { number, bytes, message: withoutNulls(message) };
	return fault === "unknown type" ? { number, bytes, log: text } : { number, bytes, garbage: fault };
}

const RECORD_START = /^\s*\{\s*"type"\s*:\s*"RECORD"/;

function readLongLine({ number, oversize }: LongLine): Arrived {
	const isRecord = RECORD_START.test(oversize.prefix);
	const field = (name: string) =>
		isRecord ? new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]*)"`).exec(envelopeOf(oversize.prefix))?.[1] : undefined;
	return { number, oversize: { ...oversize, stream: field("stream"), namespace: field("namespace") } };
}

/** The prefix up to `data`, in which equal names mean something else. */
function envelopeOf(prefix: string): string {
	const data = prefix.search(/"data"\s*:/);
	return data < 0 ? prefix : prefix.slice(0, data);
}
