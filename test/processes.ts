/**
 * Programs as users start them: the built executables, as processes. Every one of them ends: by itself, at its deadline,
 * or with the test file that started it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { CommitReport, JsonObject, Message, StatePayload, TraceError } from "@growthnav/spec";
import { afterAll, expect } from "vitest";

const inRoot = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const GROWTHNAV = inRoot("sdk/bin.js");
export const SOURCE_FILE = inRoot("connectors/file/bin.js");
export const SOURCE_SQUARE = inRoot("connectors/square/bin.js");
export const DESTINATION_DUCKDB = inRoot("destinations/duckdb/bin.js");
export const DESTINATION_BIGQUERY = inRoot("destinations/bigquery/bin.js");

/** Set: the long variants of tests run too. */
export const FULL = process.env.GN_TEST_FULL === "1";

/** Seconds after which a program that does not end is killed, and the test with it. */
const DEADLINE = 120;

export interface Ended {
	/** Null where a signal ended it. */
	code: number | null;
	signal: NodeJS.Signals | null;
	out: string;
	err: string;
	seconds: number;
}

export interface StartOptions {
	env?: Record<string, string>;
	cwd?: string;
	/** Another user than the one who runs the tests; only root may. */
	uid?: number;
	/** A file in place of a pipe. */
	stdin?: string;
	/** Seconds. */
	deadline?: number;
}

export interface Program {
	pid: number;
	child: ChildProcess;
	stdin: Writable;
	stdout: Readable;
	ended: Promise<Ended>;
	/** Resolves when stdout has so much of this text; rejects at the end of the program. */
	said(text: string, times?: number): Promise<void>;
	kill(signal?: NodeJS.Signals): void;
}

/** With what ends them. */
const running = new Map<ChildProcess, () => void>();
const folders = new Set<string>();

afterAll(() => {
	for (const end of running.values()) end();
	for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function start(program: string, args: string[], options: StartOptions = {}): Program {
	const file = options.stdin === undefined ? undefined : openSync(options.stdin, "r");
	const [command, ...words] = commandOf(program, args);
	const child = spawn(command!, words, {
		env: environment(options.env),
		cwd: options.cwd,
		...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
		stdio: [file ?? "pipe", "pipe", "pipe"],
	});
	if (file !== undefined) closeSync(file);
	return watch(child, options.deadline ?? DEADLINE);
}

/** Ours are files that Node starts; programs of other projects start themselves. */
function commandOf(program: string, args: string[]): string[] {
	return /\.[mc]?[jt]s$/.test(program) ? [process.execPath, program, ...args] : [program, ...args];
}

/** What the tests themselves were started with must not change what they see. */
function environment(more: Record<string, string> = {}): Record<string, string> {
	const { PATH = "", HOME = "", TMPDIR } = process.env;
	return { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }), ...more };
}

function watch(child: ChildProcess, deadline: number, end = (): void => void child.kill("SIGKILL")): Program {
	running.set(child, end);
	const begun = performance.now();
	const out: Buffer[] = [];
	const err: Buffer[] = [];
	const listeners = new Set<() => void>();
	child.stdout!.on("data", (chunk) => {
		out.push(chunk);
		for (const listener of listeners) listener();
	});
	child.stderr!.on("data", (chunk) => err.push(chunk));
	// a program that ends early does not read to the end
	child.stdin?.on("error", () => {});
	const timer = setTimeout(end, deadline * 1000);
	const ended = new Promise<Ended>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (code, signal) => {
			clearTimeout(timer);
			running.delete(child);
			const seconds = (performance.now() - begun) / 1000;
			const texts = { out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
			if (signal === "SIGKILL" && seconds >= deadline)
				reject(new Error(`no end after ${deadline} s: ${texts.out.slice(-2000)}`));
			else resolve({ code, signal, ...texts, seconds });
		});
	});
	ended.catch(() => {});
	return {
		pid: child.pid!,
		child,
		stdin: child.stdin!,
		stdout: child.stdout!,
		ended,
		said: (text, times = 1) =>
			new Promise((resolve, reject) => {
				const look = () => {
					if (Buffer.concat(out).toString().split(text).length <= times) return;
					listeners.delete(look);
					resolve();
				};
				listeners.add(look);
				look();
				ended.then(({ out: all }) => reject(new Error(`ended without saying ${text}: ${all.slice(-2000)}`)), reject);
			}),
		kill: (signal = "SIGKILL") => void child.kill(signal),
	};
}

export function run(program: string, args: string[], options: StartOptions & { input?: Input } = {}): Promise<Ended> {
	const started = start(program, args, options);
	if (options.stdin === undefined) void feed(started.stdin, options.input ?? "");
	return started.ended;
}

export type Input = string | Buffer | Iterable<string | Buffer>;

/** Writes at the reader's pace; a reader that goes away ends it. */
export async function feed(stdin: Writable, input: Input): Promise<void> {
	const parts = typeof input === "string" || Buffer.isBuffer(input) ? [input] : input;
	for (const part of parts) {
		if (stdin.destroyed) return;
		if (!stdin.write(part)) {
			await new Promise<void>((resolve) => {
				const go = () => {
					for (const event of ["drain", "close", "error"]) stdin.off(event, go);
					resolve();
				};
				for (const event of ["drain", "close", "error"]) stdin.once(event, go);
			});
		}
	}
	stdin.end();
}

/** A command line, as an end of a pipe: a file that Node starts, or a program. */
export interface End {
	program: string;
	args: string[];
	env?: Record<string, string>;
}

/** How both ends of a pipe ended; 137 is the exit code of a program that was killed. */
export interface Joined {
	source: Pick<Ended, "code" | "err">;
	destination: Pick<Ended, "code" | "out" | "err">;
}

/** `source | destination`, with a pipe of the operating system between them, as a shell makes it. */
export async function pipe(source: End, destination: End, { cwd = "/" }: { cwd?: string } = {}): Promise<Joined> {
	const at = folder();
	const script = [shellText(source, `${at}/source`), shellText(destination, `${at}/destination`)].join(" | ");
	const shell = spawn("sh", ["-c", script], {
		env: environment(),
		cwd,
		stdio: ["ignore", "pipe", "pipe"],
		detached: true,
	});
	const { out } = await watch(shell, DEADLINE, () => void process.kill(-shell.pid!, "SIGKILL")).ended;
	const how = (end: string) => ({
		code: Number(readFileSync(`${at}/${end}.code`, "utf8")),
		err: readFileSync(`${at}/${end}`, "utf8"),
	});
	return { source: how("source"), destination: { ...how("destination"), out } };
}

function shellText({ program, args, env = {} }: End, errors: string): string {
	const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
	const words = ["env", ...variables, ...commandOf(program, args)];
	const command = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
	return `{ ${command} 2>${errors}; echo $? >${errors}.code; }`;
}

/** A folder that goes with the test file. */
export function folder(): string {
	const made = mkdtempSync(join(tmpdir(), "gn-test-"));
	folders.add(made);
	return made;
}

export function writeFile(path: string, content: unknown): string {
	writeFileSync(path, typeof content === "string" || Buffer.isBuffer(content) ? content : JSON.stringify(content));
	return path;
}

/** Every line of stdout as a message; throws where one is none. */
export function messagesIn({ out }: Pick<Ended, "out">): Message[] {
	return out
		.split("\n")
		.filter(Boolean)
		.map((line) => JSON.parse(line) as Message);
}

export function errorsIn(ended: Pick<Ended, "out">): TraceError[] {
	return messagesIn(ended).flatMap((message) =>
		message.type === "TRACE" && message.trace.error !== undefined ? [message.trace.error] : [],
	);
}

export function statesIn(ended: Pick<Ended, "out">): StatePayload[] {
	return messagesIn(ended).flatMap((message) => (message.type === "STATE" ? [message.state] : []));
}

export function commitsIn(ended: Pick<Ended, "out">): CommitReport[] {
	return messagesIn(ended).flatMap((message) =>
		message.type === "LOG" && message.log.commit !== undefined ? [message.log.commit] : [],
	);
}

/** The one error of a program, of this code: what, where, why and the next step, one line each. */
export function expectError(ended: Pick<Ended, "out">, code: string): TraceError {
	const errors = errorsIn(ended);
	expect(errors.map((error) => error.code)).toEqual([code]);
	const [error] = errors as [TraceError];
	const { message, where, why, next } = error;
	const parts = { message, where, why, next };
	for (const [part, text] of Object.entries(parts)) expect(text, `${part} of ${code}`).toMatch(/^\S[^\n]*$/);
	expect(error).not.toHaveProperty("stack_trace");
	return error;
}

/** Of `growthnav --json`. */
export function eventsIn({ out }: Pick<Ended, "out">, name: string): JsonObject[] {
	return out
		.split("\n")
		.filter(Boolean)
		.map((line) => JSON.parse(line) as JsonObject)
		.filter(({ event }) => event === name);
}
