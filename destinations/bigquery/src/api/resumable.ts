/**
 * Google's resumable uploads: a session is begun with the resource that is to be made, the data follow in chunks, and
 * after whatever went wrong the service is asked how much it has. Memory holds two chunks; every request and the whole
 * have a time limit. BigQuery's jobs and Cloud Storage's objects speak the same protocol.
 * https://cloud.google.com/bigquery/docs/reference/api-uploads
 */
import { ConnectorError, type JsonObject } from "@growthnav/sdk/store";
import { type ApiProblem, answerProblem, anyProblemOf, deadlineProblem, fault } from "../errors/problem.ts";
import { actionFor, waitBefore } from "../errors/reasons.ts";
import { type Chunk, gzipChunks, plainChunks } from "./chunks.ts";
import type { Clock } from "./clock.ts";
import { type Answer, send } from "./http.ts";

/** A multiple of 256 KiB, as the protocol wants it. */
const CHUNK_BYTES = 8 * 1024 * 1024;
const REQUEST_DEADLINE = 60_000;
/** 8 MB in that time are 70 KB/s. */
const CHUNK_DEADLINE = 120_000;
const MOST_SESSIONS = 4;
/** In a row, without a byte more at the service. */
const MOST_FAILURES = 10;
/** Bytes per second: a slower line gains by gzip, a faster one loses. */
const FAST = 50_000_000;
/** BigQuery reads a compressed file in one piece. */
const LARGEST_GZIP = 1_000_000_000;

export interface UploaderOptions {
	clock: Clock;
	/** The Location of a session may name another host, which is then taken for the endpoint. */
	emulator: boolean;
	/** auto: as the measured speed of the line has it. */
	compress?: "auto" | boolean;
	/** For tests. */
	chunkBytes?: number;
	requestDeadline?: number;
	chunkDeadline?: number;
}

/** Where uploads go, and with whose rights. */
export interface Service {
	/** Without a slash at its end. */
	endpoint: string;
	headers(): Promise<Record<string, string>>;
}

export interface Sending {
	/** Below the endpoint: where the session is begun. */
	path: string;
	/** What is to be made. */
	resource: JsonObject;
	file: string;
	size: number;
	gzip: boolean;
	step: string;
	/** Milliseconds; left out: 15 minutes and a second for each 250 KB. */
	deadline?: number;
	/** Is called before the first byte of each session, and answers who sees the bytes as they are sent. */
	watch?: () => (bytes: Buffer) => void;
}

export interface Sender {
	/** The resource as the service made it; throws problems (`problemOf`). */
	send(sending: Sending): Promise<JsonObject>;
	/** Whether a file of so many bytes is best compressed, by the speed of the line so far. */
	compresses(size: number): boolean;
}

export function openSender(service: Service, options: UploaderOptions): Sender {
	const { clock, compress = "auto", chunkBytes = CHUNK_BYTES } = options;
	/** Bytes per second of the chunks so far. */
	let speed: number | undefined;
	const measured = (bytes: number, milliseconds: number) => {
		if (bytes < 256 * 1024) return;
		const now = (bytes * 1000) / Math.max(milliseconds, 1);
		speed = speed === undefined ? now : (speed + now) / 2;
	};
	return {
		compresses: (size) =>
			compress === "auto" ? !options.emulator && size <= LARGEST_GZIP && (speed ?? 0) < FAST : compress,
		async send({ path, resource, file, size, gzip, step, deadline, watch }) {
			const end = clock.now() + (deadline ?? 15 * 60_000 + size / 250);
			const line: Line = { service, options, step, end, measured };
			for (let session = 1; session <= MOST_SESSIONS; session++) {
				const address = await begin(line, path, resource, gzip ? undefined : size);
				const chunks = gzip ? gzipChunks(file, chunkBytes) : plainChunks(file, size, chunkBytes);
				const made = await sendAll(line, address, chunks, watch?.());
				if (made !== "gone") return made;
			}
			const message = `the service forgot the upload ${MOST_SESSIONS} times`;
			throw fault({ status: 0, reason: "backendError", message, step });
		},
	};
}

interface Line {
	service: Service;
	options: UploaderOptions;
	step: string;
	/** By the clock. */
	end: number;
	measured(bytes: number, milliseconds: number): void;
}

interface Address {
	url: URL;
	/** The token goes to the endpoint alone; elsewhere at Google the address itself is the right to write. */
	withToken: boolean;
}

/** Nothing is made before the last byte has come, so that a beginning may be repeated freely. */
async function begin(line: Line, path: string, resource: JsonObject, size: number | undefined): Promise<Address> {
	const { service, options, step } = line;
	const url = new URL(service.endpoint + path);
	for (let tries = 1; ; tries++) {
		const answer = await exchange(line, { url, withToken: true }, "POST", Buffer.from(JSON.stringify(resource)), {
			"content-type": "application/json; charset=UTF-8",
			"x-upload-content-type": "application/octet-stream",
			...(size !== undefined && { "x-upload-content-length": String(size) }),
		});
		if (!("reason" in answer)) {
			const { location } = answer.headers;
			if (answer.status === 200 && location !== undefined)
				return addressOf(location, service.endpoint, options.emulator);
			throw fault(unexpected(answer, step));
		}
		await pause(line, answer, tries);
	}
}

function addressOf(location: string, endpoint: string, emulator: boolean): Address {
	const home = new URL(endpoint);
	const url = new URL(location, home);
	if (emulator) [url.protocol, url.host] = [home.protocol, home.host];
	if (url.origin === home.origin) return { url, withToken: true };
	const isGoogle = home.protocol === "https:" && url.protocol === "https:" && /\.googleapis\.com$/.test(url.hostname);
	if (isGoogle && url.port === "") return { url, withToken: false };
	throw new ConnectorError("config.upload_address", `The upload was sent on to ${url.origin}, which is not Google's`, {
		where: `uploads to ${home.origin}`,
		why: "data and tokens go to the endpoint alone; nothing was sent",
		next: "look for a proxy between this machine and Google; for an emulator set allow_emulator: true",
	});
}

async function sendAll(
	line: Line,
	address: Address,
	chunks: AsyncIterable<Chunk>,
	seen: ((bytes: Buffer) => void) | undefined,
): Promise<JsonObject | "gone"> {
	for await (const chunk of chunks) {
		seen?.(chunk.bytes);
		const made = await sendChunk(line, address, chunk);
		if (made !== "next") return made;
	}
	throw fault({ status: 0, reason: "network", message: "the upload ended without an answer", step: line.step });
}

/** Goes on from what the service has, and never believes that a byte arrived which it did not name. */
async function sendChunk(line: Line, address: Address, chunk: Chunk): Promise<JsonObject | "next" | "gone"> {
	const { start, bytes, last, total = "*" } = chunk;
	let [sent, failures, asks] = [0, 0, false];
	for (;;) {
		const data = asks ? EMPTY : bytes.subarray(sent);
		const range = data.length === 0 ? "*" : `${start + sent}-${start + bytes.length - 1}`;
		const answer = await exchange(line, address, "PUT", data, { "content-range": `bytes ${range}/${total}` });
		if ("reason" in answer) {
			if (answer.status === 404 || answer.status === 410) return "gone";
			await pauseOrEnd(line, answer, ++failures);
			asks = true;
			continue;
		}
		if (answer.status !== 308) return madeBy(answer, line.step);
		const there = receivedBy(answer) - start;
		if (there < sent || there > bytes.length) return "gone";
		const isWhole = there === bytes.length;
		if (isWhole && !last) return "next";
		if (there > sent) failures = 0;
		// bytes were sent and none was taken, or all are there and no job is
		else if (!asks || isWhole) await pauseOrEnd(line, unexpected(answer, line.step), ++failures);
		[sent, asks] = [there, false];
	}
}

const EMPTY = Buffer.alloc(0);

function receivedBy({ headers }: Answer): number {
	const last = /^bytes=0-(\d+)$/.exec(headers.range ?? "")?.[1];
	return last === undefined ? 0 : Number(last) + 1;
}

function madeBy(answer: Answer, step: string): JsonObject {
	try {
		return JSON.parse(answer.body) as JsonObject;
	} catch {
		throw fault(unexpected(answer, step));
	}
}

function unexpected({ status }: Answer, step: string): ApiProblem {
	return { status: 0, reason: "network", message: `an upload answered ${status} where that means nothing`, step };
}

async function exchange(
	line: Line,
	{ url, withToken }: Address,
	method: "POST" | "PUT",
	data: Buffer,
	headers: Record<string, string>,
): Promise<Answer | ApiProblem> {
	const { service, options, step, end, measured } = line;
	const { clock, requestDeadline = REQUEST_DEADLINE, chunkDeadline = CHUNK_DEADLINE } = options;
	const left = end - clock.now();
	if (left <= 0) throw fault(deadlineProblem(0, `upload for ${step}`));
	const milliseconds = Math.min(left, data.length > 0 ? chunkDeadline : requestDeadline);
	try {
		const token = withToken ? await service.headers() : {};
		const began = clock.now();
		const answer = await send(url, { method, headers: { ...token, ...headers }, data, milliseconds });
		if (answer.status === 200 || answer.status === 201 || answer.status === 308) {
			measured(data.length, clock.now() - began);
			return answer;
		}
		return answerProblem({ ...answer, retryAfter: answer.headers["retry-after"] }, step);
	} catch (thrown) {
		const problem = anyProblemOf(thrown);
		if (problem === undefined) throw thrown;
		return { ...problem, step };
	}
}

async function pauseOrEnd(line: Line, problem: ApiProblem, failures: number): Promise<void> {
	if (failures >= MOST_FAILURES) throw fault(problem);
	await pause(line, problem, failures);
}

/** Throws what no repetition mends, and what the time is over for. */
async function pause({ options: { clock }, end }: Line, problem: ApiProblem, tries: number): Promise<void> {
	const action = actionFor(problem.reason, problem.message, "call");
	if (action.do !== "again" || tries >= MOST_FAILURES) throw fault(problem);
	const wait = Math.max(problem.retryAfter ?? 0, waitBefore(action.wait, tries, clock.random()));
	if (clock.now() + wait >= end) throw fault(problem);
	await clock.sleep(wait);
}
