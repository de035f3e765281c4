/** Ready-made `next` functions of `http.pages`. */

import { count } from "../../count.ts";
import { ConnectorError } from "../../errors.ts";
import type { HttpPage, Patch } from "./contract.ts";

/** `<https://…?page=2>; rel="next"`, also among others: RFC 8288, with quoted commas and several relations at once. */
const LINK = /<([^<>]*)>((?:\s*;\s*[^=;,\s]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^";,\s]*))?)*)/g;
const REL = /;\s*rel\s*=\s*(?:"([^"]*)"|([^";,\s]*))/i;

/** The address of the Link header whose relation is `next`. */
export function nextLink({ headers }: Pick<HttpPage, "headers">): string | undefined {
	for (const [, address, parameters = ""] of (headers.link ?? "").matchAll(LINK)) {
		const [, quoted, bare] = REL.exec(parameters) ?? [];
		if ((quoted ?? bare ?? "").toLowerCase().split(/\s+/).includes("next")) return address;
	}
	return undefined;
}

interface Counting {
	/** Where the number goes: the query unless "body". */
	in?: "query" | "body";
	/** Rows of a page that is full, where the vendor keeps to it: a page with fewer is the last. Left out: an empty one is. */
	size?: number;
}

export interface PageNumbers extends Counting {
	/** "page" unless set. */
	param?: string;
	/** The number of the first page, where the first request does not say it; 1 unless set. */
	first?: number;
	/** How many pages there are, as each answer tells it: a number or its text. It may change under way. */
	total?: (page: HttpPage) => number | string | null | undefined;
}

/** Page by page: up to the total where answers tell one, else until a page is empty. */
export function nextPage(how: PageNumbers = {}): (page: HttpPage) => Patch | undefined {
	const { param = "page", first = 1 } = how;
	return (page) => {
		const number = sentNumber(page, param, how.in) ?? first;
		const total = numberOf(how.total?.(page));
		// counted from `first`: of three pages that begin at 0 the last is number 2
		const more = total === undefined ? goesOn(page, how.size) : number - first + 1 < total;
		return more ? inPlace(how.in, param, number + 1) : undefined;
	};
}

export interface Offsets extends Counting {
	/** "offset" unless set. */
	param?: string;
	/** How many rows there are, as each answer tells it: a number or its text. It may change under way. */
	total?: (page: HttpPage) => number | string | null | undefined;
}

/** From row to row, by as many as came: up to the total where answers tell one, else until a page is empty. */
export function nextOffset(how: Offsets = {}): (page: HttpPage) => Patch | undefined {
	const { param = "offset", size } = how;
	return (page) => {
		const offset = sentNumber(page, param, how.in) ?? 0;
		const total = numberOf(how.total?.(page));
		if (total === undefined) return goesOn(page, size) ? inPlace(how.in, param, offset + page.rows) : undefined;
		const reached = offset + (page.rows || (size ?? 0));
		if (reached >= total) return undefined;
		if (reached === offset) throw missing(page, offset, total);
		return inPlace(how.in, param, reached);
	};
}

/** For vendors that tell no total. Throws where the last page comes again and again. */
function goesOn(page: HttpPage, size: number | undefined): boolean {
	if (page.rows === 0 || (size !== undefined && page.rows < size)) return false;
	if (page.repeats()) throw samePage(page);
	return true;
}

function inPlace(place: "query" | "body" | undefined, param: string, value: number): Patch {
	return place === "body" ? { body: { [param]: value } } : { query: { [param]: value } };
}

/** What this page was asked for with; of a whole URL there is none, and paging by number does not mix with it. */
function sentNumber({ query, sent }: HttpPage, param: string, place: "query" | "body" = "query"): number | undefined {
	const asked = place === "query" ? query[param] : (sent as Record<string, unknown> | undefined)?.[param];
	return numberOf(asked);
}

function numberOf(value: unknown): number | undefined {
	const text = typeof value === "number" ? String(value) : value;
	return typeof text === "string" && /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}

function samePage({ request, number }: HttpPage): ConnectorError {
	return new ConnectorError("data.page_repeated", "Paging does not move on", {
		where: `${request}, page ${count(number)}`,
		why: "it has the very rows of the page before; some vendors repeat their last page without end",
		next: "run again; if it stays, report it as a bug of the connector: it should read the vendor's total",
	});
}

function missing({ request }: HttpPage, offset: number, total: number): ConnectorError {
	return new ConnectorError("transient.rows_missing", "A page has no rows where the vendor says there are more", {
		where: `${request}, from row ${count(offset + 1)}`,
		why: `the vendor says there are ${count(total)} rows`,
		next: "run again; if it stays, report it as a bug of the connector",
	});
}
