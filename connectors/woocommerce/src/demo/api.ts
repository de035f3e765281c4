/** The documented addresses over the story: who may, which filters, which order, which pages. */
import type { JsonObject } from "@growthnav/sdk";
import type { ScriptedAnswer, ScriptedRequest } from "@growthnav/sdk/testing";
import { SHOP_NAME } from "./assortment.ts";
import type { History, Order, Product, Refund, Standing } from "./events.ts";
import { standingAt } from "./events.ts";
import { couponRecord, customerRecord, productRecord } from "./other-records.ts";
import { orderRecord, refundRecord, type Site } from "./records.ts";
import { gmt, included, local, oneOf, page, type Query, refused, understood } from "./wordpress.ts";

export interface Api {
	history: History;
	site: Site;
	/** The server's clock, in milliseconds: what happens later has not happened. */
	now: () => number;
	/** Whether a key signed it; throws where one did so wrongly. */
	signed: (request: ScriptedRequest) => boolean;
	/** Lists that the key's user may not see: "customers". */
	closed: Set<string>;
}

/** What stands in a list, with what it is found and sorted by. */
interface Listed {
	id: number;
	status: string;
	created: number;
	modified: number;
	record: () => JsonObject;
}

const ROOT = "/wp-json";

/** Answers any request to the shop; errors have WordPress' shape, other addresses are pages of the theme. */
export function answer(api: Api, request: ScriptedRequest): ScriptedAnswer {
	try {
		if (!request.path.startsWith(ROOT)) return notFoundPage();
		const route = request.path.slice(ROOT.length).replace(/\/$/, "");
		if (route === "") return { json: indexOf(api, request.query) };
		const [, list = "", id, below] = /^\/wc\/v3\/([a-z]+)(?:\/(\d+)\/([a-z]+))?$/.exec(route) ?? [];
		const open =
			id === undefined
				? LISTS[list]
				: below === "refunds" && list === "orders"
					? refundsOfOrder(Number(id))
					: undefined;
		if (open === undefined || (list === "refunds" && before(api, 9, 0))) throw noRoute();
		const isKnown = api.signed(request);
		if (!isKnown || api.closed.has(list))
			throw refused(isKnown ? 403 : 401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.");
		return open(api, request.query);
	} catch (error) {
		if (!(error instanceof Error) || error.cause === undefined) throw error;
		return error.cause as ScriptedAnswer;
	}
}

const noRoute = () => refused(404, "rest_no_route", "No route was found matching the URL and request method.");

function notFoundPage(): ScriptedAnswer {
	const body = "<!DOCTYPE html><html><head><title>Page not found</title></head><body>Nothing here</body></html>";
	return { status: 404, headers: { "content-type": "text/html; charset=UTF-8" }, body };
}

/** What everybody may know of the site, as far as `_fields` asks for it. */
function indexOf({ site }: Api, { _fields: fields }: Query): JsonObject {
	const index: JsonObject = {
		...{ name: SHOP_NAME, description: "", url: site.home, home: site.home, gmt_offset: 1, timezone_string: site.zone },
		...{ namespaces: ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wp/v2"], authentication: {}, routes: {} },
	};
	if (fields === undefined) return index;
	const wanted = new Set(fields.split(","));
	return Object.fromEntries(Object.entries(index).filter(([name]) => wanted.has(name)));
}

/** Whether the shop's WooCommerce is older. */
function before({ site }: Api, major: number, minor: number): boolean {
	const [ours = 0, less = 0] = site.version.split(".").map(Number);
	return ours < major || (ours === major && less < minor);
}

type List = (api: Api, query: Query) => ScriptedAnswer;

const LISTS: Record<string, List> = {
	orders: (api, query) => listed(api, query, "orders", ordersOf(api), true),
	refunds: (api, query) => listed(api, query, "refunds", refundsOf(api, undefined), true),
	products: (api, query) => listed(api, query, "products", productsOf(api), true),
	coupons: (api, query) => {
		const coupons = api.history.coupons.map((coupon) => ({
			...{ id: coupon.id, status: "publish", created: coupon.created, modified: coupon.modified },
			record: () => couponRecord(coupon, api.site),
		}));
		return listed(api, query, "coupons", coupons, true);
	},
	customers: (api, query) => listed(api, query, "customers", customersOf(api, query), false),
};

const refundsOfOrder =
	(id: number): List =>
	(api, query) => {
		const found = refundsOf(api, id);
		if (found === undefined) throw refused(404, "woocommerce_rest_invalid_order_id", "Invalid order ID.");
		return listed(api, query, `orders/${id}/refunds`, found, true);
	};

function ordersOf({ history, site, now }: Api): Listed[] {
	return history.orders.flatMap((order) => {
		const standing = standingAt(order, now());
		if (standing === undefined) return [];
		const [created, modified] = [order.steps[0]!.at, standing.modified];
		return [
			{ id: order.id, status: standing.status, created, modified, record: () => orderRecord(order, standing, site) },
		];
	});
}

/** Of one order, or of all; undefined where there is no such order. */
function refundsOf(api: Api, order: undefined): Listed[];
function refundsOf(api: Api, order: number | undefined): Listed[] | undefined;
function refundsOf({ history, site, now }: Api, wanted: number | undefined): Listed[] | undefined {
	const orders = history.orders.filter(({ id }) => wanted === undefined || id === wanted);
	const standing = orders.flatMap((order): [Order, Standing][] => {
		const at = standingAt(order, now());
		return at === undefined ? [] : [[order, at]];
	});
	if (wanted !== undefined && standing.length === 0) return undefined;
	const listedRefund = (refund: Refund, order: Order): Listed => ({
		...{ id: refund.id, status: "completed", created: refund.at, modified: refund.at },
		record: () => refundRecord(refund, order, site, { parent: wanted === undefined }),
	});
	return standing.flatMap(([order, { refunds }]) => refunds.map((refund) => listedRefund(refund, order)));
}

function productsOf({ history, site, now }: Api): Listed[] {
	const shown = (product: Product): Listed => {
		const gone = (product.trashed ?? Number.POSITIVE_INFINITY) <= now();
		const status = gone ? "trash" : "publish";
		const modified = gone ? product.trashed! : product.modified;
		return {
			id: product.id,
			status,
			created: product.created,
			modified,
			record: () => productRecord(product, status, modified, site),
		};
	};
	return history.products.filter(({ created }) => created <= now()).map(shown);
}

function customersOf({ history, site, now }: Api, query: Query): Listed[] {
	oneOf(query, "orderby", "name", ["id", "include", "name", "registered_date"]);
	const role = query.role ?? "customer";
	const found = history.customers.filter((one) => one.created <= now() && (role === "all" || one.role === role));
	return found.map((one) => ({ ...one, status: role, record: () => customerRecord(one, site) }));
}

/** Customers know no times: their filters and `modified` are for what WordPress keeps as posts. */
function listed(api: Api, query: Query, list: string, all: Listed[], isPost: boolean): ScriptedAnswer {
	const found = isPost ? filtered(api, query, all, list) : all;
	const descending = oneOf(query, "order", isPost ? "desc" : "asc", ["asc", "desc"]) === "desc";
	const by = isPost ? sortOf(api, query) : ({ id }: Listed) => id;
	const sorted = [...found].sort((a, b) => by(a) - by(b) || a.id - b.id);
	if (descending) sorted.reverse();
	return page(sorted, query, `${api.site.home}${ROOT}/wc/v3/${list}`, ({ record }) => record());
}

function sortOf(api: Api, query: Query): (one: Listed) => number {
	const known = ["date", "id", "include", "title", "slug", ...(before(api, 4, 5) ? [] : ["modified"])];
	const by = oneOf(query, "orderby", "date", known);
	if (by === "modified") return ({ modified }) => modified;
	return by === "date" ? ({ created }) => created : ({ id }) => id;
}

function filtered(api: Api, query: Query, all: Listed[], list: string): Listed[] {
	const { zone } = api.site;
	const status = query.status ?? "any";
	const ids = included(query);
	// an older shop does not know these, and says nothing
	const told = before(api, 5, 8) ? {} : query;
	const inGmt = ["true", "1"].includes(told.dates_are_gmt ?? "");
	const bound = (name: string) => (told[name] === undefined ? undefined : understood(zone, name, told[name]));
	const [after, until, from, to] = ["after", "before", "modified_after", "modified_before"].map(bound);
	const shown = (ms: number) => (inGmt ? gmt(ms) : local(zone, ms));
	const within = (ms: number, low: string | undefined, high: string | undefined) =>
		(low === undefined || shown(ms) > low) && (high === undefined || shown(ms) < high);
	return all.filter(
		(one) =>
			(status === "any" ? one.status !== "trash" : one.status === status || list === "coupons") &&
			(ids === undefined || ids.has(one.id)) &&
			within(one.created, after, until) &&
			within(one.modified, from, to),
	);
}
