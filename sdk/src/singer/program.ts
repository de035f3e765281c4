/** What a Singer program is called, in messages about it. */
import { basename } from "node:path";
import { ConnectorError } from "../errors.ts";

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
