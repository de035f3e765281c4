/** From the fields of a row to the record of its stream, or to the reason why it is none. */
import { type Json, type JsonObject, listOf, maskValue } from "@growthnav/sdk";
import type { Column } from "./columns.ts";
import { addOrdinals, type FileFacts } from "./content-key.ts";
import type { RowKey, StreamSettings } from "./settings.ts";
import { EXPECTED, isInteger, type ReadValue, readerOf, UNFIT } from "./values.ts";

export interface Refusal {
	code: "wrong_type" | "missing_key";
	/** The column. */
	path: string;
	reason: string;
}

/** A record, or the refusal of its row. */
export type Made = { record: JsonObject; refusal?: never } | { refusal: Refusal; record?: never };

export interface RecordMaker {
	/** From the cells of CSV, in the order of the file's columns. */
	fromCells(cells: readonly string[], line: number): Made;
	fromObject(object: JsonObject, line: number): Made;
}

interface Field {
	name: string;
	column: Column | undefined;
	read: ReadValue;
	/** A wrong value refuses the row: no amount may vanish, and a key must be what it is. */
	strict: boolean;
}

/** Makes the records of one file. */
export function recordMaker(
	file: FileFacts,
	columns: ReadonlyMap<string, Column>,
	settings: StreamSettings,
	onTwice: () => void,
): RecordMaker {
	const key = naturalKey(settings.key);
	const fieldOf = (name: string): Field => {
		const column = columns.get(name);
		const read = column === undefined ? (text: string) => text || undefined : readerOf(column, settings, onTwice);
		return { name, column, read, strict: key.includes(name) || isNumber(column) };
	};
	const fields = file.names.map(fieldOf);
	const byName = new Map([...columns.keys()].map((name) => [name, fieldOf(name)]));
	const ordinals = settings.key === "content" ? addOrdinals(file, settings) : undefined;

	function finish(record: JsonObject, line: number): Made {
		for (const name of key) {
			if (get(record, name) == null) return { refusal: missing(name, key) };
		}
		record._file = file.name;
		record._line = line;
		return { record };
	}

	return {
		fromCells(cells, line) {
			const record: JsonObject = {};
			for (let i = 0; i < fields.length; i++) {
				const text = cells[i]!;
				if (text === "") continue;
				const field = fields[i]!;
				const value = field.read(text);
				if (value === undefined) continue;
				if (value === UNFIT && field.strict) return { refusal: unfit(field, text) };
				put(record, field.name, value === UNFIT ? text : value);
			}
			ordinals?.ofCells(cells, record);
			return finish(record, line);
		},
		fromObject(object, line) {
			const record = withoutOwnFields(object);
			ordinals?.of(record);
			for (const [name, field] of byName) {
				const given = get(record, name);
				if (given === undefined || given === null) continue;
				const value = jsonValue(given, field);
				if (value === UNFIT && field.strict) return { refusal: unfit(field, given) };
				if (value !== UNFIT && value !== given) put(record, name, value ?? null);
			}
			return finish(record, line);
		},
	};
}

/** The columns that are a stream's key; none where the key is the row's place or content. */
export function naturalKey(key: RowKey): readonly string[] {
	return typeof key === "string" ? [] : key;
}

function isNumber(column: Column | undefined): boolean {
	return column?.type === "integer" || column?.type === "decimal";
}

/** Text is read as in CSV; what JSON says with a type of its own must be of the right one. */
function jsonValue(given: Json, { column, read }: Field): Json | undefined | typeof UNFIT {
	if (column === undefined || column.type === "json") return given;
	if (typeof given === "string") return column.type === "string" ? given : read(given);
	if (!isNumber(column)) return given;
	if (typeof given !== "number" && !JSON.isRawJSON(given)) return UNFIT;
	const literal = typeof given === "number" ? String(given) : given.rawJSON;
	return column.type === "integer" && !isInteger(literal) ? UNFIT : given;
}

/** A property of the record itself: `constructor` is a name like any other. */
function get(record: JsonObject, name: string): Json | undefined {
	return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Sets a property, also one called `__proto__`. */
function put(record: JsonObject, name: string, value: Json): void {
	if (name === "__proto__") {
		Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
	} else record[name] = value;
}

function withoutOwnFields(object: JsonObject): JsonObject {
	for (const own of ["_file", "_line", "_content", "_ordinal"]) {
		if (!Object.hasOwn(object, own)) continue;
		let name = own;
		for (let n = 2; Object.hasOwn(object, name); n++) name = `${own}_${n}`;
		object[name] = object[own];
		delete object[own];
	}
	return object;
}

function unfit({ name, column }: Field, value: Json): Refusal {
	const expected = EXPECTED[column?.type ?? "string"];
	return { code: "wrong_type", path: name, reason: `${name}: ${maskValue(value)} is not ${expected}` };
}

function missing(name: string, key: readonly string[]): Refusal {
	const more = key.length > 1 ? ` (the key is ${listOf(key)})` : "";
	return { code: "missing_key", path: name, reason: `${name} is missing${more}` };
}
