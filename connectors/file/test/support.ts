/** A folder of its own for each test, and a read of source-file as the runner does it. */
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Json, JsonObject } from "@growthnav/sdk";
import { readSource, savedStreams } from "@growthnav/sdk/testing";
import { onTestFinished } from "vitest";
import file from "../src/index.ts";

export interface Folder {
	path: string;
	write(name: string, content: string | Buffer): Promise<string>;
}

export function folder(): Folder {
	const path = mkdtempSync(join(tmpdir(), "source-file-"));
	onTestFinished(() => rmSync(path, { recursive: true, force: true }));
	return {
		path,
		async write(name, content) {
			const file = join(path, name);
			await mkdir(dirname(file), { recursive: true });
			await writeFile(file, content);
			return file;
		},
	};
}

export interface ReadResult {
	/** Records by stream, as JSON writes them: decimals as they are sent. */
	records: Record<string, JsonObject[]>;
	/** All in one list. */
	rows: JsonObject[];
	rejects: { reason: string; file?: string; line?: number; raw?: Json; code: string; path?: string }[];
	logs: string[];
	errors: { code: string; message: string; where?: string; why?: string; next?: string }[];
	states: JsonObject[];
	complete: string[];
	catalog: { streams: JsonObject[] } | undefined;
}

/** Reads with the state of an earlier read, if given. */
export async function read(config: JsonObject, before?: ReadResult): Promise<ReadResult> {
	const result: ReadResult = {
		records: {},
		rows: [],
		rejects: [],
		logs: [],
		errors: [],
		states: [],
		complete: [],
		catalog: undefined,
	};
	const state =
		before === undefined ? [] : savedStreams(before.states.map((state) => ({ type: "STATE", state })) as Json);
	for await (const message of readSource(file, { config, state })) {
		// over the wire and back
		const sent = JSON.parse(JSON.stringify(message));
		if (sent.type === "CATALOG") result.catalog = sent.catalog;
		if (sent.type === "RECORD") {
			result.records[sent.record.stream] ??= [];
			result.records[sent.record.stream]!.push(sent.record.data);
			result.rows.push(sent.record.data);
		}
		if (sent.type === "STATE") result.states.push(sent.state);
		if (sent.type === "LOG" && sent.log.reject !== undefined) result.rejects.push(sent.log.reject);
		else if (sent.type === "LOG") result.logs.push(sent.log.message);
		if (sent.type === "TRACE" && sent.trace.type === "ERROR") result.errors.push(sent.trace.error);
		if (sent.trace?.stream_status?.status === "COMPLETE") {
			result.complete.push(sent.trace.stream_status.stream_descriptor.name);
		}
	}
	return result;
}

/** The types of the columns that the catalog declares, without our own. */
export function typesOf({ catalog }: ReadResult, stream = 0): Record<string, string> {
	const { properties = {} } = (catalog?.streams[stream]?.json_schema ?? {}) as { properties?: JsonObject };
	return Object.fromEntries(
		Object.entries(properties as Record<string, { type?: string[]; format?: string }>)
			.filter(([name]) => !name.startsWith("_"))
			.map(([name, { type, format }]) => [name, format ?? type?.at(-1) ?? "json"]),
	);
}

/** Rows without the place that they came from. */
export function values({ rows }: ReadResult): JsonObject[] {
	return rows.map(({ _file, _line, ...row }) => row);
}
