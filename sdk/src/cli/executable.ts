/**
 * The command line of a source or destination. stdout carries the protocol and nothing else; stderr stays empty unless
 * it is a terminal. A failed command ends with TRACE ERROR and its exit code; a failed check is an answer, with 0.
 */
import { parseArgs } from "node:util";
import type { Message } from "@growthnav/spec";
import type { Destination } from "../destination/definition.ts";
import { allErrors, ConnectorError, exitCodeOf, fromTraceError, toTraceError, worstExitCode } from "../errors.ts";
import { didYouMean, listOf } from "../nearest.ts";
import { type MessageWriter, messageWriter } from "../protocol/writer.ts";
import { redact } from "../redact.ts";
import type { Source } from "../source/definition.ts";

export type Definition = Source | Destination;

/** The options of all commands; files as given. */
export interface Options {
	config?: string;
	catalog?: string;
	state?: string;
	namespace?: string;
	query?: string;
	/** True for all streams. */
	reset?: true | string;
}

/** What a command works with. */
export interface Run {
	program: string;
	options: Options;
	out: MessageWriter;
	/** Aborted by SIGINT and SIGTERM, with a ConnectorError as its reason. */
	signal: AbortSignal;
	/** Remembers the failure that a TRACE ERROR tells, and shows it on a terminal. Every message passes here. */
	note(message: Message): void;
	/** Another exit code than that of the failures; the worst counts. */
	code(code: number): void;
}

export interface CommandLine {
	/** Each command with the options that it takes; those that it needs first. */
	commands: Record<string, { needs: (keyof Options)[]; takes: (keyof Options)[]; work: (run: Run) => Promise<void> }>;
	help: () => Promise<string>;
}

export function isDefinition(value: unknown): value is Definition {
	const kind = (value as Definition | undefined)?.kind;
	return kind === "source" || kind === "destination";
}

/** Runs one command; answers the exit code when everything is written. */
export async function executable(definition: Definition, argv: string[]): Promise<number> {
	const program = `${definition.kind}-${definition.name}`;
	const line =
		definition.kind === "source"
			? (await import("./executable-source.ts")).sourceCommands(definition)
			: (await import("./executable-destination.ts")).destinationCommands(definition);
	if (argv.length === 0 || argv.includes("--help") || argv.includes("-h")) return print(await line.help());
	if (argv.includes("--version")) return print(`${program} ${definition.version}\n`);
	keepStdoutClean();
	const out = messageWriter(process.stdout);
	const codes: number[] = [];
	const stop = onSignals();
	const note = (message: Message) => {
		if (message.type !== "TRACE" || message.trace.error === undefined) return;
		const error = fromTraceError(message.trace.error, program);
		codes.push(exitCodeOf(error));
		if (process.stderr.isTTY) shown = shown.then(() => show(error));
	};
	let shown = Promise.resolve();
	try {
		const { command, options } = parseCommand(program, line, argv);
		await command.work({ program, options, out, note, signal: stop.signal, code: (code) => codes.push(code) });
	} catch (thrown) {
		for (const error of allErrors(thrown)) {
			codes.push(exitCodeOf(error));
			if (error.code === "transient.reader_closed") continue;
			if (process.stderr.isTTY) await show(error);
			out.write(errorTrace(error))?.catch(() => {});
		}
	}
	await shown;
	// a reader that closed the pipe was told above, or wants to hear nothing more
	await out.close().catch(() => codes.push(20));
	stop.dispose();
	return stop.signal.aborted ? stop.code() : worstExitCode(codes);
}

/** An error that nobody awaited: told, and the end. */
export function fatal(error: ConnectorError): void {
	if (error.code === "transient.reader_closed") process.exit(exitCodeOf(error));
	process.stdout.on("error", () => {});
	void (process.stderr.isTTY ? show(error) : Promise.resolve()).then(() => {
		process.stdout.write(`${redact(JSON.stringify(errorTrace(error)))}\n`, () => process.exit(exitCodeOf(error)));
	});
}

function errorTrace(error: ConnectorError): Message {
	return { type: "TRACE", trace: { type: "ERROR", emitted_at: Date.now(), error: toTraceError(error) } };
}

async function print(text: string): Promise<number> {
	// `--help | head -1` closes the pipe early, which is no error
	process.stdout.on("error", () => {});
	await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
	return 0;
}

/** The four parts of an error, for the person at the terminal. */
async function show(error: ConnectorError): Promise<void> {
	const [{ errorLines }, { styleFor }] = await Promise.all([import("./screen/errors.ts"), import("./screen/style.ts")]);
	const style = styleFor({ env: process.env, isTerminal: true, columns: process.stderr.columns });
	process.stderr.write(`\r${style.live ? "\x1b[2K" : ""}${errorLines(error, style).join("\n")}\n`);
}

/** A library's `console.log` would stand between two messages. */
function keepStdoutClean(): void {
	console.log = console.info = console.debug = console.error;
}

const GRACE = 10_000;

/** The first signal asks for a clean stop, the second one, or ten seconds, ends the program. */
function onSignals(): { signal: AbortSignal; code: () => number; dispose: () => void } {
	const controller = new AbortController();
	let code = 0;
	const heard = (signal: NodeJS.Signals) => {
		if (controller.signal.aborted) process.exit(code);
		code = signal === "SIGTERM" ? 143 : 130;
		setTimeout(() => process.exit(code), GRACE).unref();
		controller.abort(
			new ConnectorError("transient.stopped", `Stopped by ${signal === "SIGTERM" ? "SIGTERM" : "Ctrl-C"}`, {
				why: "it was asked to stop before its end",
				next: "run it again: it goes on from the last committed state",
			}),
		);
	};
	process.on("SIGINT", heard).on("SIGTERM", heard);
	return {
		signal: controller.signal,
		code: () => code,
		dispose: () => void process.off("SIGINT", heard).off("SIGTERM", heard),
	};
}

const FILE = { type: "string" } as const;
const KNOWN = {
	config: FILE,
	catalog: FILE,
	state: FILE,
	namespace: FILE,
	query: FILE,
	reset: { type: "boolean" },
} as const;

/** Throws config.usage, with what was probably meant. */
function parseCommand(program: string, { commands }: CommandLine, argv: string[]) {
	const words = argv.flatMap((word) =>
		word.startsWith("--reset=") ? ["--reset", word.slice("--reset=".length)] : [word],
	);
	const { tokens } = parseArgs({ args: words, options: KNOWN, strict: false, tokens: true });
	const plain = tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []));
	const given = tokens.flatMap((token) => (token.kind === "option" ? [token] : []));
	const [name = "", stream, ...more] = plain;
	const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (command === undefined) {
		throw usage(program, name === "" ? "No command" : `There is no command ${name}`, {
			why: `commands are ${listOf(Object.keys(commands))}`,
			next: didYouMean(name, Object.keys(commands)),
		});
	}
	const allowed = [...command.needs, ...command.takes];
	const options: Options = {};
	for (const { name: option, rawName, value } of given) {
		if (!allowed.includes(option as keyof Options)) {
			throw usage(program, `${name} has no option ${rawName}`, {
				why: allowed.length === 0 ? "it takes none" : `it takes ${listOf(allowed.map((one) => `--${one}`))}`,
				next: didYouMean(option, allowed)?.replaceAll(/(\w+)(?=,| or |\?)/g, "--$1"),
			});
		}
		if (option === "reset") options.reset = stream ?? true;
		else if (value === undefined || value === "")
			throw usage(program, `${rawName} needs a value`, {
				why: `${rawName} <${option === "query" ? "sql" : option === "namespace" ? "name" : "file"}>`,
			});
		else options[option as Exclude<keyof Options, "reset">] = value as string;
	}
	const missing = command.needs.find((need) => options[need] === undefined);
	if (missing !== undefined)
		throw usage(program, `${name} needs --${missing}`, { why: "nothing says where to find it" });
	const extra = options.reset === undefined ? stream : more[0];
	if (extra !== undefined) throw usage(program, `${name} takes no ${extra}`, { why: "files are given by options" });
	return { command, options };
}

function usage(
	program: string,
	message: string,
	{ why, next }: { why: string; next?: string | undefined },
): ConnectorError {
	return new ConnectorError("config.usage", message, { where: program, why, next: next ?? `${program} --help` });
}
