/** Why a value is absent or wrong, in words. Walks the value again: only for rows that are refused. */
import type { Json, Value } from "@growthnav/spec";
import { maskValue } from "../mask.ts";
import { listOf } from "../nearest.ts";
import type { Mapped } from "./draft.ts";
import type { ElementNames, Scope } from "./path.ts";
import { asNumber, compileValue, type Found, WRONG } from "./value.ts";

export interface Blame {
	reason: string;
	path: string | undefined;
}

/** "closed_at is absent"; "closed_at and paid_at are absent". */
export function whyAbsent({ value, names }: Mapped, what: string, scope: Scope): Blame {
	if (value === undefined) return { reason: `the mapping has no ${what}`, path: undefined };
	const paths = [...new Set(absentPaths(value, scope, names))];
	if (paths.length === 0) return { reason: `${what} is absent`, path: undefined };
	return { reason: `${listOf(paths)} ${paths.length === 1 ? "is" : "are"} absent`, path: paths[0] };
}

/** The paths without which the value does not exist; none where all exist, and only the currency is missing. */
export function absentPaths(value: Value, scope: Scope, names: ElementNames): string[] {
	if (compileValue(value, names)(scope) !== undefined) return [];
	if (typeof value === "string") return [value];
	if ("path" in value) return [value.path];
	if ("const" in value) return [];
	return operands(value).flatMap((one) => absentPaths(one, scope, names));
}

/** `total: "xxx" is no number`; `not` says what the value cannot be. */
export function whyWrong({ value, names }: Mapped, not: string, scope: Scope): Blame {
	if (value === undefined) return { reason: `it is ${not}`, path: undefined };
	const culprit = culpritOf(value, scope, names);
	if (culprit === undefined) {
		const minorOf =
			scope.currency === undefined ? not : `no amount in minor units of ${scope.currency}: ISO 4217 has none`;
		const path = pathsOf(value)[0];
		return { reason: `${path ?? "the constant"} is ${minorOf}`, path };
	}
	return { reason: `${culprit.path ?? "the constant"}: ${maskValue(culprit.found)} is ${not}`, path: culprit.path };
}

/** The part of the value that is not what its verb needs. */
function culpritOf(
	value: Value,
	scope: Scope,
	names: ElementNames,
): { path: string | undefined; found: Json } | undefined {
	const found: Found = compileValue(value, names)(scope);
	if (found === undefined) return undefined;
	const path = typeof value === "string" ? value : "path" in value ? value.path : undefined;
	if (found !== WRONG) {
		const hit = path === undefined ? hitPath(value, scope, names) : path;
		return { path: hit, found };
	}
	const wrong = operands(value).find((one) => isWrong(one, scope, names));
	return wrong === undefined ? undefined : culpritOf(wrong, scope, names);
}

function isWrong(value: Value, scope: Scope, names: ElementNames): boolean {
	const found = compileValue(value, names)(scope);
	return found !== undefined && (found === WRONG || asNumber(found) === undefined);
}

/** The path that gave a value: of `first`, the one that exists; of a sum, its first. */
export function hitPath(value: Value, scope: Scope, names: ElementNames): string | undefined {
	if (typeof value === "string") return value;
	if ("path" in value) return value.path;
	if ("const" in value) return undefined;
	const hit = operands(value).find((one) => compileValue(one, names)(scope) !== undefined);
	return hit === undefined ? undefined : hitPath(hit, scope, names);
}

/** The values that a verb works on. */
export function operands(value: Value): Value[] {
	if (typeof value === "string" || "path" in value || "const" in value) return [];
	if ("first" in value) return value.first;
	if ("sum" in value) return value.sum;
	return ["negate" in value ? value.negate : value.minor];
}

/** Every path that a value reads, in the order in which it is written. */
export function pathsOf(value: Value): string[] {
	if (typeof value === "string") return [value];
	return "path" in value ? [value.path] : operands(value).flatMap(pathsOf);
}

const ENUM_LIKE = /^\p{L}[\p{L}\d _./&-]{0,39}$/u;

/**
 * A value of a field that a mapping compares with words: such fields hold few different words (`OPEN`,
 * `Closed Won`), which are shown. What does not look like one is masked.
 */
export function stateWord(value: Json | undefined): string {
	if (typeof value === "string") return ENUM_LIKE.test(value) && !/\d{5}/.test(value) ? value : maskValue(value);
	return maskValue(value);
}
