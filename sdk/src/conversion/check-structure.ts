/** Whether a thing from a file or the wire is a mapping at all: every key, verb and word, without its stream. */
import {
	CONVERSION_COLUMNS,
	CONVERSION_TYPES,
	DERIVED_COLUMNS,
	LINE_ITEM_FIELDS,
	type MappableColumn,
} from "@growthnav/spec";
import { didYouMean, listOf } from "../nearest.ts";
import { checkValue, isRecord, type Keys, type Report } from "./check-value.ts";
import { checkWhen } from "./check-when.ts";
import { zoneOf } from "./zone.ts";

const KEYS = ["type", "when", "each", "discriminator", "parent", "tracking", "time_zone", "flags", "columns"] as const;

const DERIVED: readonly string[] = DERIVED_COLUMNS;
const MAPPABLE = CONVERSION_COLUMNS.map(({ name }) => name).filter(
	(name): name is MappableColumn => !DERIVED.includes(name),
);
const COLUMNS = [...MAPPABLE, "line_items", "identity_fragments"];

/** Reports everything that is wrong with the form of a mapping. */
export function structureOf(mapping: unknown, report: Report): void {
	if (!isObject(mapping, [], "a mapping", report)) return;
	onlyKeys(mapping, KEYS, [], "a mapping", report);
	checkType(mapping.type, ["type"], report);
	checkWhen(mapping.when, ["when"], report);
	if (mapping.each !== undefined) checkEach(mapping.each, ["each"], report);
	if (mapping.each !== undefined && mapping.discriminator === undefined) {
		report({
			code: "config.mapping_each",
			message: "A mapping with each needs a discriminator",
			why: "without one all rows of a record would have the same conversion_id, and replace each other",
			next: "name what tells them apart, such as discriminator: refund.id",
			keys: ["each"],
		});
	}
	if (mapping.discriminator !== undefined) checkValue(mapping.discriminator, ["discriminator"], report);
	if (mapping.parent !== undefined) checkParent(mapping.parent, report);
	if (mapping.tracking !== undefined && isObject(mapping.tracking, ["tracking"], "tracking", report)) {
		onlyKeys(mapping.tracking, ["url"], ["tracking"], "tracking", report);
		checkValue(mapping.tracking.url, ["tracking", "url"], report);
	}
	if (mapping.time_zone !== undefined) checkTimeZone(mapping.time_zone, report);
	if (mapping.flags !== undefined) checkFlags(mapping.flags, report);
	if (isObject(mapping.columns, ["columns"], "columns", report)) checkColumns(mapping.columns, report);
}

const ORIGIN = ["source", "source_system", "source_account"] as const;

/** Reports what is wrong with the form of an origin, which may be left out. */
export function originOf(origin: unknown, report: Report): void {
	if (origin === undefined || !isObject(origin, [], "an origin", report)) return;
	onlyKeys(origin, ORIGIN, [], "an origin", report);
	for (const column of ORIGIN) if (origin[column] !== undefined) checkValue(origin[column], [column], report, column);
}

/** An object; anything else is reported. */
function isObject(value: unknown, keys: Keys, what: string, report: Report): value is Record<string, unknown> {
	if (isRecord(value)) return true;
	report({
		code: "config.mapping_form",
		message: value === undefined ? `A mapping needs ${what}` : `${sentence(what)} is no object`,
		why: `${what} is written as keys and values`,
		next: "docs/mapping.md shows every form",
		keys,
	});
	return false;
}

function sentence(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

function onlyKeys(object: object, known: readonly string[], keys: Keys, what: string, report: Report): void {
	for (const key of Object.keys(object)) {
		if (known.includes(key)) continue;
		report({
			code: "config.unknown_key",
			message: `Unknown key ${key} in ${what}`,
			why: `${what} knows ${listOf(known)}`,
			next: didYouMean(key, known) ?? "remove it",
			keys: [...keys, key],
		});
	}
}

function checkType(type: unknown, keys: Keys, report: Report): void {
	if (CONVERSION_TYPES.some((known) => known === type)) return;
	report({
		code: "config.mapping_type",
		message: type === undefined ? "A mapping needs a type" : "The mapping has a type that no conversion has",
		why: `the types are ${listOf(CONVERSION_TYPES, CONVERSION_TYPES.length)}`,
		next:
			(typeof type === "string" && didYouMean(type, CONVERSION_TYPES)) || "take one of them; custom fits all others",
		keys,
	});
}

function checkEach(each: unknown, keys: Keys, report: Report): void {
	const entries = isRecord(each) ? Object.entries(each) : [];
	const [name, path] = entries[0] ?? [];
	if (entries.length === 1 && typeof path === "string" && path !== "" && /^[^.\\]+$/.test(name!)) return;
	report({
		code: "config.mapping_each",
		message: "each names one element and the path of its list",
		why: entries.length === 1 ? "the name is one word, the path is text" : `it has ${entries.length} names`,
		next: "write it as each: { refund: refunds }",
		keys,
	});
}

function checkParent(parent: unknown, report: Report): void {
	const keys = ["parent"];
	if (!isObject(parent, keys, "parent", report)) return;
	onlyKeys(parent, ["type", "stream", "key", "discriminator"], keys, "parent", report);
	checkType(parent.type, ["parent", "type"], report);
	if (typeof parent.stream !== "string" || parent.stream === "") {
		report({
			code: "config.mapping_form",
			message: "parent needs the stream of the sale",
			why: "the sale's conversion_id holds the name of its stream",
			next: "write it as parent: { type: purchase, stream: orders, key: order_id }",
			keys,
		});
	}
	const parts = Array.isArray(parent.key) && parent.key.length > 0 ? parent.key : [parent.key];
	for (const [i, part] of parts.entries()) {
		checkValue(part, parts === parent.key ? ["parent", "key", i] : ["parent", "key"], report);
	}
	if (parent.discriminator !== undefined) checkValue(parent.discriminator, ["parent", "discriminator"], report);
}

function checkTimeZone(zone: unknown, report: Report): void {
	if (isRecord(zone) && "path" in zone) {
		checkValue(zone, ["time_zone"], report);
		return;
	}
	if (typeof zone === "string" && zoneOf(zone) !== undefined) return;
	const zones = Intl.supportedValuesOf("timeZone");
	report({
		code: "config.time_zone",
		message: "The mapping names a time zone that does not exist",
		why: typeof zone === "string" ? `the IANA database has no ${zone}` : "a zone is a word or { path: … }",
		next: (typeof zone === "string" && didYouMean(zone, zones)) || "write it as time_zone: America/Chicago",
		keys: ["time_zone"],
	});
}

function checkFlags(flags: unknown, report: Report): void {
	for (const [i, one] of (Array.isArray(flags) ? flags : [undefined]).entries()) {
		const keys = ["flags", i];
		if (
			!isRecord(one) ||
			typeof one.flag !== "string" ||
			!/^[a-z][a-z0-9_]{0,63}$/.test(one.flag) ||
			!isRecord(one.when)
		) {
			report({
				code: "config.mapping_form",
				message: "flags is a list of words with their conditions",
				why: "a flag is lower case with underscores and needs a when",
				next: "write it as flags: [{ flag: split_shared, when: { split: shared } }]",
				keys,
			});
			continue;
		}
		onlyKeys(one, ["flag", "when"], keys, "a flag", report);
		checkWhen(one.when, [...keys, "when"], report);
	}
}

function checkColumns(columns: Record<string, unknown>, report: Report): void {
	for (const [name, value] of Object.entries(columns)) {
		const keys = ["columns", name];
		if (name === "line_items") checkLineItems(value, keys, report);
		else if (name === "identity_fragments") checkFragments(value, keys, report);
		else if (MAPPABLE.some((known) => known === name)) checkValue(value, keys, report, name as MappableColumn);
		else checkNoColumn(name, keys, report);
	}
}

function checkNoColumn(name: string, keys: Keys, report: Report): void {
	const derived = DERIVED.includes(name);
	const why =
		name === "click_ids"
			? "tracking fills it"
			: derived
				? "it follows from the record, its key and the run"
				: undefined;
	report({
		code: "config.mapping_column",
		message: derived ? `${name} is filled by the SDK; a mapping cannot` : `Conversions have no column ${name}`,
		why: why ?? "the columns of a conversion are fixed, so that all sources mean the same by them",
		next: derived
			? "remove it"
			: (didYouMean(name, COLUMNS) ?? "docs/mapping.md lists the columns; other fields stay in the stream's table"),
		keys,
	});
}

function checkLineItems(lines: unknown, keys: Keys, report: Report): void {
	if (!isObject(lines, keys, "line_items", report)) return;
	onlyKeys(lines, ["each", "columns"], keys, "line_items", report);
	checkEach(lines.each, [...keys, "each"], report);
	if (!isObject(lines.columns, [...keys, "columns"], "columns of line_items", report)) return;
	const known = LINE_ITEM_FIELDS.map(({ name }) => name);
	onlyKeys(lines.columns, known, [...keys, "columns"], "line_items", report);
	for (const { name, type } of LINE_ITEM_FIELDS) {
		const value = lines.columns[name];
		if (value !== undefined) checkValue(value, [...keys, "columns", name], report, type);
	}
}

function checkFragments(fragments: unknown, keys: Keys, report: Report): void {
	for (const [i, one] of (Array.isArray(fragments) ? fragments : [undefined]).entries()) {
		if (isRecord(one) && typeof one.type === "string" && one.type !== "") {
			onlyKeys(one, ["type", "value"], [...keys, i], "an identity fragment", report);
			checkValue(one.value, [...keys, i, "value"], report);
			continue;
		}
		report({
			code: "config.mapping_form",
			message: "identity_fragments is a list of types and values",
			why: "each element says what kind of fragment its value is",
			next: "write it as identity_fragments: [{ type: email, value: buyer.email }]",
			keys: [...keys, i],
		});
	}
}
