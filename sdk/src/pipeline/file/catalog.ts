/** The configured catalog: what the source offers, what the pipeline file wants, made definite. Pure. */
import type {
	Catalog,
	ConfiguredStream,
	DestinationSyncMode,
	PipelineStream,
	SpecPayload,
	Stream,
	SyncMode,
} from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { didYouMean, listOf } from "../../nearest.ts";
import { interruptedIn } from "../../source/refresh-state.ts";
import type { SavedStream } from "../../source/saved-state.ts";
import type { Parts } from "../host.ts";

export interface CatalogWishes {
	/** As in the pipeline file; undefined: all streams. */
	streams: Readonly<Record<string, PipelineStream>> | undefined;
	/** Namespace of a source of ours in place of its own. */
	account: string | undefined;
	/** The source's name, for messages. */
	source: string;
	/** The destination's name and what it can write. */
	destination: string;
	writes: SpecPayload["supported_destination_sync_modes"];
	/** Milliseconds of the run's start: its sync_id, and the generation of what it overwrites. */
	startedAt: number;
	/** What a full refresh may go on from, in the generation in which it was interrupted. */
	saved?: readonly SavedStream[];
	where(path: Parts, part?: "key" | "value"): string;
}

export type ConfiguredOrErrors = { streams: ConfiguredStream[]; errors: ConnectorError[] };

/** In the order of the source's catalog: parents before children. Errors are told together. */
export function configureCatalog(offered: Catalog, wishes: CatalogWishes): ConfiguredOrErrors {
	const errors: ConnectorError[] = [];
	const names = offered.streams.map(({ name }) => name);
	for (const name of Object.keys(wishes.streams ?? {})) {
		if (!names.includes(name)) errors.push(unknownStream(name, names, wishes));
	}
	const twice = names.find((name, at) => names.indexOf(name) !== at);
	if (wishes.account !== undefined && twice !== undefined) errors.push(oneAccount(twice, wishes));
	const chosen = offered.streams.filter(({ name }) => !wishes.streams || Object.hasOwn(wishes.streams, name));
	const streams = chosen.map((stream) => configured(stream, wishes.streams?.[stream.name] ?? {}, wishes, errors));
	return { streams, errors };
}

function configured(
	offered: Catalog["streams"][number],
	wish: PipelineStream,
	wishes: CatalogWishes,
	errors: ConnectorError[],
): ConfiguredStream {
	const { sync_mode: _mode, destination_sync_mode: suggested, cursor_field, primary_key, ...rest } = offered;
	const stream = described(rest, wish, wishes);
	const key = wish.key?.map(pathOf) ?? primary_key ?? offered.source_defined_primary_key;
	const goesOn = knowsWhatIsNew(offered, wish.cursor);
	const write = wish.write ?? suggested ?? defaultWrite(key, goesOn || wish.mode === "incremental");
	const mode = wish.mode ?? (goesOn && write !== "overwrite" ? "incremental" : "full_refresh");
	const cursor = wish.cursor === undefined ? (cursor_field ?? offered.default_cursor_field) : pathOf(wish.cursor);
	check(stream, mode, write, key, cursor, wishes, errors);
	const generation = write === "overwrite" ? (interruptedIn(stream, wishes.saved ?? []) ?? wishes.startedAt) : 0;
	return {
		stream,
		sync_mode: mode,
		destination_sync_mode: write,
		...(cursor !== undefined && cursor.length > 0 && { cursor_field: cursor }),
		...(key !== undefined && key.length > 0 && { primary_key: key }),
		generation_id: generation,
		minimum_generation_id: generation,
		sync_id: wishes.startedAt,
	};
}

function described(offered: Catalog["streams"][number], wish: PipelineStream, { account }: CatalogWishes): Stream {
	const { generation_id: _g, minimum_generation_id: _m, sync_id: _s, destination_object_name: _d, ...stream } = offered;
	return {
		...stream,
		...(account !== undefined && { namespace: account }),
		...(wish.conversions !== undefined && { conversions: wish.conversions }),
		...(wish.origin !== undefined && { conversion_origin: wish.origin }),
	};
}

/** Without a key and without knowing what is new, appending would double the table at every run. */
function defaultWrite(key: string[][] | undefined, goesOn: boolean): DestinationSyncMode {
	if (key !== undefined && key.length > 0) return "append_dedup";
	return goesOn ? "append" : "overwrite";
}

/** It can be read incrementally, and by what is said or known. */
function knowsWhatIsNew(offered: Stream, cursor: string | undefined): boolean {
	const able = offered.supported_sync_modes.includes("incremental");
	return (
		able && (offered.source_defined_cursor === true || (offered.default_cursor_field?.length ?? 0) > 0 || !!cursor)
	);
}

/** `customer.id` → customer, id; a dot in a name is written `\.`. */
export function pathOf(dotted: string): string[] {
	return dotted.split(/(?<!\\)\./).map((name) => name.replaceAll("\\.", "."));
}

function check(
	stream: Stream,
	mode: SyncMode,
	write: DestinationSyncMode,
	key: string[][] | undefined,
	cursor: string[] | undefined,
	wishes: CatalogWishes,
	errors: ConnectorError[],
): void {
	const { name } = stream;
	const refuse = (word: string, option: string, message: string, why: string, next: string) =>
		errors.push(
			new ConnectorError(`config.${word}`, message, { where: wishes.where(["streams", name, option]), why, next }),
		);
	if (!stream.supported_sync_modes.includes(mode)) {
		refuse(
			"sync_mode",
			"mode",
			`${name} cannot be read in ${mode} mode`,
			`${wishes.source} reads it in ${listOf(stream.supported_sync_modes)}`,
			`write mode: ${stream.supported_sync_modes[0]}`,
		);
	}
	if (wishes.writes !== undefined && !wishes.writes.includes(write)) {
		refuse(
			"write_mode",
			"write",
			`${wishes.destination} cannot write ${name} as ${write}`,
			`it writes ${listOf(wishes.writes)}`,
			"choose one of these for write",
		);
	}
	if (write === "overwrite" && mode === "incremental") {
		refuse(
			"write_mode",
			"write",
			`${name} cannot be overwritten and read incrementally`,
			"only what changed would be left",
			"write mode: full_refresh, or another write",
		);
	}
	if (write === "append_dedup" && (key === undefined || key.length === 0)) {
		refuse(
			"key_missing",
			"write",
			`${name} has no key, and append_dedup needs one`,
			`${wishes.source} declares none for it`,
			"name its fields in key: [...], or write: append",
		);
	}
	if (
		mode === "incremental" &&
		stream.source_defined_cursor !== true &&
		(cursor === undefined || cursor.length === 0)
	) {
		refuse(
			"cursor_missing",
			"mode",
			`${name} has no cursor to be read incrementally by`,
			`${wishes.source} declares none for it`,
			"name the field in cursor, or write mode: full_refresh",
		);
	}
}

function oneAccount(name: string, { account, source, where }: CatalogWishes): ConnectorError {
	return new ConnectorError("config.account", `${source} has more than one stream ${name}`, {
		where: where(["source", "account"]),
		why: `their namespaces tell them apart, and account would make ${account} of each`,
		next: "leave account out",
	});
}

function unknownStream(name: string, known: string[], { source, where }: CatalogWishes): ConnectorError {
	return new ConnectorError("config.unknown_stream", `The pipeline asks for ${name}, which ${source} does not have`, {
		where: where(["streams", name], "key"),
		why: `${source} has ${listOf([...known].sort())}`,
		next: didYouMean(name, known) ?? "growthnav discover lists the streams",
	});
}
