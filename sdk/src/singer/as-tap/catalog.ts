/** Our catalog as Singer's, and what a selection in it asks for. Pure. */
import type { Catalog, ConfiguredStream, Json, JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { didYouMean, listOf } from "../../nearest.ts";
import { interruptedIn } from "../../source/refresh-state.ts";
import type { SavedStream } from "../../source/saved-state.ts";
import type { SingerCatalog, SingerEntry, SingerMetadata } from "../messages.ts";
import { checkNames, singerName } from "./names.ts";
import { hasDeletions, SDC_DELETED_AT } from "./schema.ts";
import { SDC_SEQUENCE, singerStream } from "./stream.ts";
import type { SingerStream } from "./to-singer.ts";

export type OfferedStream = Catalog["streams"][number];

/** What `--discover` prints. Throws config.stream_name. */
export function singerCatalog({ streams }: Catalog): SingerCatalog {
	checkNames(streams);
	return { streams: streams.map(entryOf) };
}

function entryOf(stream: OfferedStream): SingerEntry {
	const name = singerName(stream);
	const { key, cursor, schema } = singerStream(stream);
	const incremental = stream.supported_sync_modes.includes("incremental");
	const method = stream.sync_mode === "incremental" ? "INCREMENTAL" : "FULL_TABLE";
	const automatic = automaticOf(stream);
	const ofStream: JsonObject = {
		inclusion: "available",
		"selected-by-default": true,
		"table-key-properties": key,
		...(cursor !== undefined && incremental && { "valid-replication-keys": [cursor] }),
		...(!incremental && { "forced-replication-method": "FULL_TABLE" }),
		...(stream.namespace !== undefined && { "schema-name": stream.namespace }),
	};
	const ofFields = Object.keys(schema.properties ?? {}).map((field): SingerMetadata => {
		const metadata: JsonObject = automatic.has(field)
			? { inclusion: "automatic" }
			: { inclusion: "available", "selected-by-default": true };
		return { breadcrumb: ["properties", field], metadata };
	});
	return {
		tap_stream_id: name,
		stream: name,
		key_properties: key,
		...(method === "INCREMENTAL" && cursor !== undefined && { replication_key: cursor }),
		replication_method: method,
		schema,
		metadata: [{ breadcrumb: [], metadata: ofStream }, ...ofFields],
	};
}

/** Fields that are always there: what rows are told apart by, where a read goes on, what says that one is deleted. */
function automaticOf(stream: OfferedStream): Set<string> {
	const { key, cursor } = singerStream(stream);
	const deleted = hasDeletions(stream.json_schema) ? [SDC_DELETED_AT] : [];
	return new Set([...key, ...(cursor === undefined ? [] : [cursor]), ...deleted, SDC_SEQUENCE]);
}

export interface Chosen {
	configured: ConfiguredStream;
	stream: SingerStream;
}

export interface Choice {
	/** As `--catalog` has it; undefined: everything, as the source suggests it. */
	catalog: Json | undefined;
	/** For errors. */
	catalogFile: string;
	saved: readonly SavedStream[];
	/** Milliseconds: the version of tables that are read whole. */
	startedAt: number;
	/** Told of fields that the catalog does not have: nobody can select them, so they are left out. */
	onUnknown?: (stream: string, field: string) => void;
}

/** The streams that are read, in the order of the source. Throws config.catalog, config.unknown_stream and more. */
export function chooseStreams({ streams }: Catalog, choice: Choice): Chosen[] {
	const entries = choice.catalog === undefined ? undefined : entriesOf(choice.catalog, choice.catalogFile);
	const names = streams.map(singerName);
	for (const id of entries?.keys() ?? []) if (!names.includes(id)) throw unknownStream(id, names, choice.catalogFile);
	const chosen = streams.flatMap((stream) => {
		const entry = entries?.get(singerName(stream));
		if (entries !== undefined && (entry === undefined || !isSelected(entry))) return [];
		return [choose(stream, entry, choice)];
	});
	checkNames(chosen.map(({ configured }) => configured.stream));
	return chosen;
}

function choose(stream: OfferedStream, entry: Entry | undefined, choice: Choice): Chosen {
	const whole = methodOf(stream, entry, choice.catalogFile) === "FULL_TABLE";
	const {
		sync_mode: _mode,
		destination_sync_mode: write,
		generation_id: _g,
		minimum_generation_id: _m,
		...own
	} = stream;
	const keyed = (stream.source_defined_primary_key ?? []).length > 0;
	const generation = whole ? (interruptedIn(stream, choice.saved) ?? choice.startedAt) : 0;
	const cursor = entry === undefined ? undefined : textOf(entry.metadata([])["replication-key"]);
	const configured: ConfiguredStream = {
		stream: own,
		sync_mode: whole ? "full_refresh" : "incremental",
		destination_sync_mode: whole ? "overwrite" : write === "append" || !keyed ? "append" : "append_dedup",
		...(!whole && cursor !== undefined && { cursor_field: [cursor] }),
		generation_id: generation,
		minimum_generation_id: generation,
		sync_id: choice.startedAt,
	};
	const automatic = automaticOf(stream);
	const isLeftOut = (breadcrumb: string[]) =>
		entry !== undefined &&
		!(breadcrumb.length === 2 && automatic.has(breadcrumb[1]!)) &&
		!isFieldSelected(entry, breadcrumb);
	return {
		configured,
		stream: singerStream(stream, { version: whole ? generation : undefined, isLeftOut, onUnknown: choice.onUnknown }),
	};
}

function methodOf(stream: OfferedStream, entry: Entry | undefined, file: string): "FULL_TABLE" | "INCREMENTAL" {
	if (!stream.supported_sync_modes.includes("incremental")) return "FULL_TABLE";
	const asked = entry && (textOf(entry.metadata([])["replication-method"]) ?? entry.given.replication_method);
	if (asked === undefined) return stream.sync_mode === "full_refresh" ? "FULL_TABLE" : "INCREMENTAL";
	if (asked === "FULL_TABLE" || asked === "INCREMENTAL") return asked;
	throw new ConnectorError(
		"config.sync_mode",
		`The catalog gives ${singerName(stream)} a replication method that it does not have`,
		{
			where: `${file}, replication-method of ${singerName(stream)}`,
			why: "there are FULL_TABLE and INCREMENTAL; no log of changes is read here",
			next: "write INCREMENTAL",
		},
	);
}

/** One stream of a catalog that somebody selected in. */
interface Entry {
	given: SingerEntry;
	/** Of the stream by [], of a field by ["properties", name]. */
	metadata(breadcrumb: string[]): JsonObject;
}

function entriesOf(catalog: Json, file: string): Map<string, Entry> {
	const streams = (catalog as { streams?: unknown } | null)?.streams;
	const isEntry = (one: unknown) => typeof (one as { tap_stream_id?: unknown } | null)?.tap_stream_id === "string";
	if (Array.isArray(streams) && streams.every(isEntry)) {
		return new Map((streams as SingerEntry[]).map((given) => [given.tap_stream_id, entryWith(given)]));
	}
	throw new ConnectorError("config.catalog", "The catalog cannot be used", {
		where: file,
		why: "it has no list of streams, each with its tap_stream_id",
		next: "give what --discover printed, with what is selected in it",
	});
}

function entryWith(given: SingerEntry): Entry {
	const all = new Map((given.metadata ?? []).map((one) => [JSON.stringify(one.breadcrumb), one.metadata]));
	return { given, metadata: (breadcrumb) => all.get(JSON.stringify(breadcrumb)) ?? {} };
}

/** `selected` in the metadata, or in the schema as ancient taps had it, or what is selected by default. */
function isSelected({ given, metadata }: Entry): boolean {
	const { selected, inclusion, "selected-by-default": byDefault } = metadata([]);
	return (selected ?? given.schema?.selected ?? byDefault) === true && inclusion !== "unsupported";
}

/** A field of which nothing is said comes: nothing is left out that nobody spoke of. */
function isFieldSelected({ given, metadata }: Entry, breadcrumb: string[]): boolean {
	const { selected, inclusion, "selected-by-default": byDefault } = metadata(breadcrumb);
	if (inclusion === "automatic") return true;
	const field = breadcrumb.length === 2 ? given.schema?.properties?.[breadcrumb[1]!] : undefined;
	return (selected ?? field?.selected ?? byDefault ?? true) === true && inclusion !== "unsupported";
}

function textOf(value: Json | undefined): string | undefined {
	return typeof value === "string" ? value : undefined;
}

function unknownStream(id: string, known: string[], file: string): ConnectorError {
	return new ConnectorError("config.unknown_stream", `The catalog has ${id}, which there is not`, {
		where: `${file}, tap_stream_id ${id}`,
		why: `there are ${listOf([...known].sort())}`,
		next: didYouMean(id, known) ?? "--discover lists them",
	});
}
