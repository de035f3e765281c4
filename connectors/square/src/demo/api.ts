/** The documented endpoints over the story: authorization, validation, filters, sorting, cursors. */

import type { JsonObject } from "@growthnav/sdk";
import type { ScriptedAnswer, ScriptedRequest } from "@growthnav/sdk/testing";
import {
	type History,
	isReturn,
	orderUpdated,
	type Refund,
	type ReturnOrder,
	type Sale,
	type Tender,
} from "./events.ts";
import { PLACES } from "./merchant.ts";
import { returnOrderRecord, type Shown, saleRecord } from "./order-record.ts";
import { customerRecord, locationRecord, merchantRecord, paymentRecord, refundRecord } from "./other-records.ts";

export interface Api {
	history: History;
	token: string;
	shown: Shown;
	/** The server's clock, in milliseconds: what changed later is not there yet. */
	now: () => number;
}

type Handler = (api: Api, request: ScriptedRequest) => JsonObject;

/** Why a request is refused, as Square says it; thrown by handlers. */
interface Refusal {
	status: number;
	code: string;
}

const refusal = (status: number, code: string, detail: string) =>
	new Error(detail, { cause: { status, code } satisfies Refusal });

const HANDLERS: Record<string, Handler> = {
	"GET /v2/locations": ({ shown }) => ({ locations: PLACES.map((place) => locationRecord(place, shown)) }),
	"GET /v2/merchants/me": ({ shown }) => ({ merchant: merchantRecord(shown) }),
	"POST /v2/customers/search": searchCustomers,
	"POST /v2/orders/search": searchOrders,
	"POST /v2/orders/batch-retrieve": retrieveOrders,
	"GET /v2/payments": listPayments,
	"GET /v2/payments/{id}": onePayment,
	"GET /v2/refunds": listRefunds,
};

/** Answers any request to the merchant; errors have Square's shape. */
export function answer(api: Api, request: ScriptedRequest): ScriptedAnswer {
	try {
		if (request.headers.authorization !== `Bearer ${api.token}`)
			throw refusal(401, "UNAUTHORIZED", "This request could not be authorized.");
		if (!/^\d{4}-\d\d-\d\d$/.test(request.headers["square-version"] ?? ""))
			throw refusal(400, "INVALID_SQUARE_VERSION_FORMAT", "The Square-Version header is missing or no date.");
		const route = `${request.method} ${request.path.replace(/^(\/v2\/payments\/).+/, "$1{id}")}`;
		const handler = HANDLERS[route];
		if (handler === undefined) throw refusal(404, "NOT_FOUND", "Resource not found.");
		return { json: handler(api, request) };
	} catch (error) {
		if (!(error instanceof Error) || error.cause === undefined) throw error;
		const { status, code } = error.cause as Refusal;
		const detail = error.message;
		return { status, json: { errors: [{ category: categoryOf(status), code, detail }] } };
	}
}

export function categoryOf(status: number): string {
	if (status === 401) return "AUTHENTICATION_ERROR";
	if (status === 429) return "RATE_LIMIT_ERROR";
	return status >= 500 ? "API_ERROR" : "INVALID_REQUEST_ERROR";
}

const bad = (code: string, detail: string) => refusal(400, code, detail);

function searchOrders({ history, shown, now }: Api, { body }: ScriptedRequest): JsonObject {
	const { location_ids: places, query, limit = 500, cursor } = body as OrderSearch;
	if (!Array.isArray(places) || places.length === 0)
		throw bad("MISSING_REQUIRED_PARAMETER", "location_ids is missing.");
	if (places.length > 10) throw bad("ARRAY_LENGTH_TOO_LONG", "At most 10 location_ids are allowed.");
	if (limit < 1 || limit > 1000) throw bad("VALUE_TOO_HIGH", "limit must be between 1 and 1000.");
	const range = query?.filter?.date_time_filter?.updated_at;
	if (range !== undefined && query?.sort?.sort_field !== "UPDATED_AT")
		throw bad("INVALID_SORT_ORDER", "sort_field must match the field of date_time_filter.");
	const open = opened(cursor, { places, query }, timeOf(range?.start_at), timeOf(range?.end_at) ?? now());
	const found = history.orders.filter(
		(order) => isWithin(orderUpdated(order), open) && places.includes((isReturn(order) ? order.sale : order).place.id),
	);
	// an oddity: every second page begins with the row that ended the page before
	const again = Math.floor(open.from / limit) % 2;
	return page("orders", found, (order) => orderRecord(order, shown), limit, open, again);
}

interface OrderSearch {
	location_ids?: string[];
	query?: {
		filter?: { date_time_filter?: { updated_at?: { start_at?: string; end_at?: string } } };
		sort?: { sort_field?: string };
	};
	limit?: number;
	cursor?: string;
}

const orderRecord = (order: Sale | ReturnOrder, shown: Shown) =>
	isReturn(order) ? returnOrderRecord(order, shown) : saleRecord(order, shown);

/** Unknown ids are left out, without an error. */
function retrieveOrders({ history, shown, now }: Api, { body }: ScriptedRequest): JsonObject {
	const { order_ids: ids = [] } = body as { order_ids?: string[] };
	if (ids.length === 0 || ids.length > 100)
		throw bad("ARRAY_LENGTH_TOO_LONG", "Between 1 and 100 order_ids are allowed.");
	const wanted = new Set(ids);
	const found = history.orders.filter((order) => wanted.has(order.id) && orderUpdated(order) <= now());
	return found.length === 0 ? {} : { orders: found.map((order) => orderRecord(order, shown)) };
}

/** Without `location_id` only the main location's; `limit` above 100 is ignored. */
function listPayments(api: Api, request: ScriptedRequest): JsonObject {
	const place = request.query.location_id ?? PLACES[0]!.id;
	const tenders = api.history.tenders.filter(({ sale }) => sale.place.id === place);
	return listed("payments", tenders, (tender: Tender) => paymentRecord(tender, api.shown), api, request);
}

function listRefunds(api: Api, request: ScriptedRequest): JsonObject {
	const place = request.query.location_id;
	const refunds = api.history.refunds.filter(({ tender }) => place === undefined || tender.sale.place.id === place);
	return listed("refunds", refunds, (refund: Refund) => refundRecord(refund, api.shown), api, request);
}

function listed<T extends { updated: number }>(
	name: string,
	all: T[],
	record: (one: T) => JsonObject,
	{ now }: Api,
	{ query }: ScriptedRequest,
): JsonObject {
	if (query.sort_field !== "UPDATED_AT" || query.sort_order !== "ASC")
		throw bad("INVALID_SORT_ORDER", "This merchant is scripted for sort_field=UPDATED_AT and sort_order=ASC only.");
	const { cursor, limit: wanted, ...rest } = query;
	const limit = Math.min(Number(wanted ?? 100), 100);
	const begin = timeOf(rest.updated_at_begin_time);
	const open = opened(cursor, rest, begin, timeOf(rest.updated_at_end_time) ?? now());
	const found = all.filter(({ updated }) => isWithin(updated, open));
	return page(name, found, record, limit, open);
}

function onePayment({ history, shown }: Api, { path }: ScriptedRequest): JsonObject {
	const id = decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
	const tender = history.tenders.find((one) => one.id === id);
	if (tender === undefined) throw refusal(404, "NOT_FOUND", `Could not find payment with id: ${id}`);
	return { payment: paymentRecord(tender, shown) };
}

/** By creation, which is all that Square can sort changed customers by. */
function searchCustomers({ history, now }: Api, { body }: ScriptedRequest): JsonObject {
	const { query, limit = 100, cursor } = (body ?? {}) as CustomerSearch;
	if (limit < 1 || limit > 100)
		throw bad(limit < 1 ? "VALUE_TOO_LOW" : "VALUE_TOO_HIGH", "limit must be from 1 to 100.");
	const range = query?.filter?.updated_at;
	const open = opened(cursor, { query }, timeOf(range?.start_at), timeOf(range?.end_at) ?? now());
	const found = history.people.filter(({ updated }) => isWithin(updated, open));
	return page("customers", found, customerRecord, limit, open);
}

interface CustomerSearch {
	query?: { filter?: { updated_at?: { start_at?: string; end_at?: string } } };
	limit?: number;
	cursor?: string;
}

function timeOf(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const time = Date.parse(text);
	if (Number.isNaN(time)) throw bad("INVALID_TIME", `${text} is not a RFC 3339 time.`);
	return time;
}

/** Where one answer of a query begins. */
interface Open {
	query: string;
	start: number | undefined;
	/** Of the first request: what changes while somebody pages does not move the pages. */
	end: number;
	from: number;
}

const isWithin = (time: number, { start, end }: Open) => time <= end && (start === undefined || time >= start);

/** A cursor continues the query that it was made for, and no other. */
function opened(cursor: string | undefined, asked: unknown, start: number | undefined, end: number): Open {
	const query = JSON.stringify(asked);
	if (cursor === undefined) return { query, start, end, from: 0 };
	const open = openOf(cursor);
	if (open?.query !== query) throw bad("INVALID_CURSOR", "The cursor was not made for this query.");
	return open;
}

function openOf(cursor: string): Open | undefined {
	try {
		return JSON.parse(Buffer.from(cursor, "base64url").toString()) as Open;
	} catch {
		return undefined;
	}
}

/** Empty lists are left out, as Square does. `again`: so many rows of the page before come again. */
function page<T>(
	name: string,
	found: T[],
	record: (one: T) => JsonObject,
	limit: number,
	open: Open,
	again = 0,
): JsonObject {
	const next = open.from + limit;
	const rows = found.slice(open.from - again, next).map(record);
	const cursor = Buffer.from(JSON.stringify({ ...open, from: next })).toString("base64url");
	return { ...(rows.length > 0 && { [name]: rows }), ...(next < found.length && { cursor }) };
}
