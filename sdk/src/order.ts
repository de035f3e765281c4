/** Orders that are the same on every machine and in every run. */

export function byCodeUnits(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

/** Most rows first; as many rows by name, whatever came first. */
export function mostFirst<T extends { rows: number }>(all: Iterable<T>, nameOf: (one: T) => string): T[] {
	return [...all].sort((a, b) => b.rows - a.rows || byCodeUnits(nameOf(a), nameOf(b)));
}
