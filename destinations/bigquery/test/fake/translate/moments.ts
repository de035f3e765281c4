/**
 * Sets of moments, as conditions on a bare partition column against constants describe them: what prunes. A column
 * inside a function bounds nothing, nor does a variable of a script: stricter than the service, never looser.
 */
import type { Expression } from "../sql/syntax.ts";
import { microsOf } from "./times.ts";

/** Sorted, apart; microseconds since 1970, from (within) to (without). */
export interface Moments {
	ranges: { from: bigint; to: bigint }[];
	/** Rows without a value. */
	nulls: boolean;
}

const FIRST = -(2n ** 70n);
const LAST = 2n ** 70n;

export interface BoundOptions {
	/** Whether an expression is the partition column and nothing else. */
	isColumn(value: Expression): boolean;
	/** The constant of a parameter. */
	parameter(name: string): unknown;
}

/** What a condition leaves of the column's moments; undefined where it bounds nothing. */
export function momentsOf(condition: Expression, options: BoundOptions): Moments | undefined {
	switch (condition.is) {
		case "boolean":
			return condition.value ? undefined : { ranges: [], nulls: false };
		case "binary":
			return ofBinary(condition, options);
		case "between": {
			const [low, high] = [constant(condition.low, options), constant(condition.high, options)];
			if (condition.not || !options.isColumn(condition.operand) || low === undefined || high === undefined)
				return undefined;
			return { ranges: spanned(low, high + 1n), nulls: false };
		}
		case "in": {
			if (condition.not || !Array.isArray(condition.list) || !options.isColumn(condition.operand)) return undefined;
			const values = condition.list.map((item) => constant(item, options));
			if (values.some((value) => value === undefined)) return undefined;
			return values.map((value) => ({ ranges: spanned(value!, value! + 1n), nulls: false })).reduce(either);
		}
		case "test":
			return condition.what === "NULL" && !condition.not && options.isColumn(condition.operand)
				? { ranges: [], nulls: true }
				: undefined;
		default:
			return undefined;
	}
}

function ofBinary(condition: Extract<Expression, { is: "binary" }>, options: BoundOptions): Moments | undefined {
	const { operator, left, right } = condition;
	if (operator === "AND" || operator === "OR") {
		const [a, b] = [momentsOf(left, options), momentsOf(right, options)];
		if (operator === "AND") return a === undefined ? b : b === undefined ? a : both(a, b);
		return a === undefined || b === undefined ? undefined : either(a, b);
	}
	if (options.isColumn(left)) return compared(operator, constant(right, options));
	if (options.isColumn(right)) return compared(MIRRORED[operator] ?? operator, constant(left, options));
	return undefined;
}

const MIRRORED: Record<string, string> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

function compared(operator: string, value: bigint | undefined): Moments | undefined {
	if (value === undefined) return undefined;
	const spans: Record<string, [bigint, bigint]> = {
		"=": [value, value + 1n],
		"<": [FIRST, value],
		"<=": [FIRST, value + 1n],
		">": [value + 1n, LAST],
		">=": [value, LAST],
	};
	const span = spans[operator];
	return span === undefined ? undefined : { ranges: spanned(...span), nulls: false };
}

function spanned(from: bigint, to: bigint): Moments["ranges"] {
	return from < to ? [{ from, to }] : [];
}

function constant(value: Expression, options: BoundOptions): bigint | undefined {
	if (value.is === "typed") return microsOf(value.text);
	if (value.is === "string") return microsOf(value.value);
	if (value.is !== "parameter") return undefined;
	const given = options.parameter(value.name);
	return typeof given === "string" ? microsOf(given) : undefined;
}

/** Math.max knows no bigint. */
function later(a: bigint, b: bigint): bigint {
	if (a < b) return b;
	return a;
}

export function both(a: Moments, b: Moments): Moments {
	const ranges = a.ranges.flatMap((one) =>
		b.ranges.flatMap((other) =>
			spanned(later(one.from, other.from), one.to === later(one.to, other.to) ? other.to : one.to),
		),
	);
	return { ranges, nulls: a.nulls && b.nulls };
}

export function either(a: Moments, b: Moments): Moments {
	const sorted = [...a.ranges, ...b.ranges].sort((x, y) => (x.from < y.from ? -1 : x.from > y.from ? 1 : 0));
	const ranges: Moments["ranges"] = [];
	for (const range of sorted) {
		const last = ranges.at(-1);
		if (last !== undefined && range.from <= last.to) last.to = later(last.to, range.to);
		else ranges.push({ ...range });
	}
	return { ranges, nulls: a.nulls || b.nulls };
}

/** Whether some moment of the set lies from `from` to before `to`. */
export function touches(moments: Moments, from: bigint, to: bigint): boolean {
	return moments.ranges.some((range) => range.from < to && from < range.to);
}
