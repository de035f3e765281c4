/** Paths of a mapping: parsed once, read often. Only own properties and elements exist; nothing of a prototype does. */
import type { Json, JsonObject } from "@growthnav/spec";
import { isRawNumber } from "../protocol/numbers.ts";

/** Where a path may read: the record, the element of `each`, the element of `line_items`. */
export interface Scope {
	record: JsonObject;
	row: Json | undefined;
	item: Json | undefined;
	/** Of this row, once it is known. */
	currency: string | undefined;
	/** Decimals of its minor unit; undefined without a currency, NaN where ISO 4217 knows none. */
	exponent: number | undefined;
}

export function scopeOf(record: JsonObject): Scope {
	return { record, row: undefined, item: undefined, currency: undefined, exponent: undefined };
}

/** The names that stand before paths of an element. */
export interface ElementNames {
	row?: string | undefined;
	item?: string | undefined;
}

export type ReadPath = (scope: Scope) => Json | undefined;

/** `customer.id` → `customer`, `id`; `Invoice No\.` is one key, and so is `a\\b` with one backslash in it. */
export function parsePath(path: string): string[] {
	if (!path.includes("\\")) return path.split(".");
	const keys: string[] = [];
	let key = "";
	for (let i = 0; i < path.length; i++) {
		const letter = path[i]!;
		const escaped = letter === "\\" && (path[i + 1] === "." || path[i + 1] === "\\");
		if (escaped) key += path[++i];
		else if (letter !== ".") key += letter;
		else {
			keys.push(key);
			key = "";
		}
	}
	return [...keys, key];
}

/** The way back. */
export function formatPath(keys: readonly string[]): string {
	return keys.map((key) => key.replace(/\.|\\(?=[.\\]|$)/g, "\\$&")).join(".");
}

/** A key that means an element of a list: `0`, `12`. */
export const ELEMENT = /^(?:0|[1-9]\d{0,8})$/;

/** Where a path starts, and its keys from there: an element's name stands before paths of the element. */
export function locate(path: string, names: ElementNames): { start: "record" | "row" | "item"; keys: string[] } {
	const keys = parsePath(path);
	const start = keys[0] === names.item ? "item" : keys[0] === names.row ? "row" : "record";
	return { start, keys: start === "record" ? keys : keys.slice(1) };
}

/** The usual one and two keys without a loop. */
export function compilePath(path: string, names: ElementNames): ReadPath {
	const { start, keys } = locate(path, names);
	const steps = keys.map(stepOf);
	const [first, second] = steps;
	if (first === undefined) return (scope) => scope[start];
	if (second === undefined) return (scope) => below(scope[start], first);
	if (steps.length === 2) return (scope) => below(below(scope[start], first), second);
	return (scope) => {
		let value = scope[start] as Json | undefined;
		for (let i = 0; i < steps.length; i++) value = below(value, steps[i]!);
		return value;
	};
}

interface Step {
	key: string;
	/** As a place in a list; -1 for a word. */
	index: number;
	/** The key could be found on a prototype, or inside a RawNumber; all other keys cost half as much. */
	doubtful: boolean;
}

function stepOf(key: string): Step {
	return { key, index: ELEMENT.test(key) ? Number(key) : -1, doubtful: key in Object.prototype || key === "rawJSON" };
}

function below(value: Json | undefined, { key, index, doubtful }: Step): Json | undefined {
	if (typeof value !== "object" || value === null) return undefined;
	if (Array.isArray(value)) return index < 0 ? undefined : value[index];
	if (doubtful && (isRawNumber(value) || !Object.hasOwn(value, key))) return undefined;
	return (value as JsonObject)[key];
}

/** Absent, null and blank text do not exist. */
export function exists(value: Json | undefined): boolean {
	if (value === undefined || value === null) return false;
	if (typeof value !== "string") return true;
	// a letter of ASCII above the space at the start spares the trim
	const first = value.charCodeAt(0);
	return (first > 32 && first < 127) || value.trim() !== "";
}
