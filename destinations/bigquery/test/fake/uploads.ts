/** Uploads of data for load jobs: resumable in chunks, or multipart in one request. */
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { stat, truncate, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { jobResource } from "./job-routes.ts";
import type { Job, JobBook } from "./jobs.ts";
import { invalid, notFound } from "./refusal.ts";
import type { Service } from "./service.ts";

const UNIT = 256 * 1024;

interface Session {
	project: string;
	body: Record<string, unknown>;
	file: string;
	/** Bytes that are safely here. */
	received: number;
	job?: Job;
	/** Chunks come one at a time. */
	busy: boolean;
}

export interface Uploads {
	/** The path of the new session, for its Location. */
	begin(project: string, body: Record<string, unknown>): string;
	/** A chunk, or the question how far it has come. */
	put(
		id: string,
		request: IncomingMessage,
		response: ServerResponse,
		resetAfter: number | undefined,
	): Promise<Job | undefined>;
	cancel(id: string): void;
	multipart(project: string, request: IncomingMessage): Promise<Job>;
}

export function openUploads(service: Service, book: JobBook): Uploads {
	const sessions = new Map<string, Session>();
	const sessionOf = (id: string): Session => {
		const session = sessions.get(id);
		if (session === undefined) throw notFound(`No upload session ${id}`);
		return session;
	};
	return {
		begin(project, body) {
			book.refuseKnown(project, body);
			const id = randomUUID();
			sessions.set(id, { project, body, file: join(service.folder, id), received: 0, busy: false });
			service.journal.event("upload begun", { job: jobIdOf(body) });
			return `/upload/bigquery/v2/projects/${project}/jobs?uploadType=resumable&upload_id=${id}`;
		},
		async put(id, request, response, resetAfter) {
			const session = sessionOf(id);
			const range = rangeOf(request);
			if (session.job !== undefined) {
				await drained(request);
				sendJob(response, session.job);
				return session.job;
			}
			if (range.from !== undefined) {
				if (session.busy) throw invalid("another chunk of this upload is on its way");
				session.busy = true;
				try {
					await receive(service, session, request, { ...range, from: range.from, resetAfter });
				} finally {
					session.busy = false;
				}
			} else await drained(request);
			if (range.total === undefined || session.received < range.total) {
				response.writeHead(308, session.received === 0 ? {} : { range: `bytes=0-${session.received - 1}` }).end();
				return undefined;
			}
			service.journal.event("upload finished", { job: jobIdOf(session.body) });
			await stat(session.file).catch(() => writeFile(session.file, ""));
			session.job = await book.insert(session.project, session.body, session.file);
			sendJob(response, session.job);
			return session.job;
		},
		cancel: (id) => void sessions.delete(id),
		async multipart(project, request) {
			const { body, data } = await partsOf(request);
			book.refuseKnown(project, body);
			const file = join(service.folder, randomUUID());
			await writeFile(file, data, { mode: 0o600 });
			return book.insert(project, body, file);
		},
	};
}

function sendJob(response: ServerResponse, job: Job): void {
	response.writeHead(200, { "content-type": "application/json; charset=UTF-8" }).end(JSON.stringify(jobResource(job)));
}

const jobIdOf = (body: Record<string, unknown>): string =>
	(body.jobReference as { jobId?: string } | undefined)?.jobId ?? "";

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
	session: Session,
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

async function drained(request: IncomingMessage): Promise<void> {
	for await (const _ of request) {
		// nothing of it is wanted
	}
}

const LARGEST_MULTIPART = 1024 ** 3;

/** Two parts: the job as JSON, then the data. */
async function partsOf(request: IncomingMessage): Promise<{ body: Record<string, unknown>; data: Buffer }> {
	const boundary = /boundary="?([^";]+)"?/.exec(request.headers["content-type"] ?? "")?.[1];
	if (boundary === undefined) throw invalid("Missing boundary in multipart upload");
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		size += chunk.length;
		if (size > LARGEST_MULTIPART) throw invalid("Upload is too large");
		chunks.push(chunk);
	}
	const all = Buffer.concat(chunks);
	const starts: number[] = [];
	for (let at = all.indexOf(`--${boundary}`); at >= 0; at = all.indexOf(`--${boundary}`, at + 1)) starts.push(at);
	if (starts.length !== 3) throw invalid("Malformed multipart body.");
	const part = (index: number): Buffer => {
		const head = all.indexOf("\r\n\r\n", starts[index]);
		return all.subarray(head + 4, starts[index + 1]! - 2);
	};
	return { body: JSON.parse(part(0).toString("utf8")) as Record<string, unknown>, data: part(1) };
}
