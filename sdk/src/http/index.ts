/** The HTTP room: one client per run, on undici, which is loaded at the first request. */
import { setTimeout as timer } from "node:timers/promises";
import type { Waiting } from "@growthnav/spec";
import type { Agent } from "undici";
import { redact } from "../redact.ts";
import { checkedBase, guardedLookup, refuseTarget, requestUrl } from "./address.ts";
import { proving } from "./auth/prove.ts";
import { rateBudget, type Time } from "./budget.ts";
import type { AuthSession, HttpClient, HttpLimits, HttpOptions, HttpRequest } from "./client.ts";
import { quotaUsedUp, waitTooLong } from "./failure.ts";
import { HTTP_LIMITS } from "./limits.ts";
import { pages } from "./pages.ts";
import { withRetries } from "./retry.ts";
import { send } from "./send.ts";

export type {
	AnswerHead,
	Auth,
	AuthSession,
	BudgetNews,
	HttpAnswer,
	HttpClient,
	HttpLimits,
	HttpOptions,
	HttpRequest,
	NextPage,
	PagesOptions,
	Proof,
	Rate,
	Refusal,
	TokenRequest,
	Unsigned,
	VendorError,
} from "./client.ts";
export { HTTP_LIMIT_NOTES, HTTP_LIMITS, limitSetting, limitsFrom } from "./limits.ts";

/** What a client needs to know of the run. `now`, `sleep` and `random` are for tests. */
export interface HttpRun extends Partial<Time> {
	signal: AbortSignal;
	log: { waiting(waiting: Waiting): void };
	random?: () => number;
}

/** A client for one origin. Throws `config.base_url`; its requests throw ConnectorErrors that name the request. */
export function createHttp(options: HttpOptions, run: HttpRun): HttpClient {
	const base = checkedBase(options.baseUrl, options.auth?.plainHttp);
	const limits: HttpLimits = { ...HTTP_LIMITS, ...options.limits };
	const time: Time = {
		now: run.now ?? Date.now,
		clock: run.clock ?? run.now ?? (() => performance.now()),
		sleep: run.sleep ?? sleepFor,
	};
	const { vendor } = options;
	const bounds = {
		longestWait: limits.longestWait,
		tooLong: (where: string, ms: number) => waitTooLong(vendor, where, ms, limits.longestWait, time.now()),
		usedUp: (where: string, ms: number) => quotaUsedUp(vendor, where, ms / 1000, time.now()),
	};
	const budget = rateBudget(options.rate ?? {}, time, bounds);
	let agent: Promise<Agent> | undefined;

	const session: AuthSession = {
		vendor: options.vendor,
		hint: options.credentialHint,
		now: time.now,
		ask: () => Promise.reject(new Error("not yet")),
		save: () => Promise.resolve(),
	};

	async function request(method: "GET" | "POST", path: string, ask: HttpRequest = {}) {
		const url = requestUrl(base, path, ask.query);
		const name = redact(`${method} ${url.pathname}`);
		refuseTarget(url, base, name);
		agent ??= openAgent(base, limits, run.signal);
		const dispatcher = await agent;
		const body = ask.body === undefined ? undefined : JSON.stringify(ask.body);
		const headers = { ...options.headers, ...ask.headers };
		const proven = proving(options.auth, session);
		return withRetries(
			(inTurn) =>
				proven((sign) =>
					inTurn((turn) => {
						const outgoing = { method, url, headers, body, request: name, sign };
						return send({ dispatcher, options, limits, base, now: time.now, turn }, outgoing, run.signal);
					}),
				),
			{
				request: name,
				points: ask.cost,
				vendor,
				limits,
				time,
				random: run.random ?? Math.random,
				budget,
				signal: run.signal,
				waiting: (waiting) => run.log.waiting(waiting),
			},
		);
	}

	return {
		get: (path, ask) => request("GET", path, ask),
		post: (path, ask) => request("POST", path, ask),
		pages: (path, how) => pages(base, path, how, request),
	};
}

/** Connections to any host, each checked where its name resolves to. Closed when the run is stopped; idle ones hold nothing open. */
async function openAgent(base: URL, limits: HttpLimits, signal: AbortSignal): Promise<Agent> {
	const { Agent } = await import("undici");
	const agent = new Agent({
		connect: { timeout: limits.connectTimeout, lookup: guardedLookup(base) },
		maxHeaderSize: limits.headerBytes,
	});
	signal.addEventListener("abort", () => void agent.destroy().catch(() => {}), { once: true });
	return agent;
}

async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
	try {
		await timer(ms, undefined, { signal });
	} catch {
		signal.throwIfAborted();
	}
}
