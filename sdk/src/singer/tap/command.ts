/** The command line of a tap, as a person writes it: `tap-github --config github.json`. No shell is involved. */
import { ConnectorError } from "../../errors.ts";
import { programOf, programWords } from "../program.ts";

export interface TapCommand {
	/** For messages: "tap-github". */
	program: string;
	/** Program and arguments, without what is taken out below. */
	words: string[];
	/** Files of settings, the last one counts most. */
	configs: string[];
	/** A catalog in place of the one that the tap would discover, and the option by which the tap takes it. */
	catalog?: { file: string; option: string };
}

const TAKEN: { [option: string]: "config" | "catalog" | "properties" | "state" | "discover" } = {
	"--config": "config",
	"--catalog": "catalog",
	"--properties": "properties",
	"--state": "state",
	"--discover": "discover",
};
/** Short options mean these only before a file of JSON: `python -c`, `docker -p` are other programs'. */
const SHORT: { [option: string]: string } = { "-c": "--config", "-p": "--properties", "-s": "--state" };

/** Throws config.command. */
export function parseTapCommand(line: string): TapCommand {
	const words: string[] = [];
	const configs: string[] = [];
	let catalog: TapCommand["catalog"];
	const given = programWords(line);
	for (let at = 0; at < given.length; at++) {
		const word = given[at]!;
		const next = given[at + 1];
		const isShort = word in SHORT && next?.endsWith(".json") === true;
		const [option = "", inline] = isShort ? [SHORT[word]] : splitOption(word);
		const kind = words.length > 0 && Object.hasOwn(TAKEN, option) ? TAKEN[option] : undefined;
		if (kind === undefined) words.push(word);
		else if (kind === "discover" || kind === "state") throw unwanted(option, line);
		else {
			const file = inline ?? given[++at];
			if (file === undefined || file === "") throw noFile(option, line);
			// settings from the environment are the tap's own affair
			if (kind === "config" && file === "ENV") words.push("--config=ENV");
			else if (kind === "config") configs.push(file);
			else catalog = { file, option: `--${kind}` };
		}
	}
	return {
		program: programOf(words, "tap", "tap-github --config github.json"),
		words,
		configs,
		...(catalog && { catalog }),
	};
}

function splitOption(word: string): [string, string?] {
	const equals = word.startsWith("--") ? word.indexOf("=") : -1;
	return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}

function unwanted(option: string, line: string): ConnectorError {
	const state = option === "--state";
	return new ConnectorError("config.command", `${option} has no place in the command of a tap`, {
		where: line,
		why: state
			? "states are kept with the rows that they stand for"
			: "the tap is asked for its catalog when it is needed",
		next: state
			? "leave it out; growthnav state show tells where the tap stands"
			: "leave it out; growthnav discover shows it",
	});
}

function noFile(option: string, line: string): ConnectorError {
	return new ConnectorError("config.command", `${option} names no file`, {
		where: line,
		why: "it is the last word of the command",
		next: `write a file behind ${option}`,
	});
}
