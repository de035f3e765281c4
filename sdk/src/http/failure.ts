/** From what went wrong with one try to an error of four parts. Its kind decides: only `transient` is tried again. */

import { count } from "../count.ts";
import { ConnectorError, type ErrorKind, isConnectorError } from "../errors.ts";
import { redact } from "../redact.ts";
import type { HttpLimits } from "./client.ts";
import { limitSetting } from "./limits.ts";

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

export const LATER = "run again later; what is committed stays";

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
