/** The orders that changed in a window of time, by page numbers; some may come more than once. */
import { nextLink, nextPage, type ReadContext } from "@growthnav/sdk";
import { type Config, RESTAURANT } from "./config.ts";
import type { OrderRow } from "./rows/order.ts";

export function changedOrders({ http, slice, since, until }: ReadContext<Config>): AsyncIterable<OrderRow[]> {
	const following = nextPage();
	return http.changes<OrderRow>("/orders/v2/ordersBulk", {
		headers: { [RESTAURANT]: slice.id },
		query: { pageSize: 100, page: 1 },
		rows: (body) => body,
		key: "guid",
		...{ from: since!, to: until },
		within: ({ from, to }) => ({ query: { startDate: timeOf(from), endDate: timeOf(to) } }),
		next: (page) => (page.headers.link === undefined || nextLink(page) ? following(page) : undefined),
	});
}

const timeOf = (text: string): string => new Date(text).toISOString().replace("Z", "+0000");
