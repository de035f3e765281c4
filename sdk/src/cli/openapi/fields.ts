/** Schemas of OpenAPI in the vocabulary, as text. */
import { type OpenApi, type Schema, schemaOf } from "./document.ts";

/** Words that are used, and lines of a field. */
export interface Written {
	text: string;
	/** Of the vocabulary, for the import. */
	words: Set<string>;
}

/** Deeper objects are kept whole, as JSON. */
const DEEPEST = 3;
const MOST_VALUES = 40;

/** The `object({...})` of a record. Fields of `present` are in every row. */
export function recordOf(schema: Schema, present: readonly string[], document: OpenApi): Written {
	const words = new Set<string>();
	const text = objectText(schemaOf(schema, document), present, 0);
	return { text, words };

	function use(word: string, inner = ""): string {
		words.add(word);
		return `${word}(${inner})`;
	}

	function objectText({ properties = {} }: Schema, required: readonly string[], depth: number): string {
		const indent = "\t".repeat(depth + 1);
		const lines = Object.entries(properties).map(([name, property]) => {
			const field = fieldText(name, schemaOf(property, document), depth + 1);
			const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
			return `${indent}${key}: ${required.includes(name) ? field : use("optional", field)},`;
		});
		return use("object", `{\n${lines.join("\n")}\n${"\t".repeat(depth)}}`);
	}

	function fieldText(name: string, schema: Schema, depth: number): string {
		const type = [schema.type ?? []].flat().filter((one) => one !== "null")[0];
		const values = (schema.enum ?? []).filter((one) => typeof one === "string" && one !== "");
		if (values.length > 0 && values.length <= MOST_VALUES)
			return use("oneOf", [...new Set(values)].map((one) => JSON.stringify(one)).join(", "));
		if (type === "string") return use(textWord(name, schema));
		if (type === "integer") return use("integer");
		if (type === "number") return use("decimal");
		if (type === "boolean") return use("boolean");
		if (type === "array") {
			const items = schemaOf(schema.items, document);
			const isPlain = ["string", "integer", "number", "boolean"].includes(String(items.type)) || hasFields(items);
			return isPlain && depth < DEEPEST ? use("array", fieldText("", items, depth)) : use("json");
		}
		return hasFields(schema) && depth < DEEPEST ? objectText(schema, [], depth) : use("json");
	}
}

function hasFields({ properties }: Schema): boolean {
	return Object.keys(properties ?? {}).length > 0;
}

/** Some documents say of times in words alone what they are. */
function textWord(name: string, { format, description = "" }: Schema): string {
	if (format === "date") return "date";
	if (format === "date-time") return "timestamp";
	const isTime = /(_at|_time|_date|At|Time|Date)$/.test(name) && /RFC ?3339|ISO ?8601|timestamp/i.test(description);
	return isTime && !/date-only|YYYY-MM-DD\b(?!T)/i.test(description) ? "timestamp" : "string";
}
