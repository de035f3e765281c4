/** The JSON Schema of a conversion, from the list of its columns. */
import {
	CONVERSION_COLUMNS,
	type ConversionColumnDefinition,
	type ConversionColumnType,
	MONEY_TYPES,
	REVERSAL_TYPES,
} from "../src/index.ts";

type Schema = { [keyword: string]: unknown };

const COLUMNS: readonly ConversionColumnDefinition[] = CONVERSION_COLUMNS;

const FORMS: Record<ConversionColumnType, Schema> = {
	string: { type: "string" },
	integer: { type: "string", pattern: "^(0|-?[1-9][0-9]*)$" },
	decimal: { type: "string", pattern: "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$" },
	boolean: { type: "boolean" },
	timestamp: { type: "string", format: "date-time", pattern: "Z$" },
	date: { type: "string", format: "date" },
	json: { type: "string", contentMediaType: "application/json" },
};

export function conversionSchema(): Schema {
	return {
		$schema: "http://json-schema.org/draft-07/schema#",
		title: "Conversion",
		description:
			"One business event. Numbers are exact text, times are UTC. Absent and null mean the same: not known. Nothing is ever filled in that the source does not say.",
		type: "object",
		properties: Object.fromEntries(COLUMNS.map((column) => [column.name, columnSchema(column)])),
		required: COLUMNS.filter(({ required }) => required).map(({ name }) => name),
		allOf: [
			when(MONEY_TYPES, "Money without an amount or a currency is no conversion", {
				required: ["value", "currency"],
				properties: { value: { type: "string" }, currency: { type: "string" } },
			}),
			when(REVERSAL_TYPES, "A reversal is never positive: it was negated twice or never", {
				properties: { value: { pattern: "^(-|0(\\.0+)?$)" } },
			}),
		],
	};
}

function columnSchema(column: ConversionColumnDefinition): Schema {
	return { description: `${column.group}: ${column.description}.`, ...listOr(column) };
}

function listOr(column: ConversionColumnDefinition): Schema {
	const { repeated } = column;
	if (repeated === undefined) return nullable(valueSchema(column), column.required === true);
	if (repeated === true) return { type: ["array", "null"], items: valueSchema(column) };
	const fields = repeated.map((field) => [
		field.name,
		{ description: `${field.description}.`, ...nullable(FORMS[field.type], false) },
	]);
	return { type: ["array", "null"], items: { type: "object", properties: Object.fromEntries(fields) } };
}

function valueSchema({ type, values, pattern }: ConversionColumnDefinition): Schema {
	return { ...FORMS[type], ...(values !== undefined && { enum: values }), ...(pattern !== undefined && { pattern }) };
}

function nullable(schema: Schema, required: boolean): Schema {
	if (required) return schema;
	const { enum: values } = schema as { enum?: readonly unknown[] };
	return { ...schema, type: [schema.type, "null"], ...(values !== undefined && { enum: [...values, null] }) };
}

function when(types: readonly string[], description: string, then: Schema): Schema {
	return { description, if: { properties: { conversion_type: { enum: types } } }, then };
}
