/** What is said while reading: gathered, and sent between two chunks of the input. */
import type { Message, Reject } from "@growthnav/spec";

export interface Outbox {
	say(message: Message): void;
	/** The first ten of each kind and code per stream; all are counted elsewhere. */
	reject(reject: Reject): void;
	/** Waits for a slow reader. */
	flush(): Promise<void>;
}

const MOST_REJECTS = 10;

export function openOutbox(send: (message: Message) => Promise<void> | void): Outbox {
	let messages: Message[] = [];
	const rejects = new Map<string, number>();
	const say = (message: Message) => void messages.push(message);
	return {
		say,
		reject(reject) {
			const { stream, namespace, kind, code, reason } = reject;
			const key = JSON.stringify([stream, namespace ?? null, kind, code]);
			const told = rejects.get(key) ?? 0;
			if (told >= MOST_REJECTS) return;
			rejects.set(key, told + 1);
			say({ type: "LOG", log: { level: "WARN", message: `${stream}: ${reason}`, reject } });
		},
		async flush() {
			if (messages.length === 0) return;
			const waiting = messages;
			messages = [];
			for (const message of waiting) await send(message);
		},
	};
}
