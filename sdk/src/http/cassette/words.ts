/** Words of a connector's own: nobody's, wherever they stand. */
import type { Catalog } from "@growthnav/spec";

export interface Words {
	/** Names of fields. */
	fields: Set<string>;
	/** These, words of `enum` and `const`, and what mappings compare with. */
	all: Set<string>;
}

export function addWords({ fields, all }: Words, { streams }: Catalog): void {
	for (const [word, isField] of wordsIn(streams, "")) {
		all.add(word);
		if (isField) fields.add(word);
	}
}

function* wordsIn(value: unknown, under: string): Generator<[word: string, isField: boolean]> {
	if (typeof value === "string" && ["enum", "const", "when"].includes(under)) yield [value, false];
	if (value === null || typeof value !== "object") return;
	if (Array.isArray(value)) for (const item of value) yield* wordsIn(item, under);
	else
		for (const [name, item] of Object.entries(value)) {
			if (under === "properties") yield [name, true];
			yield* wordsIn(item, under === "when" ? under : name);
		}
}
