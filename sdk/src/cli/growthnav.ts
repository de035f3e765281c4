/** The command line of growthnav: its words, its help, and which file does the work. */
import { Command, CommanderError, Option } from "commander";
import { ConnectorError, exitCodeOf, toConnectorError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { HELP } from "./help.ts";
import { openWorld, type World } from "./world.ts";

/** Runs one command; answers its exit code. */
export async function growthnav(argv: string[]): Promise<number> {
	let code = 0;
	const program = commandLine((work) => async (...args) => {
		// commander gives the arguments, then the options, then the command
		const command = args.at(-1) as Command;
		const world = await openWorld(command.optsWithGlobals());
		try {
			code = await work(world, command.opts(), args.slice(0, -2) as (string | string[])[]);
		} catch (thrown) {
			const error = toConnectorError(thrown);
			world.fail(error);
			code = exitCodeOf(error);
		} finally {
			await world.close();
		}
	});
	if (argv.length === 0) argv = ["--help"];
	try {
		await program.parseAsync(argv, { from: "user" });
	} catch (thrown) {
		if (!(thrown instanceof CommanderError)) throw thrown;
		code = thrown.exitCode === 0 ? 0 : await usageError(thrown, program, argv);
	}
	return code;
}

// biome-ignore lint/suspicious/noExplicitAny: options have the types that each command declares below
type Work = (world: World, options: any, args: any) => Promise<number>;
type Wrap = (work: Work) => (...args: unknown[]) => Promise<void>;

function commandLine(run: Wrap): Command {
	const program = new Command("growthnav").exitOverride().configureOutput({ writeErr: () => {} });
	program.helpCommand(false).helpOption("-h, --help").version(HELP.version, "--version");
	program.helpInformation = () => HELP.root;
	const command = (name: keyof typeof HELP.commands, usage: string) => {
		const made = program
			.command(`${name} ${usage}`.trim())
			.exitOverride()
			.configureOutput({ writeErr: () => {} });
		made.helpOption("-h, --help").allowExcessArguments(false);
		made.helpInformation = () => HELP.commands[name];
		for (const flags of ["--json", "--plain", "-q, --quiet", "-v, --verbose", "--show-values"]) made.option(flags);
		made.addOption(new Option("--color [when]").choices(["always", "never"]));
		return made;
	};
	const envFile = "--env-file <file>";

	command("demo", "[connector]")
		.option("--fresh")
		.option("--yes")
		.action(run(async (...all) => (await import("./commands/demo.ts")).demo(...all)));
	command("connectors", "").action(run(async (world) => (await import("./commands/connectors.ts")).connectors(world)));
	command("check", "<pipeline>")
		.option(envFile)
		.action(run(async (...all) => (await import("./commands/check.ts")).check(...all)));
	command("discover", "<source>")
		.option("--config <file>")
		.option("--demo")
		.option("--stream <name>")
		.option("--mapping")
		.option(envFile)
		.action(run(async (...all) => (await import("./commands/discover.ts")).discover(...all)));
	command("preview", "<source>")
		.option("--config <file>")
		.option("--demo")
		.option("--stream <name...>")
		.option("--rows <n>")
		.option("--row <n>")
		.option(envFile)
		.action(run(async (...all) => (await import("./commands/preview.ts")).preview(...all)));
	command("run", "<pipeline...>")
		.option(envFile)
		.option("--wait <time>")
		.action(run(async (...all) => (await import("./commands/run.ts")).run(...all)));
	command("sync", "<source> <destination>")
		.option("--source-config <file>")
		.option("--destination-config <file>")
		.option("--customer <id>")
		.option("--name <pipeline>")
		.option("--demo")
		.option("--wait <time>")
		.option(envFile)
		.action(run(async (...all) => (await import("./commands/sync.ts")).sync(...all)));
	command("rejects", "<pipeline>")
		.option("--explain <id>")
		.option("--retry")
		.option("--stream <name>")
		.option("--csv")
		.option(envFile)
		.action(run(async (...all) => (await import("./commands/rejects.ts")).rejects(...all)));
	command("sql", "<pipeline> <query>")
		.option("--csv")
		.option(envFile)
		.action(run(async (...all) => (await import("./commands/sql.ts")).sql(...all)));
	command("state", "<what> <pipeline>")
		.option("--stream <name>")
		.option("--yes")
		.option(envFile)
		.action(run(async (...all) => (await import("./commands/state.ts")).state(...all)));
	return program;
}

async function usageError(thrown: CommanderError, program: Command, argv: string[]): Promise<number> {
	const known = program.commands.map((one) => one.name());
	const flags = ["--json", "--plain", "--quiet", "--verbose", "--help", "--version"];
	const word = /'([^']*)'/.exec(thrown.message)?.[1] ?? argv[0] ?? "";
	const sub = program.commands.find((one) => one.name() === argv[0]);
	const options = [...flags, ...(sub?.options.map(({ long }) => long ?? "") ?? [])];
	const isCommand = thrown.code === "commander.unknownCommand";
	const help = sub === undefined ? "growthnav --help" : `growthnav ${sub.name()} --help`;
	const error = new ConnectorError("config.usage", sentence(thrown.message, word, isCommand), {
		why: isCommand ? `commands are ${known.join(", ")}` : "the command line does not fit the command",
		next: (word === "" ? undefined : didYouMean(word, isCommand ? known : options)) ?? help,
	});
	const world = await openWorld({});
	world.fail(error);
	return exitCodeOf(error);
}

function sentence(message: string, word: string, isCommand: boolean): string {
	if (isCommand) return `There is no command ${word}`;
	const text = message.replace(/^error: /, "");
	return text.charAt(0).toUpperCase() + text.slice(1);
}
