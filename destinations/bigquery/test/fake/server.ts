/** A strict BigQuery for tests: its REST API over HTTP, DuckDB behind it. README.md says what it models and what not. */
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterwards, holdsAnswer, instead, isGone, silent } from "./broken-answers.ts";
import type { Scan } from "./bytes.ts";
import { type Contents, contentsOf } from "./contents.ts";
import { controlRoutes } from "./control.ts";
import { datasetRoutes, tableRoutes } from "./dataset-routes.ts";
import type { Fault, RequestFault } from "./faults.ts";
import { jobResource, jobRoutes } from "./job-routes.ts";
import { type Job, type JobBook, openJobBook } from "./jobs.ts";
import type { EventEntry, RequestEntry } from "./journal.ts";
import { errorBody, invalid, isRefusal, notFound, refusal } from "./refusal.ts";
import { type Route, routeFor } from "./routes.ts";
import { type FakeOptions, openService, type Service } from "./service.ts";
import { openStorage, type StorageRoutes } from "./storage-routes.ts";
import { openUploads, type Uploads } from "./uploads.ts";

export type { Contents, EventEntry, FakeOptions, Fault, RequestEntry, Scan };

export interface Fake {
	/** `http://127.0.0.1:…`, without a slash at its end. */
	url: string;
	/** Every request, in order. */
	requests: RequestEntry[];
	/** What happened: jobs, statements, transactions, uploads, faults; `order` counts both lists together. */
	events: EventEntry[];
	fault(fault: Fault): void;
	clearFaults(): void;
	/** Every table of a dataset with its rows as REST's texts, records and lists plain; rows sorted. */
	contents(dataset: string, project?: string): Promise<Contents>;
	/** Tables as statements read them, in order. */
	scans(): (Scan & { job: string; type: string })[];
	/** Makes a bucket of Cloud Storage, or moves it: without it every address of it is unknown. */
	bucket(name: string, location?: string): void;
	/** `gs://bucket/name` of every object, sorted. */
	objects(): string[];
	/** Bytes of uploads read in a second from now on; undefined: all that come. */
	throttle(bytesPerSecond: number | undefined): void;
	/** Until no job is at work. */
	idle(): Promise<void>;
	close(): Promise<void>;
}

export async function startFake(options: FakeOptions = {}): Promise<Fake> {
	const service = await openService(options);
	const book = openJobBook(service);
	const uploads = openUploads(service, book);
	const routes = [...datasetRoutes(service), ...tableRoutes(service), ...jobRoutes(book)];
	const sockets = new Set<Socket>();
	const context: Context = {
		service,
		book,
		uploads,
		routes,
		control: controlRoutes(service, book),
		storage: openStorage(service),
	};
	const server = createServer({ requestTimeout: 0 }, (request, response) => {
		request.on("error", () => {});
		response.on("error", () => {});
		void handle(context, request, response);
	});
	server.on("connection", (socket) => {
		sockets.add(socket);
		socket.on("error", () => {});
		socket.on("close", () => sockets.delete(socket));
	});
	await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests: service.journal.requests,
		events: service.journal.events,
		fault: (fault) => service.faults.add(fault),
		clearFaults: () => service.faults.clear(),
		contents: (dataset, project) => contentsOf(service, dataset, project),
		scans: () =>
			service.journal.events.flatMap(({ job = "", type = "", scans = [] }) =>
				scans.map((scan) => ({ ...scan, job, type })),
			),
		bucket: (name, location = "EU") => service.buckets.make(name, location),
		objects: () => service.buckets.uris(),
		throttle: (bytesPerSecond) => void Object.assign(service.options, { uploadRate: bytesPerSecond }),
		idle: () => book.settled(),
		async close() {
			for (const socket of sockets) socket.destroy();
			await new Promise<void>((resolve) => void server.close(() => resolve()));
			// a job that a test never lets go on keeps its connection: DuckDB ends with the process then
			if (await within(book.settled(), LONGEST_END)) service.engine.close();
			await rm(service.folder, { recursive: true, force: true });
		},
	};
}

const LONGEST_END = 3000;

/** Whether it came to its end in time. */
async function within(work: Promise<void>, milliseconds: number): Promise<boolean> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<boolean>((resolve) => {
		timer = setTimeout(() => resolve(false), milliseconds);
	});
	const inTime = await Promise.race([work.then(() => true), late]);
	clearTimeout(timer);
	return inTime;
}

interface Context {
	service: Service;
	book: JobBook;
	uploads: Uploads;
	routes: Route[];
	control: Route[];
	storage: StorageRoutes;
}

async function handle(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const { service } = context;
	const url = new URL(request.url!, "http://fake");
	const path = decodeURIComponent(url.pathname);
	const isControl = path.startsWith("/fake/");
	const isUpload = path.startsWith("/upload/") && request.method === "PUT";
	const query = Object.fromEntries(url.searchParams);
	const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
	const entry: RequestEntry = isControl
		? { order: 0, at: 0, method: "", path: "", query, headers, bytes: 0 }
		: service.journal.request({ method: request.method!, path, query, headers, bytes: 0 });
	response.on("finish", () => {
		entry.status = response.statusCode;
	});
	request.on("data", (chunk: Buffer) => {
		entry.bytes += chunk.length;
	});
	// until somebody reads it
	request.pause();
	const fault = isControl ? undefined : service.faults.ofRequest(`${request.method} ${path}${url.search}`, isUpload);
	if (fault !== undefined) service.journal.event("fault", { message: JSON.stringify(fault) });
	try {
		if (fault !== undefined && (await instead(fault, request, response))) return;
		authorize(service, headers, isControl);
		const answer = await answered(context, { request, response, path, query, headers, entry, fault });
		if (fault !== undefined && (await afterwards(fault, answer.job, request))) return;
		if (!response.headersSent) send(response, answer.body);
	} catch (thrown) {
		if (fault !== undefined && (await afterwards(fault, undefined, request))) return;
		const refused = isRefusal(thrown)
			? thrown
			: refusal(501, "notImplemented", `the fake failed: ${(thrown as Error).stack}`);
		if (response.headersSent || isGone(request)) return;
		// what is left of the body is read: else the other side might never see the answer
		request.resume();
		response.writeHead(refused.status, { "content-type": "application/json; charset=UTF-8" });
		response.end(JSON.stringify(errorBody(refused)));
	}
}

export interface Incoming {
	request: IncomingMessage;
	response: ServerResponse;
	path: string;
	query: Record<string, string>;
	headers: Record<string, string>;
	entry: RequestEntry;
	fault: RequestFault | undefined;
}

export interface Outgoing {
	/** Undefined where nothing is said but the status, or all was said already. */
	body?: Record<string, unknown>;
	/** That the request made. */
	job?: Job;
}

async function answered(context: Context, incoming: Incoming): Promise<Outgoing> {
	const { path, request, query, headers, entry } = incoming;
	const match = /^(\/upload)?\/bigquery\/v2\/projects\/([^/]+)\/(.+)$/.exec(path);
	if (path.startsWith("/fake/")) {
		const { route, parts } = routeFor(context.control, request.method!, path.slice(6));
		const body = await route.answer({ project: "", parts, query, headers, body: await jsonOf(request) });
		return body === undefined ? {} : { body };
	}
	if (/^(\/upload)?\/storage\/v1\//.test(path)) return context.storage.answer(incoming, () => jsonOf(request));
	if (match === null) throw notFound(`Not found: ${path}`);
	const [, upload, project, rest] = match as unknown as [string, string | undefined, string, string];
	if (upload !== undefined) return uploaded(context, incoming, project);
	const body = await jsonOf(request);
	if (request.method !== "GET") entry.body = body;
	const { route, parts } = routeFor(context.routes, request.method!, rest);
	const answer = await route.answer({ project, parts, query, headers, body });
	const isInsert = request.method === "POST" && rest === "jobs";
	const made = isInsert ? (answer?.jobReference as { jobId: string; location: string } | undefined) : undefined;
	const dry = (body.configuration as { dryRun?: boolean } | undefined)?.dryRun === true;
	return {
		...(answer !== undefined && { body: answer }),
		...(made !== undefined && !dry && { job: context.book.get(project, made.jobId, made.location) }),
	};
}

async function uploaded(context: Context, incoming: Incoming, project: string): Promise<Outgoing> {
	const { uploads } = context;
	const { request, response, query, entry, fault } = incoming;
	if (query.upload_id !== undefined) {
		if (request.method === "DELETE") {
			uploads.cancel(query.upload_id);
			response.writeHead(499).end();
			return {};
		}
		const held = holdsAnswer(fault) ? silent(response) : response;
		const job = await uploads.put(
			query.upload_id,
			request,
			held,
			fault !== undefined && "reset" in fault ? fault.reset : undefined,
		);
		return job === undefined ? {} : { job };
	}
	if (query.uploadType === "multipart") {
		const job = await uploads.multipart(project, request);
		return { body: jobResource(job), job };
	}
	if (query.uploadType !== "resumable" || request.method !== "POST")
		throw invalid(`Unknown upload: ${request.method} ${query.uploadType}`);
	const body = await jsonOf(request);
	entry.body = body;
	const location = uploads.begin(project, body);
	if (!holdsAnswer(fault))
		response.writeHead(200, { location: `http://${request.headers.host}${location}`, "content-length": 0 }).end();
	return {};
}

function authorize({ options }: Service, headers: Record<string, string>, isControl: boolean): void {
	if (isControl || options.token === undefined || headers.authorization === `Bearer ${options.token}`) return;
	throw refusal(
		401,
		"authError",
		"Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
	);
}

function send(response: ServerResponse, body: Record<string, unknown> | undefined): void {
	if (body === undefined) {
		response.writeHead(204).end();
		return;
	}
	const etag = typeof body.etag === "string" ? { etag: body.etag } : {};
	response.writeHead(200, { "content-type": "application/json; charset=UTF-8", ...etag }).end(JSON.stringify(body));
}

const LARGEST_REQUEST = 10 * 1024 * 1024;

async function jsonOf(request: IncomingMessage): Promise<Record<string, unknown>> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		chunks.push(chunk);
		size += chunk.length;
	}
	if (size > LARGEST_REQUEST)
		throw refusal(413, "requestTooLarge", "Request payload size exceeds the limit: 10485760 bytes.");
	const text = Buffer.concat(chunks).toString("utf8");
	if (text === "") return {};
	try {
		return JSON.parse(text) as Record<string, unknown>;
	} catch {
		throw refusal(400, "parseError", "Invalid JSON payload received.");
	}
}
