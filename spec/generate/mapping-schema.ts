/** The JSON Schema of a conversion mapping. Columns and types come from the lists of `src`; the notation stands here. */
import {
	CONVERSION_COLUMNS,
	CONVERSION_TYPES,
	type ConversionColumnDefinition,
	DERIVED_COLUMNS,
	LINE_ITEM_FIELDS,
} from "../src/index.ts";

type Schema = { [keyword: string]: unknown };

const COLUMNS: readonly ConversionColumnDefinition[] = CONVERSION_COLUMNS;
const DERIVED: readonly string[] = DERIVED_COLUMNS;

export function mappingSchema(): Schema {
	return {
		$schema: "http://json-schema.org/draft-07/schema#",
		title: "A conversion mapping",
		description:
			"What becomes of a record: plain JSON, no string is ever evaluated. Absent, null and blank text do not exist.",
		allOf: [ref("ConversionMapping")],
		definitions: {
			ConversionMapping: mapping,
			MappedColumns: columns(),
			Value: value,
			Path: {
				type: "string",
				minLength: 1,
				description: "Dotted path in the record: `customer.id`, `items.0.sku`. A dot in a key is written `\\.`.",
			},
			When: {
				type: "object",
				description: "Paths and what they must be; all lines must hold.",
				additionalProperties: ref("Condition"),
			},
			Condition: {
				description: "One literal, a list (any of), what it must not be, or whether it exists.",
				anyOf: [
					ref("Literal"),
					literals,
					verb("not", "Neither this nor any of these.", { anyOf: [ref("Literal"), literals] }),
					verb("exists", "Whether it exists.", { type: "boolean" }),
				],
			},
			Literal: { type: ["string", "number", "boolean", "null"] },
			ConversionType: { enum: CONVERSION_TYPES, description: "What happened." },
			ConversionOrigin: {
				description: "Where conversions come from, for mappings whose `columns` do not say it.",
				...closed(
					{
						source: ref("Value", "Kind of system: pos, crm, loyalty, ecommerce, accounting, manual or api."),
						source_system: ref("Value", "Name of the system: square. Part of `conversion_id`."),
						source_account: ref("Value", "Account in that system. Part of `conversion_id`."),
					},
					["source", "source_system", "source_account"],
				),
			},
		},
	};
}

function ref(name: string, description?: string): Schema {
	const $ref = `#/definitions/${name}`;
	return description === undefined ? { $ref } : { description, allOf: [{ $ref }] };
}

/** An object with these keys only. */
function closed(properties: Schema, required: string[] = []): Schema {
	return { type: "object", properties, ...(required.length > 0 && { required }), additionalProperties: false };
}

function verb(name: string, description: string, schema: Schema, more: Schema = {}): Schema {
	return { description, ...closed({ [name]: { description, ...schema }, ...more }, [name]) };
}

const literals: Schema = { type: "array", items: ref("Literal"), minItems: 1 };
const values: Schema = { type: "array", items: ref("Value"), minItems: 1 };

const value: Schema = {
	description: "A path in the record, or an object with exactly one verb; verbs nest wherever a path may stand.",
	anyOf: [
		ref("Path"),
		verb("const", "This value, always. Money constants are text.", { type: ["string", "number", "boolean"] }),
		verb("first", "The first that exists.", values),
		verb(
			"minor",
			"Minor units to a decimal: by the ISO 4217 exponent of the row's `currency`, or by fixed `decimals`.",
			{ allOf: [ref("Value")] },
			{ decimals: { type: "integer", minimum: 0, maximum: 9, description: "Digits after the point." } },
		),
		verb("sum", "The sum. All terms must exist; whoever means zero writes `first: [tip, { const: 0 }]`.", values),
		verb("negate", "The same amount with the other sign.", { allOf: [ref("Value")] }),
		verb("path", "The path itself, where a bare word would be a word.", { allOf: [ref("Path")] }),
	],
};

/** `{ refund: "refunds" }` */
const element: Schema = {
	type: "object",
	description: "A name for the element, and the path of its list. The name stands before paths of the element.",
	additionalProperties: ref("Path"),
	propertyNames: { pattern: "^[^.\\\\]+$" },
	minProperties: 1,
	maxProperties: 1,
};

const mapping: Schema = {
	description: "From a record to conversions: one, or one per element of a list.",
	...closed(
		{
			type: ref("ConversionType"),
			when: ref("When", "Records for which it does not hold are counted as left out."),
			each: { ...element, description: "One row per element of a list. Needs `discriminator`." },
			discriminator: ref("Value", "Tells the rows of one record apart in `conversion_id`."),
			parent: {
				description: "The sale that a reversal reverses: gives `parent_conversion_id`.",
				...closed(
					{
						type: ref("ConversionType", "Type of the sale."),
						stream: { type: "string", minLength: 1, description: "Stream of the sale." },
						key: { description: "The sale's key; a list for a key of several fields.", anyOf: [ref("Value"), values] },
						discriminator: ref("Value", "Discriminator of the sale, where its mapping has one."),
					},
					["type", "stream", "key"],
				),
			},
			tracking: {
				description: "Fills the click id and UTM columns that `columns` does not name.",
				...closed({ url: ref("Value", "The URL of the visit.") }, ["url"]),
			},
			time_zone: {
				description: "IANA zone for times without an offset and for the business date: a word, or a path.",
				anyOf: [{ type: "string", minLength: 1 }, closed({ path: ref("Path") }, ["path"])],
			},
			flags: {
				type: "array",
				description: "Facts for `dq_flags`.",
				items: closed(
					{
						flag: { type: "string", pattern: "^[a-z][a-z0-9_]{0,63}$", description: "The flag: a word." },
						when: ref("When", "It is set where this holds."),
					},
					["flag", "when"],
				),
			},
			columns: ref("MappedColumns"),
		},
		["type", "columns"],
	),
	dependencies: { each: ["discriminator"] },
};

function columns(): Schema {
	const mappable = COLUMNS.filter(({ name }) => !DERIVED.includes(name));
	const items = LINE_ITEM_FIELDS.map(({ name, description }) => [name, ref("Value", `${description}.`)]);
	return {
		description: "Columns of the conversion and where their values stand. Inside, a word is a path in the record.",
		...closed({
			...Object.fromEntries(mappable.map(({ name, description }) => [name, ref("Value", `${description}.`)])),
			line_items: {
				description: "The basket: one line per element.",
				...closed(
					{
						each: element,
						columns: { description: "What stands in each line.", ...closed(Object.fromEntries(items)) },
					},
					["each", "columns"],
				),
			},
			identity_fragments: {
				type: "array",
				description: "What may identify the person; each gives one element where its value exists.",
				items: closed(
					{
						type: { type: "string", minLength: 1, description: "email, phone, loyalty_id, …" },
						value: ref("Value", "As the source has it."),
					},
					["type", "value"],
				),
			},
		}),
	};
}
