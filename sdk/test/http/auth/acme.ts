/** A client of an invented vendor with a clock of its own, for the tests of this room. */
import type { JsonObject } from "@growthnav/spec";
import { onTestFinished } from "vitest";
import { ConnectorError } from "../../../src/errors.ts";
import { type Auth, createHttp, type HttpClient, type HttpOptions } from "../../../src/http/index.ts";
import { forgetSecrets } from "../../../src/redact.ts";
import { type Routes, type ScriptedServer, startServer } from "../../../src/testing/scripted-server.ts";

export interface Acme {
	server: ScriptedServer;
	http: HttpClient;
	/** Milliseconds; sleeping moves it on. */
	clock: { now: number };
	/** What was kept, in order. */
	saved: JsonObject[];
	/** All that was said: waits, for now. */
	said: unknown[];
}

export const NOW = Date.parse("2026-07-01T03:00:00Z");

/** The vendor's clock goes as ours, unless a route says otherwise. */
const dated =
	(clock: Acme["clock"], answer: Routes[string]): Routes[string] =>
	async (request) => {
		const answered = await answer(request);
		return { ...answered, headers: { date: new Date(clock.now).toUTCString(), ...answered.headers } };
	};

/** Closed, and its secrets forgotten, when the test has ended. */
export async function acme(
	routes: Routes,
	auth: (url: string) => Auth,
	more: Partial<HttpOptions> = {},
	save?: (settings: JsonObject) => Promise<void>,
): Promise<Acme> {
	const clock = { now: NOW };
	const server = await startServer(
		Object.fromEntries(Object.entries(routes).map(([route, answer]) => [route, dated(clock, answer)])),
	);
	const saved: JsonObject[] = [];
	const said: unknown[] = [];
	const over = new AbortController();
	onTestFinished(async () => {
		over.abort(new Error("over"));
		forgetSecrets();
		await server.close();
	});
	const http = createHttp(
		{ baseUrl: server.url, vendor: "Acme", auth: auth(server.url), ...more },
		{
			signal: over.signal,
			log: { waiting: (waiting) => void said.push(waiting) },
			now: () => clock.now,
			random: () => 1,
			sleep: async (ms) => {
				clock.now += ms;
			},
			save: async (settings) => {
				await save?.(settings);
				saved.push(settings);
			},
		},
	);
	return { server, http, clock, saved, said };
}

/** The error with which a promise ends. */
export async function failure(promise: Promise<unknown>): Promise<ConnectorError> {
	const thrown = await promise.then(
		() => undefined,
		(error: unknown) => error,
	);
	if (thrown instanceof ConnectorError) return thrown;
	throw new Error("It did not fail with an error of ours", { cause: thrown });
}

/** Everything that a person could read of an error. */
export function textOf({ message, where, why, next, cause }: ConnectorError): string {
	const inner = cause instanceof Error ? cause.message : JSON.stringify(cause);
	return [message, where, why, next, inner].join("\n");
}
