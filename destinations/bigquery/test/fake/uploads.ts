/** Uploads of data for load jobs: resumable in chunks, or multipart in one request. */
import { randomUUID } from "node:crypto";
import { stat, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { drained, type Receiving, rangeHeader, take } from "./chunks.ts";
import { jobResource } from "./job-routes.ts";
import type { Job, JobBook } from "./jobs.ts";
import { invalid, notFound } from "./refusal.ts";
import type { Service } from "./service.ts";

interface Session extends Receiving {
	project: string;
	body: Record<string, unknown>;
	job?: Job;
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
			if (session.job !== undefined) {
				await drained(request);
				sendJob(response, session.job);
				return session.job;
			}
			if ((await take(service, session, request, resetAfter)) === undefined) {
				response.writeHead(308, rangeHeader(session)).end();
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
