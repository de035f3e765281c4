/**
 * The command line of a source or destination. stdout carries the protocol and nothing else; stderr stays empty unless
 * it is a terminal. A failed command ends with TRACE ERROR and its exit code; a failed check is an answer, with 0.
 */
import { Console } from "node:console";
import { Writable } from "node:stream";
import type { Message } from "@growthnav/spec";
import { allErrors, ConnectorError, exitCodeOf, fromTraceError, toTraceError, worstExitCode } from "../errors.ts";
import { messageWriter } from "../protocol/writer.ts";
import { redact } from "../redact.ts";
import { parseCommand } from "./command-line.ts";
import type { Definition } from "./executable-run.ts";

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

/** A library's `console.log` would stand between two messages; and what it says may hold a secret. */
function keepStdoutClean(): void {
	const told = new Writable({
		decodeStrings: false,
		write(text, _encoding, done) {
			process.stderr.write(redact(String(text)), done);
		},
	});
	globalThis.console = new Console(told);
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
