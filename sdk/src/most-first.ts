/** Most rows first; as many rows by name, so that the same run says the same. */
export function mostFirst<T extends { rows: number }>(all: Iterable<T>, nameOf: (one: T) => string): T[] {
	return [...all].sort((a, b) => b.rows - a.rows || (nameOf(a) < nameOf(b) ? -1 : 1));
}
