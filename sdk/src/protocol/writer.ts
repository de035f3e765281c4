/** Messages onto a stream: whole lines, in batches, as fast as the reader takes them and no faster. */
import type { Writable } from "node:stream";
import type { Message, StateStats } from "@growthnav/spec";
import { ConnectorError, isConnectorError } from "../errors.ts";
import { redact } from "../redact.ts";
import { escapedJson } from "../visible.ts";
import { rawNumber } from "./numbers.ts";
import { redactJson } from "./redact-json.ts";

const BATCH_CHARACTERS = 64_000;

export interface MessageWriter {
	/**
	 * Answers a promise when the reader is behind; wait for it before the next message. It rejects, as does every later
	 * call, once the stream is broken: `transient.reader_closed` where the reader went away.
	 */
	write(message: Message): undefined | Promise<void>;
	/** A line that is JSON already, as `JSON.stringify` makes it: without an ending, and without a line break in it. */
	writeLine(text: string): undefined | Promise<void>;
	/** Resolves when the stream has taken everything. Small batches also go out by themselves, at the end of a tick. */
	flush(): Promise<void>;
	/** Resolves when the operating system has the last byte. */
	written(): Promise<void>;
	/** The same, for good. `end` also ends the stream: stdout must stay open. */
	close(options?: { end?: boolean }): Promise<void>;
}

export function messageWriter(sink: Writable): MessageWriter {
	let lines: string[] = [];
	let characters = 0;
	let broken: ConnectorError | undefined;
	let behind: Promise<void> | undefined;
	let scheduled = false;
	let closed = false;
	// who reads messages on a terminal must not be at their mercy; to programs both ways of writing are the same
	const isTerminal = (sink as { isTTY?: boolean }).isTTY === true;
	const waiting = new Set<(error: ConnectorError) => void>();

	const breakWith = (error: unknown) => {
		if (broken !== undefined) return;
		broken = sinkError(error);
		lines = [];
		for (const reject of waiting) reject(broken);
		waiting.clear();
	};
	if (sink.destroyed) breakWith({ code: "EPIPE" });
	sink.on("error", breakWith);
	sink.on("close", () => !closed && breakWith({ code: "EPIPE" }));

	/** A promise that breaks when the sink does. It never becomes an unhandled rejection: the next call tells again. */
	const untilBroken = (start: (done: () => void) => void): Promise<void> => {
		const promise = new Promise<void>((resolve, reject) => {
			if (broken !== undefined) return reject(broken);
			waiting.add(reject);
			start(() => {
				waiting.delete(reject);
				resolve();
			});
		});
		promise.catch(() => {});
		return promise;
	};

	const settle = (error: Error | null | undefined) => {
		if (error) breakWith(error);
	};

	const send = (): undefined | Promise<void> => {
		if (broken !== undefined) return untilBroken(() => {});
		if (lines.length === 0) return behind;
		const batch = lines;
		lines = [];
		characters = 0;
		if (sink.write(redactedLines(isTerminal ? batch.map(escapedJson) : batch), settle)) return behind;
		behind ??= untilBroken((done) =>
			sink.once("drain", () => {
				behind = undefined;
				done();
			}),
		);
		return behind;
	};

	const add = (line: string): undefined | Promise<void> => {
		if (broken !== undefined) return send();
		lines.push(line);
		characters += line.length;
		if (characters >= BATCH_CHARACTERS) return send();
		if (!scheduled) {
			scheduled = true;
			setImmediate(() => {
				scheduled = false;
				send();
			});
		}
		return behind;
	};

	const written = async () => {
		await send();
		await untilBroken((done) => sink.write("", (error) => (error ? breakWith(error) : done())));
	};

	return {
		written,
		write: (message) => add(messageText(message)),
		writeLine: add,
		async flush() {
			await send();
			await behind;
		},
		async close({ end = false } = {}) {
			await written();
			closed = true;
			if (end) await untilBroken((done) => sink.end(done));
		},
	};
}

/** A message as one line without its ending. Counts of a state are written as `4.0`: typed readers expect a double. */
export function messageText(message: Message): string {
	if (message.type !== "STATE") return JSON.stringify(message);
	const { sourceStats, destinationStats } = message.state;
	if (sourceStats === undefined && destinationStats === undefined) return JSON.stringify(message);
	return JSON.stringify({
		...message,
		state: {
			...message.state,
			...(sourceStats !== undefined && { sourceStats: asDoubles(sourceStats) }),
			...(destinationStats !== undefined && { destinationStats: asDoubles(destinationStats) }),
		},
	});
}

function asDoubles(stats: StateStats): unknown {
	return JSON.parse(JSON.stringify(stats), (_key, value) =>
		Number.isSafeInteger(value) ? rawNumber(`${value}.0`) : value,
	);
}

/** How a message begins whose secrets are meant: a config that is to be kept. */
const CONTROL = '{"type":"CONTROL",';

/** One text for all lines. Where a secret stands in it, each line is redacted value by value, and so stays JSON. */
function redactedLines(lines: string[]): string {
	lines.push("");
	const text = lines.join("\n");
	if (redact(text) === text) return text;
	return lines.map((line) => (line.startsWith(CONTROL) ? line : redactJson(line))).join("\n");
}

function sinkError(error: unknown): ConnectorError {
	if (isConnectorError(error)) return error;
	const { code, message } = error as { code?: string; message?: string };
	if (code === "EPIPE" || code === "ECONNRESET" || code === "ERR_STREAM_DESTROYED" || code === "EOF") {
		return new ConnectorError("transient.reader_closed", "The reader of the output closed it", {
			where: "stdout",
			why: "the program behind the pipe ended first; its own message tells the reason",
			next: "run again: what was not committed is read again",
		});
	}
	if (code === "ENOSPC") {
		return new ConnectorError("config.disk_full", "No space left for the output", {
			where: "stdout",
			why: "the file that it goes to, or its disk, is full",
			next: "free the space, run again",
		});
	}
	return new ConnectorError("transient.output_failed", "The output cannot be written", {
		where: "stdout",
		why: message ?? String(error),
		next: "look at what stdout leads to, then run again",
		cause: error,
	});
}
