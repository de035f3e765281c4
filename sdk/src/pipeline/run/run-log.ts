/** The log of one run: what connectors wrote to stderr and as LOG messages. Redacted, nothing in it can move a terminal. */
import { createWriteStream, rmSync } from "node:fs";
import { redact } from "../../redact.ts";
import { visible } from "../../visible.ts";

const LARGEST_LOG = 20_000_000;
const LONGEST_LINE = 4_000;

export interface RunLog {
	/** One line with its time and origin: `03:00:04.120Z [source] …`. */
	add(from: "growthnav" | "source" | "destination", text: string): void;
	close(): Promise<void>;
}

/** A log that cannot be written is no reason to stop a run: it is then silently short. */
export function openRunLog(file: string, now: () => number): RunLog {
	// one of an earlier run with this number goes; a planted link goes too, and is not written through
	rmSync(file, { force: true });
	const stream = createWriteStream(file, { mode: 0o600, flags: "wx" });
	let size = 0;
	stream.on("error", () => {});
	return {
		add(from, text) {
			if (size > LARGEST_LOG || stream.destroyed) return;
			const line = `${new Date(now()).toISOString().slice(11)} [${from}] ${shownLine(text)}\n`;
			size += line.length;
			stream.write(size > LARGEST_LOG ? "(the log is full: 20 MB)\n" : line);
		},
		close: () => new Promise((resolve) => (stream.destroyed ? resolve() : stream.end(() => resolve()))),
	};
}

/** Secrets go before the line is cut, so that no half of one is left. */
export function shownLine(text: string): string {
	const clean = redact(text);
	return visible(clean.length > LONGEST_LINE ? `${clean.slice(0, LONGEST_LINE)}…` : clean);
}
