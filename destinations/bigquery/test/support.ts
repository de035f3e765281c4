/** A run of the destination inside the test's own process against the fake, and what its dataset holds afterwards. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Crash, Json, JsonObject, WriteResult } from "@growthnav/sdk/destination";
import { messages } from "@growthnav/sdk/testing";
import { onTestFinished } from "vitest";
import { type Dump, dumpRows } from "../../duckdb/test/dump.ts";
import bigquery from "../src/index.ts";
import { collectionFile } from "./analyzer/collect.ts";
import { type Fake, startFake } from "./fake/server.ts";

/** Every case, and long ones: `npm run test:full`. */
export const FULL = process.env.GN_TEST_FULL === "1";

export type Line = string | object;

export interface Written extends WriteResult {
	/** Messages that were sent, in order. */
	sent: JsonObject[];
	states: JsonObject[];
}

/** A fake that ends with the test, and the settings to reach it. */
export async function fakeBigQuery(
	options?: Parameters<typeof startFake>[0],
): Promise<Fake & { settings: JsonObject }> {
	const fake = await startFake({ collect: collectionFile(), ...options });
	onTestFinished(() => fake.close());
	return Object.assign(fake, { settings: settingsFor(fake.url) });
}

export function settingsFor(endpoint: string): JsonObject {
	return { project_id: "acme-test", customer_id: "acme", location: "EU", endpoint, allow_emulator: true };
}

export interface WriteOptions {
	settings?: JsonObject;
	crash?: Crash;
	signal?: AbortSignal;
	/** Bytes per chunk of stdin; left out: all in one. */
	chunk?: number;
	/** In place of lines. */
	input?: AsyncIterable<Buffer>;
}

export async function write(settings: JsonObject, lines: Iterable<Line>, options: WriteOptions = {}): Promise<Written> {
	const spool = await mkdtemp(join(tmpdir(), "gn-bigquery-"));
	const sent: JsonObject[] = [];
	const text = Array.from(lines, (line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
	try {
		const result = await bigquery.write({
			config: { ...settings, spool, ...options.settings },
			input: options.input ?? chunksOf(Buffer.from(text === "" ? "" : `${text}\n`), options.chunk),
			send: (message) => void sent.push(JSON.parse(JSON.stringify(message))),
			owner: { pid: process.pid, isAlive: () => true },
			crash: options.crash,
			signal: options.signal,
		});
		return { ...result, sent, states: sent.filter((message) => message.type === "STATE") };
	} finally {
		await rm(spool, { recursive: true, force: true });
	}
}

async function* chunksOf(bytes: Buffer, size = bytes.length || 1): AsyncGenerator<Buffer> {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function rows(settings: JsonObject, query: string): Promise<JsonObject[]> {
	const result = await bigquery.sql({ config: settings, query });
	const all: JsonObject[] = [];
	try {
		for await (const row of result.rows) all.push(row);
	} finally {
		await result.close();
	}
	return all;
}

/** A statement of somebody who works by hand. */
export async function byHand({ url }: { url: string }, query: string): Promise<void> {
	const project = `${url}/bigquery/v2/projects/acme-test`;
	const defaultDataset = { projectId: "acme-test", datasetId: "growthnav_acme" };
	const jobReference = { projectId: "acme-test", jobId: `by_hand_${randomUUID()}`, location: "EU" };
	const body = { jobReference, configuration: { query: { query, useLegacySql: false, defaultDataset } } };
	const headers = { "content-type": "application/json" };
	await fetch(`${project}/jobs`, { method: "POST", headers, body: JSON.stringify(body) });
	const answer = await fetch(`${project}/queries/${jobReference.jobId}?location=EU&timeoutMs=10000`);
	if (!answer.ok) throw new Error(await answer.text());
}

/** The statement of docs/bigquery.md in which these words stand, as it is asked within the dataset. */
export function docsSql(words: string): string {
	const docs = readFileSync(new URL("../../../docs/bigquery.md", import.meta.url), "utf8");
	const blocks = [...docs.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql!.trim());
	return blocks.find((sql) => sql.includes(words))!.replaceAll("growthnav_acme.", "");
}

/** Rows of all tables but our books, as JSON, sorted; without what differs between two runs of the same input. */
export async function dumpDataset(settings: JsonObject, leaveOut: string[] = []): Promise<Dump> {
	const dataset = settings.dataset ?? `growthnav_${settings.customer_id}`;
	const tables = await rows(
		settings,
		`SELECT DISTINCT table_name AS name FROM \`${dataset}.INFORMATION_SCHEMA.COLUMNS\` AS c ORDER BY 1`,
	);
	const names = tables.map(({ name }) => String(name)).filter((name) => !isOurBook(name));
	const dump: Dump = {};
	for (const name of names)
		dump[name] = dumpRows(await rows(settings, `SELECT * FROM \`${name}\``), leaveOut, asBigQuery);
	return dump;
}

/** Tables whose rows tell when and by whom something was committed. */
export const isOurBook = (table: string): boolean => /^_gn_(commits|columns|days|lease_|stg_)/.test(table);

/** BigQuery knows no list that is null, and no order of members in JSON. */
export function asBigQuery(value: Json): Json {
	if (Array.isArray(value)) return value.length === 0 ? null : value.map(asBigQuery);
	if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
	const members = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
	return Object.fromEntries(members.map(([name, member]) => [name, asBigQuery(member as Json)]));
}

export const { catalog, record, state, status, stream } = messages;
