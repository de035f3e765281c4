/** Checks a mapping before any record is read. All that is wrong is told at once. */
import {
	type ConversionMapping,
	type ConversionOrigin,
	type JsonSchema,
	MONEY_TYPES,
	type Value,
} from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { listOf, nearest } from "../nearest.ts";
import { operands } from "./blame.ts";
import { originOf, structureOf } from "./check-structure.ts";
import type { Keys, Problem, Report } from "./check-value.ts";
import { eachOf } from "./lists.ts";
import { type ElementNames, formatPath, locate, parsePath } from "./path.ts";
import { elementOf, follow, isContainer, OPEN, type Place } from "./schema-path.ts";

/**
 * Where the mapping stands, for people: `streams.orders.conversions[0]`, or a function that finds file, line and column
 * of a place inside it. `text` names that place shortly: `columns.value`.
 */
export type Where = string | ((place: { keys: Keys; text: string }) => string);

/** What is known of the stream beside its schema. */
export interface CheckedStream {
	name?: string;
	origin?: ConversionOrigin | undefined;
	/** Left out: not looked at. */
	primaryKey?: string[][];
}

/**
 * Errors of form, paths that the stream's schema does not have, and what a conversion needs but the mapping does not
 * give. Empty for a good mapping.
 */
export function checkMapping(
	mapping: unknown,
	jsonSchema: JsonSchema,
	where: Where,
	stream: CheckedStream = {},
): ConnectorError[] {
	const problems: Problem[] = [];
	const report: Report = (problem) => problems.push(problem);
	structureOf(mapping, report);
	if (problems.length === 0) {
		const sound = mapping as ConversionMapping;
		checkNeeds(sound, stream, report);
		checkPaths(sound, jsonSchema, stream.name ?? "the stream", report);
	}
	return problems.map((problem) => toError(problem, where));
}

/** Errors of form alone. */
export function checkStructure(mapping: unknown, where: Where): ConnectorError[] {
	const problems: Problem[] = [];
	structureOf(mapping, (problem) => problems.push(problem));
	return problems.map((problem) => toError(problem, where));
}

/** Errors of form of a stream's origin. */
export function checkOrigin(origin: unknown, where: Where): ConnectorError[] {
	const problems: Problem[] = [];
	originOf(origin, (problem) => problems.push(problem));
	return problems.map((problem) => toError(problem, where));
}

function toError({ code, message, why, next, keys }: Problem, where: Where): ConnectorError {
	const text = placeText(keys);
	const place =
		typeof where === "function" ? where({ keys, text }) : [where, text].filter((part) => part !== "").join(".");
	return new ConnectorError(code, message, { where: place, why, next });
}

/** To the column: the verbs inside are near enough to see. */
function placeText(keys: Keys): string {
	const shown = keys[0] === "columns" && keys[1] !== "line_items" ? keys.slice(0, 2) : keys.slice(0, 4);
	return shown
		.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
		.join("")
		.replace(/^\./, "");
}

/** Columns without which every record would be refused. */
function checkNeeds({ type, columns }: ConversionMapping, stream: CheckedStream, report: Report): void {
	const missing = (column: string, why: string) =>
		report({
			code: "config.mapping_incomplete",
			message: `A ${type} needs ${column}, and the mapping does not give it`,
			why,
			next: `under columns, write ${column}: and the path of its field`,
			keys: ["columns"],
		});
	if (columns.timestamp === undefined) missing("timestamp", "the time of an event is never invented");
	if (MONEY_TYPES.includes(type)) {
		if (columns.value === undefined) missing("value", `a ${type} without its amount would make sums wrong`);
		if (columns.currency === undefined) missing("currency", "a currency is read or declared, never assumed");
	} else if (columns.value !== undefined && columns.currency === undefined) {
		missing("currency", "a value without its currency means nothing");
	}
	for (const column of ["source_system", "source_account"] as const) {
		const given = columns[column] ?? stream.origin?.[column];
		if ("origin" in stream && given === undefined)
			missing(column, "it is part of conversion_id, and the stream has no origin");
	}
	if (stream.primaryKey?.length === 0) {
		report({
			code: "config.mapping_no_key",
			message: `${stream.name ?? "The stream"} has no primary key, so its rows cannot become conversions`,
			why: "the key is part of conversion_id; without it a second run would double every row",
			next: `in the pipeline file, under streams.${stream.name ?? "<stream>"}, write key: [...]`,
			keys: [],
		});
	}
}

/** Every path of the mapping with its place, and the names that elements have there. */
function checkPaths(mapping: ConversionMapping, schema: JsonSchema, stream: string, report: Report): void {
	const places: Places = { record: schema, row: undefined, item: undefined };
	const names: ElementNames = {};
	const look: Look = (path, keys, scalar) => checkPath(path, keys, scalar, places, names, stream, report);
	if (mapping.each !== undefined) {
		const { name, path } = eachOf(mapping.each);
		places.row = listAt(path, ["each", name], look, report);
		names.row = name;
	}
	lookWhen(mapping.when, ["when"], look);
	lookValue(mapping.discriminator, ["discriminator"], look);
	for (const key of [mapping.parent?.key ?? []].flat()) lookValue(key, ["parent", "key"], look);
	lookValue(mapping.parent?.discriminator, ["parent", "discriminator"], look);
	lookValue(mapping.tracking?.url, ["tracking", "url"], look);
	if (typeof mapping.time_zone === "object") lookValue(mapping.time_zone, ["time_zone"], look);
	for (const [i, { when }] of (mapping.flags ?? []).entries()) lookWhen(when, ["flags", i, "when"], look);
	const { line_items, identity_fragments, ...columns } = mapping.columns;
	for (const [name, value] of Object.entries(columns)) lookValue(value, ["columns", name], look);
	for (const [i, { value }] of (identity_fragments ?? []).entries()) {
		lookValue(value, ["columns", "identity_fragments", i, "value"], look);
	}
	if (line_items === undefined) return;
	const { name, path } = eachOf(line_items.each);
	places.item = listAt(path, ["columns", "line_items", "each", name], look, report);
	names.item = name;
	for (const [column, value] of Object.entries(line_items.columns)) {
		lookValue(value, ["columns", "line_items", "columns", column], look);
	}
}

interface Places {
	record: Place;
	row: Place | undefined;
	item: Place | undefined;
}

/** Looks a path up; `scalar` where an object or a list would be of no use. */
type Look = (path: string, keys: Keys, scalar: boolean) => Place | undefined;

function lookValue(value: Value | undefined, keys: Keys, look: Look): void {
	if (value === undefined) return;
	if (typeof value === "string") look(value, keys, true);
	else if ("path" in value) look(value.path, [...keys, "path"], true);
	else {
		const [verb, operand] = Object.entries(value).find(([key]) => key !== "decimals")!;
		for (const [i, one] of operands(value).entries()) {
			lookValue(one, Array.isArray(operand) ? [...keys, verb, i] : [...keys, verb], look);
		}
	}
}

function lookWhen(when: ConversionMapping["when"], keys: Keys, look: Look): void {
	for (const path of Object.keys(when ?? {})) look(path, [...keys, path], false);
}

/** The elements of the list at a path; anything where the path is wrong, which is then told once. */
function listAt(path: string, keys: Keys, look: Look, report: Report): Place {
	const list = look(path, keys, false);
	const element = list === undefined ? OPEN : elementOf(list);
	if (element !== undefined) return element;
	report({
		code: "config.mapping_each",
		message: `each reads ${path}, which is no list`,
		why: "each makes one row per element of a list",
		next: "name a list, or read its fields by their paths",
		keys,
	});
	return OPEN;
}

function checkPath(
	path: string,
	keys: Keys,
	scalar: boolean,
	places: Places,
	names: ElementNames,
	stream: string,
	report: Report,
): Place | undefined {
	const { start, keys: inside } = locate(path, names);
	const followed = follow(places[start] ?? OPEN, inside);
	if (followed.found === undefined) {
		report(missingPath(path, followed, inside, keys, stream));
		return undefined;
	}
	const container = scalar ? isContainer(followed.found) : undefined;
	if (container !== undefined) {
		const hint = container === "list" ? "name an element (.0), or use each" : "name one of its fields";
		report({
			code: "config.mapping_value",
			message: `The mapping reads ${path}, which is ${container === "list" ? "a list" : "an object"}`,
			why: "a column holds one text, number, time or truth",
			next: hint,
			keys,
		});
	}
	return followed.found;
}

function missingPath(
	path: string,
	{ at, known }: { at: number; known: string[] },
	inside: string[],
	keys: Keys,
	stream: string,
): Problem {
	const all = parsePath(path);
	const before = all.slice(0, all.length - inside.length + at);
	const near = nearest(inside[at]!, known).map((key) => formatPath([...before, key, ...inside.slice(at + 1)]));
	const above = before.length > 0 ? formatPath(before) : stream;
	const list = known.length > 0 ? `${above} has ${listOf(known)}` : `nothing lies below ${above}`;
	const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `${list};`;
	return {
		code: "config.mapping_path",
		message: `The mapping reads a path that ${stream} does not have`,
		why: `${stream} has no ${formatPath(all)}`,
		next: `${hint} growthnav discover lists all`,
		keys,
	};
}
