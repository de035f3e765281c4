/**
 * Does a row keep its schema? Each schema is compiled once to a closure; a right row costs one walk over its declared
 * fields and no memory. Unknown fields are allowed, nothing is changed.
 */
import type { z } from "zod";
import { maskValue } from "../mask.ts";
import { isRawNumber } from "../protocol/numbers.ts";
import { type Field, type FieldKind, fieldOf } from "./field.ts";
import { memberReader } from "./member.ts";
import { decimalLiteral } from "./text.ts";
import { parseDate, parseInstant, parseLocalDateTime, parseTime } from "./time.ts";

export interface RowProblem {
	/** Dotted, elements of lists by number: `line_items.0.quantity`. */
	path: string;
	/** `missing`, `wrong_type`, or `unknown_value` for a word that `oneOf` does not have. */
	code: "missing" | "wrong_type" | "unknown_value";
	/** In words: "a date (2026-07-03)". */
	expected: string;
	/** The value masked; "nothing" where it is missing. */
	found: string;
}

/** Adds what is wrong to the list, with paths relative to the value; makes the list only when it must. */
type Check = (value: unknown, problems: RowProblem[] | undefined) => RowProblem[] | undefined;
type Test = (value: unknown) => boolean;

const compiled = new WeakMap<Field, Check>();

/** Every problem of a row; undefined (not an empty list) for a right one. */
export function checkRow(schema: z.ZodObject, row: unknown): RowProblem[] | undefined {
	return rowCheckOf(schema)(row);
}

/** `checkRow` for many rows of one schema. */
export function rowCheckOf(schema: z.ZodObject): (row: unknown) => RowProblem[] | undefined {
	const check = compile(fieldOf(schema));
	return (row) => check(row, undefined);
}

/** In words what a field expects, for problems of rows and configs. */
export function expectationOf(field: Field): string {
	return field.kind === "one_of" ? `one of ${field.values.join(", ")}` : EXPECTED[field.kind];
}

const EXPECTED: Record<Exclude<FieldKind, "one_of">, string> = {
	string: "text",
	integer: "a whole number",
	decimal: "a number",
	boolean: "true or false",
	date: "a date (2026-07-03)",
	timestamp: "a time with its zone (2026-07-03T19:22:10Z)",
	datetime: "a local time (2026-07-03T19:22:10)",
	time: "a time of day (19:22:10)",
	json: "a value",
	object: "an object",
	array: "a list",
	choice: "an object",
};

/** The one place that says which values a word allows; exact numbers travel as RawNumber. */
export const TESTS: Record<FieldKind, Test> = {
	string: (value) => typeof value === "string",
	integer: (value) =>
		typeof value === "number" ? Number.isInteger(value) : isRawNumber(value) && /^-?\d+$/.test(value.rawJSON),
	decimal: (value) =>
		typeof value === "number"
			? Number.isFinite(value)
			: typeof value === "string"
				? decimalLiteral(value) !== undefined
				: isRawNumber(value),
	boolean: (value) => typeof value === "boolean",
	date: (value) => typeof value === "string" && parseDate(value) !== undefined,
	timestamp: (value) => typeof value === "string" && parseInstant(value) !== undefined,
	datetime: (value) => typeof value === "string" && parseLocalDateTime(value) !== undefined,
	time: (value) => typeof value === "string" && parseTime(value) !== undefined,
	one_of: (value) => typeof value === "string",
	json: () => true,
	array: Array.isArray,
	object: isObject,
	choice: isObject,
};

function isObject(value: unknown): boolean {
	return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

function compile(field: Field): Check {
	let check = compiled.get(field);
	if (check === undefined) {
		check = withAbsence(
			field,
			field.kind === "object" ? ofObject(field) : field.item ? ofList(field.item) : ofValue(field),
		);
		compiled.set(field, check);
	}
	return check;
}

function withAbsence(field: Field, check: Check): Check {
	if (field.optional) return (value, problems) => (value == null ? problems : check(value, problems));
	const expected = expectationOf(field);
	return (value, problems) => (value == null ? add(problems, "missing", expected, value) : check(value, problems));
}

function ofValue(field: Field): Check {
	if (field.kind === "one_of") return ofWord(field);
	const test = TESTS[field.kind];
	const expected = expectationOf(field);
	return (value, problems) => (test(value) ? problems : add(problems, "wrong_type", expected, value));
}

function ofWord(field: Field): Check {
	const words = new Set<unknown>(field.values);
	const expected = expectationOf(field);
	return (value, problems) =>
		words.has(value)
			? problems
			: add(problems, typeof value === "string" ? "unknown_value" : "wrong_type", expected, value);
}

function ofObject(field: Field): Check {
	const parts = [...field.fields].map(([name, part]) => ({ name, read: memberReader(name), check: compile(part) }));
	return (value, problems) => {
		if (!isObject(value)) return add(problems, "wrong_type", EXPECTED.object, value);
		for (const { name, read, check } of parts) {
			const before = problems === undefined ? 0 : problems.length;
			problems = check(read(value as object), problems);
			if (problems !== undefined && problems.length > before) prefix(problems, before, name);
		}
		return problems;
	};
}

function ofList(item: Field): Check {
	const check = compile(item);
	return (value, problems) => {
		if (!Array.isArray(value)) return add(problems, "wrong_type", EXPECTED.array, value);
		for (let i = 0; i < value.length; i++) {
			const before = problems === undefined ? 0 : problems.length;
			problems = check(value[i], problems);
			if (problems !== undefined && problems.length > before) prefix(problems, before, String(i));
		}
		return problems;
	};
}

/** The problems found since `before` lie below `name`. */
function prefix(problems: RowProblem[], before: number, name: string): void {
	for (const problem of problems.slice(before)) problem.path = problem.path === "" ? name : `${name}.${problem.path}`;
}

function add(
	problems: RowProblem[] | undefined,
	code: RowProblem["code"],
	expected: string,
	value: unknown,
): RowProblem[] {
	const problem: RowProblem = { path: "", code, expected, found: value == null ? "nothing" : maskValue(value) };
	if (problems === undefined) return [problem];
	problems.push(problem);
	return problems;
}
