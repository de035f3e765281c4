/** One try of one request: redirects followed, limits of time and size kept, the status judged. */
import type { Json } from "@growthnav/spec";
import type { Dispatcher } from "undici";
import { ConnectorError } from "../errors.ts";
import { redact } from "../redact.ts";
import { refuseTarget } from "./address.ts";
import type { Sign } from "./auth/prove.ts";
import type { OpenAnswer } from "./bodies/download.ts";
import { ACCEPT_ENCODING, cutOff } from "./bodies/failures.ts";
import { parseBody, readBytes } from "./body.ts";
import type { Turn } from "./budget.ts";
import type { HttpAnswer, HttpLimits, HttpOptions, Proof } from "./client.ts";
import { networkFailure, timeout } from "./failure.ts";
import { limitSetting } from "./limits.ts";
import { newsOf } from "./news.ts";
import { refusalOf } from "./refusal.ts";
import type { Heard, Tap } from "./tap.ts";

export interface Outgoing {
	method: "GET" | "POST";
	url: URL;
	/** The connector's; they stay with the base's origin. */
	headers: Record<string, string>;
	body: string | undefined;
	/** Without secrets: "POST /v2/orders/search". */
	request: string;
	/** The proof for an address at the base's origin. */
	sign?: Sign;
	/** Ours, for any origin. */
	plain?: Record<string, string> | undefined;
	/** A good answer's body is left unread. */
	unread?: true;
}

export interface Line {
	dispatcher: Dispatcher;
	options: HttpOptions;
	limits: HttpLimits;
	base: URL;
	now: () => number;
	/** Is told the vendor's time of an answer. */
	heard?: ((time: number) => void) | undefined;
	tap?: Tap | undefined;
	/** The turn that the request has in the budget. */
	turn: Pick<Turn, "answered">;
	/** Which try of the request it is, from 1. */
	tried: number;
}

interface Raw {
	proof: Proof;
	status: number;
	headers: Record<string, string>;
	bytes: Buffer;
	unread?: OpenAnswer["body"];
}

/** Sends once. Throws ConnectorErrors; the `transient` ones are worth another try. */
export async function send(line: Line, outgoing: Outgoing, signal: AbortSignal): Promise<HttpAnswer> {
	const raw = await withDeadline(line, outgoing, signal, (inTime) => follow(line, outgoing, inTime));
	const { request } = outgoing;
	const isGood = raw.status >= 200 && raw.status < 300;
	const body = isGood ? parseBody(raw.bytes, raw.headers["content-type"], request) : bodyOfRefusal(raw, request);
	const answer: HttpAnswer = { status: raw.status, headers: raw.headers, body, request };
	judge(line, answer);
	return answer;
}

/** As `send`, with the body of a good answer still to be read. */
export async function open(line: Line, outgoing: Outgoing, signal: AbortSignal): Promise<OpenAnswer> {
	const unread: Outgoing = { ...outgoing, unread: true };
	const raw = await withDeadline(line, unread, signal, (inTime) => follow(line, unread, inTime));
	const { status, headers } = raw;
	const body = raw.unread === undefined ? bodyOfRefusal(raw, outgoing.request) : null;
	try {
		judge(line, { status, headers, body, request: outgoing.request });
	} catch (error) {
		raw.unread?.destroy();
		throw error;
	}
	return { status, headers, body: raw.unread! };
}

/** What broke a body on its way, as ours. */
export function brokenBody(thrown: unknown, { vendor }: HttpOptions, request: string, limits: HttpLimits) {
	return cutShort(thrown) ? endedEarly(request, thrown) : networkFailure(thrown, vendor, request, limits);
}

/** Tells the budget what an answer says of it, and throws an answer that is a refusal. */
function judge({ options, turn, now, heard }: Line, answer: HttpAnswer): void {
	const time = Date.parse(answer.headers.date ?? "");
	if (!Number.isNaN(time)) heard?.(time);
	const news = newsOf(options.rate ?? {}, answer);
	const refusal = refusalOf(options, { ...answer, news }, now());
	turn.answered(news, refusal !== undefined);
	if (refusal !== undefined) throw refusal;
}

/** Whatever a failed answer carries; a proxy's page says nothing. */
function bodyOfRefusal(raw: Raw, request: string): Json {
	try {
		return parseBody(raw.bytes, raw.headers["content-type"], request);
	} catch {
		return null;
	}
}

/** Ends the try when `totalTimeout` has passed, so that an answer that drips without end is no trap. */
async function withDeadline(
	{ limits, options }: Line,
	{ request }: Outgoing,
	signal: AbortSignal,
	run: (signal: AbortSignal) => Promise<Raw>,
): Promise<Raw> {
	signal.throwIfAborted();
	const deadline = new AbortController();
	const timer = setTimeout(() => deadline.abort(), limits.totalTimeout);
	const stop = () => deadline.abort();
	signal.addEventListener("abort", stop, { once: true });
	try {
		return await run(deadline.signal);
	} catch (error) {
		signal.throwIfAborted();
		if (deadline.signal.aborted) throw timeout("totalTimeout", options.vendor, request, limits);
		throw networkFailure(error, options.vendor, request, limits);
	} finally {
		clearTimeout(timer);
		signal.removeEventListener("abort", stop);
	}
}

async function follow(line: Line, outgoing: Outgoing, signal: AbortSignal): Promise<Raw> {
	let at = outgoing.url;
	for (let followed = 0; ; followed++) {
		const raw = await exchange(line, outgoing, at, signal);
		const target = redirectOf(raw, outgoing, at);
		if (target === undefined) return raw;
		if (followed === line.limits.redirects) throw tooManyRedirects(outgoing.request, line.limits);
		refuseTarget(target, line.base, outgoing.request);
		if (outgoing.body !== undefined && target.origin !== line.base.origin)
			throw bodyElsewhere(target, outgoing.request);
		if (target.origin !== line.base.origin && carriesKey(target, raw.proof))
			throw keyElsewhere(target, outgoing.request);
		at = target;
	}
}

/** Whether an address holds a secret, or what the key was sent as. */
function carriesKey(target: URL, { query = {} }: Proof): boolean {
	return (
		redact(target.href) !== target.href ||
		Object.entries(query).some(([name, value]) => target.searchParams.get(name) === value)
	);
}

async function exchange(line: Line, outgoing: Outgoing, url: URL, signal: AbortSignal): Promise<Raw> {
	const { dispatcher, limits, base, tap } = line;
	const proof = await proofFor(outgoing, url, base);
	const begun = performance.now();
	const answer = await dispatcher.request({
		origin: url.origin,
		path: pathOf(url, proof.query),
		method: outgoing.method,
		headers: {
			accept: "application/json",
			"accept-encoding": ACCEPT_ENCODING,
			"user-agent": "growthnav-connectors",
			...outgoing.plain,
			...(outgoing.body !== undefined && { "content-type": "application/json" }),
			...(url.origin === base.origin && { ...outgoing.headers, ...proof.headers }),
		},
		body: outgoing.body ?? null,
		signal,
		headersTimeout: limits.headersTimeout,
		bodyTimeout: limits.bodyTimeout,
	});
	const headers = flat(answer.headers);
	if (outgoing.unread && answer.statusCode >= 200 && answer.statusCode < 300) {
		// whoever reads it hears of its errors; who stops reading does not care
		answer.body.on("error", () => {});
		const heard = heardOf(line, outgoing, url, { status: answer.statusCode, headers, begun });
		const unread = tap?.streamed(heard, answer.body) ?? answer.body;
		return { proof, status: answer.statusCode, headers, bytes: Buffer.alloc(0), unread };
	}
	const announced = Number(headers["content-length"]);
	const bytes = await readBytes(answer.body, headers["content-encoding"], limits, outgoing.request).catch((error) => {
		answer.body.destroy();
		throw cutShort(error) ? endedEarly(outgoing.request, error) : error;
	});
	if (announced > 0 && bytes.length === 0)
		throw cutOff(outgoing.request, "the answer is empty where bytes were announced");
	tap?.whole(heardOf(line, outgoing, url, { status: answer.statusCode, headers, begun }), bytes);
	return { proof, status: answer.statusCode, headers, bytes };
}

function heardOf(
	{ options, tried }: Line,
	{ method, headers, body }: Outgoing,
	url: URL,
	{ status, headers: answered, begun }: { status: number; headers: Record<string, string>; begun: number },
): Heard {
	const base = new URL(options.baseUrl).origin;
	return { method, base, url, headers, body, status, answered, tried, ms: performance.now() - begun };
}

/** Nothing for another origin than the base's. */
async function proofFor({ method, headers, body, sign }: Outgoing, url: URL, base: URL): Promise<Proof> {
	if (sign === undefined || url.origin !== base.origin) return {};
	return sign({ method, url: new URL(url), headers: flat(headers), body });
}

/** A parameter of the proof takes the place of one that stands there already, as in a `next` that a vendor echoes. */
function pathOf(url: URL, query: Record<string, string> = {}): string {
	const whole = new URL(url);
	for (const [name, value] of Object.entries(query)) {
		// what was signed stays as it was written
		if (whole.searchParams.has(name)) whole.searchParams.set(name, value);
		else whole.search += `${whole.search === "" ? "?" : "&"}${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
	}
	return whole.pathname + whole.search;
}

function endedEarly(request: string, error: unknown): ConnectorError {
	return cutOff(request, "the connection ended before the answer did", error);
}

/** The peer closed, or sent fewer bytes than it announced. */
function cutShort(error: unknown): boolean {
	const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
	return [
		"UND_ERR_SOCKET",
		"UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
		"ECONNRESET",
		"EPIPE",
		"HPE_INVALID_EOF_STATE",
	].includes(code);
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
	const one: Record<string, string> = {};
	for (const [name, value] of Object.entries(headers)) {
		if (value !== undefined) one[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
	}
	return one;
}

/** Where a 3xx points. A POST is sent on only by 307 and 308, which keep it a POST. */
function redirectOf(raw: Raw, { method, request }: Outgoing, at: URL): URL | undefined {
	if (![301, 302, 303, 307, 308].includes(raw.status)) return undefined;
	const target = URL.parse(raw.headers.location ?? "", at.href);
	const why =
		target === null
			? "it names no address"
			: method === "POST" && raw.status < 307
				? `a ${raw.status} would turn the POST into a GET`
				: undefined;
	if (target !== null && why === undefined) return target;
	throw new ConnectorError("data.redirect_refused", "A redirect cannot be followed", {
		where: `${request}, ${raw.status}`,
		why: why ?? "",
		next: "check base_url; else report it to the vendor",
	});
}

/** A body may hold a key (a refresh token, a client's secret), which is given to one origin alone. */
function bodyElsewhere(target: URL, request: string): ConnectorError {
	return new ConnectorError("data.redirect_refused", "A redirect would take the request's body to another address", {
		where: `${request}, to ${target.origin}`,
		why: "what is sent may be confidential, and is for the base URL alone",
		next: "if the vendor moved, set base_url to its new address; else report it to the vendor",
	});
}

function keyElsewhere(target: URL, request: string): ConnectorError {
	return new ConnectorError("data.redirect_refused", "A redirect would take the key to another address", {
		where: redact(`${request}, to ${target.origin}`),
		why: "the vendor wrote the key into the address of its redirect; the key is for the base URL alone",
		next: "if the vendor moved, set base_url to its new address; else report it to the vendor",
	});
}

function tooManyRedirects(request: string, limits: HttpLimits): ConnectorError {
	return new ConnectorError("data.redirects", "The vendor redirects without end", {
		where: request,
		why: `more than ${limits.redirects} redirects`,
		next: `check base_url; if it is right, raise ${limitSetting("redirects")}`,
	});
}
