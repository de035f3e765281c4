/**
 * A record as a typed row: every property becomes the JSON text of its column. Compiled once per stream, called for
 * every record: short cuts (`values/quick.ts`) for what nearly all values are; anything else takes the careful way of
 * `values/convert.ts`, which decides what is exact, changed or wrong.
 */
import type { Json, JsonObject } from "@growthnav/spec";
import type { RowResult, ValueChange } from "../contract.ts";
import type { Column, ColumnType } from "../tables/columns.ts";
import { compileCursor, compileKey } from "./key.ts";
import { convertValue, reasonOf, shortText } from "./values/convert.ts";
import type { Converted, WrongCode } from "./values/converted.ts";
import { jsonOf } from "./values/json.ts";
import { isQuoted, quickText, unquoted } from "./values/quick.ts";

/** Holds the properties of a record that have no column, as one JSON object. */
export const EXTRA_COLUMN = "_gn_extra";

export interface RowOptions {
	primaryKey: string[][];
	cursor?: string[] | undefined;
	/** Of a cursor that is a path into an object: the type that its value has there. */
	cursorType?: ColumnType | undefined;
}

type Refused = Extract<RowResult, { ok: false }>;

/**
 * The row writer of a stream. Null and absent values are left out of `members`, which stand in the order of `columns`,
 * `_gn_extra` last. Records are data as `parseJson` gives it: no functions, no NaN, exact numbers as `RawNumber`.
 */
export function compileRow(columns: readonly Column[], options: RowOptions): (data: JsonObject) => RowResult {
	const active = columns.filter((column) => column.kept !== true);
	const properties = active.map((column) => column.property);
	const types = active.map((column) => column.type);
	const leads = active.map(leadsOf);
	const after = active.map((column) => (isQuoted(column.type) ? AFTER_QUOTED : AFTER_BARE));
	// `data.constructor` is a function where the record has no such property
	const inherited = properties.map((property) => property in Object.prototype);
	const declared = new Set(properties);
	const keyOf = compileKey(active, options.primaryKey);
	const cursorOf = compileCursor(active, options.cursor, options.cursorType);

	return (data) => {
		let members = "";
		let before = FIRST;
		let present = 0;
		let changes: ValueChange[] | undefined;
		for (let at = 0; at < properties.length; at++) {
			const property = properties[at]!;
			const value = inherited[at] && !Object.hasOwn(data, property) ? undefined : data[property];
			if (value === undefined) continue;
			present++;
			if (value === null) continue;
			let text = quickText(types[at]!, value);
			if (text === undefined) {
				const column = active[at]!;
				const careful = convertValue(column.type, value);
				if (careful.wrong !== undefined && mustRefuse(column, careful.wrong))
					return refused(column, careful.wrong, value);
				changes = noted(changes, column.name, careful, value);
				text = unquoted(column.type, careful.text);
				if (text === undefined) continue;
			}
			members += leads[at]![before]! + text;
			before = after[at]!;
		}
		if (before === AFTER_QUOTED) members += '"';
		if (countOf(data) !== present) {
			const extra = undeclared(data, declared);
			const careful = jsonOf(extra);
			if (careful.wrong !== undefined) return refused(EXTRA, careful.wrong, extra);
			changes = noted(changes, EXTRA_COLUMN, careful, extra);
			members += `${members === "" ? "" : ","}"${EXTRA_COLUMN}":${careful.text}`;
		} else if (present === 0) return EMPTY;
		const key = keyOf?.(data);
		if (typeof key === "object") return { ok: false, ...key };
		const cursor = cursorOf(data);
		if (typeof cursor === "object") return { ok: false, ...cursor };
		return { ok: true, members, key, cursor, changes };
	};
}

/** What stands before a value depends on the one before it, whose closing quote it brings: fewer strings to join. */
const FIRST = 0;
const AFTER_BARE = 1;
const AFTER_QUOTED = 2;

function leadsOf({ name, type }: Column): string[] {
	const lead = `${JSON.stringify(name)}:${isQuoted(type) ? '"' : ""}`;
	return [lead, `,${lead}`, `",${lead}`];
}

const EMPTY: Refused = { ok: false, code: "empty_record", reason: "the record has no properties", path: "" };

const EXTRA: Column = { property: EXTRA_COLUMN, name: EXTRA_COLUMN, type: "json" };

/** A wrong value of an optional column becomes null; of a key, or of a size that no store takes, it refuses the record. */
function mustRefuse(column: Column, code: WrongCode): boolean {
	return column.required === true || code === "too_deep";
}

function refused({ property, type }: Column, code: WrongCode, value: Json): Refused {
	return { ok: false, code, reason: `${property}: ${reasonOf(type, code, value)}`, path: property };
}

function noted(changes: ValueChange[] | undefined, column: string, { wrong, changed }: Converted, value: Json) {
	const code = wrong ?? changed;
	if (code === undefined) return changes;
	const all = changes ?? [];
	all.push({ column, code, text: shortText(value), nulled: wrong !== undefined });
	return all;
}

function countOf(data: JsonObject): number {
	let count = 0;
	for (const _ in data) count++;
	return count;
}

function undeclared(data: JsonObject, declared: ReadonlySet<string>): JsonObject {
	// without a prototype `__proto__` is a name like any other
	const extra = Object.create(null) as JsonObject;
	for (const property in data) if (!declared.has(property)) extra[property] = data[property];
	return extra;
}
