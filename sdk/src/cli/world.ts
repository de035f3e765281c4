/** The world as growthnav's commands see it: the host for the pipeline room, the terminal, Ctrl-C. Made from `process` once. */
import { readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { ConnectorError } from "../errors.ts";
import type { RunEvent } from "../pipeline/events.ts";
import type { Host } from "../pipeline/host.ts";
import { redact } from "../redact.ts";
import { HELP } from "./help.ts";
import { errorEvent } from "./screen/error-event.ts";
import { errorLines } from "./screen/errors.ts";
import { jsonLine, type Terminal } from "./screen/screen.ts";
import { type Style, styleFor } from "./screen/style.ts";

export interface CommonOptions {
	json?: boolean;
	plain?: boolean;
	quiet?: boolean;
	verbose?: boolean;
	showValues?: boolean;
	color?: string | boolean;
	env?: string;
}

const LARGEST_ENV = 1024 ** 2;

export type StopSignal = "SIGINT" | "SIGTERM";

export interface World {
	host: Host;
	terminal: Terminal;
	/** Where the module stands that hosts demos. */
	demoHost: string;
	/** The modules that a process runs which tries a connector: by every rule, or once for its author. */
	trialHost: string;
	devHost: string;
	/** Values of people may be shown: asked for, on a terminal. */
	showValues: boolean;
	/** What a printed command must have as well: " --env .env", or nothing. */
	passOn: string;
	/** Aborted by the first Ctrl-C or SIGTERM, for commands that have nothing to bring to an end. */
	signal: AbortSignal;
	/** Undefined: nobody asked to stop. */
	stoppedBy(): StopSignal | undefined;
	/** Called at the first and at the second one, in place of an end at the second one. */
	onStop(listener: (signal: StopSignal, times: number) => void): () => void;
	/** A question that only a person at a terminal is asked; elsewhere undefined. */
	ask(question: string): Promise<string | undefined>;
	/** Lines of the result; nothing with `--json`. */
	say(...lines: string[]): void;
	/** An event of `--json`; nothing without it. */
	tell(event: RunEvent, pipeline?: string): void;
	fail(...errors: ConnectorError[]): void;
	close(): Promise<void>;
}

export function openWorld(options: CommonOptions): World {
	const env = { ...process.env, ...variablesIn(options.env) };
	const terminal = openTerminal(options, env);
	const stop = listenForSignals();
	for (const stream of [process.stdout, process.stderr]) stream.on("error", readerGone);
	const { out, err } = terminal;
	const isJson = terminal.mode === "json";
	const tell = (event: RunEvent, pipeline: string | null = null) => {
		if (isJson) out(jsonLine(event, Date.now(), null, pipeline));
	};
	return {
		host: {
			env,
			cwd: process.cwd(),
			platform: process.platform,
			node: process.execPath,
			program: terminal.command,
			version: HELP.version,
			pid: process.pid,
			tmpdir: tmpdir(),
			now: Date.now,
			signal: sendSignal,
		},
		terminal,
		demoHost: fileURLToPath(new URL("./demo-host.js", import.meta.url)),
		trialHost: fileURLToPath(new URL("./trial-host.js", import.meta.url)),
		devHost: fileURLToPath(new URL("./dev-host.js", import.meta.url)),
		passOn: options.env === undefined ? "" : ` --env ${shellWord(options.env)}`,
		showValues: options.showValues === true && process.stdout.isTTY === true,
		...stop,
		ask,
		tell,
		say(...lines) {
			if (!isJson) out(lines.map((line) => `${redact(line)}\n`).join(""));
		},
		fail(...errors) {
			for (const [index, error] of errors.entries()) {
				tell(errorEvent(error));
				if (!isJson) err(`${index > 0 ? "\n" : ""}${errorLines(error, terminal.errStyle).join("\n")}\n`);
			}
		},
		async close() {
			stop.close();
			// what is still on its way to a slow reader is part of the answer
			await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
		},
	};
}

function openTerminal(options: CommonOptions, env: Host["env"]): Terminal {
	const { stdout, stderr } = process;
	const color = options.color === undefined ? undefined : options.color !== "never";
	const look = (stream: NodeJS.WriteStream): Style =>
		styleFor({
			env,
			isTerminal: stream.isTTY === true,
			columns: stream.columns,
			...(options.plain && { plain: true }),
			...(color !== undefined && { color }),
		});
	return {
		out: (text) => void stdout.write(text),
		err: (text) => void stderr.write(text),
		get outStyle() {
			return look(stdout);
		},
		get errStyle() {
			return look(stderr);
		},
		size: () => ({ columns: stderr.columns ?? 80, rows: stderr.rows ?? 24 }),
		now: Date.now,
		command: programName(env),
		version: HELP.version,
		mode: options.json ? "json" : look(stderr).live ? "live" : "lines",
		quiet: options.quiet === true,
		verbose: options.verbose === true,
		onLeave,
	};
}

/** A word as a shell takes it. */
export function shellWord(word: string): string {
	return /^[\w@./:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** In the form in which growthnav was started, so that a printed command can be pasted. */
function programName({ npm_command, npm_lifecycle_event }: Host["env"]): string {
	return npm_command === undefined && npm_lifecycle_event === undefined ? "growthnav" : "npx growthnav";
}

/** Whoever reads us may close early (`growthnav sql ... | head`), and a terminal may go away: both end without a word. */
function readerGone(error: NodeJS.ErrnoException): void {
	if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
	try {
		return process.kill(pid, signal);
	} catch {
		return false;
	}
}

/** Not `--env-file`: Node looks for that in every word of the command line, and obeys NODE_OPTIONS in the file. */
function variablesIn(file: string | undefined): Record<string, string | undefined> {
	if (file === undefined) return {};
	const unusable = (why: string) =>
		new ConnectorError("config.env_file", `${file} cannot be read`, {
			where: "--env",
			why,
			next: "name a file with lines NAME=value",
		});
	try {
		if (statSync(file).size > LARGEST_ENV) throw unusable("it is larger than 1 MB");
		return parseEnv(readFileSync(file, "utf8"));
	} catch (thrown) {
		if (thrown instanceof ConnectorError) throw thrown;
		const { code, message } = thrown as NodeJS.ErrnoException;
		throw unusable(code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : message);
	}
}

/** A terminal that goes away (SIGHUP) asks for the same as SIGTERM. */
function listenForSignals() {
	const controller = new AbortController();
	let stopped: StopSignal | undefined;
	let times = 0;
	let listener: ((signal: StopSignal, times: number) => void) | undefined;
	const heard = (name: NodeJS.Signals) => {
		const signal = name === "SIGINT" ? name : "SIGTERM";
		stopped ??= signal;
		times++;
		if (listener) listener(signal, times);
		else if (times > 1) process.exit(codeOfStop(stopped));
		controller.abort(
			new ConnectorError("transient.stopped", `Stopped by ${signal === "SIGINT" ? "Ctrl-C" : "SIGTERM"}`),
		);
	};
	const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
	for (const name of signals) process.on(name, heard);
	return {
		signal: controller.signal,
		stoppedBy: () => stopped,
		onStop(listens: NonNullable<typeof listener>) {
			listener = listens;
			return () => {
				listener = undefined;
			};
		},
		close: () => {
			for (const name of signals) process.off(name, heard);
		},
	};
}

export function codeOfStop(signal: StopSignal): number {
	return signal === "SIGTERM" ? 143 : 130;
}

const leaving = new Set<() => void>();

/** Leaves the terminal as it was: at the end, however it comes. */
export function leaveTerminal(): void {
	for (const leave of leaving) leave();
}

/** Ctrl-Z leaves, too: the process is suspended when the terminal is as it was. */
function onLeave(leave: () => void): () => void {
	const suspend = () => {
		leave();
		process.kill(process.pid, "SIGSTOP");
	};
	leaving.add(leave);
	process.once("exit", leaveTerminal);
	if (process.platform !== "win32") process.on("SIGTSTP", suspend);
	return () => {
		leaving.delete(leave);
		process.off("SIGTSTP", suspend);
	};
}

async function ask(question: string): Promise<string | undefined> {
	if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
	const lines = createInterface({ input: process.stdin, output: process.stderr });
	const over = new AbortController();
	// on a question Ctrl-C and Ctrl-D are keys; both mean no, and Ctrl-C that all should stop
	lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
	lines.once("SIGINT", () => over.abort()).once("close", () => over.abort());
	try {
		return await lines.question(question, { signal: over.signal });
	} catch {
		process.stderr.write("\n");
		return "";
	} finally {
		lines.close();
	}
}
