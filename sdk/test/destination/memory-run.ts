/** Runs of the memory destination for tests: messages in, what was sent and what the tables hold out. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@growthnav/spec";
import { afterAll } from "vitest";
import type { Crash } from "../../src/destination/crash.ts";
import type { Destination, WriteResult } from "../../src/destination/definition.ts";
import {
	type MemoryDatabase,
	memoryDatabase,
	memoryDestination,
	type Refuses,
} from "../../src/testing/memory-destination.ts";
import * as messages from "../../src/testing/messages.ts";

export type Line = string | object;

export interface Written extends WriteResult {
	sent: JsonObject[];
	states: JsonObject[];
	rejects: JsonObject[];
}

let spool: string | undefined;

afterAll(() => {
	if (spool !== undefined) rmSync(spool, { recursive: true, force: true });
});

export interface Memory {
	database: MemoryDatabase;
	destination: Destination;
	write(lines: Iterable<Line>, options?: MemoryWrite): Promise<Written>;
	rows(table: string): JsonObject[];
	states(): Promise<JsonObject[]>;
}

export interface MemoryWrite {
	settings?: JsonObject;
	catalog?: object;
	crash?: Crash;
	signal?: AbortSignal;
	chunk?: number;
	/** Called before each message is passed on; may throw or wait. */
	onSend?: (message: JsonObject) => unknown;
	input?: AsyncIterable<Uint8Array>;
}

export function memory(refuses?: Refuses): Memory {
	spool ??= mkdtempSync(join(tmpdir(), "gn-memory-"));
	const database = memoryDatabase();
	const destination = memoryDestination({ spool, database, ...(refuses !== undefined && { refuses }) });
	const config = { customer_id: "acme" };
	return {
		database,
		destination,
		rows: (table) => database.tables.get(table) ?? [],
		states: async () => (await destination.state({ config })).map((one) => one.state as unknown as JsonObject),
		async write(lines, options = {}) {
			const sent: JsonObject[] = [];
			const result = await destination.write({
				config: { ...config, ...options.settings },
				...(options.catalog !== undefined && { catalog: options.catalog as never }),
				input: options.input ?? chunksOf(bytesOf(lines), options.chunk),
				async send(message) {
					const copy = JSON.parse(JSON.stringify(message)) as JsonObject;
					await options.onSend?.(copy);
					sent.push(copy);
				},
				owner: { pid: process.pid, isAlive: () => true },
				crash: options.crash,
				signal: options.signal,
			});
			const logs = sent.filter((message) => message.type === "LOG").map((message) => message.log as JsonObject);
			return {
				...result,
				sent,
				states: sent.filter((message) => message.type === "STATE"),
				rejects: logs.flatMap((log) => (log.reject === undefined ? [] : [log.reject as JsonObject])),
			};
		},
	};
}

export function bytesOf(lines: Iterable<Line>): Buffer {
	const text = Array.from(lines, (line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
	return Buffer.from(text === "" ? "" : `${text}\n`);
}

export async function* chunksOf(bytes: Buffer, size = bytes.length || 1): AsyncGenerator<Buffer> {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const VARIES = new Set([
	"_gn_batch_id",
	"_gn_loaded_at",
	"_gn_seq",
	"batch_id",
	"extracted_at",
	"line",
	"loaded_at",
	"rejected_at",
	"resolved_at",
	"sync_id",
]);

/** Rows of all tables but the ledger, as sorted JSON, without what differs between two runs. */
export function dump({ database }: Memory, leaveOut: string[] = []): Record<string, string[]> {
	const names = [...database.tables.keys()].filter((name) => !["_gn_commits", "_gn_columns"].includes(name)).sort();
	return Object.fromEntries(
		names.map((name) => [
			name,
			database.tables
				.get(name)!
				.map((row) =>
					JSON.stringify(
						Object.entries(row)
							.filter(([column]) => !VARIES.has(column) && !leaveOut.includes(column))
							.map(([column, value]) => [column, value ?? null])
							.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
					),
				)
				.sort(),
		]),
	);
}

export const { catalog, record, state, status, stream } = messages;
