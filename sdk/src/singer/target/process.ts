/** A target as a process: its settings, its log, its end. */
import type { JsonObject, LogLevel, Message } from "@growthnav/spec";
import type { ConnectorError } from "../../errors.ts";
import { diedError } from "../../pipeline/connectors/death.ts";
import { type Child, startChild } from "../../pipeline/connectors/process.ts";
import { openScratch } from "../../pipeline/connectors/scratch.ts";
import type { Host } from "../../pipeline/host.ts";
import { openSettings } from "../settings.ts";
import type { TargetCommand } from "./command.ts";

export interface TargetWorld {
	host: Host;
	say(message: Message): undefined | Promise<void>;
	/** Aborted where the target is to be ended; its reason is what is told. */
	signal: AbortSignal;
}

/** Milliseconds from SIGTERM to SIGKILL of a target that is ended: less than whoever ends the bridge gives it. */
export const GRACE = 4_000;

/** Runs `work` on a started target, whatever it does gone at the end. `config` counts more than the command's files. */
export async function withTarget<T>(
	{ program, words, configs }: TargetCommand,
	config: JsonObject,
	{ host, say, signal }: TargetWorld,
	input: boolean,
	work: (target: Child, critical: () => string | undefined) => Promise<T>,
): Promise<T> {
	const scratch = await openScratch(host);
	let target: Child | undefined;
	let critical: string | undefined;
	const stop = () => void target?.stop(GRACE);
	try {
		const none = configs.length === 0 && Object.keys(config).length === 0;
		const file = none ? undefined : (await openSettings(configs, config, host.cwd, scratch)).file;
		signal.throwIfAborted();
		target = await startChild({
			...{ argv: words, args: file === undefined ? [] : ["--config", file], cwd: host.cwd, program, host, input },
			sameGroup: true,
			onStderr(line) {
				const level = levelOf(line);
				if (level === "FATAL") critical = line;
				void say({ type: "LOG", log: { level, message: line } })?.catch(() => {});
			},
		});
		signal.addEventListener("abort", stop, { once: true });
		const result = await work(target, () => critical);
		signal.throwIfAborted();
		return result;
	} catch (thrown) {
		signal.throwIfAborted();
		throw thrown;
	} finally {
		signal.removeEventListener("abort", stop);
		await target?.stop(GRACE);
		await scratch.remove();
	}
}

const LEVEL = /\b(CRITICAL|FATAL|ERROR|WARNING|WARN|DEBUG)\b/;
const LEVELS: { [word: string]: LogLevel } = { CRITICAL: "FATAL", WARNING: "WARN" };

export function levelOf(line: string): LogLevel {
	const word = LEVEL.exec(line.slice(0, 200))?.[1] ?? "INFO";
	return LEVELS[word] ?? (word as LogLevel);
}

/** How a target ended badly. Its CRITICAL line, if there is one, says more than its last. */
export function targetDied(
	target: Child,
	exit: Awaited<Child["exited"]>,
	critical: string | undefined,
): ConnectorError {
	const lines = critical === undefined ? target.lastLines() : [critical];
	return diedError("target_died", exit, lines, target.program, {
		where: `${target.program}, after it was started`,
		next: "mend the reason, then run again: what it confirmed stays, the rest is read again",
	});
}
