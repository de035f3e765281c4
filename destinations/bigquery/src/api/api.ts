/**
 * All that Google's client does for us: who we are, and one REST call. Its own `request` cannot be ended (it hands
 * `timeout` to a fetch that knows none) and puts the project's id wherever a body says `{{projectId}}`; so calls go
 * through its authenticated transport, and bodies as the text that they are. Uploads are in upload.ts.
 */
import { ConnectorError, isConnectorError, type JsonObject, registerSecret } from "@growthnav/sdk/store";
import type { GoogleAuth } from "google-auth-library";
import { type BigQueryConfig, datasetOf, stagingOf } from "../config.ts";
import { storeError } from "../errors/errors.ts";
import {
	type ApiProblem,
	answerProblem,
	anyProblemOf,
	deadlineProblem,
	fault,
	networkProblem,
} from "../errors/problem.ts";
import { actionFor, waitBefore } from "../errors/reasons.ts";
import { credentialsError } from "../errors/refusals.ts";
import { guardJob, guardPath, type Ours } from "../sql/guard.ts";
import { type Clock, systemClock } from "./clock.ts";
import { authOptionsOf } from "./credentials.ts";

export { type ApiProblem, problemOf } from "../errors/problem.ts";

export interface Api {
	readonly project: string;
	/** "https://bigquery.googleapis.com" or the emulator's; no slash at its end. */
	readonly endpoint: string;
	/**
	 * One REST call. What a repetition may mend is repeated within the deadline; the rest is thrown as a ConnectorError,
	 * of which `problemOf` tells what the service said. Throws before anything is sent where it names a foreign dataset.
	 */
	call<T = JsonObject>(request: ApiRequest): Promise<T>;
	/** Authorization and the like, for the upload, which is ours. */
	headers(): Promise<Record<string, string>>;
	/** Milliseconds since 1970 as the service counts them, to a second; by this machine's clock before its first answer. */
	serviceTime(): number;
}

export interface ApiRequest {
	method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
	/** Below /bigquery/v2/projects/{project}/ : "datasets/growthnav_acme/tables/conversions". */
	path: string;
	query?: Record<string, string>;
	body?: JsonObject;
	/** For errors and deadlines: "dataset", "table orders", "load". */
	step: string;
	/** Milliseconds for the whole call; 60 s when left out. One try takes at most half of it. */
	deadline?: number;
	/** Not to be repeated where it may have been done (jobs.insert may: its id is ours). */
	once?: boolean;
}

export interface ApiOptions {
	clock?: Clock;
	/** In place of what the settings name. */
	auth?: GoogleAuth;
}

const ENDPOINT = "https://bigquery.googleapis.com";
const DEADLINE = 60_000;
const TOKEN_DEADLINE = 30_000;
const MOST_TRIES = 12;

export async function openApi(config: BigQueryConfig, options: ApiOptions = {}): Promise<Api> {
	const { clock = systemClock } = options;
	const endpoint = (config.endpoint ?? ENDPOINT).replace(/\/$/, "");
	const ours: Ours = { project: config.project_id, dataset: datasetOf(config), staging: stagingOf(config)?.uri };
	const auth = options.auth ?? (await authOf(config, endpoint));
	const base = `${endpoint}/bigquery/v2/projects/${ours.project}/`;
	const transport: Transport = { auth, base, config, clock, ahead: Date.now() - clock.now() };

	return {
		project: ours.project,
		endpoint,
		serviceTime: () => clock.now() + transport.ahead,
		headers: async () => tokenHeaders(transport, "credentials").catch(rethrow(config)),
		async call<T>(request: ApiRequest): Promise<T> {
			guardPath(request.path, ours);
			if (request.body !== undefined) guardJob(request.body, ours);
			return (await repeated(transport, request, clock).catch(rethrow(config))) as T;
		},
	};
}

function rethrow(config: BigQueryConfig): (thrown: unknown) => never {
	return (thrown) => {
		throw storeError(thrown, config);
	};
}

/** The client as far as we need it; an address that came from the environment is found here at the latest. */
async function authOf(config: BigQueryConfig, endpoint: string): Promise<GoogleAuth> {
	const { BigQuery } = await import("@google-cloud/bigquery");
	const client = new BigQuery({ ...(await authOptionsOf(config)), apiEndpoint: endpoint });
	if (client.baseUrl !== `${endpoint}/bigquery/v2` && !config.allow_emulator) {
		throw new ConnectorError(
			"config.emulator_variable",
			"BIGQUERY_EMULATOR_HOST is set, and emulators are not allowed",
			{
				where: "the environment",
				why: "Google's client would send data to that address in place of BigQuery",
				next: "unset BIGQUERY_EMULATOR_HOST; for tests against an emulator set endpoint and allow_emulator: true",
			},
		);
	}
	return client.authClient as unknown as GoogleAuth;
}

interface Transport {
	auth: GoogleAuth;
	base: string;
	config: BigQueryConfig;
	clock: Clock;
	/** Of the clock: what makes it the service's time. */
	ahead: number;
	/** The last one. */
	token?: string | undefined;
}

async function repeated(transport: Transport, request: ApiRequest, clock: Clock): Promise<JsonObject> {
	const { step, deadline = DEADLINE, once = false } = request;
	const end = clock.now() + deadline;
	for (let tries = 1; ; tries++) {
		const left = Math.max(1, end - clock.now());
		const answer = await oneTry(transport, request, Math.min(left, once ? left : Math.max(deadline / 2, 1)));
		if (!("reason" in answer)) return answer.body;
		const wait = waitAfter(answer, tries, clock, once);
		if (wait === undefined || tries >= MOST_TRIES) throw fault(answer);
		if (clock.now() + wait >= end) throw fault(answer.status === 0 ? answer : { ...answer, step });
		await clock.sleep(wait);
	}
}

/** Undefined where a repetition helps nothing or might do something twice. */
function waitAfter(problem: ApiProblem, tries: number, clock: Clock, once: boolean): number | undefined {
	const action = actionFor(problem.reason, problem.message, "call");
	if (action.do !== "again") return undefined;
	const wasRefused = problem.status === 429 || /RateLimitExceeded$/i.test(problem.reason);
	if (once && !wasRefused) return undefined;
	return Math.max(problem.retryAfter ?? 0, waitBefore(action.wait, tries, clock.random()));
}

async function oneTry(
	transport: Transport,
	request: ApiRequest,
	milliseconds: number,
): Promise<{ body: JsonObject } | ApiProblem> {
	const { auth, base, config } = transport;
	const { method, path, query, body, step } = request;
	const url = new URL(base + path);
	for (const [name, value] of Object.entries({ prettyPrint: "false", ...query })) url.searchParams.set(name, value);
	const signal = AbortSignal.timeout(milliseconds);
	try {
		await orAborted(tokenHeaders(transport, step), signal);
		const sent = auth.request<string>({
			url: url.href,
			method,
			signal,
			responseType: "text",
			validateStatus: () => true,
			retry: false,
			redirect: "error",
			...(config.allow_emulator && { noProxy: [url.hostname] }),
			...(body !== undefined && { data: JSON.stringify(body), headers: { "content-type": "application/json" } }),
		});
		const { status, data, headers } = await orAborted(sent, signal);
		const date = Date.parse(headers.get("date") ?? "");
		if (!Number.isNaN(date)) transport.ahead = date - transport.clock.now();
		if (status < 200 || status > 299) {
			return answerProblem({ status, body: String(data), retryAfter: headers.get("retry-after") }, step);
		}
		return bodyOf(String(data), step);
	} catch (thrown) {
		if (isConnectorError(thrown)) throw thrown;
		if (signal.aborted) return deadlineProblem(milliseconds, step);
		return anyProblemOf(thrown) ?? networkProblem(thrown, step);
	}
}

function bodyOf(text: string, step: string): { body: JsonObject } | ApiProblem {
	if (text === "") return { body: {} };
	try {
		return { body: JSON.parse(text) as JsonObject };
	} catch {
		// cut off, or a proxy's page
		return { status: 0, reason: "network", message: "the answer is no JSON", step };
	}
}

/** The token is fetched apart from the request, so that a refusal of it is never taken for one of BigQuery's. */
async function tokenHeaders(transport: Transport, step: string): Promise<Record<string, string>> {
	const { auth, base, config } = transport;
	const signal = AbortSignal.timeout(TOKEN_DEADLINE);
	try {
		const headers = await orAborted(auth.getRequestHeaders(base), signal);
		const token = headers.get("authorization")?.replace(/^Bearer /, "");
		// whoever repeats it in an answer, it is in no text of ours
		if (token !== undefined && token !== transport.token) registerSecret(token);
		transport.token = token;
		return Object.fromEntries(headers.entries());
	} catch (thrown) {
		if (isConnectorError(thrown)) throw thrown;
		if (signal.aborted) throw fault(deadlineProblem(TOKEN_DEADLINE, `token for ${step}`));
		throw credentialsError(thrown, config) ?? fault(tokenProblem(thrown, step));
	}
}

/** Where no answer came, the network; where one came that nobody knows, the credentials. */
function tokenProblem(thrown: unknown, step: string): ApiProblem {
	const { status, code } = thrown as { status?: unknown; code?: unknown };
	const isPassing = typeof status === "number" ? status >= 500 || status === 429 : typeof code === "string";
	const problem = networkProblem(thrown, `token for ${step}`);
	return isPassing && !String(code).startsWith("ERR_") ? problem : { ...problem, reason: "credentials" };
}

/** Also what ignores the signal ends with it, as far as we wait for it. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
	work.catch(() => {});
	signal.throwIfAborted();
	let stop = () => {};
	const aborted = new Promise<never>((_, reject) => {
		stop = () => reject(signal.reason);
		signal.addEventListener("abort", stop, { once: true });
	});
	try {
		return await Promise.race([work, aborted]);
	} finally {
		signal.removeEventListener("abort", stop);
	}
}
