/** The command line of growthnav: its words, its help, and which file does the work. */
import { allErrors, exitCodeOf, toConnectorError, worstExitCode } from "../errors.ts";
import { HELP } from "./help.ts";
import type { World } from "./world.ts";

/** Runs one command; answers its exit code. */
export async function growthnav(argv: string[]): Promise<number> {
	process.on("uncaughtException", (thrown) => void crashed(thrown));
	const help = helpFor(argv);
	if (help !== undefined) return print(help);
	if (argv[0] === "bridge") return (await import("./bridge.ts")).bridge(argv.slice(1));
	const { commandLine, usageError } = await import("./words.ts");
	const { openWorld } = await import("./world.ts");
	let code = 0;
	const inWorld = async (options: object, work: (world: World) => Promise<number>) => {
		const world = openWorld(options);
		try {
			code = await work(world);
			const stopped = world.stoppedBy();
			if (code === 0 && stopped) code = stopped === "SIGTERM" ? 143 : 130;
		} catch (thrown) {
			code = await tellFailure(thrown, world, argv[0]);
		} finally {
			await world.close();
		}
	};
	try {
		await commandLine(inWorld).parseAsync(argv, { from: "user" });
	} catch (thrown) {
		const error = usageError(thrown, argv);
		await inWorld({ json: argv.includes("--json"), plain: argv.includes("--plain") }, async () => {
			throw error;
		});
	}
	return code;
}

/** Help is asked for most, and answers without anything that a command needs. */
function helpFor(argv: string[]): string | undefined {
	const [first = "--help", second] = argv;
	const known = (word: string): word is keyof typeof HELP.commands => Object.hasOwn(HELP.commands, word);
	const isHelp = (word: string | undefined) => word === "--help" || word === "-h";
	if (first === "--version") return `${HELP.version}\n`;
	if (first === "help") return second !== undefined && known(second) ? HELP.commands[second] : HELP.root;
	if (isHelp(first)) return HELP.root;
	return known(first) && argv.slice(1).some(isHelp) ? HELP.commands[first] : undefined;
}

/** Commands whose events end with `run_finished`. */
const RUNS = ["run", "sync", "demo"];

async function tellFailure(thrown: unknown, world: World, command: string | undefined): Promise<number> {
	const { terminal } = world;
	const stopped = world.stoppedBy();
	const errors = stopped ? [] : allErrors(thrown);
	const code = stopped ? (stopped === "SIGTERM" ? 143 : 130) : worstExitCode(errors.map(exitCodeOf));
	world.fail(...errors);
	if (stopped && terminal.mode !== "json")
		terminal.err(`! Stopped by ${stopped === "SIGTERM" ? stopped : "Ctrl-C"}.\n`);
	if (command !== undefined && RUNS.includes(command)) {
		const { unbegunEvent } = await import("./screen/error-event.ts");
		world.tell(unbegunEvent(stopped ? "stopped" : "failed", code, 0));
	}
	return code;
}

/** `growthnav --help | head -1` closes the pipe early, which is no error. */
async function print(text: string): Promise<number> {
	process.stdout.on("error", () => {});
	await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
	return 0;
}

/** "frame (screen/live.js:52)": the top of a stack trace is enough to report a bug by. */
function placeIn(thrown: unknown): string {
	const { stack = "" } = thrown as Error;
	const [, name, file] = /\n\s+at (?:(\S+) )?.*?([^/\\]+[/\\][^/\\]+:\d+):\d+/.exec(stack) ?? [];
	return `growthnav ${HELP.version}${file === undefined ? "" : `, ${name ?? "a function"} (${file})`}`;
}

/** A bug of growthnav: four parts, no stack trace. */
async function crashed(thrown: unknown): Promise<void> {
	const error = toConnectorError(thrown);
	const where = error.where ?? placeIn(thrown);
	const [{ errorLines }, { styleFor }, { leaveTerminal }] = await Promise.all([
		import("./screen/errors.ts"),
		import("./screen/style.ts"),
		import("./world.ts"),
	]);
	leaveTerminal();
	const { isTTY: isTerminal, columns } = process.stderr;
	const lines = errorLines(
		{ ...error, message: error.message, where },
		styleFor({ env: process.env, isTerminal, columns }),
	);
	process.stderr.write(`${lines.join("\n")}\n`, () => process.exit(exitCodeOf(error)));
}
