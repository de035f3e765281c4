/** A command line as words, without a shell: quotes group, a backslash takes the next character as it is. */
import { ConnectorError } from "../../errors.ts";

/** `docker run "my image"` → docker, run, my image. `$`, `*`, `;` and `|` are ordinary characters. */
export function commandWords(line: string): string[] {
	const words: string[] = [];
	let word: string | undefined;
	let quote: string | undefined;
	for (let at = 0; at < line.length; at++) {
		const character = line[at]!;
		if (character === quote) quote = undefined;
		else if (quote === "'") word += character;
		else if (character === "\\" && at + 1 < line.length) word = (word ?? "") + line[++at];
		else if (quote === '"') word += character;
		else if (character === "'" || character === '"') {
			quote = character;
			word ??= "";
		} else if (/\s/.test(character)) {
			if (word !== undefined) words.push(word);
			word = undefined;
		} else word = (word ?? "") + character;
	}
	if (quote !== undefined) {
		throw new ConnectorError("config.command", "A quote in a command is not closed", {
			where: line,
			why: `there is no second ${quote}`,
			next: "close it, or write the command as a list: [program, argument]",
		});
	}
	if (word !== undefined) words.push(word);
	return words;
}
