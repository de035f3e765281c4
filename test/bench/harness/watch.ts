/**
 * One run of a command, from outside: seconds, CPU seconds and peak memory of it and of all processes that it starts,
 * whatever it is written in. Its stdout goes through a pipe of the operating system into a file.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";

export interface Command {
	argv: string[];
	/** The program on the other end of stdin; it is not measured. */
	feed?: string[];
	/** Reads stdout in place of `cat`; what it prints is kept. */
	sink?: string[];
	env?: Record<string, string>;
}

export interface Usage {
	seconds: number;
	/** User and system, of all its processes. */
	cpu: number;
	/** Of all its processes together; undefined where the system does not tell. */
	peakMb: number | undefined;
}

const DEADLINE = 1_800;
const SAMPLE_EVERY = 20;
const PAGE = 4096;

// `times` knows the processes that have ended: it says what the command and its children used, and nothing of the ends
const SCRIPT = `set -o pipefail
feed=("\${@:4:$2}")
sink=("\${@:4+$2:$3}")
argv=("\${@:4+$2+$3}")
{ [ "$2" = 0 ] || exec "\${feed[@]}"; } |
	{ echo "$BASHPID" >&3; "\${argv[@]}" 3>&-; code=$?; times >&3; exit $code; } |
	"\${sink[@]}" >"$1" 3>&-`;

/** `at`: where `out` and `err` are written. Throws where it fails, with the end of what it said. */
export async function watch(command: Command, at: string): Promise<Usage> {
	const { argv, feed = [], sink = ["cat"], env } = command;
	const words = [join(at, "out"), String(feed.length), String(sink.length), ...feed, ...sink, ...argv];
	const errors = openSync(join(at, "err"), "w");
	const begun = performance.now();
	const shell = spawn("bash", ["-c", SCRIPT, "bash", ...words], {
		cwd: at,
		env: { ...environment(), ...env },
		stdio: ["ignore", errors, errors, "pipe"],
		detached: true,
	});
	closeSync(errors);
	const end = () => endGroup(shell.pid!);
	process.once("exit", end);
	const timer = setTimeout(end, DEADLINE * 1000);
	let told = "";
	(shell.stdio[3] as Readable).on("data", (chunk) => {
		told += chunk;
	});
	const closed = once(shell, "close");
	// the first line is the root of the command's processes
	const watched = watchMemory(() => told.split("\n", 1)[0]!);
	const [code] = await once(shell, "exit");
	const seconds = (performance.now() - begun) / 1000;
	await closed;
	clearTimeout(timer);
	process.off("exit", end);
	const peakMb = watched();
	if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}: ${lastWords(at)}`);
	return { seconds, cpu: cpuOf(told), peakMb };
}

function endGroup(pid: number): void {
	try {
		process.kill(-pid, "SIGKILL");
	} catch {
		// it has ended
	}
}

/** What the benchmarks themselves were started with must not change what is measured. */
function environment(): Record<string, string> {
	const { PATH = "", HOME = "", TMPDIR } = process.env;
	return { PATH, HOME, LC_ALL: "C", LANG: "C.UTF-8", ...(TMPDIR !== undefined && { TMPDIR }) };
}

/** Looks at all below a process. Answers how to stop, which tells the peak in MB. */
function watchMemory(rootOf: () => string): () => number | undefined {
	let peak = 0;
	const highest = new Map<string, number>();
	const timer = setInterval(() => {
		const root = rootOf();
		if (root === "") return;
		let sum = 0;
		for (const pid of below(root)) {
			const { now, ever } = memoryOf(pid);
			sum += now;
			highest.set(pid, Math.max(ever, highest.get(pid) ?? 0));
		}
		peak = Math.max(peak, sum);
	}, SAMPLE_EVERY);
	return () => {
		clearInterval(timer);
		// between two looks a process may have been larger than all together were when looked at
		const most = Math.max(peak, ...highest.values());
		return most === 0 ? undefined : most / 1e6;
	};
}

function* below(pid: string): Generator<string> {
	for (const child of ofProcess(pid, `task/${pid}/children`).split(" ")) {
		if (child === "") continue;
		yield child;
		yield* below(child);
	}
}

function memoryOf(pid: string): { now: number; ever: number } {
	const [, resident = "0"] = ofProcess(pid, "statm").split(" ");
	const [, ever = "0"] = /VmHWM:\s+(\d+) kB/.exec(ofProcess(pid, "status")) ?? [];
	return { now: Number(resident) * PAGE, ever: Number(ever) * 1024 };
}

/** Empty where the process has ended, or where there is no such file system. */
function ofProcess(pid: string, file: string): string {
	try {
		return readFileSync(`/proc/${pid}/${file}`, "utf8").trimEnd();
	} catch {
		return "";
	}
}

/** The second line of `times`, that of the children: `0m1.250s 0m0.130s`. */
function cpuOf(said: string): number {
	const [, , children = ""] = said.split("\n");
	const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(([, minutes, seconds]) => +minutes! * 60 + +seconds!);
	return parts.reduce((sum, part) => sum + part, 0);
}

function lastWords(at: string): string {
	const words = ["err", "out"].map((file) => readFileSync(join(at, file), "utf8").slice(-1500));
	return words.join("\n").trim();
}
