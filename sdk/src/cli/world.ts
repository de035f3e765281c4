/** The world as growthnav's commands see it: the host for the pipeline room, the terminal, Ctrl-C. Made from `process` once. */
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline/promises";
import { parseEnv } from "node:util";
import { type ConnectorError, ConnectorError as Failure } from "../errors.ts";
import type { Host } from "../pipeline/host.ts";
import { redact } from "../redact.ts";
import { visibleJson } from "../visible.ts";
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
	envFile?: string;
}

export interface World {
	host: Host;
	terminal: Terminal;
	/** Where the module stands that hosts demos. */
	demoHost: string;
	/** Values of people may be shown: asked for, on a terminal. */
	showValues: boolean;
	/** Called at the first and at the second SIGINT or SIGTERM. */
	onStop(listener: (signal: "SIGINT" | "SIGTERM", times: number) => void): () => void;
	/** A question that only a person at a terminal is asked; elsewhere undefined. */
	ask(question: string): Promise<string | undefined>;
	/** One line of the result; nothing with `--json`. */
	say(...lines: string[]): void;
	fail(...errors: ConnectorError[]): void;
	close(): Promise<void>;
}

export async function openWorld(options: CommonOptions): Promise<World> {
	const env = { ...process.env, ...envFile(options.envFile) };
	const color = options.color === undefined ? undefined : options.color !== "never";
	const look = (stream: NodeJS.WriteStream): Style =>
		styleFor({
			env,
			isTerminal: stream.isTTY === true,
			columns: stream.columns,
			...(options.plain && { plain: true }),
			...(color !== undefined && { color }),
		});
	const terminal: Terminal = {
		out: (text) => void process.stdout.write(text),
		err: (text) => void process.stderr.write(text),
		outStyle: look(process.stdout),
		errStyle: look(process.stderr),
		rows: () => process.stderr.rows ?? 24,
		now: Date.now,
		command: programName(env),
		mode: options.json ? "json" : look(process.stderr).live ? "live" : "lines",
		quiet: options.quiet === true,
		verbose: options.verbose === true,
	};
	// whoever reads us may close early: `growthnav sql ... | head` ends without a word
	process.stdout.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code === "EPIPE") process.exitCode = 0;
		else throw error;
	});
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
		demoHost: new URL("./demo-host.js", import.meta.url).pathname,
		showValues: options.showValues === true && process.stdout.isTTY === true,
		onStop,
		ask,
		say(...lines) {
			if (terminal.mode !== "json") terminal.out(lines.map((line) => `${redact(line)}\n`).join(""));
		},
		fail(...errors) {
			for (const error of errors) {
				if (terminal.mode === "json") terminal.out(jsonLine(errorEvent(error), Date.now(), null, null));
				else terminal.err(`${errorLines(error, terminal.errStyle).join("\n")}\n`);
			}
		},
		async close() {
			// what is still on its way to a slow reader is part of the answer
			await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
		},
	};
}

/** In the form in which growthnav was started, so that a printed command can be pasted. */
function programName(env: Host["env"]): string {
	return env.npm_command === "exec"
		? "npx growthnav"
		: env.npm_lifecycle_event === undefined
			? "growthnav"
			: "npx growthnav";
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
	try {
		return process.kill(pid, signal);
	} catch {
		return false;
	}
}

function envFile(file: string | undefined): Record<string, string | undefined> {
	if (file === undefined) return {};
	try {
		return parseEnv(readFileSync(file, "utf8"));
	} catch (thrown) {
		throw new Failure("config.env_file", `${file} cannot be read`, {
			where: "--env-file",
			why: thrown instanceof Error ? thrown.message : visibleJson(thrown),
			next: "name a file with lines NAME=value",
		});
	}
}

function onStop(listener: (signal: "SIGINT" | "SIGTERM", times: number) => void): () => void {
	let times = 0;
	const heard = (signal: NodeJS.Signals) => listener(signal === "SIGTERM" ? "SIGTERM" : "SIGINT", ++times);
	process.on("SIGINT", heard).on("SIGTERM", heard);
	return () => void process.off("SIGINT", heard).off("SIGTERM", heard);
}

async function ask(question: string): Promise<string | undefined> {
	if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
	const lines = createInterface({ input: process.stdin, output: process.stderr });
	try {
		return await lines.question(question);
	} finally {
		lines.close();
	}
}
