/**
 * What changed in a span of time, by page numbers or offsets. A row that changes meanwhile leaves the span, or moves
 * within it, and all behind it move up: the next page then passes over one. So whoever needed more than one request
 * asks afterwards what changed since the first was answered, by the vendor's clock. Where rows that were read are among
 * it, what they may have hidden is found by reading the window again, in halves.
 */
import { redact } from "../../redact.ts";
import { requestUrl } from "../address.ts";
import { fieldOf } from "./answer.ts";
import type { ChangesOptions, HttpPage } from "./contract.ts";
import { given, pages, patched, type Send } from "./pages.ts";
import { inFormOf, type SearchWindow, timeOf, windowsUntilStill } from "./windows.ts";

/** Milliseconds: the time of an answer is told in whole seconds, and a change may be on its way. */
const MARGIN = 5_000;
const A_DAY = 86_400_000;

/** What one way through the pages of a window learned. */
interface Pass {
	requests: number;
	/** When the first and the last were answered, by the vendor's clock; NaN where it does not tell. Milliseconds. */
	began: number;
	ended: number;
	keys: Set<unknown>;
}

/** Yields the rows of each page; some come more than once. Throws `transient.results_change`. */
export async function* changes<Row>(
	base: URL,
	path: string,
	options: ChangesOptions<Row>,
	send: Send,
): AsyncGenerator<Row[], void, undefined> {
	// of a whole day nobody could say what changed since the first answer
	const form = options.from.length === 10 ? `${options.from}T00:00:00Z` : options.from;
	const instant = (ms: number) => inFormOf(form, ms);
	const passOver = (window: SearchWindow, pass: Pass) => pages(base, path, inWindow(options, window, pass), send);
	/** Rows of the window that changed while it was read: where it reaches into the present they stay in it. */
	let late: Row[] = [];
	let pass = begun();

	async function isStill({ to }: SearchWindow): Promise<boolean> {
		if (pass.requests < 2) return true;
		if (Number.isNaN(pass.began)) return false;
		const since = pass.began - MARGIN;
		const after = begun();
		for await (const rows of passOver({ from: instant(since), to: instant(since + A_DAY) }, after)) {
			// what is asked up to the future grows, and loses nothing: one page is all that there is
			if (after.requests > 1 && rows.length > 0) return false;
			if (timeOf(to) > since) late.push(...rows);
			for (const key of after.keys) if (pass.keys.has(key)) return false;
		}
		return true;
	}

	const where = `${redact(`${options.method ?? "GET"} ${requestUrl(base, path).pathname}`)}, `;
	// what is later than the vendor's now stays in the last window: it is asked when all before was read
	const newest = () => (Number.isNaN(pass.ended) ? Infinity : pass.ended);
	for await (const window of windowsUntilStill(options, { begin: () => "fits", isStill, newest, where })) {
		if (late.length > 0) yield late;
		late = [];
		pass = begun();
		yield* passOver(window, pass);
	}
	if (late.length > 0) yield late;
}

const begun = (): Pass => ({ requests: 0, began: Number.NaN, ended: Number.NaN, keys: new Set() });

/** The request for a window; its pass learns of every answer, and of every row. */
function inWindow<Row>(
	{ within, key, next, rows: rowsIn, method, ...options }: ChangesOptions<Row>,
	window: SearchWindow,
	pass: Pass,
) {
	return {
		...patched(given(options), within(window)),
		...(method !== undefined && { method }),
		rows(body: HttpPage["body"]) {
			pass.requests++;
			const found = rowsIn(body);
			if (Array.isArray(found)) for (const row of found) pass.keys.add(fieldOf(row, key));
			return found;
		},
		next(page: HttpPage) {
			pass.ended = Date.parse(page.headers.date ?? "");
			if (page.number === 1) pass.began = pass.ended;
			return next(page);
		},
	};
}
