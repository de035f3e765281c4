/** A vendor's server for tests and demos: node:http on loopback, routes as functions, faults on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as timer } from "node:timers/promises";
import type { Json } from "@growthnav/spec";

/** A request, as a route sees it and as the log keeps it. `body` is parsed JSON, else the text. */
export interface ScriptedRequest {
	method: string;
	path: string;
	query: Record<string, string>;
	headers: Record<string, string>;
	body: Json | undefined;
}

/** `json` is sent as JSON (raw numbers verbatim), `body` as it is. */
export interface ScriptedAnswer {
	status?: number;
	headers?: Record<string, string>;
	json?: Json;
	body?: string | Buffer;
}

/** By "METHOD /path"; `*` alone answers what no other route does. */
export type Routes = Record<string, (request: ScriptedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>>;

/** What happens to the next `times` (1 unless said) answers in place of, or to, the route's own. */
export interface Fault {
	kind:
		| "status"
		/** Half of the body under a length that promises all of it; then the connection closes. */
		| "cut_off"
		/** Half of the body as if it were whole: broken JSON under a right length. */
		| "truncated"
		/** One byte every `every` milliseconds. */
		| "trickle"
		/** The connection breaks in the middle of the body. */
		| "reset"
		/** Never answers. */
		| "hang";
	status?: number;
	headers?: Record<string, string>;
	json?: Json;
	/** Milliseconds between the bytes of a trickle. */
	every?: number;
	times?: number;
	/** Requests that pass unharmed before it begins. */
	after?: number;
	/** Only requests to this path. */
	path?: string;
}

export interface ScriptedServer {
	/** "http://127.0.0.1:4711" */
	url: string;
	/** Every request that arrived, in order. */
	requests: ScriptedRequest[];
	fail(fault: Fault): void;
	/** Ends at once, with requests under way cut off. */
	close(): Promise<void>;
}

/** Starts on a free port of loopback. */
export async function startServer(routes: Routes): Promise<ScriptedServer> {
	const requests: ScriptedRequest[] = [];
	const faults: (Fault & { times: number; after: number })[] = [];
	const closing = new AbortController();
	const server = createServer((incoming, outgoing) => {
		outgoing.on("error", () => {}); // the reader has gone
		void serve(incoming, outgoing).catch(() => outgoing.destroy());
	});

	async function serve(incoming: IncomingMessage, outgoing: ServerResponse) {
		const request = await readRequest(incoming);
		requests.push(request);
		const fault = nextFault(faults, request.path);
		const answer = fault?.kind === "status" ? statusOf(fault) : await answerOf(routes, request);
		await deliver(outgoing, answer, fault, closing.signal);
	}

	const port = await listen(server);
	return {
		url: `http://127.0.0.1:${port}`,
		requests,
		fail: (fault) => void faults.push({ times: 1, after: 0, ...fault }),
		close: () =>
			new Promise((resolve) => {
				closing.abort();
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

function listen(server: Server): Promise<number> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
	});
}

async function readRequest(incoming: IncomingMessage): Promise<ScriptedRequest> {
	const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
	const chunks: Buffer[] = [];
	for await (const chunk of incoming) chunks.push(chunk as Buffer);
	const text = Buffer.concat(chunks).toString();
	const headers: Record<string, string> = {};
	for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
	return {
		method: incoming.method ?? "GET",
		path: url.pathname,
		query: Object.fromEntries(url.searchParams),
		headers,
		body: text === "" ? undefined : jsonOrText(text),
	};
}

function jsonOrText(text: string): Json {
	try {
		return JSON.parse(text) as Json;
	} catch {
		return text;
	}
}

function nextFault(faults: (Fault & { times: number; after: number })[], path: string): Fault | undefined {
	const fault = faults.find((one) => one.path === undefined || one.path === path);
	if (fault === undefined) return undefined;
	if (fault.after-- > 0) return undefined;
	if (--fault.times === 0) faults.splice(faults.indexOf(fault), 1);
	return fault;
}

function statusOf(fault: Fault): ScriptedAnswer {
	return {
		status: fault.status ?? 500,
		...(fault.headers !== undefined && { headers: fault.headers }),
		...(fault.json !== undefined && { json: fault.json }),
	};
}

async function answerOf(routes: Routes, request: ScriptedRequest): Promise<ScriptedAnswer> {
	const route = routes[`${request.method} ${request.path}`] ?? routes["*"];
	return route === undefined ? { status: 404, json: { error: `no route for ${request.path}` } } : route(request);
}

async function deliver(
	outgoing: ServerResponse,
	answer: ScriptedAnswer,
	fault: Fault | undefined,
	closing: AbortSignal,
): Promise<void> {
	const body = Buffer.from(answer.body ?? (answer.json === undefined ? "" : JSON.stringify(answer.json)));
	const type = answer.json === undefined ? undefined : { "content-type": "application/json" };
	const half = body.subarray(0, Math.floor(body.length / 2));
	const head = (length: number) =>
		outgoing.writeHead(answer.status ?? 200, { ...type, ...answer.headers, "content-length": length });
	switch (fault?.kind) {
		case "hang":
			return;
		case "cut_off":
		case "reset":
			head(body.length).write(half, () =>
				fault.kind === "reset" ? outgoing.socket?.resetAndDestroy() : outgoing.socket?.end(),
			);
			return;
		case "truncated":
			head(half.length).end(half);
			return;
		case "trickle":
			head(body.length);
			for (const byte of body) {
				outgoing.write(Buffer.of(byte));
				await timer(fault.every ?? 100, undefined, { signal: closing, ref: false });
			}
			outgoing.end();
			return;
		default:
			head(body.length).end(body);
	}
}
