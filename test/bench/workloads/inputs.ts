/** Files of orders, as the programs that load them want them: our messages, Singer's, and plain JSON lines. */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Message } from "@growthnav/spec";
import type { Amount } from "../harness/case.ts";
import { orderTexts, recordLines, SCHEMAS, type Size } from "./orders.ts";

/** Paths of the whole and of the start, which is one record. */
export type Input = Record<Amount, string>;

const STATE_EVERY = 1_000;
const STREAM = { name: "orders" };
/** Without date-time: of columns with times that have a zone target-duckdb 0.8.0 loses the first record of each batch. */
const SINGER_SCHEMA = {
	type: "object",
	properties: { ...SCHEMAS.small.properties, created_at: { type: ["null", "string"] } },
};

/** RECORD and STATE and, at the end, COMPLETE; without a catalog. */
export function messagesFile(folder: string, size: Size, records: number): Promise<Input> {
	return written(folder, `${size}.ndjson`, records, messages.bind(undefined, size));
}

export function singerFile(folder: string, records: number): Promise<Input> {
	return written(folder, "small.singer", records, singerMessages);
}

/** The data alone, a record a line. */
export function jsonLinesFile(folder: string, size: Size, records: number): Promise<Input> {
	return written(folder, `${size}.jsonl`, records, function* (count) {
		for (const text of orderTexts(size, count)) yield `${text}\n`;
	});
}

async function written(
	folder: string,
	name: string,
	records: number,
	lines: (count: number) => Iterable<string>,
): Promise<Input> {
	const input = { all: join(folder, name), start: join(folder, `start-${name}`) };
	await pipeline(Readable.from(blocks(lines(records))), createWriteStream(input.all));
	await pipeline(Readable.from(blocks(lines(1))), createWriteStream(input.start));
	return input;
}

function* messages(size: Size, count: number): Generator<string> {
	let n = 0;
	for (const line of recordLines(size, count)) {
		yield line;
		if (++n % STATE_EVERY === 0 || n === count) yield lineOf(stateOf(STREAM.name, n));
	}
	yield lineOf(completeOf(STREAM.name));
}

function* singerMessages(count: number): Generator<string> {
	const stream = STREAM.name;
	yield `${JSON.stringify({ type: "SCHEMA", stream, schema: SINGER_SCHEMA, key_properties: [] })}\n`;
	for (const text of orderTexts("small", count)) yield `{"type":"RECORD","stream":"${stream}","record":${text}}\n`;
	yield `${JSON.stringify({ type: "STATE", value: { bookmarks: { [stream]: { count } } } })}\n`;
}

export function stateOf(name: string, count: number): Message {
	const stream = { stream_descriptor: { name }, stream_state: { count } };
	return { type: "STATE", state: { type: "STREAM", stream } };
}

export function completeOf(name: string): Message {
	const stream_status = { stream_descriptor: { name }, status: "COMPLETE" } as const;
	return { type: "TRACE", trace: { type: "STREAM_STATUS", emitted_at: 0, stream_status } };
}

export function lineOf(message: Message): string {
	return `${JSON.stringify(message)}\n`;
}

/** A megabyte at a time. */
export function* blocks(lines: Iterable<string>): Generator<string> {
	let block = "";
	for (const line of lines) {
		block += line;
		if (block.length < 1e6) continue;
		yield block;
		block = "";
	}
	yield block;
}
