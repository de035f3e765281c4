/** JSON Schema, draft 07 with `airbyte_type`, as catalogs and `spec` carry it. */
import type { Json, JsonSchema } from "@growthnav/spec";
import type { z } from "zod";
import { type Field, type FieldKind, fieldOf } from "./field.ts";

const DRAFT = "http://json-schema.org/draft-07/schema#";

const TYPES: Record<Exclude<FieldKind, "json" | "choice">, JsonSchema & { type: string }> = {
	string: { type: "string" },
	integer: { type: "integer" },
	decimal: { type: "number" },
	boolean: { type: "boolean" },
	date: { type: "string", format: "date" },
	timestamp: { type: "string", format: "date-time", airbyte_type: "timestamp_with_timezone" },
	datetime: { type: "string", format: "date-time", airbyte_type: "timestamp_without_timezone" },
	time: { type: "string", format: "time", airbyte_type: "time_without_timezone" },
	one_of: { type: "string" },
	array: { type: "array" },
	object: { type: "object" },
};

/** The schema of a stream's records: every value may be null, other fields may come. Without a type: any JSON. */
export function toJsonSchema(schema: z.ZodObject): JsonSchema {
	return { $schema: DRAFT, ...recordSchema(fieldOf(schema)), type: "object" };
}

function recordSchema(field: Field): JsonSchema {
	const told = descriptionOf(field);
	if (field.kind === "json" || field.kind === "choice") return told;
	const { type, ...rest } = TYPES[field.kind];
	const schema: JsonSchema = { type: ["null", type], ...rest, ...told };
	if (field.kind === "one_of") schema.enum = [...field.values, null];
	if (field.item !== undefined) schema.items = recordSchema(field.item);
	if (field.kind === "object") {
		schema.properties = Object.fromEntries([...field.fields].map(([name, part]) => [name, recordSchema(part)]));
		schema.additionalProperties = true;
	}
	return schema;
}

/** The schema of a config for `spec`: open, in the order of declaration, secrets marked. */
export function toConfigSchema(schema: z.ZodObject): JsonSchema {
	return { $schema: DRAFT, ...configSchema(fieldOf(schema)) };
}

function configSchema(field: Field): JsonSchema {
	const facts = { ...field.facts, ...(field.default !== undefined && { default: field.default as Json }) };
	if (field.kind === "json") return facts;
	if (field.kind === "choice") return { type: "object", ...facts, oneOf: field.options.map(configSchema) };
	const schema: JsonSchema = { ...TYPES[field.kind], ...field.limits, ...facts };
	if (field.kind === "one_of")
		Object.assign(schema, field.values.length > 1 ? { enum: [...field.values] } : constant(field));
	if (field.item !== undefined) schema.items = configSchema(field.item);
	if (field.kind === "object") Object.assign(schema, propertiesOf(field), { additionalProperties: true });
	return schema;
}

/** The property that tells the objects of a choice apart. */
function constant(field: Field): JsonSchema {
	return { const: field.values[0], enum: [field.values[0]!], default: field.values[0] };
}

function propertiesOf(field: Field): JsonSchema {
	const properties: Record<string, JsonSchema> = {};
	for (const [name, part] of field.fields)
		properties[name] = { order: Object.keys(properties).length, ...configSchema(part) };
	const required = [...field.fields].filter(([, part]) => !part.optional).map(([name]) => name);
	return { properties, ...(required.length > 0 && { required }) };
}

function descriptionOf(field: Field): JsonSchema {
	const { title, description } = field.facts;
	return {
		...(typeof title === "string" && { title }),
		...(typeof description === "string" && { description }),
	};
}
