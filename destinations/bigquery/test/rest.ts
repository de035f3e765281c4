/** A small server for one test of the wire, and a clock that does not wait. The strict fake of BigQuery is in fake/. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../src/api/clock.ts";
import type { BigQueryConfig } from "../src/config.ts";

export interface Heard {
	method: string;
	path: string;
	query: Record<string, string>;
	headers: IncomingHttpHeaders;
	body: Buffer;
}

/** An answer, or nothing where the handler deals with the response itself (or never). */
export type Reply = { status?: number; headers?: Record<string, string>; body?: unknown } | "hang" | "cut";

export interface Server {
	endpoint: string;
	heard: Heard[];
	close(): Promise<void>;
}

export async function serve(reply: (heard: Heard, number: number) => Reply | Promise<Reply>): Promise<Server> {
	const heard: Heard[] = [];
	const sockets = new Set<Socket>();
	const server = createServer((request, response) => {
		const pieces: Buffer[] = [];
		request.on("error", () => {});
		request.on("data", (piece: Buffer) => pieces.push(piece));
		request.on("end", async () => {
			const url = new URL(request.url!, "http://server");
			const one: Heard = {
				method: request.method!,
				path: decodeURIComponent(url.pathname),
				query: Object.fromEntries(url.searchParams),
				headers: request.headers,
				body: Buffer.concat(pieces),
			};
			heard.push(one);
			answer(response, await reply(one, heard.length));
		});
	});
	server.on("connection", (socket) => {
		sockets.add(socket);
		socket.on("close", () => sockets.delete(socket));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		heard,
		close: () =>
			new Promise((resolve) => {
				for (const socket of sockets) socket.destroy();
				server.close(() => resolve());
			}),
	};
}

function answer(response: ServerResponse, reply: Reply): void {
	if (reply === "hang") return;
	if (reply === "cut") {
		response.destroy();
		return;
	}
	const { status = 200, headers = {}, body } = reply;
	const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
	response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
}

export function refusal(status: number, reason: string, message: string): Reply {
	return { status, body: { error: { code: status, message, errors: [{ reason, message, domain: "global" }] } } };
}

/** Waiting costs nothing, and `waits` tells how long it would have been. */
export interface QuickClock extends Clock {
	waits: number[];
}

export function quickClock(chance = 0): QuickClock {
	let now = 1_750_000_000_000;
	const waits: number[] = [];
	return {
		waits,
		now: () => now,
		async sleep(milliseconds) {
			waits.push(milliseconds);
			now += milliseconds;
			await new Promise<void>((resolve) => setImmediate(resolve));
		},
		random: () => chance,
	};
}

export function settingsFor(endpoint: string, more: Partial<BigQueryConfig> = {}): BigQueryConfig {
	return {
		project_id: "acme-analytics",
		customer_id: "acme",
		connection: "Square Main",
		location: "EU",
		commit_mode: "transaction",
		moved_rows: "exact",
		allow_emulator: true,
		endpoint,
		...more,
	};
}
