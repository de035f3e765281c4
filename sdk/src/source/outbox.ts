/** What a connector says while it works. It must go out at once, also while a page is being waited for. */
import type { LogLevel, LogPayload, Message, Waiting } from "@growthnav/spec";
import { whenAborted } from "../when-aborted.ts";
import type { SourceLog } from "./definition.ts";

export interface Outbox {
	log: SourceLog;
	push(level: LogLevel, message: string, more?: Omit<LogPayload, "level" | "message">): void;
	/** Another message than a log; resolves when it has been written: once more is asked for than what held it. */
	deliver(message: Message): Promise<void>;
	/** What has come since the last call. */
	drain(): Message[];
	/** Resolves when there is something to drain. */
	filled(): Promise<void>;
}

/** With `say` messages go there at once, and nothing is left to drain. */
export function createOutbox(say?: (message: Message) => void): Outbox {
	let messages: Message[] = [];
	let wake: (() => void) | undefined;
	let onTheWay: (() => void)[] = [];
	let drained: (() => void)[] = [];
	const add = (message: Message) => {
		if (say !== undefined) return say(message);
		messages.push(message);
		wake?.();
	};
	const push: Outbox["push"] = (level, message, more) => add({ type: "LOG", log: { level, message, ...more } });
	/** Who asks for more is done with what came before. */
	const asked = () => {
		for (const written of drained) written();
		drained = [];
	};
	return {
		push,
		log: {
			info: (message) => push("INFO", message),
			warn: (message) => push("WARN", message),
			waiting: (waiting) => push("INFO", waitingText(waiting), { waiting }),
		},
		async deliver(message) {
			const written = say === undefined ? new Promise<void>((resolve) => onTheWay.push(resolve)) : undefined;
			add(message);
			await written;
		},
		drain() {
			asked();
			const all = messages;
			[messages, drained, onTheWay] = [[], onTheWay, []];
			return all;
		},
		filled() {
			asked();
			return new Promise((resolve) => {
				if (messages.length > 0) resolve();
				else wake = resolve;
			});
		},
	};
}

const WAITS_FOR: Record<Waiting["reason"], string> = {
	rate_limited: "the vendor limits the rate",
	retry: "trying again",
	locked: "locked",
	job: "the vendor is at work",
};

function waitingText({ reason, wait_s, try: attempt, of, request }: Waiting): string {
	const why = WAITS_FOR[reason];
	const tries = attempt === undefined ? "" : `, try ${attempt}${of === undefined ? "" : ` of ${of}`}`;
	return `${request === undefined ? "" : `${request}: `}${why}; waits ${wait_s} s${tries}`;
}

/**
 * The result of `work`, and meanwhile what the outbox gets. Rejects with the signal's reason once it is aborted, even
 * where the work does not heed the signal.
 */
export async function* whileLogging<T>(
	work: Promise<T>,
	outbox: Outbox,
	signal: AbortSignal,
): AsyncGenerator<Message[], T> {
	const stopped = whenAborted(signal);
	const done = work.then(
		() => true,
		() => true,
	);
	try {
		while (!(await Promise.race([done, outbox.filled().then(() => false), stopped.promise]))) yield outbox.drain();
	} finally {
		stopped.dispose();
	}
	const left = outbox.drain();
	if (left.length > 0) yield left;
	return work;
}
