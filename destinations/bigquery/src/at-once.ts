/** Work on many things, several at a time. */

/** What fails lets those at work come to their end, begins no other, and is thrown. */
export async function atOnce<T>(most: number, all: Iterable<T>, work: (one: T) => Promise<void>): Promise<void> {
	const waiting = [...all];
	const failures: unknown[] = [];
	const lane = async () => {
		for (let next = waiting.shift(); next !== undefined && failures.length === 0; next = waiting.shift()) {
			await work(next).catch((thrown) => failures.push(thrown));
		}
	};
	await Promise.all(Array.from({ length: most }, lane));
	if (failures.length > 0) throw failures[0];
}
