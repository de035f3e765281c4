/**
 * One command of a program that speaks the protocol, from argv to the exit code. stdout carries the protocol and nothing
 * else; stderr stays empty unless it is a terminal. A failed command ends with TRACE ERROR and its exit code.
 */
import { Console } from "node:console";
import { Writable } from "node:stream";
import type { Message } from "@growthnav/spec";
import { allErrors, ConnectorError, exitCodeOf, fromTraceError, toTraceError, worstExitCode } from "../errors.ts";
import { messageWriter } from "../protocol/writer.ts";
import { redact } from "../redact.ts";
import { type CommandLine, parseCommand } from "./command-line.ts";
import type { Run } from "./executable-run.ts";

/** Answers the exit code when everything is written. */
export async function runCommands(program: string, line: CommandLine<Run>, argv: string[]): Promise<number> {
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

/** The four parts of an error, for the person at the terminal. */
async function show(error: ConnectorError): Promise<void> {
	const [{ errorLines }, { styleFor }] = await Promise.all([import("./screen/errors.ts"), import("./screen/style.ts")]);
	const style = styleFor({ env: process.env, isTerminal: true, columns: process.stderr.columns });
	process.stderr.write(`\r${style.live ? "\x1b[2K" : ""}${errorLines(error, style).join("\n")}\n`);
}

/** A library's `console.log` would stand between two messages; and what it says may hold a secret. */
export function keepStdoutClean(): void {
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
export function onSignals(): { signal: AbortSignal; code: () => number; dispose: () => void } {
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
