/** The settings of a connector as a pipeline file has them, held against its `spec`, and made ready to hand over. */
import type { Json, JsonObject, JsonSchema } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { didYouMean, listOf } from "../../nearest.ts";
import { exactNumber } from "../../protocol/index.ts";
import { registerSecret } from "../../redact.ts";
import type { Parts } from "../host.ts";
import { isReference } from "./references.ts";
import { isObject } from "./shape.ts";

export interface SettingsContext {
	/** Whose settings: "square". */
	owner: string;
	/** "acme.yaml:9:5, source.config" of a path in the config. */
	where(path: Parts, part?: "key" | "value"): string;
}

/** A schema and the value that it describes, wherever both are there. */
type Visit = (schema: JsonSchema, value: Json, path: Parts) => void;

/**
 * Secrets in plain text: a pipeline file is shared and committed. Every secret value is registered in any case, so that
 * not even the error can show it.
 */
export function plainSecrets(spec: JsonSchema, config: JsonObject, { where }: SettingsContext): ConnectorError[] {
	const errors: ConnectorError[] = [];
	walk(spec, config, [], (schema, value, path) => {
		if (schema.airbyte_secret !== true) return;
		const plain = textsIn(value).filter((text) => text !== "" && !isReference(text));
		if (plain.length === 0) return;
		for (const text of plain) registerSecret(text);
		const name = String(path.at(-1));
		const variable = name.toUpperCase().replace(/[^A-Z0-9]/g, "_");
		errors.push(
			new ConnectorError("config.secret_in_file", `${name} stands in plain text in a pipeline file`, {
				where: where(path),
				why: "pipeline files are shared and committed; a secret must not be in one",
				next: `export ${variable}=..., and write ${name}: env:${variable}`,
			}),
		);
	});
	return errors;
}

/** The secrets that a pipeline file refers to, by their paths in the config. */
export function secretReferences(spec: JsonSchema, config: JsonObject): { path: Parts; reference: string }[] {
	const found: { path: Parts; reference: string }[] = [];
	walk(spec, config, [], (schema, value, path) => {
		if (schema.airbyte_secret === true && isReference(value)) found.push({ path, reference: value });
	});
	return found;
}

/** Where a config holds secrets: the paths of what the spec calls so. */
export function secretSettings(spec: JsonSchema, config: JsonObject): Parts[] {
	const found: Parts[] = [];
	walk(spec, config, [], (schema, _value, path) => {
		if (schema.airbyte_secret === true) found.push(path);
	});
	return found;
}

/**
 * Registers every secret of a config, also those that were handed over by hand, where plain secrets may stand. Answers
 * the settings whose value is too short to be removed from texts safely.
 */
export function registerSecrets(spec: JsonSchema, config: JsonObject): Parts[] {
	const short: Parts[] = [];
	walk(spec, config, [], (schema, value, path) => {
		if (schema.airbyte_secret !== true) return;
		for (const text of textsIn(value)) if (text !== "" && !registerSecret(text)) short.push(path);
	});
	return short;
}

/** Keys that the spec does not have. Only connectors of ours are strict; where a spec has choices they look themselves. */
export function unknownKeys(spec: JsonSchema, config: JsonObject, { owner, where }: SettingsContext): ConnectorError[] {
	const errors: ConnectorError[] = [];
	walk(spec, config, [], (schema, value, path) => {
		const { properties } = schema;
		if (!isObject(value) || !isObject(properties as Json | undefined) || schema.oneOf !== undefined) return;
		const known = Object.keys(properties!);
		for (const key of Object.keys(value)) {
			if (known.includes(key)) continue;
			const place = path.length === 0 ? `the settings of ${owner}` : `${path.join(".")} of ${owner}`;
			errors.push(
				new ConnectorError("config.unknown_key", `Unknown key ${key} in ${place}`, {
					where: where([...path, key], "key"),
					why: `${owner} knows ${listOf([...known].sort())}${path.length === 0 ? "" : " there"}`,
					next: didYouMean(key, known) ?? "remove it, or write the one that was meant",
				}),
			);
		}
	});
	return errors;
}

/** The text of a reference as what the spec asks for: `env:PORT` where a number stands becomes one. */
export function typedReferences(spec: JsonSchema, written: JsonObject, resolved: JsonObject): JsonObject {
	const typed = (schema: JsonSchema | undefined, before: Json | undefined, after: Json): Json => {
		if (isReference(before) && typeof after === "string") return asType(schema?.type, after);
		if (Array.isArray(before) && Array.isArray(after)) {
			return after.map((one, index) => typed(schema?.items, before[index], one));
		}
		if (!isObject(before) || !isObject(after)) return after;
		return Object.fromEntries(
			Object.entries(after).map(([key, one]) => [key, typed(schema?.properties?.[key], before[key], one as Json)]),
		);
	};
	return typed(spec, written, resolved) as JsonObject;
}

function asType(type: JsonSchema["type"], text: string): Json {
	const types = [type ?? "string"].flat();
	if (types.includes("string")) return text;
	if (types.some((one) => one === "integer" || one === "number") && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) {
		return exactNumber(text);
	}
	if (types.includes("boolean") && (text === "true" || text === "false")) return text === "true";
	return text;
}

function walk(schema: JsonSchema, value: Json, path: Parts, visit: Visit): void {
	// a foreign spec may hold anything
	if (!isObject(schema as Json)) return;
	visit(schema, value, path);
	for (const options of [schema.oneOf, schema.anyOf, schema.allOf]) {
		if (Array.isArray(options)) for (const option of options) walk(option as JsonSchema, value, path, visit);
	}
	if (Array.isArray(value) && schema.items) {
		for (const [index, one] of value.entries()) walk(schema.items, one, [...path, index], visit);
	}
	if (!isObject(value)) return;
	for (const [key, inner] of Object.entries(schema.properties ?? {})) {
		if (Object.hasOwn(value, key)) walk(inner, value[key] as Json, [...path, key], visit);
	}
}

function textsIn(value: Json): string[] {
	if (typeof value === "string") return [value];
	if (typeof value === "number") return [String(value)];
	if (JSON.isRawJSON(value)) return [value.rawJSON];
	if (Array.isArray(value)) return value.flatMap(textsIn);
	return isObject(value) ? Object.values(value).flatMap((one) => textsIn(one as Json)) : [];
}
