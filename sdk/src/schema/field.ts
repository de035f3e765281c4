/** A schema as plain data: what the JSON Schema, the row checks and the config parser walk. */
import { z } from "zod";
import { ConnectorError } from "../errors.ts";
import { type Word, words } from "./vocabulary.ts";

export type FieldKind = Word | "object" | "array" | "choice";

/** One value that a schema describes; which of the last four parts are there depends on `kind`. */
export interface Field {
	kind: FieldKind;
	/** May be absent or null. A default makes a field optional too. */
	optional: boolean;
	default?: unknown;
	/** `airbyte_secret`: never shown. */
	secret: boolean;
	/** What `.describe()` and `.meta()` said: title, description, examples, … */
	facts: Record<string, unknown>;
	/** `minimum` and `maximum` of an integer; lengths of a string. */
	limits: Record<string, number>;
	/** one_of: the words. */
	values: readonly string[];
	/** array: what it holds. */
	item?: Field;
	/** object: its fields in the order in which they were declared. */
	fields: ReadonlyMap<string, Field>;
	/** choice: its objects. */
	options: readonly Field[];
}

const known = new WeakMap<z.ZodType, Field>();

/** The description of a schema; computed once per schema. A zod type from outside the vocabulary is an internal error. */
export function fieldOf(schema: z.ZodType): Field {
	let field = known.get(schema);
	if (field === undefined) {
		field = describe(schema);
		known.set(schema, field);
	}
	return field;
}

function describe(schema: z.ZodType): Field {
	if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
		return wrapped(schema.unwrap() as z.ZodType, schema, {});
	}
	if (schema instanceof z.ZodDefault) {
		return wrapped(schema.unwrap() as z.ZodType, schema, { default: schema.def.defaultValue });
	}
	const facts = factsOf(schema);
	const field: Field = {
		kind: kindOf(schema),
		optional: false,
		secret: facts.airbyte_secret === true,
		facts,
		limits: limitsOf(schema),
		values: schema instanceof z.ZodEnum ? (schema.options as string[]) : [],
		fields: new Map(),
		options: [],
	};
	if (schema instanceof z.ZodArray) field.item = fieldOf(schema.element as z.ZodType);
	if (schema instanceof z.ZodUnion) field.options = schema.options.map((option) => fieldOf(option as z.ZodType));
	if (schema instanceof z.ZodObject) {
		field.fields = new Map(Object.entries(schema.shape).map(([name, part]) => [name, fieldOf(part as z.ZodType)]));
	}
	return field;
}

function wrapped(inner: z.ZodType, schema: z.ZodType, more: { default?: unknown }): Field {
	const field = fieldOf(inner);
	const facts = { ...field.facts, ...factsOf(schema) };
	return { ...field, ...more, optional: true, facts, secret: facts.airbyte_secret === true };
}

function factsOf(schema: z.ZodType): Record<string, unknown> {
	return { ...z.globalRegistry.get(schema) };
}

function kindOf(schema: z.ZodType): FieldKind {
	if (schema instanceof z.ZodObject) return "object";
	if (schema instanceof z.ZodArray) return "array";
	if (schema instanceof z.ZodUnion) return "choice";
	const kind = words.get(schema)?.word;
	if (kind !== undefined) return kind;
	throw new ConnectorError(
		"internal.schema",
		`A schema uses zod's ${schema.def.type}, which is not in the vocabulary`,
		{
			why: "each word of the vocabulary means exactly one column type",
			next: "use string, integer, decimal, boolean, date, timestamp, datetime, time, oneOf, json, array, object",
		},
	);
}

function limitsOf(schema: z.ZodType): Record<string, number> {
	const limits: Record<string, number> = {};
	if (schema instanceof z.ZodNumber) {
		// a zod integer has the limits of safe integers, which are no news
		if (schema.minValue !== null && schema.minValue > Number.MIN_SAFE_INTEGER) limits.minimum = schema.minValue;
		if (schema.maxValue !== null && schema.maxValue < Number.MAX_SAFE_INTEGER) limits.maximum = schema.maxValue;
	}
	if (schema instanceof z.ZodString) {
		if (schema.minLength !== null) limits.minLength = schema.minLength;
		if (schema.maxLength !== null) limits.maxLength = schema.maxLength;
	}
	return limits;
}
