/** From what went wrong with one try to an error of four parts. Its kind decides: only `transient` is tried again. */

import { STATUS_CODES } from "node:http";
import { count } from "../count.ts";
import { ConnectorError, type ErrorKind, isConnectorError } from "../errors.ts";
import { maskText } from "../mask.ts";
import { redact } from "../redact.ts";
import type { AnswerHead, BudgetNews, HttpAnswer, HttpLimits, HttpOptions, Refusal, VendorError } from "./client.ts";
import { limitSetting } from "./limits.ts";
import { retryAfterSeconds } from "./news.ts";

/** An answer that may be a refusal. */
export interface Judged extends AnswerHead {
	body: HttpAnswer["body"];
	request: string;
	/** What it says of the budget. */
	news: BudgetNews | undefined;
	/** Asked where that of the options says nothing: what is known of a kind of request (GraphQL). */
	errorOf?: HttpOptions["errorOf"];
}

/** The error of an answer: by what the vendor says of it, else by its status. Nothing for an answer that is none. */
export function refusalOf(options: HttpOptions, answer: Judged, nowMs: number): ConnectorError | undefined {
	const said = vendorError(options, answer);
	const isGood = answer.status >= 200 && answer.status < 300;
	if (isGood && said.as === undefined) return undefined;
	const as = said.as ?? meaningOf(answer);
	const name = said.code ?? STATUS_CODES[answer.status]?.toUpperCase().replaceAll(" ", "_") ?? "";
	const where = redact(`${answer.request}, ${answer.status} ${oneLine(name)}`.trimEnd());
	const why = said.detail === undefined ? undefined : JSON.stringify(oneLine(said.detail));
	const retryAfter = waitThatIsWished(as, said, answer, nowMs);
	if (as === "quota") return quotaUsedUp(options.vendor, where, retryAfter, nowMs, why);
	const { code, message, next } = WORDS[as](options.vendor, options.credentialHint);
	return new ConnectorError(code, message, {
		where,
		...(why !== undefined && { why }),
		next: hintFor(options, said, answer.status) ?? next,
		...(retryAfter !== undefined && { retryAfter }),
	});
}

/** What the vendor says of its error, as far as it has the right form; where it is not asked, the usual members. */
function vendorError(options: HttpOptions, { errorOf, ...answer }: Judged): VendorError {
	const said = asked(options.errorOf, answer) ?? asked(errorOf, answer);
	const { code, detail, as, retryAfter } = said ?? (answer.status >= 300 ? usualError(answer.body) : {});
	return {
		...(typeof code === "string" && code !== "" && { code }),
		...(typeof detail === "string" && detail !== "" && { detail }),
		...(typeof as === "string" && (as === "quota" || Object.hasOwn(WORDS, as)) && { as }),
		...(typeof retryAfter === "number" && retryAfter >= 0 && { retryAfter }),
	};
}

function asked(errorOf: HttpOptions["errorOf"], answer: Omit<Judged, "errorOf">): VendorError | undefined {
	try {
		return errorOf?.(answer.body, answer) ?? undefined;
	} catch {
		return undefined;
	}
}

/** `{ errors: [{ code, message }] }`, `{ error: "invalid_grant", error_description }`, `{ message }` and their like. */
function usualError(body: HttpAnswer["body"]): VendorError {
	const found = [body?.errors?.[0], body?.error, body].filter((one) => one != null);
	const text = (names: string[]) =>
		found.flatMap((one) => names.map((name) => one[name])).find((value) => typeof value === "string");
	const code = text(["code", "errorCode", "error", "category", "type"]);
	const detail = text(["detail", "message", "error_description", "description", "title"]);
	return { code: /^[\w.:-]{1,80}$/.test(code ?? "") ? code : undefined, detail } as VendorError;
}

function meaningOf({ status, news }: Judged): Refusal {
	if (news?.quotaUntil !== undefined && status !== 401) return "quota";
	if (status === 401) return "credentials";
	if (status === 403) return "forbidden";
	if (status === 404 || status === 410) return "not_found";
	if (status === 429) return "rate_limited";
	return status >= 500 || status === 408 || status === 409 || status === 425 ? "vendor_error" : "request_refused";
}

/** Seconds. A date is measured against the vendor's own clock, where the answer tells it: ours may be wrong. */
function waitThatIsWished(as: Refusal, said: VendorError, answer: Judged, nowMs: number): number | undefined {
	const { headers, news } = answer;
	const theirs = Date.parse(headers.date ?? "");
	const head = retryAfterSeconds(headers["retry-after"], Number.isNaN(theirs) ? nowMs : theirs);
	if (as === "quota") return news?.quotaUntil ?? said.retryAfter ?? head;
	if (as !== "rate_limited") return head;
	return head ?? said.retryAfter ?? waitOfNews(news);
}

function waitOfNews({ remaining = 0, resetsIn, restores = 0, cost = 0 }: BudgetNews = {}): number | undefined {
	if (resetsIn !== undefined) return resetsIn;
	return restores > 0 && cost > remaining ? (cost - remaining) / restores : undefined;
}

function hintFor({ hints = {} }: HttpOptions, { code, detail }: VendorError, status: number): string | undefined {
	const name = [code, String(status)].find((one) => one !== undefined && Object.hasOwn(hints, one));
	if (name === undefined) return undefined;
	const hint = hints[name]!;
	try {
		return oneLine(typeof hint === "string" ? hint : hint(detail));
	} catch {
		return undefined;
	}
}

const LONGEST_LINE = 300;

/** Words of a vendor: without secrets and personal values, and never more than a line of them. */
function oneLine(text: string): string {
	// a body of megabytes costs no more than a long one
	return maskText(redact(text.slice(0, 100 * LONGEST_LINE))).slice(0, LONGEST_LINE);
}

type Words = { code: `${ErrorKind}.${string}`; message: string; next: string };

const WORDS: Record<Exclude<Refusal, "quota">, (vendor: string, credentialHint: string | undefined) => Words> = {
	credentials: (vendor, hint = "check the key in the settings") => ({
		code: "config.credentials",
		message: `${vendor} refused the key`,
		next: hint,
	}),
	forbidden: (vendor, hint = "give the key the right that it lacks, or leave the stream out") => ({
		code: "config.forbidden",
		message: `${vendor} does not allow this key to do it`,
		next: hint,
	}),
	not_found: (vendor) => ({
		code: "config.not_found",
		message: `${vendor} does not have what was asked for`,
		next: "check the ids in the settings and base_url",
	}),
	request_refused: (vendor) => ({
		code: "config.request_refused",
		message: `${vendor} refused the request`,
		next: "correct the setting that the vendor names; if it names none, report it as a bug of the connector",
	}),
	rate_limited: (vendor) => ({
		code: "transient.rate_limited",
		message: `${vendor} limits the rate`,
		next: LATER,
	}),
	vendor_error: (vendor) => ({
		code: "transient.vendor_error",
		message: `${vendor} could not answer`,
		next: LATER,
	}),
	refused: (vendor) => ({
		code: "data.refused",
		message: `${vendor} answered with an error`,
		next: "look at what it says; if it is about the request, report it as a bug of the connector",
	}),
};

/** A quota of a day or month: nothing more comes before it is renewed. `retryAfter` in seconds, where it is known. */
export function quotaUsedUp(
	vendor: string,
	where: string,
	retryAfter: number | undefined,
	nowMs: number,
	why?: string,
): ConnectorError {
	const isKnown = retryAfter !== undefined && Number.isFinite(retryAfter);
	return new ConnectorError("transient.quota", `The quota of ${vendor} is used up`, {
		where,
		why: why ?? "the vendor counts by the day or the month, and answers no more until then",
		next: `run again ${isKnown ? `after ${instantAfter(retryAfter * 1000, nowMs)}` : "when the vendor has renewed it"}; what is committed stays`,
		...(isKnown && { retryAfter: Math.ceil(retryAfter) }),
	});
}

/** The vendor's wish, or the budget's, is beyond `longest_wait`. Milliseconds. */
export function waitTooLong(
	vendor: string,
	where: string,
	wait: number,
	longest: number,
	nowMs: number,
): ConnectorError {
	return new ConnectorError("transient.wait_too_long", `${vendor} asks for a wait of ${duration(wait)}`, {
		where,
		why: `longer than ${limitSetting("longestWait")}, ${duration(longest)}`,
		next: `run again after ${instantAfter(wait, nowMs)}; what is committed stays`,
		retryAfter: Math.ceil(wait / 1000),
	});
}

/** "2026-07-01T05:00:00Z" */
function instantAfter(ms: number, nowMs: number): string {
	return `${new Date(nowMs + ms).toISOString().slice(0, 19)}Z`;
}

const LATER = "run again later; what is committed stays";

/** undici's and OpenSSL's codes for a limit that was passed. */
const TIMEOUTS: Record<string, keyof HttpLimits> = {
	UND_ERR_CONNECT_TIMEOUT: "connectTimeout",
	UND_ERR_HEADERS_TIMEOUT: "headersTimeout",
	UND_ERR_BODY_TIMEOUT: "bodyTimeout",
};

/** What `undici.request` or a body threw, as ours. `transient` but for certificates and oversized heads. */
export function networkFailure(thrown: unknown, vendor: string, request: string, limits: HttpLimits): ConnectorError {
	const ours = chain(thrown).find(isConnectorError);
	if (ours !== undefined) return ours;
	const code = chain(thrown)
		.map((error) => (error as NodeJS.ErrnoException).code)
		.find((found) => typeof found === "string");
	const limit = TIMEOUTS[code ?? ""];
	if (limit !== undefined) return timeout(limit, vendor, request, limits);
	if (code === "UND_ERR_HEADERS_OVERFLOW")
		return new ConnectorError("data.answer_too_large", "The head of the answer is too large", {
			where: request,
			why: `it is larger than ${count(limits.headerBytes)} bytes`,
			next: `if that is right, raise ${limitSetting("headerBytes")}`,
		});
	const why = redact(thrown instanceof Error ? thrown.message : String(thrown)) || (code ?? "");
	if (code !== undefined && /CERT|_TLS_|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code))
		return new ConnectorError("config.certificate", `The certificate of ${vendor} could not be verified`, {
			where: request,
			why: `${code}: ${why}`,
			next: "check base_url; behind a company's proxy, set NODE_EXTRA_CA_CERTS to its certificate",
		});
	return new ConnectorError("transient.network", `The connection to ${vendor} failed`, {
		where: request,
		why: code === undefined ? why : `${code}: ${why}`,
		next: "check base_url and the network, then run again; what is committed stays",
		cause: thrown,
	});
}

/** A limit of time that one try passed. */
export function timeout(
	limit: "connectTimeout" | "headersTimeout" | "bodyTimeout" | "totalTimeout" | keyof HttpLimits,
	vendor: string,
	request: string,
	limits: HttpLimits,
): ConnectorError {
	const what: Partial<Record<keyof HttpLimits, string>> = {
		connectTimeout: "no connection stood",
		headersTimeout: "no answer began",
		bodyTimeout: "the answer fell silent",
		totalTimeout: "the answer was not complete",
	};
	return new ConnectorError("transient.timeout", `${vendor} is too slow`, {
		where: request,
		why: `${what[limit]} within ${duration(limits[limit])}`,
		next: `run again; if it stays, raise ${limitSetting(limit)} (milliseconds)`,
	});
}

function chain(thrown: unknown): unknown[] {
	const found: unknown[] = [];
	for (let at = thrown; typeof at === "object" && at !== null && found.length < 8; ) {
		found.push(at);
		const { cause, errors } = at as { cause?: unknown; errors?: unknown[] };
		at = cause ?? errors?.[0];
	}
	return found;
}

/** The last error of a request, with how long and how often it was tried. */
export function afterAllTries(last: ConnectorError, tries: number, spentMs: number, nowMs: number): ConnectorError {
	const when =
		last.retryAfter === undefined
			? undefined
			: `${new Date(nowMs + last.retryAfter * 1000).toISOString().slice(11, 19)}Z`;
	return new ConnectorError(
		last.code as `${ErrorKind}.${string}`,
		`${last.message}: ${tries} ${tries === 1 ? "try" : "tries"} in ${duration(spentMs)}`,
		{
			...(last.where !== undefined && { where: last.where }),
			why:
				last.why ??
				(last.code === "transient.rate_limited" ? "another program may use the same account" : "it said no more"),
			next: when === undefined ? (last.next ?? LATER) : `run again after ${when}; what is committed stays`,
			...(last.retryAfter !== undefined && { retryAfter: last.retryAfter }),
			cause: last.cause,
		},
	);
}

/** "0.4 s", "59.2 s", "6 min 10 s", "2 h 05 min". */
export function duration(ms: number): string {
	if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
	const seconds = Math.round(ms / 1000);
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
	const minutes = Math.round(seconds / 60);
	return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
