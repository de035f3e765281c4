/** Chance with a seed: the same portal at every start. */

export interface Chance {
	/** From 0 to below 1. */
	next(): number;
	/** A whole number, both ends included. */
	whole(from: number, to: number): number;
	pick<T>(list: readonly T[]): T;
	/** True in so many of a hundred cases. */
	percent(share: number): boolean;
}

/** mulberry32, by Tommy Ettinger (public domain). */
export function seededChance(seed: number): Chance {
	let state = seed >>> 0;
	function next(): number {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	}
	const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
	return { next, whole, pick: (list) => list[whole(0, list.length - 1)]!, percent: (share) => next() * 100 < share };
}
