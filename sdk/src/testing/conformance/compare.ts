/** Whether two reads gave the same rows. */
import type { JsonObject } from "@growthnav/spec";
import { maskValue } from "../../mask.ts";
import type { Identify } from "./committed.ts";

type Rows = ReadonlyMap<string, readonly JsonObject[]>;

/** What is missing, other or too much in `found`, a few of each stream. Keys are masked but for their ends. */
export function compare(expected: Rows, found: Rows, identify: Identify, when: string): string[] {
	return differences(expected, found, identify, when, true);
}

/** The same, where rows may come again. */
export function compareAtLeast(expected: Rows, found: Rows, identify: Identify, when: string): string[] {
	return differences(expected, found, identify, when, false);
}

function differences(expected: Rows, found: Rows, identify: Identify, when: string, exactly: boolean): string[] {
	const names = new Set([...expected.keys(), ...found.keys()]);
	return [...names].flatMap((name) => {
		const [wanted, got] = [expected, found].map((rows) => byKey(name, rows.get(name) ?? [], identify));
		const missing = [...wanted!].filter(([key]) => !got!.has(key));
		const more = [...got!].filter(([key]) => !wanted!.has(key));
		const other = [...wanted!].filter(([key, text]) => got!.has(key) && got!.get(key) !== text);
		const sentences: string[] = [];
		if (missing.length > 0) sentences.push(`${when}: ${missing.length} rows of ${name} are missing, ${shown(missing)}`);
		if (more.length > 0) sentences.push(`${when}: ${more.length} rows of ${name} are not in the whole, ${shown(more)}`);
		if (other.length > 0) sentences.push(`${when}: ${other.length} rows of ${name} are other rows, ${shown(other)}`);
		const [rowsWanted, rowsGot] = [expected, found].map((rows) => (rows.get(name) ?? []).length);
		if (exactly && sentences.length === 0 && rowsWanted !== rowsGot)
			sentences.push(`${when}: ${name} has ${rowsGot} rows, not ${rowsWanted}`);
		return sentences;
	});
}

/** The last row of each key counts, as in a table. */
function byKey(stream: string, rows: readonly JsonObject[], identify: Identify): Map<string, string> {
	return new Map(rows.map((row) => [identify(stream, row), JSON.stringify(row)]));
}

function shown(rows: [string, string][]): string {
	return `the first with the key ${maskValue(rows[0]![0], { key: true })}`;
}
