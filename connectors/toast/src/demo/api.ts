/** The documented endpoints over the story: authorization, the restaurant's header, validation, windows, pages. */
import type { Json, JsonObject } from "@growthnav/sdk";
import type { ScriptedAnswer, ScriptedRequest } from "@growthnav/sdk/testing";
import { modifiedAt, type Order } from "./events.ts";
import { HOUSES, type House } from "./house.ts";
import type { counting } from "./limits.ts";
import type { openLogins } from "./login.ts";
import { accessRecord, orderRecord, restaurantRecord } from "./record.ts";
import { type Refusal, refusal, refusedAnswer } from "./refusal.ts";
import { businessDate } from "./story.ts";

export interface Api {
	orders: Order[];
	scopes: ReadonlySet<string>;
	/** Keys of the restaurants themselves may not ask which are connected. */
	isPartner: boolean;
	links: boolean;
	/** GUIDs of restaurants that are connected, and took the access back. */
	closed: ReadonlySet<string>;
	/** The server's clock, in milliseconds. */
	now: () => number;
	logins: ReturnType<typeof openLogins>;
	count: ReturnType<typeof counting>;
}

type Handler = (api: Api, request: ScriptedRequest, house: House) => { json: Json; headers?: Record<string, string> };

const LOGIN = "POST /authentication/v1/authentication/login";
const ACCESSIBLE = "GET /partners/v1/restaurants";
const RESTAURANT = /^GET \/restaurants\/v1\/restaurants\/([^/]+)$/;
const ORDERS = "GET /orders/v2/ordersBulk";

/** Answers any request; errors have Toast's shape. */
export function answer(api: Api, request: ScriptedRequest): ScriptedAnswer {
	let headers: Record<string, string> = {};
	try {
		const route = `${request.method} ${request.path}`;
		if (route === LOGIN) return { json: api.logins.login(request) };
		const guid = request.headers["toast-restaurant-external-id"];
		const counted = api.count(guid ?? "an address", request.path);
		headers = counted.headers;
		if (counted.refused) throw refusal(429, 10021, "The rate limit is exceeded");
		if (!api.logins.isGood(request.headers.authorization))
			throw refusal(401, 10011, "The authentication token is not valid");
		if (route === ACCESSIBLE) return { json: accessible(api), headers };
		const { json, headers: more } = handlerOf(route)(api, request, houseOf(api, guid));
		return { json, headers: { ...headers, ...more } };
	} catch (error) {
		if (!(error instanceof Error) || error.cause === undefined) throw error;
		const refused = error.cause as Refusal;
		return refusedAnswer({ ...refused, headers: { ...headers, ...refused.headers } });
	}
}

function accessible({ isPartner }: Api): Json {
	if (!isPartner) throw refusal(403, 10030, "UnauthorizedOperation");
	return HOUSES.map(accessRecord);
}

function houseOf({ closed }: Api, guid: string | undefined): House {
	if (guid === undefined) throw bad("Toast-Restaurant-External-ID is missing");
	const house = HOUSES.find((one) => one.guid === guid);
	if (house === undefined || closed.has(house.guid)) throw refusal(403, 10031, "InvalidRestaurant");
	return house;
}

function handlerOf(route: string): Handler {
	if (route === ORDERS) return ordersBulk;
	if (RESTAURANT.test(route)) return restaurant;
	throw refusal(404, null, "Not Found");
}

const bad = (message: string) => refusal(400, 10003, message);

function needs({ scopes }: Api, scope: string): void {
	if (!scopes.has(scope)) throw refusal(403, 10030, "UnauthorizedOperation");
}

const restaurant: Handler = (api, { path }, house) => {
	needs(api, "restaurants:read");
	if (!path.endsWith(`/${house.guid}`)) throw refusal(404, null, "The restaurant is unknown");
	return { json: restaurantRecord(house) };
};

const ordersBulk: Handler = (api, request, house) => {
	needs(api, "orders:read");
	const size = wholeOf(request.query.pageSize ?? "100", "pageSize");
	if (size > 100) throw bad("pageSize must not be above 100");
	const page = wholeOf(request.query.page ?? "1", "page");
	const found = api.orders.filter(isAsked(request.query, house, api.now()));
	const view = { now: api.now(), guests: api.scopes.has("guest.pi:read") };
	const rows = found.slice((page - 1) * size, page * size).map((order): JsonObject => orderRecord(order, view));
	const link = linksOf(request, page, page * size < found.length);
	return { json: rows, headers: api.links ? { link } : {} };
};

function wholeOf(text: string, name: string): number {
	if (!/^[1-9]\d{0,6}$/.test(text)) throw bad(`${name} must be a whole number above 0`);
	return Number(text);
}

/** Toast's order of the results is not documented: here it is that in which orders were opened. */
function isAsked(query: Record<string, string>, house: House, now: number): (order: Order) => boolean {
	const { startDate, endDate, businessDate: day } = query;
	if (day !== undefined) {
		if (!/^\d{8}$/.test(day)) throw bad("businessDate must be yyyymmdd");
		return (order) => order.house === house && order.opened <= now && businessDate(order.opened, house) === Number(day);
	}
	const from = timeOf(startDate, "startDate");
	const to = timeOf(endDate, "endDate");
	if (from <= Date.UTC(2015, 11, 1)) throw bad("startDate must be after 2015-12-01T00:00:00.000+0000");
	if (to <= from) throw bad("endDate must be later than startDate");
	if (to - from > 31 * 86_400_000) throw bad("the interval must not be greater than one month");
	return (order) => {
		const modified = order.house === house ? modifiedAt(order, now) : undefined;
		return modified !== undefined && modified >= from && modified < to;
	};
}

function timeOf(text: string | undefined, name: string): number {
	if (text === undefined) throw bad(`${name} is missing`);
	const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d{4})$/.test(text) ? Date.parse(text) : Number.NaN;
	if (Number.isNaN(time)) throw bad(`${name} must be as 2016-01-01T14:13:12.000+0400`);
	return time;
}

/** There is no link to the last page. */
function linksOf({ headers, path, query }: ScriptedRequest, page: number, more: boolean): string {
	const link = (rel: string, at: number) =>
		`<http://${headers.host}${path}?${new URLSearchParams({ ...query, page: String(at) })}>; rel="${rel}"`;
	return [
		link("first", 1),
		link("self", page),
		...(page > 1 ? [link("prev", page - 1)] : []),
		...(more ? [link("next", page + 1)] : []),
	].join(", ");
}
