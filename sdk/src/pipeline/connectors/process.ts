/**
 * Connectors as real processes: no shell, a process group of their own (Ctrl-C reaches growthnav alone), few
 * environment variables, and an end on every path: SIGTERM, a grace, SIGKILL, for the whole group.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectorError } from "../../errors.ts";
import type { Host } from "../host.ts";
import { stderrLines } from "./stderr.ts";

/** Milliseconds. `grace`: from SIGTERM to SIGKILL. `quiet`: how long what a dead process left behind may stay. */
export const PROCESS_TIMES = { grace: 10_000, quiet: 2_000, poll: 50, unkillable: 5_000 };

/** Python keeps what it prints into a pipe back until it is 8 kB: a slow source would seem silent, and lose all of it if killed. */
const SENT_AT_ONCE = { PYTHONUNBUFFERED: "1" };

export interface ChildOptions {
	argv: readonly string[];
	/** Arguments after those of the connector: `["read", "--config", …]`. */
	args: readonly string[];
	cwd: string;
	/** For messages: "source-square". */
	program: string;
	host: Host;
	/** Variables beside those of `childEnvironment`. */
	env?: Readonly<Record<string, string>>;
	/** Whether it gets a stdin; else it reads an empty one. */
	input?: boolean;
	/** Every line of its stderr, at most so many a second; secrets are not yet removed. */
	onStderr?: (line: string) => void;
	times?: Partial<typeof PROCESS_TIMES>;
	/** It stays in the group of whoever starts it, and ends with that group: a bridge must leave nothing behind. */
	sameGroup?: boolean;
}

export interface Exit {
	code: number | null;
	signal: NodeJS.Signals | null;
}

export interface Child {
	program: string;
	pid: number;
	stdin: Writable | null;
	/** Ends at the latest a moment after the process is gone, whoever else still holds the pipe. */
	stdout: Readable;
	exited: Promise<Exit>;
	/** The last lines of its stderr, the newest last. */
	lastLines(): string[];
	/** SIGTERM to the group. */
	terminate(): void;
	/** SIGTERM, and SIGKILL where the grace is over. Answers when nothing of the group is left. */
	stop(grace?: number): Promise<Exit>;
}

/** Answers when the program runs; throws config.command_not_found where there is none. */
export async function startChild(options: ChildOptions): Promise<Child> {
	const { host, argv, args, program } = options;
	const times = { ...PROCESS_TIMES, ...options.times };
	const leads = host.platform !== "win32" && options.sameGroup !== true;
	const child = spawn(argv[0]!, [...argv.slice(1), ...args], {
		cwd: options.cwd,
		env: { ...SENT_AT_ONCE, ...childEnvironment(host.env), ...options.env },
		shell: false,
		detached: leads,
		windowsHide: true,
		stdio: [options.input ? "pipe" : "ignore", "pipe", "pipe"],
	});
	const { stdin } = child;
	const stdout = child.stdout!;
	const stderr = child.stderr!;
	const exited = new Promise<Exit>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
	try {
		await once(child, "spawn");
	} catch (thrown) {
		throw notStarted(argv[0]!, options.cwd, thrown);
	}
	const pid = child.pid!;
	// a reader that went away is told by its exit; an error without a listener would end growthnav
	for (const pipe of [stdin, stdout, stderr]) pipe?.on("error", () => {});
	const errors = stderrLines(stderr, options.onStderr);
	// Node empties the output of a process that has ended into nothing, unless someone listens in this way
	stdout.on("readable", () => {});
	const group = processGroup(pid, host, leads, () => child.exitCode === null && child.signalCode === null);
	const settled = exited.then((exit) => settle(exit, group, [stdout, stderr], times));

	return {
		program,
		pid,
		stdin,
		stdout,
		exited,
		lastLines: errors.last,
		terminate: () => group.signal("SIGTERM"),
		async stop(grace = times.grace) {
			group.signal("SIGTERM");
			for (const pipe of [stdin, stdout, stderr]) pipe?.destroy();
			const kill = setTimeout(() => group.signal("SIGKILL"), grace);
			const gone = await Promise.race([settled, sleep(grace + times.unkillable, undefined, { ref: false })]);
			clearTimeout(kill);
			if (!gone) child.unref();
			return gone ?? { code: null, signal: "SIGKILL" };
		},
	};
}

interface Group {
	/** False where nothing is left to signal. */
	signal(signal: NodeJS.Signals | 0): boolean;
}

/** A process that leads no group (on Windows there are none) is reached alone. */
function processGroup(pid: number, host: Host, leads: boolean, lives: () => boolean): Group {
	let empty = false;
	return {
		signal(signal) {
			// once empty, the number may belong to strangers
			if (!empty) empty = leads ? !host.signal(-pid, signal) : !lives() || !host.signal(pid, signal);
			return !empty;
		},
	};
}

/** After the exit: what it wrote is read to the end, what it left behind is ended, a pipe held by a stranger is let go. */
async function settle(exit: Exit, group: Group, pipes: Readable[], times: typeof PROCESS_TIMES): Promise<Exit> {
	for (const pipe of pipes) await untilEnded(pipe, times);
	group.signal("SIGTERM");
	for (let waited = 0; group.signal(0) && waited < times.quiet; waited += times.poll) await sleep(times.poll);
	group.signal("SIGKILL");
	for (const pipe of pipes) pipe.destroy();
	return exit;
}

/** Answers at the end of the pipe, or where it was quiet for too long with nothing left to read. */
async function untilEnded(pipe: Readable, times: typeof PROCESS_TIMES): Promise<void> {
	const count = () => (pipe as Readable & { bytesRead?: number }).bytesRead ?? 0;
	let seen = count();
	for (let quiet = 0; quiet < times.quiet && !pipe.readableEnded && !pipe.destroyed; quiet += times.poll) {
		await sleep(times.poll);
		if (count() === seen && pipe.readableLength === 0) continue;
		seen = count();
		quiet = 0;
	}
}

const PASSED_ON = [
	// where programs and temporary files are, who runs them, in which language and zone
	...["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TMP", "TEMP", "LANG", "LANGUAGE", "TZ"],
	// the way out of a company's network
	...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy"],
	...["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"],
	...["NODE_COMPILE_CACHE", "NODE_DISABLE_COMPILE_CACHE"],
	// what docker and podman need to find their service
	...["DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_CONTEXT", "XDG_RUNTIME_DIR"],
	// where tests end a connector for good
	...["GN_CRASH_AT", "GN_CRASH_SOURCE_AT"],
	...["SystemRoot", "SYSTEMROOT", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "Path"],
];

/**
 * The variables that a connector gets: those above and LC_*. Secrets travel in its config alone; a foreign program that
 * needs another variable is started as `[env, NAME=value, program]`.
 */
export function childEnvironment(env: Host["env"]): Record<string, string> {
	const names = [...PASSED_ON, ...Object.keys(env).filter((name) => name.startsWith("LC_"))];
	return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function notStarted(program: string, cwd: string, thrown: unknown): ConnectorError {
	const { code, message } = thrown as NodeJS.ErrnoException;
	const reasons: Record<string, string> = {
		ENOENT: "no such program on the PATH, or no such folder to start it in",
		EACCES: "it may not be executed",
		E2BIG: "its arguments are too long",
	};
	return new ConnectorError("config.command_not_found", `${program} cannot be started`, {
		where: `started in ${cwd}`,
		why: reasons[code ?? ""] ?? message,
		next: "install it, or correct the command",
	});
}
