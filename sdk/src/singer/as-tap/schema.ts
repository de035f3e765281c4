/** Schemas as Singer targets take them. */
import type { Json, JsonSchema } from "@growthnav/spec";
import { DELETED_AT } from "../../source/deletions.ts";

/** The field by which Singer's targets know a deleted row, by convention. */
export const SDC_DELETED_AT = "_sdc_deleted_at";

/** Of a value of which nothing is said. Some targets leave a field without a type out, without a word. */
const ANY = ["null", "object", "array", "string", "number", "boolean"];

/**
 * The schema of a stream's records: every value has a type and may be null, as sources of the protocol mean it; nothing
 * is required; of alternatives any may hold. `_ab_cdc_deleted_at` is called what targets call it.
 */
export function singerSchema(schema: JsonSchema): JsonSchema {
	const { $schema: _draft, required: _required, properties = {}, ...rest } = schema;
	return { ...rest, type: "object", properties: propertiesOf(renamed(properties)) };
}

/** Whether the field of deletions gets its other name: not where the stream has one of that name already. */
export function hasDeletions({ properties = {} }: JsonSchema): boolean {
	return Object.hasOwn(properties, DELETED_AT) && !Object.hasOwn(properties, SDC_DELETED_AT);
}

function renamed(properties: Record<string, JsonSchema>): Record<string, JsonSchema> {
	if (!hasDeletions({ properties })) return properties;
	const entries = Object.entries(properties);
	return Object.fromEntries(entries.map(([name, schema]) => [name === DELETED_AT ? SDC_DELETED_AT : name, schema]));
}

function propertiesOf(properties: Record<string, JsonSchema>): Record<string, JsonSchema> {
	return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valueSchema(schema)]));
}

function valueSchema(given: JsonSchema | boolean): JsonSchema {
	const schema = typeof given === "object" ? given : {};
	const { required: _required, oneOf, anyOf, const: constant, enum: choices, properties, items, ...rest } = schema;
	const alternatives = [anyOf, oneOf].find(isList)?.map((one) => valueSchema(one as JsonSchema));
	const values = choices ?? (constant === undefined ? undefined : [constant as Json]);
	return {
		...rest,
		type: typesOf(schema, values, alternatives),
		...(values !== undefined && { enum: values.includes(null) ? values : [...values, null] }),
		...(alternatives !== undefined && { anyOf: alternatives }),
		...(properties !== undefined && { properties: propertiesOf(properties) }),
		...(items !== undefined && { items: Array.isArray(items) ? {} : valueSchema(items) }),
	};
}

function typesOf({ type }: JsonSchema, values?: readonly Json[], alternatives?: readonly JsonSchema[]): string[] {
	const known = type ?? values?.map(typeOf) ?? alternatives?.flatMap((one) => one.type as string[]);
	const types = known === undefined || known.length === 0 ? ANY : ["null", ...[known].flat()];
	return [...new Set(types)];
}

function typeOf(value: Json): string {
	if (value === null) return "null";
	if (Array.isArray(value)) return "array";
	return typeof value === "object" && JSON.isRawJSON(value) ? "number" : typeof value;
}

function isList(value: unknown): value is unknown[] {
	return Array.isArray(value) && value.length > 0;
}
