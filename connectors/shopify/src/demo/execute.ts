/** Answers a query out of things: selects fields, pages connections, and counts what it costs. */
import type { Json, JsonObject } from "@growthnav/sdk";
import { isListed, type Listed, pageOf, refused, type Thing } from "./connection.ts";
import { type Field, literalOf, type Selection, type Value } from "./query.ts";

/** An error of one field, beside the data. */
export interface FieldError {
	message: string;
	path: (string | number)[];
	extensions: JsonObject;
}

/** A value that the key may not see; its field is null. */
export const denied = (message: string, extensions: JsonObject = {}): Error =>
	new Error(message, { cause: { denied: { code: "ACCESS_DENIED", ...extensions } } });

/** What an error tells beside its message, where it is one of `denied`. */
export function deniedIn(error: unknown): JsonObject | undefined {
	return error instanceof Error ? (error.cause as { denied?: JsonObject } | undefined)?.denied : undefined;
}

export interface Answered {
	data: JsonObject;
	errors: FieldError[];
	/** Points that the answer's objects are worth. */
	actual: number;
}

/** Interfaces that a query names in place of a type. */
const INTERFACES: { [name: string]: RegExp } = { SalesAgreement: /Agreement$/, Sale: /Sale$/ };

/** `deny` says why things of a type may not be seen. */
export function execute(
	root: Thing,
	selections: Selection[],
	variables: JsonObject,
	deny: (type: string) => Error | undefined = () => undefined,
): Answered {
	const errors: FieldError[] = [];
	let actual = 0;

	function object(thing: Thing, wanted: Selection[], path: (string | number)[]): JsonObject {
		const answer: JsonObject = {};
		for (const selection of wanted) {
			if (selection.kind === "field") answer[selection.alias] = field(thing, selection, [...path, selection.alias]);
			else if (fits(thing, selection.type)) Object.assign(answer, object(thing, selection.selections, path));
		}
		return answer;
	}

	function field(thing: Thing, { name, arguments: given, selections: wanted }: Field, path: (string | number)[]): Json {
		if (!(name in thing)) {
			const type = String(thing.__typename);
			throw refused(`Field '${name}' doesn't exist on type '${type}'`, "undefinedField");
		}
		const args = argumentsOf(given, variables);
		try {
			const value = thing[name];
			return shown(typeof value === "function" ? value(args) : value, wanted, args, path);
		} catch (error) {
			const extensions = deniedIn(error);
			if (extensions === undefined) throw error;
			errors.push({ message: (error as Error).message, path, extensions });
			return null;
		}
	}

	function shown(value: unknown, wanted: Selection[] | undefined, args: JsonObject, path: (string | number)[]): Json {
		if (value === null || value === undefined) return null;
		if (isListed(value)) return connection(value, wanted ?? [], args, path);
		if (Array.isArray(value)) return value.map((one, at) => shown(one, wanted, args, [...path, at]));
		if (typeof value !== "object") return value as Json;
		if (wanted === undefined) throw refused(`Field must have selections (${path.join(".")})`, "selectionMismatch");
		const refusal = deny(String((value as Thing).__typename));
		if (refusal !== undefined) throw refusal;
		actual++;
		return object(value as Thing, wanted, path);
	}

	function connection(list: Listed, wanted: Selection[], args: JsonObject, path: (string | number)[]): JsonObject {
		const { places, cursor, pageInfo } = pageOf(list, args);
		actual += 2;
		const answer: JsonObject = {};
		for (const part of wanted) {
			if (part.kind !== "field") continue;
			const inner = part.selections ?? [];
			const at = [...path, part.alias];
			if (part.name === "pageInfo") answer[part.alias] = object({ __typename: "PageInfo", ...pageInfo }, inner, at);
			else if (part.name === "nodes")
				answer[part.alias] = places.map((place, n) => shown(list.node(place), inner, {}, [...at, n]));
			else if (part.name === "edges")
				answer[part.alias] = places.map((place, n) => {
					const edge = { __typename: "Edge", cursor: cursor(place), node: () => list.node(place) };
					return object(edge, inner, [...at, n]);
				});
			else throw refused(`Field '${part.name}' doesn't exist on a connection`, "undefinedField");
		}
		return answer;
	}

	const data = object(root, selections, []);
	return { data, errors, actual };
}

const fits = ({ __typename: name }: Thing, type: string | undefined) =>
	type === undefined || type === name || INTERFACES[type]?.test(String(name)) === true;

export const argumentsOf = (given: { [name: string]: Value }, variables: JsonObject): JsonObject =>
	Object.fromEntries(Object.entries(given).map(([name, value]) => [name, literalOf(value, variables)]));

/**
 * Points before execution: an object 1, a connection 2 and its nodes as often as `first` says, scalars nothing, of
 * several types the dearest. (shopify.dev: GraphQL Admin API rate limits, cost calculation)
 */
export function requestedCost(selections: Selection[], variables: JsonObject): number {
	let cost = 0;
	let dearest = 0;
	for (const one of selections) {
		if (one.kind === "on") dearest = Math.max(dearest, requestedCost(one.selections, variables));
		else if (one.selections !== undefined) cost += fieldCost(one, variables);
	}
	return cost + dearest;
}

function fieldCost({ arguments: given, selections = [] }: Field, variables: JsonObject): number {
	const { first } = argumentsOf(given, variables);
	if (typeof first !== "number") return 1 + requestedCost(selections, variables);
	const parts = selections.flatMap((part) => (part.kind === "field" ? [part] : []));
	const nodes = parts.flatMap(({ name, selections: inner = [] }) => {
		if (name === "nodes") return [inner];
		if (name !== "edges") return [];
		return inner.flatMap((edge) => (edge.kind === "field" && edge.name === "node" ? [edge.selections ?? []] : []));
	});
	return 2 + first * nodes.reduce((sum, inner) => sum + 1 + requestedCost(inner, variables), 0);
}
