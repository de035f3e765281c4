/** One start of a tap. What it writes to stderr is told as LOG; it ends with the bridge. */
import type { LogLevel } from "@growthnav/spec";
import { type Child, type Exit, startChild } from "../../pipeline/connectors/process.ts";
import { shownLine } from "../../pipeline/run/run-log.ts";
import type { TapCommand } from "./command.ts";
import { type LastWords, lastWords, readLog } from "./log.ts";
import { TAP_TIMES, type TapWorld } from "./world.ts";

export interface TapProcess {
	child: Child;
	words: LastWords;
	/** How it ended; one that goes on long after its output ended is ended, and `hung` says so. */
	ended(): Promise<{ exit: Exit; hung: boolean }>;
	/** Gone in any case. */
	close(): Promise<void>;
}

/** Throws config.command_not_found. An abort of the world ends it: SIGTERM, then SIGKILL. */
export async function startTap(command: TapCommand, args: readonly string[], world: TapWorld): Promise<TapProcess> {
	const { host, signal } = world;
	signal.throwIfAborted();
	const times = { ...TAP_TIMES, ...world.times };
	const words = lastWords();
	const log = logger(world);
	const child = await startChild({
		argv: command.words,
		args,
		cwd: host.cwd,
		program: command.program,
		host,
		// whoever ends the bridge with its group ends the tap too
		sameGroup: true,
		onStderr(line) {
			words.saw(line);
			log(readLog(line).level, line);
		},
	});
	let kill: NodeJS.Timeout | undefined;
	const stop = () => {
		child.terminate();
		kill = setTimeout(() => void child.stop(0), times.grace);
	};
	signal.addEventListener("abort", stop, { once: true });
	if (signal.aborted) stop();
	return {
		child,
		words,
		async ended() {
			let late: NodeJS.Timeout | undefined;
			const tooLate = new Promise<undefined>((resolve) => {
				late = setTimeout(() => resolve(undefined), times.end);
			});
			try {
				const exit = await Promise.race([child.exited, tooLate]);
				return exit ? { exit, hung: false } : { exit: await child.stop(times.grace), hung: true };
			} finally {
				clearTimeout(late);
			}
		},
		async close() {
			signal.removeEventListener("abort", stop);
			await child.stop(times.grace);
			clearTimeout(kill);
		},
	};
}

/** Logs wait for nobody: while the reader is behind they are counted, and the count is told. */
export function logger({ say }: Pick<TapWorld, "say">): (level: LogLevel, line: string) => void {
	let behind = false;
	let left = 0;
	return (level, line) => {
		if (behind) {
			left++;
			return;
		}
		const more = left > 0 ? ` (${left} lines before it were left out: the reader was behind)` : "";
		left = 0;
		const wait = say({ type: "LOG", log: { level, message: shownLine(line) + more } });
		if (wait === undefined) return;
		behind = true;
		const over = () => {
			behind = false;
		};
		wait.then(over, over);
	};
}
