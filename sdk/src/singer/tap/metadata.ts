/** Metadata of a catalog entry: what a tap says of a stream and its fields beside the schema. */
import type { Json, JsonObject, JsonSchema } from "@growthnav/spec";
import { isObject } from "../../pipeline/file/shape.ts";
import type { SingerEntry } from "../messages.ts";

/** Of the stream (breadcrumb []), or of a field. Empty where there is none. */
export function metadataOf(entry: SingerEntry, breadcrumb: readonly string[] = []): JsonObject {
	const found = (Array.isArray(entry.metadata) ? entry.metadata : []).find((one) => isAt(one?.breadcrumb, breadcrumb));
	return isObject(found?.metadata) ? found.metadata : {};
}

/** Sets values of the metadata at a place, which is made where there is none. */
export function setMetadata(entry: SingerEntry, breadcrumb: readonly string[], values: JsonObject): void {
	entry.metadata = Array.isArray(entry.metadata) ? entry.metadata : [];
	const found = entry.metadata.find((one) => isAt(one?.breadcrumb, breadcrumb));
	if (found) found.metadata = { ...found.metadata, ...values };
	else entry.metadata.push({ breadcrumb: [...breadcrumb], metadata: values });
}

/** Old taps leave the breadcrumb of the stream out, or write null. */
function isAt(given: unknown, breadcrumb: readonly string[]): boolean {
	const steps = Array.isArray(given) ? given : [];
	return steps.length === breadcrumb.length && steps.every((step, at) => step === breadcrumb[at]);
}

export type Inclusion = "automatic" | "available" | "unsupported";

/** In the metadata, or as ancient taps have it in the schema. */
export function inclusionOf(entry: SingerEntry, breadcrumb: readonly string[], schema: JsonSchema): Inclusion {
	const said = metadataOf(entry, breadcrumb).inclusion ?? schema.inclusion;
	return said === "automatic" || said === "unsupported" ? said : "available";
}

/** What the catalog itself says: true, false, or undefined where it says nothing. */
export function selectedIn(entry: SingerEntry, breadcrumb: readonly string[], schema: JsonSchema): boolean | undefined {
	const { selected, "selected-by-default": byDefault } = metadataOf(entry, breadcrumb);
	for (const said of [selected, schema.selected, byDefault]) if (typeof said === "boolean") return said;
	return undefined;
}

/** Names in a list, or one name; nothing where there are none. */
export function namesIn(value: Json | undefined): string[] {
	if (typeof value === "string") return value === "" ? [] : [value];
	return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

/** All fields of the key, in their order. */
export function keyOf(entry: SingerEntry): string[] {
	const metadata = metadataOf(entry);
	const lists = [metadata["table-key-properties"], metadata["view-key-properties"], entry.key_properties as Json];
	return lists.map(namesIn).find((names) => names.length > 0) ?? [];
}

/** FULL_TABLE, INCREMENTAL or LOG_BASED where the tap does not leave it open. */
export function forcedMethod(entry: SingerEntry): string | undefined {
	const forced = metadataOf(entry)["forced-replication-method"];
	// some taps write { replication-method: X }
	const method = isObject(forced) ? forced["replication-method"] : forced;
	return typeof method === "string" ? method.toUpperCase() : undefined;
}

/** By which field a stream may be read incrementally, the suggested one first. */
export function replicationKeys(entry: SingerEntry): string[] {
	const metadata = metadataOf(entry);
	const chosen = namesIn((entry.replication_key as Json | undefined) ?? metadata["replication-key"]);
	return [...new Set([...chosen, ...namesIn(metadata["valid-replication-keys"])])];
}
