/**
 * The parts of an Airbyte connection in what was exported of it. They are known by what they hold, not by names of files:
 * answers of Airbyte's API (sources, connections, state), the files that the platform hands to a connector (config,
 * configured catalog, states), or one object with all of it.
 */
import type { Json, JsonObject } from "@growthnav/spec";
import { isObject } from "../../pipeline/file/shape.ts";
import { exportError, type Placed } from "./move.ts";

export interface AirbyteParts {
	/** Who describes the source: name, type, image, command. */
	source?: Placed<JsonObject>;
	config?: Placed<JsonObject>;
	/** An object with `streams`. */
	catalog?: Placed<JsonObject>;
	state?: Placed;
	/** Who describes the connection: name, schedule, prefix. */
	connection?: Placed<JsonObject>;
}

/** Throws config.export where two files are the same part, or one is none that is known. */
export function partsOf(files: readonly Placed[]): AirbyteParts {
	const parts: AirbyteParts = {};
	const others: Placed[] = [];
	for (const file of files) if (!gather(file, parts)) others.push(file);
	const config = others.find(({ value, where }) => isObject(value) && (/config/i.test(where) || others.length === 1));
	if (config) put(parts, "config", config as Placed<JsonObject>);
	const unknown = others.find((file) => file !== config);
	if (unknown) {
		throw exportError(
			`${unknown.where} is no part of a connection that is known`,
			unknown.where,
			"it holds neither a source, nor a catalog, nor a state",
			"remove it from the export; settings stand in a file called config.json",
		);
	}
	return parts;
}

/** Whether something of it is known. */
function gather({ value, where }: Placed, parts: AirbyteParts): boolean {
	if (isState(value)) return put(parts, "state", { value, where });
	if (!isObject(value)) return false;
	if (isCatalog(value)) return put(parts, "catalog", { value, where });
	let known = false;
	const below = (name: string): Placed<JsonObject> | undefined =>
		isObject(value[name]) ? { value: value[name], where: `${where}, ${name}` } : undefined;
	for (const name of ["source", "connection"]) {
		const inner = below(name);
		if (inner) known = gather(inner, parts) || put(parts, name as "source", inner);
	}
	for (const name of ["configuration", "connectionConfiguration", "config"]) {
		const config = below(name);
		if (config) known = put(parts, "config", config) && put(parts, "source", { value, where });
	}
	for (const name of ["syncCatalog", "configuredCatalog", "configured_catalog", "catalog", "configurations"]) {
		const catalog = below(name);
		if (!catalog || !Array.isArray(catalog.value.streams)) continue;
		known = put(parts, "catalog", catalog);
		parts.connection ??= { value, where };
	}
	for (const name of ["state", "states", "connectionState"]) {
		const state = value[name];
		if (state !== undefined && state !== null)
			known = put(parts, "state", { value: state, where: `${where}, ${name}` });
	}
	if (!known && PROGRAM_KEYS.some((key) => key in value)) known = put(parts, "source", { value, where });
	return known;
}

export const PROGRAM_KEYS = ["command", "image", "dockerRepository", "sourceType", "sourceName"];

function put<Part extends keyof AirbyteParts>(
	parts: AirbyteParts,
	part: Part,
	placed: NonNullable<AirbyteParts[Part]>,
) {
	const before = parts[part];
	if (before !== undefined && before.value !== placed.value && part !== "connection" && part !== "source") {
		throw exportError(
			`The export has two of what can be there once: the ${part}`,
			placed.where,
			`${before.where} is one already`,
			"export one connection into a folder of its own",
		);
	}
	parts[part] ??= placed;
	return true;
}

function isCatalog(value: JsonObject): boolean {
	const inner = value.type === "CATALOG" && isObject(value.catalog) ? value.catalog : value;
	const first = Array.isArray(inner.streams) ? inner.streams[0] : undefined;
	return isObject(first) && (isObject(first.stream) || "syncMode" in first || "json_schema" in first);
}

const STATE_TYPES = /^(stream|global|legacy|not_set|state)$/i;

/** Messages, payloads, or the answer of the API. An empty list is a state of nothing. */
function isState(value: Json): boolean {
	if (Array.isArray(value))
		return value.every((one) => isObject(one) && (isState(one) || typeof one.type === "string"));
	if (!isObject(value)) return false;
	const type = value.stateType ?? value.state_type ?? value.type;
	return typeof type === "string" && STATE_TYPES.test(type) && STATE_KEYS.some((key) => key in value);
}

const STATE_KEYS = ["stream", "global", "data", "state", "streamState", "globalState", "stateType"];
