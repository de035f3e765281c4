/** From argv to one command with its options. What does not fit is config.usage, with what was probably meant. */
import { parseArgs } from "node:util";
import { ConnectorError } from "../errors.ts";
import { didYouMean, listOf } from "../nearest.ts";

/** The options of all commands; files as given. */
export interface Options {
	config?: string;
	catalog?: string;
	state?: string;
	namespace?: string;
	query?: string;
	/** True for all streams. */
	reset?: true | string;
	/** States as other programs take them. */
	array?: true;
	record?: string;
	"max-bytes"?: string;
}

export interface CommandLine<Run> {
	/** Each command with the options that it needs, and those that it takes too. */
	commands: Record<string, Command<Run>>;
	help: () => Promise<string>;
}

export interface Command<Run> {
	needs: (keyof Options)[];
	takes: (keyof Options)[];
	work: (run: Run) => Promise<void>;
}

const KNOWN = {
	config: { type: "string" },
	catalog: { type: "string" },
	state: { type: "string" },
	namespace: { type: "string" },
	query: { type: "string" },
	reset: { type: "boolean" },
	array: { type: "boolean" },
	record: { type: "string" },
	"max-bytes": { type: "string" },
} as const;

const FLAGS = ["reset", "array"];
const HOLDS: Record<string, string> = { query: "<sql>", namespace: "<name>", "max-bytes": "<bytes>" };

/** Throws config.usage. `--reset` may be followed by the name of a stream. */
export function parseCommand<Run>(program: string, { commands }: CommandLine<Run>, argv: string[]) {
	const args = argv.flatMap((word) => (word.startsWith("--reset=") ? ["--reset", word.slice(8)] : [word]));
	const { tokens } = parseArgs({ args, options: KNOWN, strict: false, tokens: true });
	const [name = "", ...rest] = tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []));
	const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (command === undefined) throw unknownCommand(program, name, Object.keys(commands));
	const options: Options = {};
	for (const token of tokens) {
		if (token.kind !== "option") continue;
		checkOption(program, name, command, token);
		if (token.name === "reset") options.reset = rest.shift() ?? true;
		else if (token.name === "array") options.array = true;
		else options[token.name as Exclude<keyof Options, "reset" | "array">] = token.value!;
	}
	const missing = command.needs.find((need) => options[need] === undefined);
	if (missing !== undefined) throw usage(program, `${name} needs --${missing}`, "nothing else says where to find it");
	if (rest.length > 0) throw usage(program, `${name} takes no ${rest[0]}`, "files are given by options");
	return { command, options };
}

function checkOption<Run>(
	program: string,
	name: string,
	command: Command<Run>,
	option: { name: string; rawName: string; value: string | undefined },
): void {
	const allowed = [...command.needs, ...command.takes];
	const known = allowed.map((one) => `--${one}`);
	if (!allowed.includes(option.name as keyof Options)) {
		const why = known.length === 0 ? "it takes none" : `it takes ${listOf(known)}`;
		throw usage(program, `${name} has no option ${option.rawName}`, why, didYouMean(option.rawName, known));
	}
	if (!FLAGS.includes(option.name) && !option.value) {
		throw usage(program, `${option.rawName} needs a value`, `${option.rawName} ${HOLDS[option.name] ?? "<file>"}`);
	}
}

function unknownCommand(program: string, name: string, known: string[]): ConnectorError {
	const message = name === "" ? "No command" : `There is no command ${name}`;
	return usage(program, message, `commands are ${listOf(known)}`, didYouMean(name, known));
}

function usage(program: string, message: string, why: string, next = `${program} --help`): ConnectorError {
	return new ConnectorError("config.usage", message, { where: program, why, next });
}
