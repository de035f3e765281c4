/** Whether a stream's JSON Schema has a path. What the schema does not describe further may hold anything. */
import type { JsonSchema } from "@growthnav/spec";
import { ELEMENT } from "./path.ts";

/** Anything may be here. */
export const OPEN = "open";
export type Place = JsonSchema | typeof OPEN;

export type Followed =
	| { found: Place }
	/** `at` is the number of keys that were there; `known` the keys that are there instead. */
	| { found: undefined; at: number; known: string[] };

export function follow(from: Place, keys: readonly string[]): Followed {
	let place = from;
	for (const [at, key] of keys.entries()) {
		const next = childOf(place, key);
		if (next === undefined) return { found: undefined, at, known: place === OPEN ? [] : keysOf(place) };
		place = next;
	}
	return { found: place };
}

function childOf(place: Place, key: string): Place | undefined {
	if (place === OPEN || isUndescribed(place)) return OPEN;
	const branches = branchesOf(place);
	if (branches.length > 0) return firstOf(branches.map((branch) => childOf(branch, key)));
	const fields = place.properties;
	if (fields !== undefined && Object.hasOwn(fields, key)) return placeOf(fields[key]);
	if (isList(place) && ELEMENT.test(key)) return elementOf(place, Number(key));
	const rest = place.additionalProperties;
	// a catalog says `additionalProperties: true` of every object, so it opens only those that name no field
	if (typeof rest === "object" && rest !== null) return placeOf(rest);
	return isObject(place) && Object.keys(fields ?? {}).length === 0 && rest !== false ? OPEN : undefined;
}

/** The elements of a list; undefined for what is no list. */
export function elementOf(place: Place, index = 0): Place | undefined {
	if (place === OPEN || isUndescribed(place)) return OPEN;
	const branches = branchesOf(place);
	if (branches.length > 0) return firstOf(branches.map((branch) => elementOf(branch, index)));
	if (!isList(place)) return undefined;
	const items: unknown = place.items;
	return placeOf(Array.isArray(items) ? items[index] : items);
}

/** True where only an object or a list can be. */
export function isContainer(place: Place): "object" | "list" | undefined {
	if (place === OPEN || isUndescribed(place) || branchesOf(place).length > 0) return undefined;
	const types = typesOf(place).filter((type) => type !== "null");
	if (types.some((type) => type !== "object" && type !== "array")) return undefined;
	return isList(place) ? "list" : isObject(place) ? "object" : undefined;
}

function firstOf(places: (Place | undefined)[]): Place | undefined {
	return places.includes(OPEN) ? OPEN : places.find((place) => place !== undefined);
}

function placeOf(schema: unknown): Place {
	return typeof schema === "object" && schema !== null ? (schema as JsonSchema) : OPEN;
}

function typesOf({ type }: JsonSchema): string[] {
	return type === undefined ? [] : [type].flat();
}

function isList(schema: JsonSchema): boolean {
	return schema.items !== undefined || typesOf(schema).includes("array");
}

function isObject(schema: JsonSchema): boolean {
	return schema.properties !== undefined || typesOf(schema).includes("object");
}

/** No type and no form: any JSON. A reference could be anything. */
function isUndescribed(schema: JsonSchema): boolean {
	if ("$ref" in schema || "patternProperties" in schema) return true;
	return typesOf(schema).length === 0 && !isList(schema) && !isObject(schema) && branchesOf(schema).length === 0;
}

function branchesOf(schema: JsonSchema): JsonSchema[] {
	if (schema.properties !== undefined) return [];
	const lists = [schema.anyOf, schema.oneOf, schema.allOf];
	return lists.flatMap((list) => (Array.isArray(list) ? list : [])) as JsonSchema[];
}

function keysOf(schema: JsonSchema): string[] {
	return [...Object.keys(schema.properties ?? {}), ...branchesOf(schema).flatMap(keysOf)];
}
