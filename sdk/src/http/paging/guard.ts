/** Whether paging goes in a circle, in little memory whatever the number of pages. */

/** So many requests are remembered one by one. */
const RECENT = 1_024;

/**
 * Answers true for a request that was made before: at once where that was within the last 1,024; a larger circle is
 * found on its second or third round, by one request that is held on to while the next power of two is counted up to
 * (Brent's way).
 */
export function circleGuard(): (print: string) => boolean {
	const recent = new Set<string>();
	let mark: string | undefined;
	let made = 0;
	return (print) => {
		if (recent.has(print) || print === mark) return true;
		recent.add(print);
		if (recent.size > RECENT) recent.delete(recent.values().next().value!);
		made++;
		if ((made & (made - 1)) === 0) mark = print;
		return false;
	};
}
