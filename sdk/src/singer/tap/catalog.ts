/** A tap's catalog as ours. Pure. */
import type { Catalog, ConfiguredStream, Json, JsonSchema, Stream } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { isObject } from "../../pipeline/file/shape.ts";
import { parseJson } from "../../protocol/index.ts";
import type { SingerCatalog, SingerEntry } from "../messages.ts";
import { forcedMethod, inclusionOf, keyOf, metadataOf, replicationKeys, selectedIn } from "./metadata.ts";

/** A stream as both sides call it. */
export interface TapStream {
	/** tap_stream_id: what states and the catalog say. */
	id: string;
	/** What messages say. */
	called: string;
	/** What it is to us. */
	name: string;
	namespace?: string;
	entry: SingerEntry;
}

/** Some documents tried, so that a flood of lines with braces does not take forever. */
const MOST_TRIES = 20;

/**
 * The catalog in what `--discover` printed: one document of many lines, often with logs before and behind it. `others`
 * are these. Undefined where there is none.
 */
export function catalogIn(text: string): { catalog: SingerCatalog; others: string[] } | undefined {
	const whole = readCatalog(text);
	if (whole) return { catalog: whole, others: [] };
	const lines = text.split("\n");
	const starts = lines.flatMap((line, at) => (line.trimStart().startsWith("{") ? [at] : [])).slice(0, MOST_TRIES);
	const ends = lines.flatMap((line, at) => (line.trimEnd().endsWith("}") ? [at + 1] : [])).slice(-MOST_TRIES);
	for (const start of starts) {
		for (const end of ends.toReversed()) {
			const catalog = end > start ? readCatalog(lines.slice(start, end).join("\n")) : undefined;
			if (!catalog) continue;
			const others = [...lines.slice(0, start), ...lines.slice(end)].filter((line) => line.trim() !== "");
			return { catalog, others };
		}
	}
	return undefined;
}

function readCatalog(text: string): SingerCatalog | undefined {
	let value: Json;
	try {
		value = parseJson(text);
	} catch {
		return undefined;
	}
	if (!isObject(value) || !Array.isArray(value.streams)) return undefined;
	return { ...value, streams: value.streams.map(entryOf) };
}

/** Old catalogs have `stream` alone. Throws config.tap_catalog for what is no entry. */
function entryOf(value: Json, at: number): SingerEntry {
	const id = isObject(value) ? (value.tap_stream_id ?? value.stream) : undefined;
	if (!isObject(value) || typeof id !== "string" || !isObject(value.schema)) {
		throw new ConnectorError("config.tap_catalog", "The tap's catalog has a stream that is none", {
			where: `streams[${at}]${typeof id === "string" ? `, ${id}` : ""}`,
			why: typeof id === "string" ? "it has no schema" : "it has no tap_stream_id",
			next: "report it to the author of the tap, or give a corrected catalog with --catalog",
		});
	}
	return { ...value, tap_stream_id: id } as unknown as SingerEntry;
}

/** Where two streams have the same name, as tables of two schemas may, both are called by their id. */
export function tapStreams(catalog: SingerCatalog): TapStream[] {
	const called = (entry: SingerEntry) => (typeof entry.stream === "string" ? entry.stream : entry.tap_stream_id);
	const times = Map.groupBy(catalog.streams, called);
	return catalog.streams.map((entry) => {
		const schema = metadataOf(entry)["schema-name"];
		const isTwice = times.get(called(entry))!.length > 1;
		return {
			id: entry.tap_stream_id,
			called: called(entry),
			name: isTwice ? entry.tap_stream_id : called(entry),
			...(typeof schema === "string" && schema !== "" && { namespace: schema }),
			entry,
		};
	});
}

/**
 * What can be read. `chosen`: the catalog was given by hand, so what it selects is what is offered; a discovered one
 * offers all streams.
 */
export function ourCatalog(streams: readonly TapStream[], chosen = false): Catalog {
	const possible = streams.filter(({ entry }) => inclusionOf(entry, [], entry.schema) !== "unsupported");
	const picked = possible.filter(({ entry }) => selectedIn(entry, [], entry.schema) === true);
	const offered = chosen && picked.length > 0 ? picked : possible;
	return { streams: offered.map((one) => ({ ...ourStream(one), singer: { entry: one.entry, of: streams.length } })) };
}

/**
 * The tap's catalog out of a configured one whose streams carry what they were discovered as: a second discovery may ask
 * a server or a database for all of it again. Undefined where it is not whole: then some streams would have to be turned
 * off that nothing is known of.
 */
export function carriedCatalog(configured: readonly ConfiguredStream[]): SingerCatalog | undefined {
	const carried = configured.map(({ stream }) => (stream as Partial<Carrying>).singer);
	const streams = carried.flatMap((one) => (isEntry(one?.entry) && one.of === configured.length ? [one.entry] : []));
	const isWhole =
		streams.length > 0 &&
		streams.length === configured.length &&
		new Set(streams.map((one) => one.tap_stream_id)).size === streams.length;
	return isWhole ? { streams } : undefined;
}

/** What a stream carries from its discovery to its reading, through whoever configures it. */
interface Carrying {
	/** `of`: how many streams the tap has. */
	singer: { entry: SingerEntry; of: number };
}

function isEntry(value: unknown): value is SingerEntry {
	const entry = value as Json | undefined;
	return isObject(entry) && typeof entry.tap_stream_id === "string" && isObject(entry.schema);
}

function ourStream({ name, namespace, entry }: TapStream): Stream {
	const forced = forcedMethod(entry);
	const keys = replicationKeys(entry);
	const primary = keyOf(entry);
	const isIncremental = forced !== "FULL_TABLE";
	const isLog = forced === "LOG_BASED";
	return {
		name,
		...(namespace !== undefined && { namespace }),
		json_schema: ourSchema(entry),
		supported_sync_modes: isIncremental ? ["full_refresh", "incremental"] : ["full_refresh"],
		// where several fields will do, or none is known, somebody has to choose
		...(isIncremental && (isLog || keys.length === 1) && { source_defined_cursor: true }),
		...(isIncremental && !isLog && keys.length > 0 && { default_cursor_field: [keys[0]!] }),
		...(primary.length > 0 && { source_defined_primary_key: primary.map((field) => [field]) }),
		...(isTable(entry) && { is_resumable: true }),
	};
}

/** A table of a database: only taps of these go on in the middle of a full table. */
function isTable(entry: SingerEntry): boolean {
	const { "schema-name": schema, "database-name": database, "row-count": rows } = metadataOf(entry);
	return [schema, database, rows].some((value) => value !== undefined) && keyOf(entry).length > 0;
}

/** The fields that are read: all but those which the tap cannot read, or does not read unless it is asked for. */
function ourSchema(entry: SingerEntry): JsonSchema {
	const { selected: _, inclusion: __, properties = {}, ...schema } = entry.schema;
	const fields = Object.entries(properties).flatMap(([name, field]): [string, JsonSchema][] => {
		if (!isObject(field as Json)) return [[name, {}]];
		const place = ["properties", name];
		const inclusion = inclusionOf(entry, place, field);
		const isRead = inclusion === "automatic" || selectedIn(entry, place, field) !== false;
		const { selected: _, inclusion: __, ...kept } = field;
		return inclusion === "unsupported" || !isRead ? [] : [[name, kept]];
	});
	return { ...schema, type: schema.type ?? "object", properties: Object.fromEntries(fields) };
}
