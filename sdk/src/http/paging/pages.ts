/** The paging loop and its guards: no request twice, no other origin, an empty page is not the end. */

import { hash } from "node:crypto";
import type { Json } from "@growthnav/spec";
import { count } from "../../count.ts";
import { ConnectorError } from "../../errors.ts";
import { redact } from "../../redact.ts";
import { requestUrl } from "../address.ts";
import type { AnyRequest, HttpAnswer, HttpRequest } from "../exchange.ts";
import { reading, rowsOf } from "./answer.ts";
import type { HttpPage, NextPage, PagesOptions, Patch } from "./contract.ts";
import { circleGuard } from "./guard.ts";

/** What the next request asks for. */
type Ask = { path: string } & HttpRequest;

export type Send = (method: "GET" | "POST", path: string, request: HttpRequest) => Promise<HttpAnswer>;

/** Yields the rows of every page, an empty list for an empty page. */
export async function* pages<Row>(
	base: URL,
	path: string,
	options: PagesOptions<Row>,
	send: Send,
): AsyncGenerator<Row[], void, undefined> {
	const wasAsked = circleGuard();
	const printOf = rowsPrint();
	let ask: Ask | undefined = { path, ...given(options) };
	for (let number = 1; ask !== undefined; number++) {
		const { path: at, ...request }: Ask = ask;
		if (wasAsked(fingerprint(base, ask))) throw repeated(requestUrl(base, at).pathname, number);
		const answer = await send(options.method ?? "GET", at, request);
		const rows = rowsOf(answer, options.rows);
		const page = { ...answer, rows: rows.length, number, query: request.query ?? {}, sent: request.body };
		yield rows;
		const next = reading(answer, () => options.next({ ...page, repeats: printOf(rows) }));
		ask = asking(ask, next, base, answer.request);
	}
}

/** What stays from request to request. */
export function given({ query, body, headers, cost }: AnyRequest): HttpRequest {
	return {
		...(query !== undefined && { query }),
		...(body !== undefined && { body }),
		...(headers !== undefined && { headers }),
		...(cost !== undefined && { cost }),
	};
}

export function patched<Asked extends HttpRequest>(last: Asked, { query, body }: Patch): Asked {
	return {
		...last,
		...(query !== undefined && { query: { ...last.query, ...query } }),
		...(body !== undefined && { body: { ...(last.body as Record<string, Json>), ...body } }),
	};
}

function fingerprint(base: URL, { path, query, body }: Ask): string {
	return hash("sha256", JSON.stringify([requestUrl(base, path, query).href, body ?? null]), "base64");
}

/** `repeats` of each page in turn; rows are looked at only where it is called. */
function rowsPrint(): (rows: unknown[]) => HttpPage["repeats"] {
	let before: string | undefined;
	return (rows) => {
		const last = before;
		let print: string | undefined;
		before = undefined;
		return () => {
			print ??= hash("sha256", JSON.stringify(rows), "base64");
			before = print;
			return rows.length > 0 && print === last;
		};
	};
}

function asking(last: Ask, next: NextPage, base: URL, request: string): Ask | undefined {
	if (!next) return undefined;
	if (typeof next !== "string") return patched(last, next);
	const url = URL.parse(next, requestUrl(base, last.path).href);
	if (url === null || url.origin !== base.origin) throw otherOrigin(url, next, base, request);
	const { query: _, ...rest } = last;
	return { ...rest, path: url.href };
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
