/** Chunks of a resumable upload, as BigQuery and Cloud Storage take them: in order, in whole units of 256 KiB. */
import { createWriteStream } from "node:fs";
import { truncate } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { invalid } from "./refusal.ts";
import type { Service } from "./service.ts";

const UNIT = 256 * 1024;

export interface Receiving {
	file: string;
	/** Bytes that are safely here. */
	received: number;
	/** Chunks come one at a time. */
	busy: boolean;
}

/** A chunk, or the question how far it has come; answers the whole length once it is known and all is here. */
export async function take(
	service: Service,
	session: Receiving,
	request: IncomingMessage,
	resetAfter: number | undefined,
): Promise<number | undefined> {
	const range = rangeOf(request);
	// one that broke off may not be put away yet
	for (let waits = 0; session.busy && waits < 100; waits++) await sleepUntil(Date.now() + 10);
	if (range.from !== undefined) {
		if (session.busy) throw invalid("another chunk of this upload is on its way");
		session.busy = true;
		try {
			await receive(service, session, request, { ...range, from: range.from, resetAfter });
		} finally {
			session.busy = false;
		}
	} else await drained(request);
	return range.total === undefined || session.received < range.total ? undefined : range.total;
}

/** What a 308 says. */
export function rangeHeader({ received }: Receiving): Record<string, string> {
	return received === 0 ? {} : { range: `bytes=0-${received - 1}` };
}

interface ChunkRange {
	from?: number;
	to?: number;
	/** Absent while it is not known (`*`). */
	total?: number;
}

function rangeOf(request: IncomingMessage): ChunkRange {
	const header = request.headers["content-range"];
	if (header === undefined) {
		const length = Number(request.headers["content-length"] ?? Number.NaN);
		if (Number.isNaN(length)) throw invalid("a chunk has a Content-Range, or the whole upload a Content-Length");
		return length === 0 ? { total: 0 } : { from: 0, to: length - 1, total: length };
	}
	const match = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(header);
	if (match === null) throw invalid(`Failed to parse Content-Range header: ${header}`);
	const [, from, to, total] = match;
	return {
		...(from !== undefined && { from: Number(from), to: Number(to) }),
		...(total !== "*" && { total: Number(total) }),
	};
}

async function receive(
	service: Service,
	session: Receiving,
	request: IncomingMessage,
	{ from, to, total, resetAfter }: ChunkRange & { from: number; resetAfter: number | undefined },
): Promise<void> {
	const length = to! - from + 1;
	if (from !== session.received) {
		throw invalid(
			`Invalid request. According to the Content-Range header, the upload offset is ${from} byte(s), which exceeds or falls short of already uploaded size of ${session.received} byte(s).`,
		);
	}
	if (total === undefined && length % UNIT !== 0) {
		throw invalid(
			`Invalid request. The number of bytes uploaded is required to be equal or greater than 262144, except for the final request. The received request contained ${length} bytes, which does not meet this requirement.`,
		);
	}
	if (total !== undefined && to! + 1 < total && length % UNIT !== 0)
		throw invalid("all chunks but the last are multiples of 262144 bytes");
	const out = createWriteStream(session.file, { flags: "a", mode: 0o600 });
	let got = 0;
	try {
		got = await written(service, request, out, resetAfter);
	} finally {
		await new Promise<void>((resolve) => void out.end(resolve));
	}
	if (got === length) {
		session.received += length;
		return;
	}
	// whole units are kept of what broke off
	session.received += got - (got % UNIT);
	await truncate(session.file, session.received);
	throw invalid(`the chunk broke off after ${got} of ${length} bytes`);
}

/** How many bytes came before the end, or before the connection broke. */
async function written(
	{ options }: Service,
	request: IncomingMessage,
	out: ReturnType<typeof createWriteStream>,
	resetAfter: number | undefined,
): Promise<number> {
	const began = Date.now();
	let got = 0;
	try {
		for await (const chunk of request as AsyncIterable<Buffer>) {
			got += chunk.length;
			if (!out.write(chunk)) await new Promise<void>((resolve) => void out.once("drain", resolve));
			if (resetAfter !== undefined && got >= resetAfter) {
				request.socket.resetAndDestroy();
				return got;
			}
			if (options.uploadRate !== undefined) await sleepUntil(began + (got / options.uploadRate) * 1000);
		}
	} catch {
		// the other side broke off
	}
	return got;
}

async function sleepUntil(time: number): Promise<void> {
	const wait = time - Date.now();
	if (wait > 0) await new Promise<void>((resolve) => void setTimeout(resolve, wait));
}

export async function drained(request: IncomingMessage): Promise<void> {
	for await (const _ of request) {
		// nothing of it is wanted
	}
}
