/** Chance with a seed: the same in every run of a test. */
export interface Chance {
	/** From 0 to below 1. */
	next(): number;
	/** From 0 to below `end`. */
	below(end: number): number;
	pick<T>(from: readonly T[]): T;
	shuffled<T>(all: readonly T[]): T[];
}

/** Lehmer's generator. */
export function chanceOf(seed: number): Chance {
	let last = seed;
	const next = () => {
		last = (last * 48_271) % 2_147_483_647;
		return last / 2_147_483_647;
	};
	const below = (end: number) => Math.floor(next() * end);
	return {
		next,
		below,
		pick: (from) => from[below(from.length)]!,
		shuffled(all) {
			const some = [...all];
			for (let at = some.length - 1; at > 0; at--) {
				const other = below(at + 1);
				[some[at], some[other]] = [some[other]!, some[at]!];
			}
			return some;
		},
	};
}
