/** What a catalog asks for, stream by stream: how rows are told apart, which is newer, where they go. */
import type {
	Catalog,
	ConfiguredCatalog,
	ConfiguredStream,
	ConversionMapping,
	ConversionOrigin,
	DestinationSyncMode,
	JsonSchema,
	Stream,
	StreamDescriptor,
} from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { listOf } from "../nearest.ts";
import { streamId } from "./tables/names.ts";

export interface StreamPlan {
	/** `streamId` of the two names. */
	id: string;
	stream: string;
	namespace: string | undefined;
	schema: JsonSchema;
	mode: DestinationSyncMode;
	fullRefresh: boolean;
	/** Paths; empty for a stream without key. A stream may have a key and still keep every row (append). */
	primaryKey: string[][];
	/** One row per key, the newest. */
	keyed: boolean;
	cursor: string[] | undefined;
	/** Every row says that its key was deleted. */
	deletes: boolean;
	/** Rows gather in a shadow, which becomes the table when the stream is complete. */
	overwrite: boolean;
	/** Of an overwrite: what a later run may go on with; null: each run starts over. Else what rows are marked with. */
	generation: number | null;
	syncId: string | undefined;
	conversions: ConversionMapping[];
	origin: ConversionOrigin | undefined;
	/** "source-square 0.4.0" */
	connector: string | undefined;
}

/** Throws `config.catalog_twice`, `config.catalog_name`, `config.key_missing`: what no destination can do. */
export function planStreams(catalog: ConfiguredCatalog | Catalog): StreamPlan[] {
	const plans = catalog.streams.map((entry) => planStream("stream" in entry ? entry : configured(entry)));
	const ids = new Set<string>();
	for (const { id, stream } of plans) {
		if (ids.has(id)) {
			throw new ConnectorError("config.catalog_twice", `The catalog names ${stream} twice`, {
				where: `catalog, stream ${stream}`,
				why: "two entries have the same name and namespace",
				next: "remove one of them",
			});
		}
		ids.add(id);
	}
	return plans;
}

export function descriptorOf({ stream, namespace }: Pick<StreamPlan, "stream" | "namespace">): StreamDescriptor {
	return namespace === undefined ? { name: stream } : { name: stream, namespace };
}

/** A stream of a source that describes itself: what it does not say is what it suggests. */
function configured(stream: Catalog["streams"][number]): ConfiguredStream {
	const { sync_mode, destination_sync_mode, primary_key = stream.source_defined_primary_key ?? [] } = stream;
	return {
		...stream,
		stream,
		sync_mode: sync_mode ?? stream.supported_sync_modes?.at(-1) ?? "full_refresh",
		destination_sync_mode: destination_sync_mode ?? (primary_key.length > 0 ? "append_dedup" : "append"),
		primary_key,
	};
}

function planStream(entry: ConfiguredStream): StreamPlan {
	const { stream, destination_sync_mode: mode } = entry;
	const { name, namespace } = stream;
	const primaryKey = firstNonEmpty(entry.primary_key, stream.source_defined_primary_key) ?? [];
	const cursor = firstNonEmpty(entry.cursor_field, stream.default_cursor_field);
	for (const text of [name, namespace, ...primaryKey.flat(), ...(cursor ?? [])]) {
		if (text?.isWellFormed() === false) throw halfCharacter(name, text);
	}
	const wantsKey = mode !== "append" && mode !== "overwrite";
	if (wantsKey && primaryKey.length === 0) throw keyMissing(stream, mode);
	return {
		id: streamId({ stream: name, namespace }),
		stream: name,
		namespace,
		schema: stream.json_schema ?? {},
		mode,
		fullRefresh: entry.sync_mode === "full_refresh",
		primaryKey,
		keyed: mode !== "append" && primaryKey.length > 0,
		cursor,
		deletes: mode === "soft_delete",
		...refreshOf(entry),
		syncId: entry.sync_id == null ? undefined : String(entry.sync_id),
		conversions: stream.conversions ?? [],
		origin: stream.conversion_origin,
		connector: stream.connector,
	};
}

/**
 * A generation counts only where the two ids are one and above 0: platforms that do not know of it send none or 0, and
 * then every run of an overwrite is a new one.
 */
function refreshOf(entry: ConfiguredStream): Pick<StreamPlan, "overwrite" | "generation"> {
	const { generation_id: generation = null, minimum_generation_id: minimum = null } = entry;
	const refresh = generation !== null && generation > 0 && minimum === generation;
	const overwrite = refresh || entry.destination_sync_mode === "overwrite";
	return { overwrite, generation: overwrite && !refresh ? null : generation };
}

function firstNonEmpty<T>(...lists: (T[] | undefined)[]): T[] | undefined {
	return lists.find((list) => list !== undefined && list.length > 0);
}

function halfCharacter(stream: string, text: string): ConnectorError {
	return new ConnectorError("config.catalog_name", `The catalog names ${JSON.stringify(text)}`, {
		where: `catalog, stream ${JSON.stringify(stream)}`,
		why: "it holds half a character (a lone surrogate), which no store keeps",
		next: "correct the name in the catalog",
	});
}

function keyMissing(stream: Stream, mode: string): ConnectorError {
	return new ConnectorError("config.key_missing", `${stream.name} is to be written as ${mode} and has no key`, {
		where: `catalog, stream ${stream.name}`,
		why: `${mode} keeps one row per key; primary_key is empty`,
		next: `name the key in the catalog (its fields are ${listOf(Object.keys(stream.json_schema?.properties ?? {}))}), or write append`,
		stream: stream.name,
	});
}
