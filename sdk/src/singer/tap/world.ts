/** What the bridge to a tap is given of the world. */
import type { Message } from "@growthnav/spec";
import type { Host } from "../../pipeline/host.ts";

export interface TapWorld {
	host: Host;
	/** Answers a promise where the reader is behind: it is awaited before the next message. */
	say(message: Message): undefined | Promise<void>;
	/** Resolves when everything that was said has left. */
	written(): Promise<void>;
	/** Aborted where the tap is to be ended; its reason is what is told. */
	signal: AbortSignal;
	/** Milliseconds from SIGTERM to SIGKILL of a tap that is ended, and how long one may go on after its output ended. */
	times?: Partial<typeof TAP_TIMES>;
}

export const TAP_TIMES = { grace: 4_000, end: 30_000, about: 60_000, look: 500 };
