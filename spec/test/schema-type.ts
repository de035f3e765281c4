/** A JSON Schema as TypeScript, for comparing it with the types that `src` exports. Knows what the files of `spec` use. */
import type { Schema } from "./schemas.ts";

/** Small letters: a part of a schema that has no type of its own. */
const hasType = (name: string) => /^[A-Z]/.test(name);

export function typeOf(schema: Schema, root: Schema): string {
	const one = (inner: unknown) => typeOf(inner as Schema, root);
	if (typeof schema.$ref === "string") return referred(schema.$ref, root);
	if ("const" in schema) return JSON.stringify(schema.const);
	if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
	if (schema.type === "object") return objectType(schema, root);
	const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
	if (Array.isArray(options)) return options.map((option) => `(${one(option)})`).join(" | ");
	if (schema.type === "array") return `(${one(schema.items)})[]`;
	if (Array.isArray(schema.type)) return schema.type.map((type) => one({ ...schema, type })).join(" | ");
	if (schema.type === undefined) return "T.Json";
	return schema.type === "integer" ? "number" : String(schema.type);
}

function referred(ref: string, root: Schema): string {
	if (ref === "mapping.json") return "T.ConversionMapping";
	const name = ref.slice(ref.lastIndexOf("/") + 1);
	return hasType(name) ? `T.${name}` : typeOf((root.definitions as { [name: string]: Schema })[name]!, root);
}

function objectType({ properties, required = [], additionalProperties }: Schema, root: Schema): string {
	if (typeof additionalProperties === "object")
		return `{ [key: string]: ${typeOf(additionalProperties as Schema, root)} }`;
	if (properties === undefined) return "T.JsonObject";
	const fields = Object.entries(properties as { [name: string]: Schema }).map(
		([name, field]) =>
			`${JSON.stringify(name)}${(required as string[]).includes(name) ? "" : "?"}: ${typeOf(field, root)}`,
	);
	return `{ ${fields.join("; ")} }`;
}

/** Definitions that have a type of the same name, and a root whose title names one. */
export function typedParts(root: Schema): [name: string, schema: Schema][] {
	const parts = Object.entries((root.definitions ?? {}) as { [name: string]: Schema }).filter(([name]) =>
		hasType(name),
	);
	const { title, definitions, ...rest } = root;
	return /^[A-Z]\w+$/.test(String(title)) && rest.properties !== undefined ? [...parts, [String(title), rest]] : parts;
}
