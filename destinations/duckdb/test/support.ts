/** A run of the destination inside the test's own process, and what is in its file afterwards. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Crash, JsonObject, WriteResult } from "@growthnav/sdk/destination";
import { messages } from "@growthnav/sdk/testing";
import { onTestFinished } from "vitest";
import duckdb from "../src/index.ts";

export type Line = string | object;

export interface Written extends WriteResult {
	/** Messages that were sent, in order. */
	sent: JsonObject[];
	states: JsonObject[];
}

export async function folder(): Promise<string> {
	const made = await mkdtemp(join(tmpdir(), "gn-duckdb-"));
	onTestFinished(() => rm(made, { recursive: true, force: true }));
	return made;
}

export interface WriteOptions {
	settings?: JsonObject;
	catalog?: object;
	crash?: Crash;
	signal?: AbortSignal;
	/** Bytes per chunk of stdin; left out: all in one. */
	chunk?: number;
}

export async function write(path: string, lines: Iterable<Line>, options: WriteOptions = {}): Promise<Written> {
	const sent: JsonObject[] = [];
	const text = Array.from(lines, (line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
	const result = await duckdb.write({
		config: { path, customer_id: "acme", ...options.settings },
		...(options.catalog !== undefined && { catalog: options.catalog as never }),
		input: chunksOf(Buffer.from(text === "" ? "" : `${text}\n`), options.chunk),
		send: (message) => void sent.push(JSON.parse(JSON.stringify(message))),
		owner: { pid: process.pid, isAlive: () => true },
		crash: options.crash,
		signal: options.signal,
	});
	return { ...result, sent, states: sent.filter((message) => message.type === "STATE") };
}

export async function* chunksOf(bytes: Buffer, size = bytes.length || 1): AsyncGenerator<Buffer> {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function rows(path: string, query: string): Promise<JsonObject[]> {
	const result = await duckdb.sql({ config: { path, customer_id: "acme" }, query });
	const all: JsonObject[] = [];
	try {
		for await (const row of result.rows) all.push(row);
	} finally {
		await result.close();
	}
	return all;
}

export const { catalog, record, state, status, stream } = messages;
