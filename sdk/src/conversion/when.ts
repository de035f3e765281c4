/**
 * Conditions. Texts are compared letter by letter; where either side is a number, both as numbers (`1`, `1.0` and "1"
 * are equal); where either is a boolean, as the words `true` and `false`. Null and blank literals mean: does not exist.
 * What does not exist equals nothing else, so `{ not: … }` holds for it.
 */
import type { Condition, Json, Literal, When } from "@growthnav/spec";
import { shortestDecimal } from "../protocol/numbers.ts";
import { stateWord } from "./blame.ts";
import { compilePath, type ElementNames, exists, formatPath, parsePath, type ReadPath, type Scope } from "./path.ts";
import { asDecimal } from "./value.ts";

/** One line of a `when`. */
export interface Line {
	path: string;
	read: ReadPath;
	/** Whether it holds for a value, which may be absent. */
	holds: (value: Json | undefined) => boolean;
	/** "state is OPEN, the mapping wants COMPLETED" */
	broken: (value: Json | undefined) => string;
	/** "state is COMPLETED"; why a row was taken. */
	kept: (value: Json | undefined) => string;
}

/** Compares a value that exists. */
type Matches = (value: Json) => boolean;

export function compileWhen(when: When | undefined, names: ElementNames): Line[] {
	return Object.entries(when ?? {}).map(([path, condition]) => compileLine(path, condition!, names));
}

/** The rule that a record breaks, in words; undefined where all lines hold. */
export function brokenRule(lines: readonly Line[], scope: Scope): string | undefined {
	for (const line of lines) {
		const value = line.read(scope);
		if (!line.holds(value)) return line.broken(value);
	}
	return undefined;
}

export function holdsAll(lines: readonly Line[], scope: Scope): boolean {
	return lines.every(({ read, holds }) => holds(read(scope)));
}

function compileLine(path: string, condition: Condition, names: ElementNames): Line {
	const read = compilePath(path, names);
	const shown = formatPath(parsePath(path));
	if (isExists(condition)) return existenceLine(path, read, shown, condition.exists);
	const not = isNot(condition);
	const literals = listed(not ? condition.not : condition);
	// null alone asks for absence, and `{ not: null }` for existence
	if (!literals.some(exists)) return existenceLine(path, read, shown, not);
	const is = (value: Json | undefined) => `${shown} ${exists(value) ? `is ${stateWord(value)}` : "is absent"}`;
	const wanted = literals.map(wordOf).join(" or ");
	const matches = anyOf(literals);
	return {
		path,
		read,
		holds: (value) => matches(value) !== not,
		broken: (value) => `${is(value)}, the mapping ${not ? "leaves that out" : `wants ${wanted}`}`,
		kept: not ? () => `${shown} is not ${wanted}` : is,
	};
}

function existenceLine(path: string, read: ReadPath, shown: string, wanted: boolean): Line {
	return {
		path,
		read,
		holds: (value) => exists(value) === wanted,
		broken: () => (wanted ? `${shown} is absent` : `${shown} is there, the mapping wants it absent`),
		kept: () => `${shown} is ${wanted ? "there" : "absent"}`,
	};
}

function isExists(condition: Condition): condition is { exists: boolean } {
	return typeof condition === "object" && condition !== null && "exists" in condition;
}

function isNot(condition: Condition): condition is { not: Literal | Literal[] } {
	return typeof condition === "object" && condition !== null && "not" in condition;
}

function listed(literals: Literal | Literal[]): Literal[] {
	return Array.isArray(literals) ? literals : [literals];
}

function wordOf(literal: Literal): string {
	return exists(literal) ? String(literal) : "nothing";
}

function anyOf(literals: Literal[]): (value: Json | undefined) => boolean {
	const orAbsent = literals.some((literal) => !exists(literal));
	const matches = literals.filter((literal) => exists(literal)).map(equals);
	return (value) => {
		if (!exists(value)) return orAbsent;
		for (const match of matches) if (match(value as Json)) return true;
		return false;
	};
}

function equals(literal: Literal): Matches {
	const word = String(literal);
	if (typeof literal === "boolean") return (value) => value === literal || value === word;
	const decimal = numberOf(literal);
	if (typeof literal === "number") return (value) => typeof value !== "boolean" && numberOf(value) === decimal;
	return (value) => {
		if (typeof value === "string") return value === literal;
		if (typeof value === "boolean") return String(value) === literal;
		return decimal !== undefined && numberOf(value) === decimal;
	};
}

/** Equal numbers, equal texts. */
function numberOf(value: Json): string | undefined {
	const decimal = asDecimal(value);
	return decimal === undefined ? undefined : shortestDecimal(decimal);
}
