/**
 * The orders that changed in a window of time, by page numbers. An order that changes meanwhile leaves the window, and
 * all behind it move up by one: the next page then passes over one. Whether that happened is asked afterwards; what was
 * passed over is found by reading the window again, in halves.
 */
import { ConnectorError, nextLink, nextPage, type ReadContext } from "@growthnav/sdk";
import { type Config, RESTAURANT } from "./config.ts";
import type { OrderRow } from "./rows/order.ts";

const PAGE = 100;
const A_DAY = 86_400_000;
/** Milliseconds: the time of an answer is told in whole seconds, and an order may be on its way. */
const MARGIN = 5_000;
/** Milliseconds: a window of this length is halved no more. */
const SHORTEST = 2_000;

/** Orders of `context.slice`; some may come more than once. Throws `transient.orders_change`. */
export async function* changedOrders(
	context: ReadContext<Config>,
	window = { from: Date.parse(context.since!), to: Date.parse(context.until) },
): AsyncGenerator<OrderRow[]> {
	const seen = new Set<string>();
	const told = { pages: 0, began: Number.NaN };
	for await (const rows of pagesOf(context, window, told)) {
		for (const { guid } of rows) seen.add(guid);
		yield rows;
	}
	if (told.pages < 2 || !(await haveChanged(context, seen, told.began - MARGIN))) return;
	const { from, to } = window;
	if (to - from <= SHORTEST) throw neverStill(context, window);
	const middle = Math.floor((from + to) / 2);
	yield* changedOrders(context, { from, to: middle });
	yield* changedOrders(context, { from: middle, to });
}

interface Window {
	/** Milliseconds; `from` is inside, `to` is not. */
	from: number;
	to: number;
}

/** `told` learns how many pages there were, and when the first was answered, by Toast's clock. */
function pagesOf({ http, slice }: ReadContext<Config>, { from, to }: Window, told = { pages: 0, began: Number.NaN }) {
	const following = nextPage();
	return http.pages<OrderRow>("/orders/v2/ordersBulk", {
		headers: { [RESTAURANT]: slice.id },
		query: { startDate: timeOf(from), endDate: timeOf(to), pageSize: PAGE, page: 1 },
		rows: (body) => body,
		next(page) {
			told.pages = page.number;
			if (page.number === 1) told.began = Date.parse(page.headers.date ?? "");
			return page.headers.link === undefined || nextLink(page) ? following(page) : undefined;
		},
	});
}

/** Whether one of them changed since; where Toast does not tell the time, nobody knows. */
async function haveChanged(context: ReadContext<Config>, guids: ReadonlySet<string>, since: number): Promise<boolean> {
	if (Number.isNaN(since)) return true;
	for await (const rows of pagesOf(context, { from: since, to: since + A_DAY }))
		if (rows.some(({ guid }) => guids.has(guid))) return true;
	return false;
}

const timeOf = (ms: number): string => new Date(ms).toISOString().replace("Z", "+0000");

function neverStill({ slice }: ReadContext<Config>, { from }: Window): ConnectorError {
	return new ConnectorError("transient.orders_change", "Orders change faster than they can be read", {
		where: `restaurant ${slice.id}, changes from ${timeOf(from)}`,
		why: "more than a page of orders changed within two seconds, and they changed again while they were read",
		next: "run again later; what is committed stays",
	});
}
