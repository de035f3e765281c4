/** The catalog: what a destination makes tables of, and what it may rely on from release to release. */
import type { Catalog, JsonObject, Stream } from "@growthnav/spec";
import { checkMapping } from "../../../conversion/check.ts";
import type { Check } from "../contract.ts";
import { narrowed } from "./spec.ts";

export const CATALOG_CHECKS: Check[] = [
	{
		name: "discover: streams that can be read",
		rule: "at least one stream, each once, with fields, a way to read it and room for fields that come later",
		run: async (trial) => {
			const { streams } = await trial.discover();
			const found = streams.length === 0 ? ["the catalog has no stream"] : [];
			for (const stream of streams) found.push(...wrongIn(stream));
			return found;
		},
	},
	{
		name: "discover: keys and cursors are fields",
		rule: "a key is one plain value, a cursor is a field, and what is incremental is so by something",
		run: async (trial) => (await trial.discover()).streams.flatMap(keysOf),
	},
	{
		name: "discover: mappings read what is there",
		rule: "each path of a mapping is a field of its stream, also of one that is known only from the vendor",
		run: async (trial) => (await trial.discover()).streams.flatMap(mappingsOf),
	},
	{
		name: "discover: the same twice",
		rule: "two discoveries of one account are equal",
		run: async (trial) => {
			const [first, second] = [await trial.discover(), await trial.discover()].map((one) => JSON.stringify(one));
			return first === second ? [] : ["two catalogs of the same account differ"];
		},
	},
	{
		name: "discover: what the last release promised still holds",
		rule: "no stream or field is gone or of another type, no key or cursor is another",
		run: async (trial) => (trial.released === undefined ? [] : broken(trial.released.catalog, await trial.discover())),
	},
	{
		name: "discover: says what becomes of each stream",
		rule: "a stream has conversions, or a note why not",
		run: async (trial) => {
			const { streams } = await trial.discover();
			const converting = streams.filter(({ conversions }) => (conversions ?? []).length > 0);
			if (converting.length === 0) return [];
			return streams.flatMap(({ name, conversions, note }) =>
				(conversions ?? []).length === 0 && !note ? [`${name} has no conversions and no note that says why`] : [],
			);
		},
	},
];

function mappingsOf({ name, conversions = [], json_schema, conversion_origin: origin, ...stream }: Stream): string[] {
	const primaryKey = stream.source_defined_primary_key ?? [];
	return conversions.flatMap((mapping, index) =>
		checkMapping(mapping, json_schema, `conversion ${index + 1} of ${name}`, { name, origin, primaryKey }).map(
			({ message, where, why }) => `${where}: ${message}${why === undefined ? "" : `; ${why}`}`,
		),
	);
}

function wrongIn({ name, json_schema, supported_sync_modes }: Stream): string[] {
	const schema = json_schema as JsonObject;
	const found: string[] = [];
	if (Object.keys((schema.properties as JsonObject | undefined) ?? {}).length === 0)
		found.push(`${name} has no fields`);
	if (schema.additionalProperties === false) found.push(`${name} refuses fields that the vendor adds`);
	if ((supported_sync_modes ?? []).length === 0) found.push(`${name} cannot be read in any mode`);
	for (const word of ["$ref", "allOf", "not"]) {
		if (JSON.stringify(schema).includes(`"${word}":`)) found.push(`${name} uses ${word} in its schema`);
	}
	return found;
}

function keysOf(stream: Stream): string[] {
	const { name, source_defined_primary_key = [], default_cursor_field, supported_sync_modes = [] } = stream;
	const properties = ((stream.json_schema as JsonObject).properties ?? {}) as Record<string, JsonObject>;
	const found: string[] = [];
	for (const [field = ""] of source_defined_primary_key) {
		const types = [properties[field]?.type ?? []].flat();
		if (properties[field] === undefined) found.push(`the key ${field} of ${name} is not among its fields`);
		else if (types.includes("object") || types.includes("array"))
			found.push(`the key ${field} of ${name} is no one value`);
	}
	const [cursor] = default_cursor_field ?? [];
	if (cursor !== undefined && properties[cursor] === undefined)
		found.push(`the cursor ${cursor} of ${name} is not among its fields`);
	if (supported_sync_modes.includes("incremental") && cursor === undefined && !stream.source_defined_cursor)
		found.push(`${name} is incremental by nothing`);
	return found;
}

function broken(then: Catalog, now: Catalog): string[] {
	const today = new Map(now.streams.map((stream) => [stream.name, stream]));
	return then.streams.flatMap((before) => {
		const after = today.get(before.name);
		if (after === undefined) return [`${before.name} is gone`];
		const found = narrowed(before.json_schema as JsonObject, after.json_schema as JsonObject, `${before.name}.`);
		for (const fact of ["source_defined_primary_key", "default_cursor_field"] as const) {
			if (JSON.stringify(before[fact] ?? []) !== JSON.stringify(after[fact] ?? []))
				found.push(`${before.name} has another ${fact.replaceAll("_", " ").replace("source defined ", "")}`);
		}
		return found;
	});
}
