/** Whether a value of a mapping is a path or exactly one verb, all the way down. */
import { CONVERSION_COLUMNS, CONVERSION_SOURCES, type MappableColumn } from "@growthnav/spec";
import { didYouMean, listOf } from "../nearest.ts";
import { isRawNumber } from "../protocol/numbers.ts";
import { currencyCode } from "./currency.ts";
import { parseMoment } from "./moment.ts";
import { asDecimal } from "./value.ts";

/** Where in the mapping: `["columns", "value", "minor"]`. */
export type Keys = readonly (string | number)[];

export interface Problem {
	code: `config.${string}`;
	message: string;
	why: string;
	next: string;
	keys: Keys;
}
export type Report = (problem: Problem) => void;

export const VERBS = ["const", "first", "minor", "sum", "negate", "path"] as const;
/** Deeper nesting is no mapping that a person wrote. */
const DEEPEST = 20;

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** What a value fills, where that limits its constants: a column, or the type of one. */
export type Target = MappableColumn | "string" | "decimal" | undefined;

/** What is wrong with one value, and what to write instead. */
type Fault = { why: string; next: string };

export function checkValue(value: unknown, keys: Keys, report: Report, target?: Target): void {
	const fault = keys.length > DEEPEST ? TOO_DEEP : faultOf(value, target);
	if (fault !== undefined) {
		report({ code: "config.mapping_value", message: "A value is a path or an object with one verb", ...fault, keys });
		return;
	}
	if (typeof value === "string") return;
	const [verb, operand] = verbOf(value as Record<string, unknown>);
	if (verb === "const" || verb === "path") return;
	if (!Array.isArray(operand)) checkValue(operand, [...keys, verb], report, "decimal");
	else
		for (const [i, one] of operand.entries())
			checkValue(one, [...keys, verb, i], report, verb === "sum" ? "decimal" : target);
}

const TOO_DEEP = { why: `it nests deeper than ${DEEPEST} levels`, next: "say it with fewer verbs" };

function verbOf(value: Record<string, unknown>): [(typeof VERBS)[number], unknown] {
	const verb = VERBS.find((known) => Object.hasOwn(value, known))!;
	return [verb, value[verb]];
}

/** What is wrong at this level; the values inside are looked at one by one. */
function faultOf(value: unknown, target: Target): Fault | undefined {
	if (typeof value === "string") return value === "" ? { why: "the path is empty", next: "name a field" } : undefined;
	if (!isRecord(value)) {
		const said =
			value === undefined
				? "it is missing"
				: `it is ${value === null ? "null" : Array.isArray(value) ? "a list" : String(value)}`;
		return { why: said, next: "a constant is written as { const: … }" };
	}
	const unknown = Object.keys(value).find((key) => !VERBS.some((verb) => verb === key) && key !== "decimals");
	if (unknown !== undefined) {
		return { why: `there is no verb ${unknown}`, next: didYouMean(unknown, VERBS) ?? `the verbs are ${listOf(VERBS)}` };
	}
	const verbs = VERBS.filter((verb) => Object.hasOwn(value, verb));
	if (verbs.length !== 1) {
		return { why: `it has ${verbs.length > 0 ? listOf(verbs) : "no verb"}`, next: "verbs nest, one in each object" };
	}
	const [verb, operand] = verbOf(value);
	return decimalsFault(verb, value) ?? operandFault(verb, operand, target);
}

function decimalsFault(verb: string, value: Record<string, unknown>): Fault | undefined {
	if (!Object.hasOwn(value, "decimals")) return undefined;
	if (verb !== "minor") return { why: "decimals belongs to minor", next: "remove it" };
	const { decimals } = value;
	if (typeof decimals === "number" && Number.isInteger(decimals) && decimals >= 0 && decimals <= 9) return undefined;
	return { why: "decimals is a whole number from 0 to 9", next: "leave it out to take the currency's own" };
}

function operandFault(verb: (typeof VERBS)[number], operand: unknown, target: Target): Fault | undefined {
	if (verb === "path") {
		return typeof operand === "string" && operand !== "" ? undefined : { why: "path is text", next: "name a field" };
	}
	if (verb === "const") {
		const why = constantFault(operand, target);
		return why === undefined ? undefined : { why, next: "write a constant that the column can hold, or a path" };
	}
	if (verb !== "first" && verb !== "sum") {
		return Array.isArray(operand) ? { why: `${verb} is of one value`, next: `write it as { ${verb}: a }` } : undefined;
	}
	if (Array.isArray(operand) && operand.length > 0) return undefined;
	return { why: `${verb} is a list of values`, next: `write it as { ${verb}: [a, b] }` };
}

/** What a constant cannot be; undefined where it fits. */
function constantFault(value: unknown, column: Target): string | undefined {
	const plain = typeof value === "number" || typeof value === "boolean" || isRawNumber(value);
	if (!plain && typeof value !== "string") return "a constant is text, a number, true or false";
	if (typeof value === "string" && value.trim() === "") return "blank text does not exist";
	const text = String(isRawNumber(value) ? value.rawJSON : value);
	if (column === "currency")
		return currencyCode(text) === undefined ? `${text} is no currency code of three letters` : undefined;
	if (column === "source") return oneOf(text, CONVERSION_SOURCES);
	if (column === "value_basis") return oneOf(text, ["net", "total"]);
	const type = CONVERSION_COLUMNS.find(({ name }) => name === column)?.type ?? column;
	if (type === "decimal") return asDecimal(value as string) === undefined ? `${text} is no number` : undefined;
	if (type === "boolean") return typeof value === "boolean" ? undefined : `${text} is neither true nor false`;
	if (type === "timestamp" || type === "date")
		return parseMoment(text) === undefined ? `${text} is not a date` : undefined;
	return undefined;
}

function oneOf(text: string, words: readonly string[]): string | undefined {
	return words.includes(text) ? undefined : `${text} is none of ${listOf(words)}`;
}
