/** The connector's executable as a process, for what only a process shows: exits, signals, pipes, arguments. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json, Message } from "@growthnav/spec";
import { readMessage } from "../../protocol/index.ts";

/** What a process left behind. */
export interface Ran {
	/** Null where a signal ended it. */
	code: number | null;
	signal: NodeJS.Signals | null;
	/** False: it had to be killed. */
	ended: boolean;
	messages: Message[];
	/** Lines of stdout that are no message, and what follows the last line end. */
	others: string[];
	out: string;
	err: string;
	/** Command lines of what it started, where the system tells them. */
	started: string[];
}

export interface Running {
	/** Resolves with its first record, or its end. */
	firstRecord: Promise<void>;
	ended: Promise<void>;
	/** Nobody reads its output any more. */
	goAway(): void;
	/** Its output is read from now on; before nothing was, where it was asked not to be. */
	read(): void;
	terminate(): void;
}

export interface RunOptions {
	/** Files by the option that names them. */
	files?: { [option: string]: Json };
	/** Its output is not read until `read` is called. */
	unread?: boolean;
	/** Done while it runs. */
	act?: (running: Running) => Promise<void> | void;
	/** Seconds until it is killed, from the end of `act` on. */
	patience?: number;
}

export interface Program {
	run(command: string, options?: RunOptions): Promise<Ran>;
	close(): Promise<void>;
}

const PATIENCE = 60;
/** Milliseconds between two looks at what it started. */
const LOOK = 20;

/** `argv`: program and first arguments, as its bin is started. Configs lie in a private folder until `close`. */
export async function openProgram(argv: readonly string[]): Promise<Program> {
	const folder = await mkdtemp(join(tmpdir(), "growthnav-trial-"));
	let files = 0;
	const written = async (options: RunOptions["files"] = {}): Promise<string[]> => {
		const args: string[] = [];
		for (const [option, content] of Object.entries(options)) {
			const file = join(folder, `${++files}.json`);
			await writeFile(file, JSON.stringify(content), { mode: 0o600 });
			args.push(`--${option}`, file);
		}
		return args;
	};
	return {
		async run(command, options = {}) {
			const [program = "", ...first] = argv;
			const args = [...first, command, ...(await written(options.files))];
			return watched(spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }), options);
		},
		close: () => rm(folder, { recursive: true, force: true }),
	};
}

async function watched(child: ChildProcess, { act, unread = false, patience = PATIENCE }: RunOptions): Promise<Ran> {
	const out: Buffer[] = [];
	const err: Buffer[] = [];
	const started = new Set<string>();
	const first = Promise.withResolvers<void>();
	const over = Promise.withResolvers<{ code: number | null; signal: NodeJS.Signals | null }>();
	let killed = false;
	child.once("error", over.reject);
	child.once("close", (code, signal) => over.resolve({ code, signal }));
	over.promise.then(
		() => first.resolve(),
		() => first.resolve(),
	);
	const read = () =>
		child.stdout!.on("data", (chunk: Buffer) => {
			out.push(chunk);
			if (chunk.includes('"RECORD"')) first.resolve();
		});
	if (!unread) read();
	child.stderr!.on("data", (chunk: Buffer) => err.push(chunk));
	const kill = () => {
		killed = true;
		child.kill("SIGKILL");
		// whoever holds its pipes still would keep them open
		child.stdout!.destroy();
		child.stderr!.destroy();
	};
	let late = setTimeout(kill, PATIENCE * 1000);
	const looking = setInterval(() => void startedBy(child.pid, started), LOOK);
	try {
		const ended = over.promise.then(() => {});
		await act?.({
			...{ firstRecord: first.promise, ended, read },
			goAway: () => child.stdout!.destroy(),
			terminate: () => void child.kill("SIGTERM"),
		});
		clearTimeout(late);
		late = setTimeout(kill, patience * 1000);
		const { code, signal } = await over.promise;
		const texts = { out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
		return { code, signal, ended: !killed, ...texts, ...messagesIn(texts.out), started: [...started] };
	} finally {
		clearTimeout(late);
		clearInterval(looking);
		child.kill("SIGKILL");
	}
}

function messagesIn(out: string): Pick<Ran, "messages" | "others"> {
	const messages: Message[] = [];
	const others: string[] = [];
	const lines = out.split("\n");
	const rest = lines.pop() ?? "";
	for (const [index, line] of lines.entries()) {
		const message = line.startsWith("{") ? readMessage(line, index + 1)?.message : undefined;
		if (message === undefined) others.push(line);
		else messages.push(message);
	}
	if (rest !== "") others.push(rest);
	return { messages, others };
}

/** Adds the command lines of all that a process started and that still runs; nothing where the system does not say. */
async function startedBy(pid: number | undefined, found: Set<string>): Promise<void> {
	const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
	for (const child of children.split(" ").filter(Boolean)) {
		const line = await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "");
		if (line !== "") found.add(line.replaceAll("\0", " ").trim());
		await startedBy(Number(child), found);
	}
}
