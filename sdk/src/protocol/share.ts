/** An amount that is made of parts which nobody states: shared by weights, exactly. */
import { scaleDecimal, shortestDecimal } from "./numbers.ts";

/**
 * An amount shared by weights (decimal text, none below zero) in units of `decimals` digits, by the largest remainder:
 * each part gets the whole units of its share, and the units left go to the largest fractions, earlier parts first where
 * they are equal. The shares add up to the amount and have its sign. Undefined where there is nothing to share by.
 */
export function shareDecimal(amount: string, weights: readonly string[], decimals: number): string[] | undefined {
	const digits = Math.max(decimals, fractionOf(amount));
	const finest = Math.max(0, ...weights.map(fractionOf));
	const parts = weights.map((weight) => unitsOf(weight, finest));
	const whole = parts.reduce((sum, part) => sum + part, 0n);
	if (whole <= 0n || parts.some((part) => part < 0n)) return undefined;
	const units = unitsOf(amount, digits);
	const size = units < 0n ? -units : units;
	const shares = parts.map((part) => (size * part) / whole);
	const fractions = parts.map((part) => (size * part) % whole);
	const served = parts
		.map((_, n) => n)
		.sort((a, b) => Number(fractions[b]! > fractions[a]!) - Number(fractions[b]! < fractions[a]!));
	const left = Number(size - shares.reduce((sum, share) => sum + share, 0n));
	for (const n of served.slice(0, left)) shares[n]! += 1n;
	return shares.map((share) => scaleDecimal(String(units < 0n ? -share : share), -digits));
}

/** Digits after the point that say something. */
const fractionOf = (decimal: string): number => shortestDecimal(decimal).split(".")[1]?.length ?? 0;

const unitsOf = (decimal: string, digits: number): bigint => BigInt(scaleDecimal(shortestDecimal(decimal), digits));
