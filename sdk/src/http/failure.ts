/** From what went wrong with one try to an error of four parts. Its kind decides: only `transient` is tried again. */

import { STATUS_CODES } from "node:http";
import type { Json } from "@growthnav/spec";
import { count } from "../count.ts";
import { ConnectorError, type ErrorKind, isConnectorError } from "../errors.ts";
import { redact } from "../redact.ts";
import type { HttpLimits, HttpOptions } from "./client.ts";
import { limitSetting } from "./limits.ts";

/** An answer whose status is not 2xx. `retryAfter` in seconds, where the vendor said it. */
export interface RefusedAnswer {
	status: number;
	headers: Record<string, string>;
	body: Json;
	request: string;
	retryAfter: number | undefined;
}

type Words = { code: `${ErrorKind}.${string}`; message: string; next: string };

/** The error of an answer by its status; reads the vendor's own code and detail. */
export function refusal(options: HttpOptions, answer: RefusedAnswer): ConnectorError {
	const { vendor } = options;
	const said = vendorError(options, answer);
	const words = wordsFor(answer.status, vendor, options.credentialHint);
	const name = said.code ?? STATUS_CODES[answer.status]?.toUpperCase().replaceAll(" ", "_") ?? "";
	return new ConnectorError(words.code, words.message, {
		where: redact(`${answer.request}, ${answer.status} ${name}`.trimEnd()),
		...(said.detail !== undefined && { why: JSON.stringify(redact(said.detail).slice(0, 300)) }),
		next: words.next,
		...(answer.retryAfter !== undefined && { retryAfter: answer.retryAfter }),
	});
}

/** What a vendor says of its error, as far as it is text. */
function vendorError(options: HttpOptions, answer: RefusedAnswer): { code?: string; detail?: string } {
	try {
		const { code, detail } = options.errorOf?.(answer.body, answer) ?? {};
		return { ...(typeof code === "string" && { code }), ...(typeof detail === "string" && { detail }) };
	} catch {
		return {};
	}
}

function wordsFor(status: number, vendor: string, credentialHint: string | undefined): Words {
	const key = credentialHint ?? `check the key in the settings`;
	if (status === 401) return { code: "config.credentials", message: `${vendor} refused the key`, next: key };
	if (status === 403)
		return { code: "config.credentials", message: `${vendor} does not allow this key to do it`, next: key };
	if (status === 429) return { code: "transient.rate_limited", message: `${vendor} limits the rate`, next: LATER };
	if (status >= 500 || status === 408 || status === 409 || status === 425)
		return { code: "transient.vendor_error", message: `${vendor} could not answer`, next: LATER };
	if (status === 404 || status === 410)
		return {
			code: "config.not_found",
			message: `${vendor} does not have what was asked for`,
			next: "check the ids in the settings and base_url",
		};
	return {
		code: "config.request_refused",
		message: `${vendor} refused the request`,
		next: "correct the setting that the vendor names; if it names none, report it as a bug of the connector",
	};
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
