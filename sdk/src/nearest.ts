/** "Did you mean": at most three names that are near a misspelt one, nearest first. */

const MOST = 3;

/**
 * Near means: two edits (a letter added, left out, changed or two exchanged) or a third of the word, without regard to
 * case. Answers nothing rather than something far.
 */
export function nearest(word: string, known: Iterable<string>): string[] {
	const limit = Math.max(2, Math.floor(word.length / 3));
	const near: { name: string; edits: number }[] = [];
	for (const name of known) {
		if (Math.abs(name.length - word.length) > limit) continue;
		const edits = distance(word.toLowerCase(), name.toLowerCase());
		// two edits turn any word of two letters into any other: something must have stayed
		if (edits <= limit && edits < Math.min(word.length, name.length)) near.push({ name, edits });
	}
	near.sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1));
	return near.slice(0, MOST).map(({ name }) => name);
}

/** Edits between two words, an exchange of neighbours counting one (optimal string alignment). */
function distance(a: string, b: string): number {
	let before: number[] = [];
	let above = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const changed = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
			let edits = Math.min(changed, above[j]! + 1, row[j - 1]! + 1);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, before[j - 2]! + 1);
			row.push(edits);
		}
		before = above;
		above = row;
	}
	return above[b.length]!;
}

/** Names in a sentence: "a", "a and b", "a, b and c". Long lists end with "and 31 more". */
export function listOf(names: readonly string[], most = 12): string {
	if (names.length > most) return `${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;
	if (names.length < 2) return names[0] ?? "nothing";
	return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** The hint of an error: "did you mean a, b or c?", or nothing where no name is near. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
	const near = nearest(word, known);
	if (near.length === 0) return undefined;
	return `did you mean ${near.length === 1 ? near[0] : `${near.slice(0, -1).join(", ")} or ${near.at(-1)}`}?`;
}
