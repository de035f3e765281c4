/** The command line of a source or destination: which commands it has, its help and its version. */
import type { Definition } from "./executable-run.ts";
import { runCommands } from "./run-commands.ts";

export function isDefinition(value: unknown): value is Definition {
	const kind = (value as Definition | undefined)?.kind;
	return kind === "source" || kind === "destination";
}

/** Runs one command; answers the exit code when everything is written. */
export async function executable(definition: Definition, argv: string[]): Promise<number> {
	const program = `${definition.kind}-${definition.name}`;
	if (definition.kind === "source" && argv.includes("--singer")) {
		return (await import("./executable-tap.ts")).tap(definition, argv);
	}
	const line =
		definition.kind === "source"
			? (await import("./executable-source.ts")).sourceCommands(definition)
			: (await import("./executable-destination.ts")).destinationCommands(definition);
	if (argv.length === 0 || argv.includes("--help") || argv.includes("-h")) return print(await line.help());
	if (argv.includes("--version")) return print(`${program} ${definition.version}\n`);
	return runCommands(program, line, argv);
}

async function print(text: string): Promise<number> {
	// `--help | head -1` closes the pipe early, which is no error
	process.stdout.on("error", () => {});
	await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
	return 0;
}
