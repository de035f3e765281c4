/** The catalog that goes back to the tap: which streams and fields are wanted, and how they are replicated. Pure. */
import type { ConfiguredStream, Json, JsonObject, JsonSchema } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { isObject } from "../../pipeline/file/shape.ts";
import { parseJson } from "../../protocol/index.ts";
import type { SingerCatalog, SingerEntry } from "../messages.ts";
import type { TapStream } from "./catalog.ts";
import { forcedMethod, inclusionOf, keyOf, metadataOf, replicationKeys, setMetadata } from "./metadata.ts";

/** A stream of the tap with what is wanted of it. */
export interface WantedStream extends TapStream {
	configured: ConfiguredStream;
}

/**
 * Every entry stays, since some taps read whatever a catalog does not name; what is not wanted is turned off. Ancient
 * taps look for `selected` in the schema, so it stands there too. Throws config.cursor_nested.
 */
export function selectedCatalog(catalog: SingerCatalog, wanted: readonly WantedStream[]): SingerCatalog {
	const byId = new Map(wanted.map((one) => [one.id, one.configured]));
	return {
		...catalog,
		streams: catalog.streams.map((given) => {
			const entry = copyOf(given);
			const configured = byId.get(entry.tap_stream_id);
			turn(entry, [], entry.schema, configured !== undefined);
			if (configured) {
				setReplication(entry, configured);
				selectFields(entry, entry.schema, configured.stream.json_schema, []);
			}
			return entry;
		}),
	};
}

/** Exact numbers in a schema stay what they are; `structuredClone` would make objects of them. */
function copyOf(entry: SingerEntry): SingerEntry {
	return parseJson(JSON.stringify(entry)) as unknown as SingerEntry;
}

function turn(entry: SingerEntry, breadcrumb: readonly string[], schema: JsonSchema, on: boolean): void {
	setMetadata(entry, breadcrumb, { selected: on });
	schema.selected = on;
}

function setReplication(entry: SingerEntry, configured: ConfiguredStream): void {
	const method = methodOf(entry, configured);
	const key = cursorOf(entry, configured);
	const values: JsonObject = { "replication-method": method };
	if (method === "INCREMENTAL" && key !== undefined) {
		values["replication-key"] = key;
		entry.replication_key = key;
	}
	entry.replication_method = method;
	const primary = (configured.primary_key ?? []).flatMap((path) => (path.length === 1 ? path : []));
	// the key of a view is for its reader to say
	if (metadataOf(entry)["is-view"] === true && keyOf(entry).length === 0 && primary.length > 0) {
		values["view-key-properties"] = primary;
	}
	setMetadata(entry, [], values);
}

/** A method that the tap forces stays; a refresh by it is one without a bookmark. */
function methodOf(entry: SingerEntry, { sync_mode, cursor_field = [] }: ConfiguredStream): string {
	const forced = forcedMethod(entry);
	if (forced !== undefined) return forced;
	if (sync_mode === "full_refresh") return "FULL_TABLE";
	const said = metadataOf(entry)["replication-method"] ?? (entry.replication_method as Json | undefined);
	return said === "LOG_BASED" && cursor_field.length === 0 ? said : "INCREMENTAL";
}

function cursorOf(entry: SingerEntry, { stream, cursor_field = [] }: ConfiguredStream): string | undefined {
	if (cursor_field.length <= 1) return cursor_field[0] ?? replicationKeys(entry)[0];
	throw new ConnectorError("config.cursor_nested", `A tap cannot read ${stream.name} by ${cursor_field.join(".")}`, {
		where: `catalog, stream ${stream.name}, cursor_field`,
		why: "Singer knows fields at the top level of a record alone",
		next: `write one of these: ${replicationKeys(entry).join(", ") || "a field at the top level"}`,
		stream: stream.name,
	});
}

/** A field that the configured schema does not have is not wanted. A schema without any fields says nothing of them. */
function selectFields(entry: SingerEntry, schema: JsonSchema, wanted: JsonSchema | undefined, place: string[]): void {
	const { properties } = schema;
	const asked = wanted?.properties;
	if (!isObject(properties as Json) || !isObject(asked as Json) || Object.keys(asked!).length === 0) return;
	for (const [name, field] of Object.entries(properties!)) {
		const breadcrumb = [...place, "properties", name];
		if (!isObject(field as Json) || inclusionOf(entry, breadcrumb, field) === "unsupported") continue;
		const on = isKept(entry, breadcrumb, field) || Object.hasOwn(asked!, name);
		turn(entry, breadcrumb, field, on);
		if (on) selectFields(entry, field, asked![name], breadcrumb);
	}
}

function isKept(entry: SingerEntry, breadcrumb: readonly string[], field: JsonSchema): boolean {
	if (inclusionOf(entry, breadcrumb, field) === "automatic") return true;
	const name = breadcrumb.at(-1)!;
	return breadcrumb.length === 2 && (keyOf(entry).includes(name) || entry.replication_key === name);
}

/** Fields at the top level that were turned off: a tap that sends them all the same is corrected. */
export function fieldsOff({ entry, configured }: WantedStream): Set<string> {
	const asked = configured.stream.json_schema.properties;
	if (!isObject(asked as Json) || Object.keys(asked!).length === 0) return new Set();
	const fields = Object.entries(entry.schema.properties ?? {});
	return new Set(
		fields.flatMap(([name, field]) => {
			const kept = isObject(field as Json) && isKept(entry, ["properties", name], field);
			return kept || configured.cursor_field?.[0] === name || Object.hasOwn(asked!, name) ? [] : [name];
		}),
	);
}
