/** The HTTP room: one client per run, on undici, which is loaded at the first request. */
import { setTimeout as timer } from "node:timers/promises";
import type { JsonObject, Waiting } from "@growthnav/spec";
import type { Agent } from "undici";
import { redact } from "../redact.ts";
import { checkedBase, guardedLookup, refuseTarget, requestUrl } from "./address.ts";
import { proving } from "./auth/prove.ts";
import { openSession } from "./auth/session.ts";
import { budgets, rateBudget, type Time } from "./budget.ts";
import type { HttpClient, HttpLimits, HttpOptions, HttpRequest } from "./client.ts";
import { quotaUsedUp, waitTooLong } from "./failure.ts";
import { HTTP_LIMITS } from "./limits.ts";
import { type Asked, readings } from "./readings.ts";
import { withRetries } from "./retry.ts";
import { type Line, type Outgoing, open, send } from "./send.ts";
import type { Tap } from "./tap.ts";

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
	/** The vendor's clock, as each answer tells it; milliseconds. */
	heard?: (time: number) => void;
	/** Keeps settings that were renewed; resolves when they are written. */
	save?: (settings: JsonObject) => Promise<void>;
	/** Listens to every exchange. */
	tap?: Tap | undefined;
}

/** A client for one origin. Throws `config.base_url`; its requests throw ConnectorErrors that name the request. */
export function createHttp(options: HttpOptions, run: HttpRun): HttpClient {
	const base = checkedBase(options.baseUrl, { plainHttp: options.auth?.plainHttp ?? false });
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
	const budgetFor = budgets(options.rate ?? {}, time, bounds, run.tap?.budget);
	const agents = new Map<string, Promise<Agent>>();

	const agentFor = (at: URL): Promise<Agent> => {
		const agent = agents.get(at.origin) ?? openAgent(at, limits, run.signal);
		agents.set(at.origin, agent);
		return agent;
	};

	const how = (request: string) => ({
		request,
		vendor,
		limits,
		time,
		random: run.random ?? Math.random,
		signal: run.signal,
		waiting: (waiting: Waiting) => run.log.waiting(waiting),
	});

	const session = openSession({
		...{ options, base, now: time.now, save: run.save ?? (async () => {}) },
		async post(at, asked, outgoing) {
			const line = { dispatcher: await agentFor(at), options: asked, limits, base: at, now: time.now, tap: run.tap };
			let tried = 0;
			return withRetries((inTurn) => inTurn((turn) => send({ ...line, turn, tried: ++tried }, outgoing, run.signal)), {
				...how(outgoing.request),
				budget: rateBudget({}, time, bounds),
			});
		},
	});

	/** One request with its turns and tries; a try is done by `go`. */
	async function trying<T>(go: Try<T>, { method, url, request, ask, plain, errorOf }: Asked): Promise<T> {
		refuseTarget(url, base, request);
		const own = errorOf === undefined ? options : { ...options, errorOf };
		const line = {
			dispatcher: await agentFor(base),
			options: own,
			limits,
			base,
			now: time.now,
			heard: run.heard,
			tap: run.tap,
		};
		const body = ask.body === undefined ? undefined : JSON.stringify(ask.body);
		const headers = { ...options.headers, ...ask.headers };
		const proven = proving(options.auth, session);
		const outgoing = { method, url, headers, body, request, plain };
		let tried = 0;
		return withRetries(
			(inTurn) =>
				proven((sign) => inTurn((turn) => go({ ...line, turn, tried: ++tried }, { ...outgoing, sign }, run.signal))),
			{ ...how(request), points: ask.cost, budget: budgetFor(headers) },
		);
	}

	const request = (method: "GET" | "POST", path: string, ask: HttpRequest = {}, errorOf?: HttpOptions["errorOf"]) => {
		const url = requestUrl(base, path, ask.query);
		return trying(send, { method, url, request: redact(`${method} ${url.pathname}`), ask, errorOf });
	};

	return {
		get: (path, ask) => request("GET", path, ask),
		post: (path, ask) => request("POST", path, ask),
		...readings({
			...{ base, options, limits, time, request, signal: run.signal },
			open: (asked) => trying(open, asked),
			waiting: (waiting) => run.log.waiting(waiting),
		}),
	};
}

/** What is done with a request in one try. */
type Try<T> = (line: Line, outgoing: Outgoing, signal: AbortSignal) => Promise<T>;

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
