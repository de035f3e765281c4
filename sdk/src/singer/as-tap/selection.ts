/** Fields that are left out, and what that makes of schemas and records. Pure. */
import type { Json, JsonObject, JsonSchema } from "@growthnav/spec";
import { isObject } from "../../source/saved-state.ts";

/** A schema without the fields that nobody wants; `form` takes them out of a value, undefined where none goes. */
export interface Selected {
	schema: JsonSchema;
	form: ((value: Json) => Json) | undefined;
}

/** `isLeftOut` is asked for each field by its breadcrumb: ["properties", "address", "properties", "city"]. */
export function selectFields(
	schema: JsonSchema,
	isLeftOut: (breadcrumb: string[]) => boolean,
	at: string[] = [],
): Selected {
	const items = isObject(schema.items as Json) ? selectFields(schema.items!, isLeftOut, [...at, "items"]) : undefined;
	const gone = new Set<string>();
	const inner = new Map<string, (value: Json) => Json>();
	const properties: Record<string, JsonSchema> = {};
	for (const [name, field] of Object.entries(schema.properties ?? {})) {
		const breadcrumb = [...at, "properties", name];
		if (isLeftOut(breadcrumb)) {
			gone.add(name);
			continue;
		}
		const selected = selectFields(field, isLeftOut, breadcrumb);
		Object.defineProperty(properties, name, { value: selected.schema, ...OPEN });
		if (selected.form !== undefined) inner.set(name, selected.form);
	}
	const ofObject = gone.size + inner.size === 0 ? undefined : (value: JsonObject) => without(value, gone, inner);
	const ofItems = items?.form;
	return {
		schema: {
			...schema,
			...(schema.properties !== undefined && { properties }),
			...(items !== undefined && { items: items.schema }),
		},
		form: ofObject === undefined && ofItems === undefined ? undefined : (value) => formed(value, ofObject, ofItems),
	};
}

/** A field may be called `__proto__`. */
const OPEN = { enumerable: true, configurable: true, writable: true };

function formed(
	value: Json,
	ofObject: ((value: JsonObject) => Json) | undefined,
	ofItems: ((value: Json) => Json) | undefined,
): Json {
	if (Array.isArray(value)) return ofItems === undefined ? value : value.map(ofItems);
	return ofObject !== undefined && isObject(value) ? ofObject(value) : value;
}

function without(value: JsonObject, gone: Set<string>, inner: Map<string, (value: Json) => Json>): JsonObject {
	const kept = Object.entries(value).filter(([name, one]) => one !== undefined && !gone.has(name));
	return Object.fromEntries(kept.map(([name, one]) => [name, inner.get(name)?.(one as Json) ?? one]));
}
