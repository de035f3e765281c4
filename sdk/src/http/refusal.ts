/** From an answer that refuses to an error of four parts: what the vendor says of it, else what its status means. */

import { STATUS_CODES } from "node:http";
import { ConnectorError, type ErrorKind } from "../errors.ts";
import { maskText } from "../mask.ts";
import { redact } from "../redact.ts";
import type { AnswerHead, BudgetNews, HttpAnswer, HttpOptions, Refusal, VendorError } from "./client.ts";
import { LATER, quotaUsedUp } from "./failure.ts";
import { retryAfterSeconds } from "./news.ts";

/** An answer that may be a refusal. */
export interface Judged extends AnswerHead {
	body: HttpAnswer["body"];
	request: string;
	/** What it says of the budget. */
	news: BudgetNews | undefined;
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
function vendorError({ errorOf }: HttpOptions, answer: Judged): VendorError {
	const said = asked(errorOf, answer);
	const { code, detail, as, retryAfter } = said ?? (answer.status >= 300 ? usualError(answer.body) : {});
	return {
		...(typeof code === "string" && code !== "" && { code }),
		...(typeof detail === "string" && detail !== "" && { detail }),
		...(typeof as === "string" && (as === "quota" || Object.hasOwn(WORDS, as)) && { as }),
		...(typeof retryAfter === "number" && retryAfter >= 0 && { retryAfter }),
	};
}

function asked(errorOf: HttpOptions["errorOf"], answer: Judged): VendorError | undefined {
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
	if (news?.quotaUntil !== undefined && [402, 403, 429].includes(status)) return "quota";
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
