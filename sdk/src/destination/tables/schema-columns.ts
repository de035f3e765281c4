/**
 * Columns of a stream from its JSON Schema (draft 07, with Airbyte's `airbyte_type`). One type per column, the one that
 * holds every value exactly; what has none (objects, lists, unions, no type at all) is json. Foreign schemas are data:
 * they are read to a limited depth, references stay inside the schema, patterns are not looked at.
 */
import type { JsonSchema } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import type { Column, ColumnType } from "./columns.ts";

/** BigQuery takes 10,000 columns, ours among them. */
const MOST_COLUMNS = 9_900;
const DEEPEST = 16;
/** Alternatives of one property, all levels together. */
const MOST_ALTERNATIVES = 200;

export interface KeyPaths {
	primaryKey?: string[][] | undefined;
	cursor?: string[] | undefined;
}

/**
 * One column per property, in the order of the schema; `names` from `assignNames`. The columns of the key, and the
 * cursor of a stream with a key, are required: a wrong value there refuses the record. Throws `data.schema_too_wide`.
 */
export function columnsOf(schema: JsonSchema, names: ReadonlyMap<string, string>, paths: KeyPaths = {}): Column[] {
	const properties = propertiesOf(schema);
	if (properties.length > MOST_COLUMNS) {
		throw new ConnectorError("data.schema_too_wide", `The stream has ${properties.length} columns`, {
			where: "its json_schema in the catalog",
			why: `a table has at most ${MOST_COLUMNS} columns of a stream`,
			next: "select fewer fields in the catalog",
		});
	}
	const required = requiredOf(paths);
	return properties.map(([property, one]) => ({
		property,
		name: names.get(property)!,
		type: columnTypeOf(one, schema),
		...(required.has(property) && { required: true }),
	}));
}

/**
 * The properties of a schema of records, its own and those of its `allOf`. One whose name holds half a character can be
 * no column; its values go where those of unknown properties go.
 */
export function propertiesOf(schema: JsonSchema): [string, unknown][] {
	const found = new Map<string, unknown>();
	const parts = Array.isArray(schema.allOf) ? schema.allOf.slice(0, MOST_ALTERNATIVES) : [];
	for (const part of [schema, ...parts]) {
		const properties = isObject(part) && isObject(part.properties) ? part.properties : {};
		for (const property of Object.keys(properties)) {
			if (property.isWellFormed()) found.set(property, properties[property]);
		}
	}
	return [...found];
}

function requiredOf({ primaryKey = [], cursor = [] }: KeyPaths): Set<string> {
	// the column of a longer path is json; what stands at its end is looked at with the key
	const own = (path: string[]) => (path.length === 1 ? path : []);
	return new Set([...primaryKey.flatMap(own), ...(primaryKey.length > 0 ? own(cursor) : [])]);
}

/** The type of one property. `root` is where its local references lead. */
export function columnTypeOf(schema: unknown, root: JsonSchema): ColumnType {
	const types = typesOf(schema, { root, left: MOST_ALTERNATIVES }, 0);
	return common([...types]);
}

/** Types that together are one: whole numbers among decimals, times among texts. */
function common(types: ColumnType[]): ColumnType {
	if (types.length === 1) return types[0]!;
	if (types.length === 0) return "json";
	if (types.every((type) => type === "integer" || type === "decimal")) return "decimal";
	return types.every((type) => TEXTS.has(type)) ? "string" : "json";
}

const TEXTS: ReadonlySet<ColumnType> = new Set(["string", "date", "timestamp", "datetime", "time"]);

interface Reading {
	root: JsonSchema;
	/** Alternatives that may still be looked at. */
	left: number;
}

/** The types of all values that the schema allows, without null. */
function typesOf(schema: unknown, reading: Reading, depth: number): Set<ColumnType> {
	if (!isObject(schema) || depth > DEEPEST || --reading.left < 0) return new Set(["json"]);
	if (typeof schema.$ref === "string") return typesOf(resolve(schema.$ref, reading.root), reading, depth + 1);
	if (schema.type !== undefined) {
		const names = Array.isArray(schema.type) ? schema.type : [schema.type];
		return new Set(names.filter((name) => name !== "null").map((name) => typeOf(name, schema)));
	}
	for (const list of [schema.anyOf, schema.oneOf]) {
		if (!Array.isArray(list)) continue;
		return new Set(list.flatMap((one) => [...typesOf(one, reading, depth + 1)]));
	}
	if (Array.isArray(schema.allOf) && schema.allOf.length === 1) return typesOf(schema.allOf[0], reading, depth + 1);
	if ("const" in schema) return typesOfValues([schema.const]);
	return Array.isArray(schema.enum) ? typesOfValues(schema.enum) : new Set(["json"]);
}

function typeOf(name: unknown, schema: JsonObjectSchema): ColumnType {
	if (name === "string") return typeOfString(schema);
	if (name === "integer") return "integer";
	if (name === "number") return schema.airbyte_type === "integer" ? "integer" : "decimal";
	return name === "boolean" ? "boolean" : "json";
}

function typeOfString({ format, airbyte_type: airbyte }: JsonObjectSchema): ColumnType {
	switch (airbyte) {
		case "timestamp_with_timezone":
			return "timestamp";
		case "timestamp_without_timezone":
			return "datetime";
		case "time_without_timezone":
			return "time";
		case "time_with_timezone":
			return "string";
		case "big_integer":
			return "integer";
		case "big_number":
			return "decimal";
	}
	// a time of day with an offset has no type in any store
	return format === "date" ? "date" : format === "date-time" ? "timestamp" : "string";
}

function typesOfValues(values: unknown[]): Set<ColumnType> {
	return new Set(values.filter((value) => value !== null).map(typeOfValue));
}

function typeOfValue(value: unknown): ColumnType {
	if (typeof value === "string") return "string";
	if (typeof value === "number") return Number.isInteger(value) ? "integer" : "decimal";
	return typeof value === "boolean" ? "boolean" : "json";
}

/** `#/definitions/money`; undefined for what is not inside the schema. */
function resolve(reference: string, root: JsonSchema): unknown {
	if (!reference.startsWith("#/")) return undefined;
	let found: unknown = root;
	for (const step of reference.slice(2).split("/")) {
		const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
		if (!isObject(found) || !Object.hasOwn(found, name)) return undefined;
		found = found[name];
	}
	return found;
}

type JsonObjectSchema = { [keyword: string]: unknown };

function isObject(value: unknown): value is JsonObjectSchema {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
