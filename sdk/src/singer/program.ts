/** The command of a Singer program: its words, and what it is called in messages about it. */
import { basename } from "node:path";
import { ConnectorError } from "../errors.ts";
import { commandWords } from "../pipeline/connectors/command-words.ts";
import { registerSecret } from "../redact.ts";
import { isSecretName } from "./settings.ts";

/** The words of a command line. What `env TOKEN=x` sets is a secret, if its name says so. Throws config.command. */
export function programWords(line: string): string[] {
	const words = commandWords(line);
	for (const word of words) {
		const [, name = "", value = ""] = /^(\w+)=(.+)$/s.exec(word) ?? [];
		if (isSecretName(name)) registerSecret(value);
	}
	return words;
}

/** `env TOKEN=x uvx tap-github` is tap-github; without such a word the program itself. Throws config.command. */
export function programOf(words: readonly string[], kind: "tap" | "target", example: string): string {
	const bare = words.map((word) => basename(word).replace(/\.(m?[jt]s|py|exe|cmd)$/i, ""));
	const called = bare.find((word) => word === kind || word.startsWith(`${kind}-`) || word.startsWith(`${kind}_`));
	const program = called ?? bare[0];
	if (program !== undefined) return program;
	throw new ConnectorError("config.command", "A command is empty", {
		where: "singer:",
		why: `it names no ${kind}`,
		next: `name one: singer:${example}`,
	});
}
