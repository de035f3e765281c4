/** The command line of a target, as a person writes it: `target-duckdb --config t.json`. No shell is involved. */
import { programOf, programWords } from "../program.ts";

export interface TargetCommand {
	/** For messages: "target-duckdb". */
	program: string;
	/** Program and arguments, without the files of settings. */
	words: string[];
	/** Files of settings, the last one counts most. */
	configs: string[];
}

/** Throws config.command. `-c` means settings only before a file of JSON: `python -c` is another program's. */
export function parseTargetCommand(line: string): TargetCommand {
	const given = programWords(line);
	const words: string[] = [];
	const configs: string[] = [];
	for (let at = 0; at < given.length; at++) {
		const word = given[at]!;
		const next = given[at + 1];
		if (word.startsWith("--config=") && word !== "--config=ENV") configs.push(word.slice("--config=".length));
		else if (next !== undefined && (word === "--config" || (word === "-c" && next.endsWith(".json")))) {
			configs.push(next);
			at++;
		} else words.push(word);
	}
	return { program: programOf(words, "target", "target-jsonl --config target.json"), words, configs };
}
