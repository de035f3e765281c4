/** The words behind a value: "total 4820 - tax 320 - tip 250, minor". */
import type { Value } from "@growthnav/spec";
import { operands } from "./blame.ts";
import type { ElementNames, Scope } from "./path.ts";
import { asDecimal, compileValue } from "./value.ts";

/** What was read to fill a text or time column: the path that gave it, or "constant". Undefined where nothing was. */
export function wordsOf(value: Value, scope: Scope, names: ElementNames): string | undefined {
	if (compileValue(value, names)(scope) === undefined) return undefined;
	if (typeof value === "string") return value;
	if ("path" in value) return value.path;
	if ("const" in value) return "constant";
	if ("first" in value)
		return value.first.map((one) => wordsOf(one, scope, names)).find((words) => words !== undefined);
	return arithmetic(value, scope, names);
}

interface Term {
	minus: boolean;
	path: string | undefined;
	number: string;
}

/** A calculation with its numbers. Zeros that only stand in for absent fields are left out. */
function arithmetic(value: Value, scope: Scope, names: ElementNames): string {
	const units: string[] = [];
	const terms = termsOf(value, false, scope, names, units).filter(
		({ path, number }) => path !== undefined || /[1-9]/.test(number),
	);
	const labels = shortened(terms.map(({ path }) => path ?? ""));
	const text = terms
		.map(({ minus, number }, i) => `${sign(minus, i)}${labels[i] === "" ? "" : `${labels[i]} `}${number}`)
		.join("");
	return [text === "" ? "0" : text, ...new Set(units)].join(", ");
}

function sign(minus: boolean, index: number): string {
	if (index === 0) return minus ? "- " : "";
	return minus ? " - " : " + ";
}

/** The numbers that are added up, with their signs; notes which of them were minor units. */
function termsOf(value: Value, minus: boolean, scope: Scope, names: ElementNames, units: string[]): Term[] {
	if (typeof value === "string" || "path" in value || "const" in value) {
		const number = asDecimal(compileValue(value, names)(scope)) ?? "?";
		const path = typeof value === "string" ? value : "path" in value ? value.path : undefined;
		return [{ minus, path, number }];
	}
	if ("negate" in value) return termsOf(value.negate, !minus, scope, names, units);
	if ("first" in value) {
		const hit = value.first.find((one) => compileValue(one, names)(scope) !== undefined);
		return hit === undefined ? [] : termsOf(hit, minus, scope, names, units);
	}
	if ("minor" in value) units.push(value.decimals === undefined ? "minor" : `${value.decimals} decimals`);
	return operands(value).flatMap((one) => termsOf(one, minus, scope, names, units));
}

/**
 * `total_money.amount`, `total_tax_money.amount` and `total_tip_money.amount` as `total`, `tax` and `tip`: the words that
 * all end with go, then those that all begin with, where something remains.
 */
export function shortened(paths: string[]): string[] {
	// each word with the dot or line before it, so that what remains reads as it is written
	const words = paths.map((path) => path.match(/[._]?[^._]+/g) ?? []);
	const named = words.filter(({ length }) => length > 0);
	if (named.length < 2) return paths;
	while (named.every((list) => list.length > 1 && list.at(-1) === named[0]!.at(-1)))
		for (const list of named) list.pop();
	const common = named[0]![0];
	if (named.every(([first]) => first === common)) for (const list of named) if (list.length > 1) list.shift();
	return words.map((list) => list.join("").replace(/^[._]/, ""));
}
