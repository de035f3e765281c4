/** What a read will do with each stream: the configured catalog, or the source's own suggestion, made definite. Pure. */
import type { Catalog, ConfiguredCatalog, ConfiguredStream, Stream, SyncMode } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { didYouMean, listOf } from "../nearest.ts";
import { fieldOf } from "../schema/field.ts";
import { toJsonSchema } from "../schema/json-schema.ts";
import { type Cursor, type CursorKind, cursorOf, parseLookback } from "./cursor.ts";
import type { Source, StreamDefinition } from "./definition.ts";
import { sentSchema } from "./deletions.ts";
import { interruptedIn } from "./refresh-state.ts";
import type { SavedStream } from "./saved-state.ts";

/** Streams by name, with whatever config they were defined for. */
// biome-ignore lint/suspicious/noExplicitAny: the config's type was checked where the source was defined
export type Streams = Record<string, StreamDefinition<any, any>>;

export interface StreamPlan {
	name: string;
	namespace: string | undefined;
	// biome-ignore lint/suspicious/noExplicitAny: as in Streams
	definition: StreamDefinition<any, any>;
	mode: SyncMode;
	/** Also for full refresh, where it only checks the order. */
	cursor: (Cursor & { field: string; kind: CursorKind }) | undefined;
	key: string[];
	/** That of a refresh; null where the catalog has none. */
	generation: number | null;
}

/** "source-square 0.4.0" */
export function programOf(source: Pick<Source, "name" | "version">): string {
	return `source-${source.name} ${source.version}`;
}

export function catalogOf(source: Source, streams: Streams, namespace: string): { streams: Stream[] } {
	return {
		streams: Object.entries(streams).map(([name, definition]) => streamOf(source, name, definition, namespace)),
	};
}

function streamOf(source: Source, name: string, definition: Streams[string], namespace: string): Stream {
	const { cursor, conversions, origin, note } = definition;
	const key = keyOf(definition);
	return {
		name,
		namespace,
		json_schema: toJsonSchema(sentSchema(definition)),
		supported_sync_modes: isIncremental(definition) ? ["full_refresh", "incremental"] : ["full_refresh"],
		...(isIncremental(definition) && { source_defined_cursor: true }),
		...(cursor !== undefined && { default_cursor_field: [cursor] }),
		...(key.length > 0 && { source_defined_primary_key: key.map((field) => [field]) }),
		...(definition.resumable && { is_resumable: true }),
		...(conversions !== undefined && { conversions }),
		...(origin !== undefined && { conversion_origin: origin }),
		connector: programOf(source),
		...(note !== undefined && { note }),
	};
}

function keyOf({ primaryKey }: Streams[string]): string[] {
	return primaryKey === undefined ? [] : [primaryKey].flat();
}

function isIncremental({ cursor, ownState }: Streams[string]): boolean {
	return cursor !== undefined || ownState === true;
}

/**
 * The catalog that `read` uses when it was given none: all streams, incremental where they can be. An overwritten
 * stream gets a new generation, the time of the run, so that what earlier runs left goes when it completes; one that was
 * interrupted goes on in its own.
 */
export function suggestedCatalog(
	source: Source,
	streams: Streams,
	namespace: string,
	startedAt: number,
	saved: readonly SavedStream[] = [],
): Catalog {
	return {
		streams: catalogOf(source, streams, namespace).streams.map((stream) => {
			const definition = streams[stream.name]!;
			const key = stream.source_defined_primary_key;
			const write = definition.write ?? (key === undefined ? "append" : "append_dedup");
			const sync_mode = isIncremental(definition) && write !== "overwrite" ? "incremental" : "full_refresh";
			const generation = write === "overwrite" ? (interruptedIn(stream, saved) ?? startedAt) : 0;
			return {
				...stream,
				sync_mode,
				destination_sync_mode: write,
				...(stream.default_cursor_field !== undefined && { cursor_field: stream.default_cursor_field }),
				...(key !== undefined && { primary_key: key }),
				generation_id: generation,
				minimum_generation_id: generation,
				sync_id: startedAt,
			};
		}),
	};
}

/** A catalog that describes itself, in the form of a configured one. */
export function configured(catalog: Catalog): ConfiguredCatalog {
	return {
		streams: catalog.streams.map((stream) => ({
			stream,
			sync_mode: stream.sync_mode ?? "full_refresh",
			destination_sync_mode: stream.destination_sync_mode ?? "append",
			generation_id: stream.generation_id ?? null,
		})),
	};
}

/**
 * One plan per configured stream, in the catalog's order. A stream that cannot be read incrementally is read whole, as
 * clients expect that ask for everything in incremental mode (PyAirbyte). Throws config.unknown_stream,
 * config.sync_mode, config.cursor_field.
 */
export function planStreams(source: Source, streams: Streams, catalog: ConfiguredCatalog, file: string): StreamPlan[] {
	return catalog.streams.map((entry, i) => {
		const { name } = entry.stream;
		const definition = Object.hasOwn(streams, name) ? streams[name] : undefined;
		if (definition === undefined) throw unknownStream(source, name, Object.keys(streams), `${file}, streams[${i}]`);
		checkEntry(entry, definition, `${file}, streams[${i}]`);
		return planStream(entry, definition);
	});
}

function planStream(entry: ConfiguredStream, definition: Streams[string]): StreamPlan {
	const { name, namespace } = entry.stream;
	const field = definition.cursor;
	const generation = entry.generation_id ?? null;
	const mode = isIncremental(definition) ? entry.sync_mode : "full_refresh";
	const plan = { name, namespace, definition, mode, key: keyOf(definition), generation };
	if (field === undefined) return { ...plan, cursor: undefined };
	const kind = fieldOf(definition.schema).fields.get(field)!.kind as CursorKind;
	const lookback = definition.lookback === undefined ? 0 : parseLookback(kind, definition.lookback);
	return { ...plan, cursor: { field, kind, ...cursorOf(kind, lookback) } };
}

function checkEntry(entry: ConfiguredStream, definition: Streams[string], where: string): void {
	const { name } = entry.stream;
	if (entry.sync_mode !== "full_refresh" && entry.sync_mode !== "incremental") {
		throw new ConnectorError("config.sync_mode", `The catalog gives ${name} a sync_mode that does not exist`, {
			where: `${where}.sync_mode`,
			why: "a stream is read in full_refresh or incremental",
			next: `write ${isIncremental(definition) ? "incremental" : "full_refresh"}`,
		});
	}
	const asked = entry.cursor_field?.join(".") ?? "";
	if (
		entry.sync_mode === "incremental" &&
		asked !== "" &&
		definition.cursor !== undefined &&
		asked !== definition.cursor
	) {
		throw new ConnectorError("config.cursor_field", `The catalog reads ${name} by ${asked}, which is not its cursor`, {
			where: `${where}.cursor_field`,
			why: `the source asks the vendor by ${definition.cursor}`,
			next: `write ["${definition.cursor}"], or leave cursor_field out`,
		});
	}
}

function unknownStream(source: Source, name: string, known: string[], where: string): ConnectorError {
	return new ConnectorError(
		"config.unknown_stream",
		`The catalog asks for ${name}, which ${source.name} does not have`,
		{
			where: `${where}.stream.name`,
			why: `${source.name} has ${listOf([...known].sort())}`,
			next: didYouMean(name, known) ?? `source-${source.name} discover lists them`,
		},
	);
}
