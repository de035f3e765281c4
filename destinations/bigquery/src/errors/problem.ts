/** What went wrong at the service or on the way to it, as data: the same shape for a call, an upload and a failed job. */
import { isConnectorError, type Json, type JsonObject } from "@growthnav/sdk/store";

export interface ApiProblem {
	/** Of HTTP; 200 for a job that failed; 0 where there was no answer. */
	status: number;
	/** BigQuery's word ("notFound", "rateLimitExceeded"), or ours: "network", "deadline", "credentials". */
	reason: string;
	message: string;
	/** What was being done: "load", "dataset", "table orders". */
	step: string;
	/** The place in the request or in the data, as the service names it. */
	location?: string;
	/** Milliseconds. */
	retryAfter?: number;
	/** Of a failed job. */
	jobId?: string;
	/** What else the job says: of a load, what is wrong with single rows. */
	details?: string[];
}

const PROBLEM = Symbol.for("growthnav.bigquery.problem");

/** A problem on its way up; `storeError` makes a sentence of it. */
export function fault(problem: ApiProblem): Error {
	return Object.assign(new Error(problem.message), { [PROBLEM]: problem });
}

/** The problem of a thrown thing, also of a ConnectorError made from one; undefined where it is none. */
export function anyProblemOf(thrown: unknown): ApiProblem | undefined {
	if (isConnectorError(thrown)) return isProblem(thrown.cause) ? thrown.cause : undefined;
	if (typeof thrown !== "object" || thrown === null || !(PROBLEM in thrown)) return undefined;
	return thrown[PROBLEM] as ApiProblem;
}

/** What the service said: undefined for errors that are not the service's (network, deadline, credentials). */
export function problemOf(thrown: unknown): ApiProblem | undefined {
	const problem = anyProblemOf(thrown);
	return problem === undefined || problem.status === 0 ? undefined : problem;
}

function isProblem(value: unknown): value is ApiProblem {
	return typeof value === "object" && value !== null && "reason" in value && "status" in value && "step" in value;
}

/** Of a thing that a transport threw: it never got an answer. */
export function networkProblem(thrown: unknown, step: string): ApiProblem {
	const { code, message } = deepest(thrown);
	const text = code !== undefined && !message.includes(code) ? `${code}: ${message}` : message;
	return { status: 0, reason: "network", message: text, step };
}

/** Transports wrap what the system said. */
function deepest(thrown: unknown): { code: string | undefined; message: string } {
	let [code, message]: [string | undefined, string] = [undefined, String(thrown)];
	for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
		const own = (at as { code?: unknown }).code;
		if (typeof own === "string") code = own;
		if (at.message !== "") message = at.message;
	}
	return { code, message };
}

export function deadlineProblem(milliseconds: number, step: string): ApiProblem {
	return { status: 0, reason: "deadline", message: `no answer within ${seconds(milliseconds)}`, step };
}

export function seconds(milliseconds: number): string {
	return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${Math.round(milliseconds / 1000)} s`;
}

const BY_STATUS: Record<number, string> = {
	401: "authError",
	403: "accessDenied",
	404: "notFound",
	408: "backendError",
	409: "duplicate",
	429: "rateLimitExceeded",
};

/** From a failed answer: Google's error as JSON, or whatever a proxy sent. */
export function answerProblem(
	answer: { status: number; body: string; retryAfter?: string | null | undefined },
	step: string,
): ApiProblem {
	const { status, body } = answer;
	const error = objectOf(objectOf(parsed(body))?.error);
	const first = objectOf(listOf(error?.errors)[0]);
	const info = listOf(error?.details)
		.map(objectOf)
		.find((one) => textOf(one?.reason) !== undefined);
	const reason =
		textOf(first?.reason) ?? textOf(info?.reason) ?? BY_STATUS[status] ?? (status >= 500 ? "backendError" : "invalid");
	const location = textOf(first?.location);
	const wait = waitOf(answer.retryAfter);
	return {
		status,
		reason: passing(status, reason),
		message: textOf(error?.message) ?? textOf(first?.message) ?? `HTTP ${status}${excerpt(body)}`,
		step,
		...(location !== undefined && { location }),
		...(wait !== undefined && { retryAfter: wait }),
	};
}

/** A status that says "later" counts more than a word that nobody knows. */
function passing(status: number, reason: string): string {
	if (status === 429 && !/Exceeded$/.test(reason)) return "rateLimitExceeded";
	if ((status === 408 || status >= 500) && !/Error$|Exceeded$/.test(reason)) return "backendError";
	return reason;
}

/** Of a job that is DONE with `errorResult`. */
export function jobProblem(
	errorResult: JsonObject,
	job: { jobId: string; step: string },
	errors: readonly Json[] = [],
): ApiProblem {
	const details = errors.flatMap((error) => textOf(objectOf(error)?.message) ?? []);
	const location = textOf(errorResult.location);
	return {
		status: 200,
		reason: textOf(errorResult.reason) ?? "unknown",
		message: textOf(errorResult.message) ?? "the job failed without a message",
		...(location !== undefined && { location }),
		...job,
		...(details.length > 0 && { details }),
	};
}

function waitOf(retryAfter: string | null | undefined): number | undefined {
	if (retryAfter == null) return undefined;
	const wait = Number(retryAfter) * 1000;
	return Number.isFinite(wait) && wait >= 0 ? wait : undefined;
}

function excerpt(body: string): string {
	const text = body
		.replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, " ")
		.replace(/[\s\p{Cc}]+/gu, " ")
		.trim();
	return text === "" ? "" : `: ${text.slice(0, 200)}`;
}

function parsed(text: string): Json | undefined {
	try {
		return JSON.parse(text) as Json;
	} catch {
		return undefined;
	}
}

export function objectOf(value: Json | undefined): JsonObject | undefined {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

export function listOf(value: Json | undefined): Json[] {
	return Array.isArray(value) ? value : [];
}

export function textOf(value: Json | undefined): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}
