/** Airbyte's sources as tests start them, what they print, and whether it stands in the tables: value by value, exact. */
import { join } from "node:path";
import type { Catalog, ConfiguredStream, Json, JsonObject, JsonSchema, RecordPayload } from "@growthnav/spec";
import { expect } from "vitest";
import { parseJson } from "../../sdk/src/protocol/index.ts";
import { decimalOf, shortestDecimal } from "../../sdk/src/protocol/numbers.ts";
import { type Ended, folder, messagesIn, run, writeFile } from "../processes.ts";
import { findPeer } from "./find.ts";

const found = findPeer("airbyte");
export const missing = "missing" in found;
if ("missing" in found) console.log(`sources of Airbyte are left out: ${found.missing}`);

/** The program of a source. */
export const peer = (name: string): string => ("bin" in found ? `${found.bin}${name}` : name);

/** Nothing of theirs is written outside of a folder of the test. */
const home = folder();
export const PEER_ENV = { HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, DO_NOT_TRACK: "1" };

export interface Asked {
	program: string;
	config: JsonObject;
	env?: Record<string, string>;
}

/** Writes its settings, and answers the command line of `command`. */
export function asked({ program, config }: Asked, command: string, more: string[] = []) {
	return { program: peer(program), args: [command, "--config", writeFile(join(folder(), "c.json"), config), ...more] };
}

export async function ask(one: Asked, command: string, more: string[] = []): Promise<Ended> {
	const { program, args } = asked(one, command, more);
	return run(program, args, { env: { ...PEER_ENV, ...one.env } });
}

export async function discover(one: Asked): Promise<Catalog> {
	const ended = await ask(one, "discover");
	for (const message of messagesIn(ended)) if (message.type === "CATALOG") return message.catalog;
	throw new Error(`no catalog: ${ended.out}${ended.err}`);
}

/** A configured catalog as the platform writes it; its path. */
export function configured(catalog: Catalog, wish: (stream: Catalog["streams"][number]) => object): string {
	const streams = catalog.streams.map((stream) => ({
		stream,
		...(stream.default_cursor_field && { cursor_field: stream.default_cursor_field }),
		...(stream.source_defined_primary_key && { primary_key: stream.source_defined_primary_key }),
		generation_id: 0,
		minimum_generation_id: 0,
		sync_id: 1,
		...wish(stream),
	}));
	return writeFile(join(folder(), "catalog.json"), { streams });
}

export const WHOLE = { sync_mode: "full_refresh", destination_sync_mode: "append" } satisfies Partial<ConfiguredStream>;
export const NEW_OF_EACH = {
	sync_mode: "incremental",
	destination_sync_mode: "append_dedup",
} satisfies Partial<ConfiguredStream>;

/** Records by stream, with exact numbers, as they stand in what a source printed. */
export function recordsIn(out: string): Record<string, JsonObject[]> {
	const records: Record<string, JsonObject[]> = {};
	for (const line of out.split("\n")) {
		if (!line.startsWith('{"type":"RECORD"')) continue;
		const { stream, data } = (parseJson(line) as unknown as { record: RecordPayload }).record;
		records[stream] ??= [];
		records[stream].push(data);
	}
	return records;
}

/** What a plain read from the start prints. */
export async function printedBy(one: Asked, catalog: Catalog): Promise<Record<string, JsonObject[]>> {
	const ended = await ask(one, "read", ["--catalog", configured(catalog, () => WHOLE)]);
	expect(ended.code).toBe(0);
	return recordsIn(ended.out);
}

/** The rows of a table hold the records, no more and no fewer; `without`: fields that differ between two reads. */
export function expectSameRows(
	rows: readonly JsonObject[],
	records: readonly JsonObject[] = [],
	schema: JsonSchema,
	without: readonly string[] = [],
): void {
	const properties = Object.entries(schema.properties ?? {}).filter(([name]) => !without.includes(name));
	const fromRows = rows.map((row) => properties.map(([name, type]) => [name, columnText(row, name, type)]));
	const fromRecords = records.map((data) => properties.map(([name, type]) => [name, meaning(data[name], type)]));
	expect(sorted(fromRows)).toEqual(sorted(fromRecords));
	const known = Object.keys(schema.properties ?? {});
	const strangers = records.map((data) => Object.entries(data).filter(([name]) => !known.includes(name)));
	expect(sorted(rows.map((row) => document(row._gn_extra ?? null)))).toEqual(
		sorted(strangers.map((more) => (more.length === 0 ? "null" : document(Object.fromEntries(more))))),
	);
}

/** A column, or the whole text that stands in `_gn_meta` because the column could not take all of it. */
function columnText(row: JsonObject, name: string, type: JsonSchema): string {
	const meta = row._gn_meta as { changes: { field: string; text: string }[] } | string | null;
	const { changes } = typeof meta === "string" ? JSON.parse(meta) : (meta ?? { changes: [] });
	const change = changes.find(({ field }: { field: string }) => field === name);
	return meaning(change === undefined ? row[name] : change.text, type);
}

/** Equal values, equal texts, whatever way a store or a wire has to write them. */
function meaning(value: Json | undefined, { type, format }: JsonSchema): string {
	if (value === undefined || value === null) return "null";
	const types = [type].flat();
	if (format === "date-time" && typeof value === "string") return instant(value);
	if (types.includes("number") || types.includes("integer")) return shortestDecimal(decimalOf(value) ?? `no ${value}`);
	if (types.includes("object") || types.includes("array")) return document(value);
	return String(value);
}

/** To the microsecond; a time without zone is no instant, and is noted. */
function instant(text: string): string {
	const [, second, fraction = "", zone] = /^(.{19})(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
	if (zone === undefined) return `noted: ${text}`;
	return `${new Date(`${second}${zone}`).toISOString().slice(0, 19)}.${fraction.padEnd(6, "0")}`;
}

function document(value: Json): string {
	const ordered = (one: Json): unknown => {
		if (Array.isArray(one)) return one.map(ordered);
		const number = typeof one === "number" || JSON.isRawJSON(one) ? decimalOf(one) : undefined;
		if (number !== undefined) return `number ${shortestDecimal(number)}`;
		if (typeof one !== "object" || one === null) return one;
		const entries = Object.entries(one).map(([name, inner]) => [name, ordered(inner as Json)] as const);
		return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
	};
	return JSON.stringify(ordered(typeof value === "string" ? parseJson(value) : value));
}

function sorted(all: unknown[]): string[] {
	return all.map((one) => JSON.stringify(one)).sort();
}
