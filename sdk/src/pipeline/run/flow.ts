/** Bytes from the source to the destination, as fast as the destination takes them and no faster. Nothing queues up. */
import type { Writable } from "node:stream";
import type { Child } from "../connectors/process.ts";
import type { Tap } from "./tap.ts";

export interface FlowHooks {
	/** Told before each wait: whose turn it is. */
	waitingFor(end: "source" | "destination"): void;
	/** What must be done before the bytes that were just looked at go on; undefined where nothing is. */
	due(): Promise<void> | undefined;
	/** What was looked at has gone on. */
	passed(): void;
	/** True: nothing more goes on, what the source still writes is dropped. */
	isCut(): boolean;
}

/** Answers at the end of the source's output; false where the destination went away before it. */
export async function flow(source: Child, destination: Child, tap: Tap, hooks: FlowHooks): Promise<boolean> {
	const { stdin } = destination;
	hooks.waitingFor("source");
	try {
		for await (const chunk of source.stdout as AsyncIterable<Buffer>) {
			if (hooks.isCut()) return true;
			const parts = tap.push(chunk);
			await hooks.due();
			hooks.waitingFor("destination");
			for (const part of parts) if (!(await send(stdin, part))) return false;
			hooks.passed();
			hooks.waitingFor("source");
		}
	} catch (thrown) {
		// the process was ended while its output was being read
		if ((thrown as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw thrown;
	}
	return true;
}

/** Resolves when the stream takes more; false where it is closed. */
export async function send(stream: Writable | null, part: Buffer): Promise<boolean> {
	if (!stream || stream.destroyed || stream.writableEnded) return false;
	if (stream.write(part)) return true;
	return new Promise((resolve) => {
		const done = (open: boolean) => () => {
			stream.off("drain", onDrain).off("close", onClose).off("error", onClose);
			resolve(open);
		};
		const onDrain = done(true);
		const onClose = done(false);
		stream.once("drain", onDrain).once("close", onClose).once("error", onClose);
	});
}
