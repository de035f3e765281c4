/** Amounts in the smallest unit of a currency, whole numbers: in them the books of scripted servers and tests are kept. */
import { canonicalDecimal, shortestDecimal } from "../protocol/numbers.ts";
import type { ConversionRow } from "./becoming.ts";

/** 1999 → "19.99" with two decimals, "1999" with none. */
export function decimalText(minor: number, decimals = 2): string {
	const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
	const cut = digits.length - decimals;
	return `${minor < 0 ? "-" : ""}${digits.slice(0, cut)}${decimals === 0 ? "" : `.${digits.slice(cut)}`}`;
}

/** The way back, of decimal text. Throws for what is none, and where it has more decimals than those. */
export function minorOf(value: unknown, decimals = 2): number {
	const text = shortestDecimal((typeof value === "string" ? canonicalDecimal(value) : undefined) ?? "");
	const [, sign, whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
	if (whole === "" || fraction.length > decimals) throw new Error(`${value} is no amount of ${decimals} decimals`);
	return Number(`${sign}${whole}${fraction.padEnd(decimals, "0")}`);
}

export interface Sum {
	rows: number;
	/** In the smallest unit. */
	value: number;
}

/** Rows and the sum of `value` of each group, in the order in which groups come. */
export function sumsOf(
	rows: Iterable<ConversionRow>,
	groupOf: (row: ConversionRow) => string,
	decimalsOf: (row: ConversionRow) => number = () => 2,
): Map<string, Sum> {
	const sums = new Map<string, Sum>();
	for (const row of rows) {
		const group = groupOf(row);
		const sum = sums.get(group) ?? { rows: 0, value: 0 };
		sums.set(group, { rows: sum.rows + 1, value: sum.value + minorOf(row.value, decimalsOf(row)) });
	}
	return sums;
}

/** The sums alone. */
export function valuesOf(...given: Parameters<typeof sumsOf>): Map<string, number> {
	return new Map([...sumsOf(...given)].map(([group, { value }]) => [group, value]));
}

/** "2026-03-18": the UTC day of a conversion. */
export function utcDayOf({ timestamp }: ConversionRow): string {
	return String(timestamp).slice(0, 10);
}
