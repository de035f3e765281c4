/** The paging loop and its guards: no request twice, no other origin, an empty page is not the end. */

import { hash } from "node:crypto";
import type { Json } from "@growthnav/spec";
import { count } from "../count.ts";
import { ConnectorError, isConnectorError } from "../errors.ts";
import { redact } from "../redact.ts";
import { requestUrl } from "./address.ts";
import type { HttpAnswer, HttpRequest, NextPage, PagesOptions } from "./client.ts";

/** What the next request asks for. */
type Ask = { path: string } & HttpRequest;

/** Yields the rows of every page, an empty list for an empty page. */
export async function* pages<Row>(
	base: URL,
	path: string,
	options: PagesOptions<Row>,
	send: (method: "GET" | "POST", path: string, request: HttpRequest) => Promise<HttpAnswer>,
): AsyncGenerator<Row[], void, undefined> {
	const asked = new Set<string>();
	let ask: Ask | undefined = { path, ...given(options) };
	for (let number = 1; ask !== undefined; number++) {
		const { path: at, ...request }: Ask = ask;
		const print = fingerprint(base, ask);
		if (asked.has(print)) throw repeated(requestUrl(base, at).pathname, number);
		asked.add(print);
		const answer = await send(options.method ?? "GET", at, request);
		yield rowsOf(answer, options.rows);
		ask = asking(
			ask,
			reading(answer, () => options.next(answer)),
			base,
			answer.request,
		);
	}
}

function given({ query, body, headers }: HttpRequest): HttpRequest {
	return {
		...(query !== undefined && { query }),
		...(body !== undefined && { body }),
		...(headers !== undefined && { headers }),
	};
}

function fingerprint(base: URL, { path, query, body }: Ask): string {
	return hash("sha256", JSON.stringify([requestUrl(base, path, query).href, body ?? null]), "base64");
}

function rowsOf<Row>(answer: HttpAnswer, rows: (body: HttpAnswer["body"]) => Row[] | undefined): Row[] {
	const found = reading(answer, () => rows(answer.body)) ?? [];
	if (Array.isArray(found)) return found;
	throw unexpected(
		answer.request,
		`its rows are ${typeof found === "object" ? "an object" : `a ${typeof found}`}, not a list`,
	);
}

/** What the connector's functions stumble over is the answer's shape. */
function reading<T>(answer: HttpAnswer, read: () => T): T {
	try {
		return read();
	} catch (error) {
		if (isConnectorError(error)) throw error;
		throw unexpected(answer.request, redact(error instanceof Error ? error.message : String(error)), error);
	}
}

function unexpected(request: string, why: string, cause?: unknown): ConnectorError {
	return new ConnectorError("data.unexpected_answer", "The answer does not have the expected shape", {
		where: request,
		why,
		next: "check that base_url is the vendor's API; else report it as a bug of the connector",
		cause,
	});
}

function asking(last: Ask, next: NextPage, base: URL, request: string): Ask | undefined {
	if (next === undefined || next === null || next === "") return undefined;
	if (typeof next !== "string")
		return {
			...last,
			...(next.query !== undefined && { query: { ...last.query, ...next.query } }),
			...(next.body !== undefined && { body: { ...(last.body as Record<string, Json>), ...next.body } }),
		};
	const url = URL.parse(next, requestUrl(base, last.path).href);
	if (url === null || url.origin !== base.origin) throw otherOrigin(url, next, base, request);
	return {
		path: url.href,
		...(last.body !== undefined && { body: last.body }),
		...(last.headers !== undefined && { headers: last.headers }),
	};
}

function otherOrigin(url: URL | null, next: string, base: URL, request: string): ConnectorError {
	return new ConnectorError("data.other_origin", "The next page lies at another address", {
		where: redact(`${request}, next page ${url?.origin ?? JSON.stringify(redact(next).slice(0, 100))}`),
		why: `the key is given to ${base.origin} alone`,
		next: "if the vendor moved, set base_url to its new address; else report it to the vendor",
	});
}

function repeated(request: string, page: number): ConnectorError {
	return new ConnectorError("data.page_repeated", "Paging does not move on", {
		where: `${redact(request)}, page ${count(page)}`,
		why: "the vendor named a next page that was read before; reading on would never end",
		next: "run again; if it stays, report it to the vendor",
	});
}
