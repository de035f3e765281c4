/** The files that executables are given, and where in them a fault stands. */
import type { ConfiguredCatalog, ConfiguredStream, Json, JsonObject, Message, Stream } from "@growthnav/spec";
import type { z } from "zod";
import { readUpTo } from "../bounded-file.ts";
import { ConnectorError, isConnectorError } from "../errors.ts";
import { pathText } from "../pipeline/host.ts";
import { parseJson } from "../protocol/parse.ts";
import { payloadFault, withoutNulls } from "../protocol/payload.ts";
import { registerSecret } from "../redact.ts";
import { type ConfigPath, parseConfig, secretsOf } from "../schema/parse-config.ts";

const LARGEST = 100_000_000;

/** Throws config.file for what cannot be read; `option` is the one that names it. */
export async function readInput(file: string, option: string): Promise<string> {
	try {
		const bytes = await readUpTo(file, LARGEST + 1);
		if (bytes.length > LARGEST) throw new Error("it is larger than 100 MB");
		return bytes.toString("utf8").replace(/^\uFEFF/, "");
	} catch (thrown) {
		const { code, message } = thrown as NodeJS.ErrnoException;
		throw new ConnectorError("config.file", `${file} cannot be read`, {
			where: `--${option}`,
			why: REASONS[code ?? ""] ?? message,
			next: `name a file with --${option}`,
			cause: thrown,
		});
	}
}

const REASONS: Record<string, string> = {
	ENOENT: "there is no such file",
	EACCES: "this user may not read it",
	EISDIR: "it is a folder",
};

/** A JSON file. Throws config.json with line and column; quotes nothing of the file. */
export async function readJson(file: string, option: string): Promise<{ text: string; value: Json }> {
	const text = await readInput(file, option);
	try {
		return { text, value: parseJson(text) };
	} catch (thrown) {
		if (!isConnectorError(thrown)) throw thrown;
		throw new ConnectorError("config.json", `${file} is not JSON`, {
			where: placeOf(file, text, thrown.message),
			why: thrown.message.replace(/^not JSON: /, "").replace(/ at position \d+/, ""),
			next: "correct it there, or just before",
			cause: thrown,
		});
	}
}

function placeOf(file: string, text: string, message: string): string {
	const position = /at position (\d+)/.exec(message)?.[1];
	const before = text.slice(0, position === undefined ? text.trimEnd().length : Number(position)).split("\n");
	return `${file}:${before.length}:${before.at(-1)!.length + 1}`;
}

/**
 * A config that fits its schema, its secrets registered. Throws all faults together, each with file, line and column.
 * References (`env:NAME`, `file:PATH`) are growthnav's: a stranger's config could else read the environment.
 */
export async function readConfig(
	schema: z.ZodObject,
	owner: string,
	program: string,
	file: string,
): Promise<JsonObject> {
	const { text, value } = await readJson(file, "config");
	for (const secret of secretsOf(schema, value)) registerSecret(secret);
	const references = [...referencesIn(value, [])];
	const fits = parseConfig(schema, value, { owner });
	if (references.length === 0 && fits.errors === undefined) return value as JsonObject;
	const where = await placesIn(file, text);
	const errors = [
		...references.map((path) => reference(program, path, where(path, "value"))),
		...(parseConfig(schema, value, { owner, where }).errors ?? []),
	];
	throw errors.length === 1 ? errors[0] : new AggregateError(errors);
}

/** "square.json:3:5, access_token". The reader that knows places is loaded only when something is wrong. */
async function placesIn(file: string, text: string): Promise<(path: ConfigPath, part: "key" | "value") => string> {
	const { readDocument } = await import("../pipeline/file/document.ts");
	const document = await readDocument(text, file);
	return (path, part) => {
		const place = Array.isArray(document) ? file : document.at(path, part);
		return path.length === 0 ? place : `${place}, ${pathText(path)}`;
	};
}

const REFERENCE = /^(env:[A-Za-z_]\w*|file:(?!\/\/).+)$/;

function* referencesIn(value: Json | undefined, path: ConfigPath): Generator<ConfigPath> {
	if (typeof value === "string" && REFERENCE.test(value)) yield path;
	if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* referencesIn(item, [...path, i]);
	else if (typeof value === "object" && value !== null && !JSON.isRawJSON(value)) {
		for (const [key, item] of Object.entries(value)) yield* referencesIn(item, [...path, key]);
	}
}

function reference(program: string, path: ConfigPath, where: string): ConnectorError {
	return new ConnectorError("config.reference", `${pathText(path)} is a reference, which ${program} does not follow`, {
		where,
		why: "env: and file: are read by growthnav alone, from a pipeline file",
		next: "write the value itself, or use growthnav with a pipeline file",
	});
}

/** A configured catalog, or the answer of `discover`, whose streams are then read and written as they suggest. */
export async function readCatalog(file: string): Promise<ConfiguredCatalog> {
	const { value } = await readJson(file, "catalog");
	const catalog = isObject(value) && isObject(value.catalog) ? value.catalog : value;
	const streams = isObject(catalog) && Array.isArray(catalog.streams) ? catalog.streams : undefined;
	if (streams === undefined) throw noCatalog(file, "it has no list of streams");
	return { streams: streams.map((entry, i) => configuredStream(entry, `${file}, streams[${i}]`)) };
}

/** Held to what a CATALOG message is held to: null is absent, fields of other types are told. */
function configuredStream(entry: Json, where: string): ConfiguredStream {
	if (!isObject(entry)) throw noCatalog(where, "it names no stream");
	const { stream: inner, ...how } = entry;
	const flat = { ...how, ...(isObject(inner) ? inner : {}) };
	const message = { type: "CATALOG", catalog: { streams: [flat] } } as unknown as Message;
	const fault = payloadFault(message);
	if (fault !== undefined) throw noCatalog(where, fault);
	withoutNulls(message);
	const stream = flat as unknown as Stream & Partial<Omit<ConfiguredStream, "stream">>;
	const { supported_sync_modes, source_defined_primary_key: key = [] } = stream;
	const { sync_mode = supported_sync_modes.includes("incremental") ? "incremental" : "full_refresh" } = stream;
	const { destination_sync_mode = key.length > 0 ? "append_dedup" : "append" } = stream;
	return { ...stream, stream, sync_mode, destination_sync_mode };
}

function noCatalog(where: string, why: string): ConnectorError {
	return new ConnectorError("config.catalog", "The catalog cannot be used", {
		where,
		why,
		next: "give a configured catalog, or what `discover` answers",
	});
}

function isObject(value: Json | undefined): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}
