/** What a settings file must look like, as plain functions: each looks at one value and tells what is wrong with it. */
import type { Json, JsonObject } from "@growthnav/spec";
import { didYouMean, listOf } from "../../nearest.ts";
import { type Parts, pathText } from "../host.ts";

export interface Problem {
	code: "unknown_key" | "missing" | "wrong_type" | "wrong_value";
	path: Parts;
	part: "key" | "value";
	message: string;
	why: string;
	next: string;
}

/** Adds to `problems` what is wrong with `value` at `path`; nothing where it is as it should be. */
export type Shape = (value: Json, path: Parts, problems: Problem[]) => void;

/** Text; with a pattern, `means` says what it asks for in words. */
export function text(pattern?: RegExp, means = "text"): Shape {
	return (value, path, problems) => {
		if (typeof value !== "string") problems.push(wrongType(value, path, means));
		else if (value === "" || pattern?.test(value) === false) problems.push(wrongValue(path, means));
	};
}

export function word(...words: readonly string[]): Shape {
	return (value, path, problems) => {
		if (typeof value === "string" && words.includes(value)) return;
		const near = typeof value === "string" ? didYouMean(value, words) : undefined;
		problems.push({ ...wrongValue(path, `one of ${listOf(words)}`), ...(near && { next: near }) });
	};
}

/** A number from `least` to `most`, both included. */
export function number(least: number, most: number): Shape {
	return (value, path, problems) => {
		if (typeof value !== "number") problems.push(wrongType(value, path, "a number"));
		else if (value < least || value > most) problems.push(wrongValue(path, `a number from ${least} to ${most}`));
	};
}

export function exactly(only: string | number | boolean): Shape {
	return (value, path, problems) => {
		if (value !== only) problems.push(wrongValue(path, String(only)));
	};
}

export function list(item: Shape, least = 0): Shape {
	return (value, path, problems) => {
		if (!Array.isArray(value)) problems.push(wrongType(value, path, "a list"));
		else if (value.length < least) problems.push(wrongValue(path, `a list of at least ${least}`));
		else for (const [index, one] of value.entries()) item(one, [...path, index], problems);
	};
}

/** An object with any keys. */
export function map(item: Shape): Shape {
	return (value, path, problems) => {
		if (!isObject(value)) problems.push(wrongType(value, path, "an object"));
		else for (const [key, one] of Object.entries(value)) item(one as Json, [...path, key], problems);
	};
}

/** An object with these keys and no others; the keys of `required` must be there. */
export function object(keys: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape {
	const known = Object.keys(keys);
	return (value, path, problems) => {
		if (!isObject(value)) {
			problems.push(wrongType(value, path, "an object"));
			return;
		}
		for (const [key, one] of Object.entries(value)) {
			const shape = Object.hasOwn(keys, key) ? keys[key] : undefined;
			if (shape) shape(one as Json, [...path, key], problems);
			else problems.push(unknownKey(key, known, path));
		}
		for (const key of required) if (!Object.hasOwn(value, key)) problems.push(missing(key, path));
	};
}

export const anything: Shape = () => {};

/** Text is one thing, everything else another. */
export function textOr(ofText: Shape, other: Shape): Shape {
	return (value, path, problems) => (typeof value === "string" ? ofText : other)(value, path, problems);
}

export function isObject(value: Json | undefined): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** A value by its path; undefined where it is not. */
export function valueAt(value: Json | undefined, path: Parts): Json | undefined {
	return path.reduce<Json | undefined>((inner, part) => {
		if (Array.isArray(inner)) return typeof part === "number" ? inner[part] : undefined;
		return isObject(inner) && Object.hasOwn(inner, part) ? inner[part] : undefined;
	}, value);
}

function unknownKey(key: string, known: readonly string[], path: Parts): Problem {
	const place = path.length === 0 ? "" : ` in ${pathText(path)}`;
	return {
		code: "unknown_key",
		path: [...path, key],
		part: "key",
		message: `Unknown key ${key}${place}`,
		why: `${path.length === 0 ? "a pipeline file" : pathText(path)} knows ${listOf([...known].sort(), 40)}`,
		next: didYouMean(key, known) ?? "remove it, or write the one that was meant",
	};
}

function missing(key: string, path: Parts): Problem {
	const place = path.length === 0 ? "" : ` in ${pathText(path)}`;
	const next = `add ${key}`;
	return { code: "missing", path, part: "value", message: `${key} is missing${place}`, why: "it is required", next };
}

function wrongType(value: Json, path: Parts, expected: string): Problem {
	const message = `${pathText(path) || "The file"} is not ${expected}`;
	const why = `expected ${expected}, found ${typeName(value)}`;
	return { code: "wrong_type", path, part: "value", message, why, next: `write ${expected} there` };
}

function wrongValue(path: Parts, expected: string): Problem {
	const message = `${pathText(path)} has a value that is not possible`;
	return { code: "wrong_value", path, part: "value", message, why: `it must be ${expected}`, next: `correct it` };
}

function typeName(value: Json): string {
	if (value === null) return "nothing";
	if (Array.isArray(value)) return "a list";
	if (isObject(value)) return "an object";
	return typeof value === "string" ? "text" : typeof value === "boolean" ? `${value}` : "a number";
}
