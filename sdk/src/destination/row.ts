/**
 * A record as a typed row: every property becomes the JSON text of its column. Compiled once per stream, called for
 * every record: short cuts (`values/quick.ts`) for what nearly all values are; anything else takes the careful way of
 * `values/convert.ts`, which decides what is exact, changed or wrong.
 */
import type { Json, JsonObject } from "@growthnav/spec";
import type { Column } from "./columns.ts";
import type { RowResult, ValueChange } from "./contract.ts";
import { compileCursor, compileKey } from "./key.ts";
import { convertValue, reasonOf, shortText, type WrongCode } from "./values/convert.ts";
import { jsonOf } from "./values/json.ts";
import { quickText } from "./values/quick.ts";

/** Holds the properties of a record that have no column, as one JSON object. */
export const EXTRA_COLUMN = "_gn_extra";

export interface RowOptions {
	primaryKey: string[][];
	cursor?: string[];
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
	const firstNames = active.map((column) => `${JSON.stringify(column.name)}:`);
	const names = firstNames.map((name) => `,${name}`);
	// `data.constructor` is a function where the record has no such property
	const inherited = properties.map((property) => property in Object.prototype);
	const declared = new Set(properties);
	const keyOf = compileKey(active, options.primaryKey);
	const cursorOf = compileCursor(active, options.cursor);

	return (data) => {
		let members = "";
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
				const { name, type, required } = active[at]!;
				const careful = convertValue(type, value);
				const code = careful.wrong ?? careful.changed;
				if (careful.wrong && (required || careful.wrong === "too_deep"))
					return refused(active[at]!, careful.wrong, value);
				if (code !== undefined) (changes ??= []).push(change(name, code, value, careful.wrong !== undefined));
				if (careful.wrong) continue;
				text = careful.text;
			}
			members += (members === "" ? firstNames[at]! : names[at]!) + text;
		}
		if (countOf(data) !== present) {
			const extra = undeclared(data, declared);
			const careful = jsonOf(extra);
			if (careful.wrong) return refused({ property: EXTRA_COLUMN, type: "json" }, careful.wrong, extra);
			if (careful.changed) (changes ??= []).push(change(EXTRA_COLUMN, careful.changed, extra, false));
			members += `${members === "" ? "" : ","}"${EXTRA_COLUMN}":${careful.text}`;
		} else if (present === 0) return EMPTY;
		const key = keyOf?.(data);
		if (typeof key === "object") return { ok: false, ...key };
		return { ok: true, members, key, cursor: cursorOf(data), changes };
	};
}

const EMPTY: Refused = { ok: false, code: "empty_record", reason: "the record has no properties", path: "" };

function refused({ property, type }: Pick<Column, "property" | "type">, code: WrongCode, value: Json): Refused {
	return { ok: false, code, reason: `${property}: ${reasonOf(type, code, value)}`, path: property };
}

function change(column: string, code: string, value: Json, nulled: boolean): ValueChange {
	return { column, code, text: shortText(value), nulled };
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
