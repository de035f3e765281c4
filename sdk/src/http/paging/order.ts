/** Comparing the values that rows are in the order of: exact numbers, instants whatever their form, else text. */
import { canonicalDecimal, compareDecimals, isRawNumber, numberText } from "../../protocol/numbers.ts";
import { parseInstant } from "../../schema/time.ts";

/** Text of a value that a request can carry; undefined for what has no order: null, lists, objects. */
export function orderedText(value: unknown): string | undefined {
	if (typeof value === "number" || isRawNumber(value)) return numberText(value);
	return typeof value === "string" && value !== "" ? value : undefined;
}

/** Below, at, or above 0, as `a` stands before, at or after `b`. */
export function orderOf(a: string, b: string): number {
	if (a === b) return 0;
	const [instantA, instantB] = [parseInstant(a), parseInstant(b)];
	// without the Z: "10" stands before "10.5"
	if (instantA !== undefined && instantB !== undefined) return textOrder(instantA.slice(0, -1), instantB.slice(0, -1));
	const [numberA, numberB] = [canonicalDecimal(a), canonicalDecimal(b)];
	if (numberA !== undefined && numberB !== undefined) return compareDecimals(numberA, numberB);
	return textOrder(a, b);
}

function textOrder(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
