/** The words of the command line: commands, arguments, options, and what is said of those that do not fit. */
import { existsSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { ConnectorError } from "../errors.ts";
import { didYouMean, listOf } from "../nearest.ts";
import { HELP } from "./help.ts";
import type { World } from "./world.ts";

type Name = keyof typeof HELP.commands;
/** Opens the world for one command and closes it behind it. */
type InWorld = (options: object, work: (world: World) => Promise<number>) => Promise<void>;
// biome-ignore lint/suspicious/noExplicitAny: options and arguments have the types that each command declares below
type Work = (world: World, options: any, args: any) => Promise<number>;

const COMMON = ["--json", "--plain", "-q, --quiet", "-v, --verbose"];
const ENV = "--env <file>";
const WAIT = "--wait <time>";

export function commandLine(inWorld: InWorld): Command {
	const program = silent(new Command("growthnav")).helpCommand(false).version(HELP.version, "--version");
	const command = (name: Name, usage: string, options: string[], work: Work) => {
		const made = silent(program.command(`${name} ${usage}`.trim()));
		for (const flags of [...options, ...COMMON]) made.addOption(option(flags));
		made.addOption(new Option("--color <when>").choices(["always", "never"]));
		// commander gives the arguments, then the options, then the command
		made.action((...all) => inWorld(made.opts(), (world) => work(world, made.opts(), all.slice(0, -2))));
	};
	command("demo", "[connector]", ["--fresh", "--yes", WAIT], async (...all) =>
		(await import("./commands/demo.ts")).demo(...all),
	);
	command("new", "<name>", ["--title <text>", "--openapi <file>"], async (...all) =>
		(await import("./commands/new.ts")).newConnector(...all),
	);
	const beside = ["--config <file>", "--stream <name...>", "--rows <n>", "--once", "--show-values", ENV];
	command("dev", "[connector]", beside, async (...all) => (await import("./commands/dev.ts")).dev(...all));
	command("connectors", "", [], async (world) => (await import("./commands/connectors.ts")).connectors(world));
	command("test", "<connector>", ["--only <rule>", "--release"], async (...all) =>
		(await import("./commands/test.ts")).test(...all),
	);
	command("check", "<pipeline>", [ENV], async (...all) => (await import("./commands/check.ts")).check(...all));
	const source = ["--config <file>", "--demo", ENV];
	command("discover", "<source>", [...source, "--stream <name>", "--mapping"], async (...all) =>
		(await import("./commands/discover.ts")).discover(...all),
	);
	command("record", "<source>", [...source, "--out <file>", "--stream <name...>", "--max-bytes <n>"], async (...all) =>
		(await import("./commands/record.ts")).record(...all),
	);
	const rows = ["--stream <name...>", "--rows <n>", "--row <n>", "--show-values"];
	command("preview", "<source>", [...source, ...rows], async (...all) =>
		(await import("./commands/preview.ts")).preview(...all),
	);
	command("run", "<pipeline...>", [WAIT, ENV], async (...all) => (await import("./commands/run.ts")).run(...all));
	const moved = ["--customer <id>", "--name <pipeline>", "--out <file>", "--source <command>", "--extractor <name>"];
	const to = ["--state <file>", "--destination <name>", "--destination-config <file>", ENV];
	command("migrate", "<export>", [...moved, ...to], async (...all) =>
		(await import("./commands/migrate.ts")).migrate(...all),
	);
	const ends = ["--source-config <file>", "--destination-config <file>", "--customer <id>", "--name <pipeline>"];
	command("sync", "<source> <destination>", [...ends, "--demo", WAIT, ENV], async (...all) =>
		(await import("./commands/sync.ts")).sync(...all),
	);
	const rejects = ["--explain <id>", "--retry", "--stream <name>", "--csv", "--show-values", ENV];
	command("rejects", "<pipeline>", rejects, async (...all) => (await import("./commands/rejects.ts")).rejects(...all));
	command("sql", "<pipeline> <query>", ["--csv", ENV], async (...all) =>
		(await import("./commands/sql.ts")).sql(...all),
	);
	command("state", "<what> <pipeline>", ["--stream <name>", "--yes", ENV], async (...all) =>
		(await import("./commands/state.ts")).state(...all),
	);
	return program;
}

/** `--stream <name...>` may be given more than once; what stands behind its value is no value of it. */
function option(flags: string): Option {
	const made = new Option(flags.replace("...", ""));
	return flags.includes("...") ? made.argParser((value, before: string[] = []) => [...before, value]) : made;
}

/** What commander would print, we say. */
function silent(command: Command): Command {
	command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
	return command.showSuggestionAfterError(false).allowExcessArguments(false);
}

/** What commander throws as config.usage; anything else as it is. */
export function usageError(thrown: unknown, argv: string[]): unknown {
	if (!(thrown instanceof CommanderError)) return thrown;
	const program = commandLine(async () => {});
	const names = program.commands.map((one) => one.name());
	const words = argv.filter((word) => !word.startsWith("-"));
	const sub = program.commands.find((one) => one.name() === words[0]);
	if (sub === undefined || thrown.code === "commander.unknownCommand") return unknownCommand(argv, words[0], names);
	const name = sub.name();
	const quoted = /'([^']*)'/.exec(thrown.message)?.[1] ?? "";
	const options = sub.options.map(({ long }) => long ?? "");
	const said: { [code: string]: [message: string, why: string, hint?: string | undefined] } = {
		"commander.unknownOption": [
			`${name} has no option ${quoted}`,
			`it takes ${listOf(options, 20)}`,
			didYouMean(quoted, options),
		],
		"commander.missingArgument": [`${name} needs <${quoted}>`, firstLine(name)],
		"commander.excessArguments": [`${name} takes no ${words.at(-1)}`, firstLine(name)],
		"commander.optionMissingArgument": [`${quoted} needs a value`, firstLine(name)],
		"commander.invalidArgument": [
			`--color does not take ${/argument '([^']*)'/.exec(thrown.message)?.[1]}`,
			"it takes always or never",
		],
	};
	const [message, why, hint] = said[thrown.code] ?? [sentence(thrown.message), firstLine(name)];
	return usage(message, why, hint ?? `growthnav ${name} --help`);
}

function unknownCommand(argv: string[], word: string | undefined, names: string[]): ConnectorError {
	const why = `commands are ${listOf(names, 20)}`;
	if (word === undefined) return usage(`growthnav has no option ${argv[0]}`, why, "growthnav --help");
	const file = /\.(ya?ml|json)$/i.test(word) && existsSync(word);
	return usage(
		`There is no command ${word}`,
		why,
		didYouMean(word, names) ?? (file ? `growthnav run ${word}` : "growthnav --help"),
	);
}

function usage(message: string, why: string, next: string): ConnectorError {
	return new ConnectorError("config.usage", message, { where: "the command line", why, next });
}

function firstLine(name: string): string {
	return HELP.commands[name as Name].split(/ {3,}|\n/, 1)[0]!;
}

function sentence(message: string): string {
	const text = message.replace(/^error: /, "").split("\n")[0]!;
	return text.charAt(0).toUpperCase() + text.slice(1);
}
