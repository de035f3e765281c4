/**
 * Between the connector and its scripted server: hands requests on, counts them, and spoils answers on demand. The
 * server's origin within answers becomes the proxy's own, so that links and next pages come through it too.
 */
import { createServer, type IncomingMessage, request as requestOf, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Answer {
	status: number;
	headers: Record<string, string>;
	body: Buffer;
}

/** Looks at an answer on its way; what it gives back is delivered. `hang` and `reset` say so themselves. */
export type Spoil = (answer: Answer, seen: Seen) => Answer | "hang" | "reset" | "trickle" | "cut_off";

export interface Seen {
	/** "POST /v2/orders/search" */
	request: string;
	/** Of all requests, from 1. */
	number: number;
	headers: Record<string, string>;
	url: string;
}

export interface FaultProxy {
	origin: string;
	/** From now on; undefined: nothing is spoiled. */
	spoil(how: Spoil | undefined): void;
	/** Requests since the last `spoil`. */
	readonly seen: Seen[];
	close(): Promise<void>;
}

export async function openProxy(upstream: string): Promise<FaultProxy> {
	let how: Spoil | undefined;
	let seen: Seen[] = [];
	const server = createServer((incoming, outgoing) => {
		outgoing.on("error", () => {});
		const note: Seen = {
			request: `${incoming.method} ${incoming.url?.split("?")[0]}`,
			number: seen.length + 1,
			headers: incoming.headers as Record<string, string>,
			url: incoming.url ?? "/",
		};
		seen.push(note);
		const spoil = how;
		handOn(upstream, incoming)
			.then((answer) => deliver(outgoing, withOrigin(answer, upstream, origin), note, spoil))
			.catch(() => outgoing.destroy());
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		origin,
		spoil(next) {
			how = next;
			seen = [];
		},
		get seen() {
			return seen;
		},
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

async function handOn(upstream: string, incoming: IncomingMessage): Promise<Answer> {
	const body: Buffer[] = [];
	for await (const chunk of incoming) body.push(chunk as Buffer);
	// the host stays that of the proxy: signatures are made over it
	const headers = { ...incoming.headers, "accept-encoding": "identity", connection: "close" };
	return new Promise((resolve, reject) => {
		const asked = requestOf(new URL(incoming.url ?? "/", upstream), { method: incoming.method, headers }, (answer) => {
			const parts: Buffer[] = [];
			answer.on("data", (part: Buffer) => parts.push(part));
			answer.on("error", reject);
			answer.on("end", () =>
				resolve({ status: answer.statusCode ?? 502, headers: flat(answer.headers), body: Buffer.concat(parts) }),
			);
		});
		asked.on("error", reject);
		asked.end(Buffer.concat(body));
	});
}

function flat(headers: IncomingMessage["headers"]): Record<string, string> {
	const dropped = new Set(["content-length", "transfer-encoding", "connection", "keep-alive"]);
	return Object.fromEntries(
		Object.entries(headers).flatMap(([name, value]) => (dropped.has(name) ? [] : [[name, String(value)]])),
	);
}

function withOrigin(answer: Answer, upstream: string, origin: string): Answer {
	const headers = Object.fromEntries(
		Object.entries(answer.headers).map(([name, value]) => [name, value.replaceAll(upstream, origin)]),
	);
	if (!answer.body.includes(upstream)) return { ...answer, headers };
	return { ...answer, headers, body: Buffer.from(answer.body.toString().replaceAll(upstream, origin)) };
}

async function deliver(outgoing: ServerResponse, answer: Answer, seen: Seen, spoil: Spoil | undefined): Promise<void> {
	const spoilt = spoil?.(answer, seen) ?? answer;
	if (spoilt === "hang") return;
	const { status, headers, body } = typeof spoilt === "string" ? answer : spoilt;
	const half = body.subarray(0, Math.floor(body.length / 2));
	outgoing.writeHead(status, { ...headers, "content-length": body.length });
	if (spoilt === "reset") outgoing.write(half, () => outgoing.socket?.resetAndDestroy());
	else if (spoilt === "cut_off") outgoing.write(half, () => outgoing.socket?.end());
	else if (spoilt === "trickle") await trickle(outgoing, body);
	else outgoing.end(body);
}

/** In some twenty drops, each after a moment: slow, and yet moving. */
async function trickle(outgoing: ServerResponse, body: Buffer): Promise<void> {
	const drop = Math.max(1, Math.ceil(body.length / 20));
	for (let at = 0; at < body.length; at += drop) {
		outgoing.write(body.subarray(at, at + drop));
		await new Promise((resolve) => setTimeout(resolve, 2));
	}
	outgoing.end();
}
