/** A client on a scripted server, with a clock that passes when it is waited. */
import type { Waiting } from "@growthnav/spec";
import { afterEach } from "vitest";
import { createHttp, type HttpClient, type HttpOptions } from "../../src/http/index.ts";
import { type Routes, type ScriptedServer, startServer } from "../../src/testing/scripted-server.ts";

export interface OnServer {
	server: ScriptedServer;
	http: HttpClient;
	/** Milliseconds of each wait. */
	slept: number[];
	waited: Waiting[];
}

const servers: ScriptedServer[] = [];
afterEach(async () => {
	for (const server of servers.splice(0)) await server.close();
});

export async function clientOf(routes: Routes, options: Partial<HttpOptions> = {}): Promise<OnServer> {
	const server = await startServer(routes);
	servers.push(server);
	const slept: number[] = [];
	const waited: Waiting[] = [];
	let clock = Date.parse("2026-07-01T03:00:00Z");
	const http = createHttp(
		{ baseUrl: server.url, vendor: "Acme", ...options, limits: { tries: 1, ...options.limits } },
		{
			signal: new AbortController().signal,
			log: { waiting: (waiting) => void waited.push(waiting) },
			now: () => clock,
			random: () => 1,
			sleep: async (ms) => {
				slept.push(ms);
				clock += ms;
			},
		},
	);
	return { server, http, slept, waited };
}

export async function collect<Row>(pages: AsyncIterable<Row[]>): Promise<Row[]> {
	const rows: Row[] = [];
	for await (const page of pages) rows.push(...page);
	return rows;
}
