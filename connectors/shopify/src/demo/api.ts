/** The documented API over the story: search, sorting, permissions, the cost bucket, bulk operations. */
import type { Json, JsonObject } from "@growthnav/sdk";
import type { ScriptedAnswer, ScriptedRequest } from "@growthnav/sdk/testing";
import { SHOP } from "./assortment.ts";
import type { Bucket } from "./bucket.ts";
import type { BulkOperations } from "./bulk.ts";
import { type Listed, listed, refused, type Thing } from "./connection.ts";
import { type History, type Order, standingOf } from "./events.ts";
import { denied, execute, requestedCost } from "./execute.ts";
import { type Operation, parseQuery } from "./query.ts";
import { instant, type recordsOf } from "./records.ts";
import { matches, type Search, searchOf } from "./search.ts";

export interface Api {
	history: History;
	records: ReturnType<typeof recordsOf>;
	/** Of the shop. */
	currency: string;
	token: string;
	client: { id: string; secret: string };
	scopes: string[];
	/** Whether the app may see who customers are. */
	protectedData: boolean;
	bucket: Bucket;
	bulk: BulkOperations;
	/** The server's clock, in milliseconds: what changed later is not there yet. */
	now: () => number;
}

export const ENDPOINT = "/admin/api/2026-07/graphql.json";

/** Answers any request to the shop. */
export function answer(api: Api, request: ScriptedRequest): ScriptedAnswer {
	const { method, path, headers } = request;
	if (method === "POST" && path === "/admin/oauth/access_token") return tokenFor(api, request);
	if (method !== "POST" || path !== ENDPOINT) return { status: 404, json: { errors: "Not Found" } };
	if (headers["x-shopify-access-token"] !== api.token)
		return {
			status: 401,
			json: { errors: "[API] Invalid API key or access token (unrecognized login or wrong password)" },
		};
	const { query, variables } = (request.body ?? {}) as { query?: string; variables?: JsonObject };
	if (typeof query !== "string")
		return { status: 400, json: { errors: { query: "Required parameter missing or invalid" } } };
	return { json: asked(api, query, variables ?? {}) };
}

/** OAuth 2, client credentials: shopify.dev, "Get API access tokens". */
function tokenFor({ client, token, scopes }: Api, { body, headers }: ScriptedRequest): ScriptedAnswer {
	const form = headers["content-type"]?.includes("json")
		? (body as Record<string, string>)
		: Object.fromEntries(new URLSearchParams(String(body)));
	if (form.grant_type !== "client_credentials" || form.client_id !== client.id || form.client_secret !== client.secret)
		return {
			status: 400,
			json: { error: "application_cannot_be_found", error_description: "No application with these credentials." },
		};
	return { json: { access_token: token, scope: scopes.join(","), expires_in: 86_399 } };
}

function asked(api: Api, text: string, variables: JsonObject): JsonObject {
	let operation: Operation;
	try {
		operation = parseQuery(text);
	} catch (error) {
		return { errors: [{ message: (error as Error).message, locations: [{ line: 1, column: 1 }] }] };
	}
	const requested = operation.type === "mutation" ? 10 : requestedCost(operation.selections, variables);
	const refusal = api.bucket.take(requested);
	if (refusal !== undefined) return refusal;
	const searches: Json[] = [];
	try {
		const root = operation.type === "mutation" ? mutationOf(api) : rootOf(api, searches);
		const { data, errors, actual } = execute(root, operation.selections, variables, (type) =>
			deniedType(type, api.scopes),
		);
		// what may not be null takes all above it away
		const gone = errors.some(({ path }) => path.length === 1 || path.at(-1) === "returns");
		return {
			...(errors.length > 0 && { errors: errors as unknown as Json[] }),
			data: gone ? null : data,
			extensions: { cost: api.bucket.pay(requested, actual), ...(searches.length > 0 && { search: searches }) },
		};
	} catch (error) {
		const { message, cause } = error as Error;
		const code = (cause as { refused?: string } | undefined)?.refused;
		if (code === undefined) throw error;
		const problem = { message, locations: [{ line: 1, column: 1 }], extensions: { code } };
		return { errors: [problem], extensions: { cost: api.bucket.pay(requested, 0) } };
	}
}

/** What can be asked for. */
export function rootOf(api: Api, searches: Json[]): Thing {
	const { records, history, now, scopes, protectedData } = api;
	const orderThing = (one: Order) => guarded(records.order(one, now()), protectedData, scopes);
	const bought = Map.groupBy(history.orders, ({ person }) => person);
	const roots = {
		orders: () => visibleOrders(api).map((one) => rowOf(one.id, standingOf(one, now()).updated, () => orderThing(one))),
		customers: () =>
			history.people
				.filter(({ created }) => created <= now())
				.map((one) => rowOf(one.id, Math.min(one.updated, now()), () => records.customer(one, bought.get(one) ?? []))),
		products: () => history.products.map((one) => rowOf(one.id, one.updated, () => records.product(one))),
	};
	const needs = (scope: string, field: string) => {
		if (!scopes.includes(scope)) throw lacks(field, scope);
	};
	const found = (field: keyof typeof roots, { query }: JsonObject, path: string) => {
		needs(`read_${field}`, path);
		if (field === "customers" && !protectedData) throw notApproved("Customer object");
		const search = searchOf(query, path, searches);
		return roots[field]().filter(({ updated }) => matches(search, updated));
	};
	const list = (field: keyof typeof roots) => (args: JsonObject) => sorted(found(field, args, field), args);
	const count = (field: keyof typeof roots) => (args: JsonObject) => {
		const rows = found(field, args, `${field}Count`).length;
		const limit = typeof args.limit === "number" ? args.limit : 10_000;
		return { __typename: "Count", count: Math.min(rows, limit), precision: rows > limit ? "AT_LEAST" : "EXACT" };
	};
	return {
		__typename: "QueryRoot",
		...{ orders: list("orders"), customers: list("customers"), products: list("products") },
		...{ ordersCount: count("orders"), customersCount: count("customers"), productsCount: count("products") },
		shop: { __typename: "Shop", ...SHOP, currencyCode: api.currency },
		currentAppInstallation: {
			__typename: "AppInstallation",
			accessScopes: scopes.map((handle) => ({ __typename: "AccessScope", handle })),
		},
		order({ id }: JsonObject) {
			needs("read_orders", "order");
			const one = visibleOrders(api).find((order) => `gid://shopify/Order/${order.id}` === id);
			return one && orderThing(one);
		},
		product({ id }: JsonObject) {
			const one = history.products.find((product) => `gid://shopify/Product/${product.id}` === id);
			return one && records.product(one);
		},
		bulkOperation: ({ id }: JsonObject) => api.bulk.look(String(id)),
	};
}

function mutationOf(api: Api): Thing {
	return {
		__typename: "Mutation",
		bulkOperationRunQuery: ({ query, groupObjects }: JsonObject) =>
			api.bulk.run(String(query), groupObjects === true, api.now()),
	};
}

const SIXTY_DAYS = 60 * 86_400_000;

/** Without `read_all_orders` only those of the last sixty days. */
function visibleOrders({ history, now, scopes }: Api): Order[] {
	const from = scopes.includes("read_all_orders") ? 0 : now() - SIXTY_DAYS;
	return history.orders.filter(({ created }) => created <= now() && created >= from);
}

interface Row {
	id: number;
	updated: number;
	thing: () => Thing;
}

const rowOf = (id: number, updated: number, thing: () => Thing): Row => ({ id, updated, thing });

function sorted(rows: Row[], { sortKey, reverse }: JsonObject): Listed {
	if (sortKey !== "UPDATED_AT" && sortKey !== "ID")
		throw refused("This shop is scripted for sortKey: UPDATED_AT and ID only", "BAD_REQUEST");
	if (reverse === true) throw refused("This shop is not scripted for reverse", "BAD_REQUEST");
	const idOf = ({ id }: Row) => String(id).padStart(16, "0");
	const keyOf = (row: Row): [string, string] => [sortKey === "ID" ? idOf(row) : instant(row.updated), idOf(row)];
	const order = (a: Row, b: Row) => (keyOf(a).join() < keyOf(b).join() ? -1 : 1);
	return listed([...rows].sort(order), keyOf, ({ thing }) => thing());
}

export type { Search };

/** Fields of an order that a scope of their own opens. */
const SCOPED: { [field: string]: string } = {
	customer: "read_customers",
	returns: "read_returns",
	retailLocation: "read_locations",
};

/** Fields that an app must be approved for: protected customer data. */
const PROTECTED: { [field: string]: string } = {
	customer: "Customer object",
	email: "email field",
	phone: "phone field",
};

function guarded(order: Thing, approved: boolean, scopes: string[]): Thing {
	const hidden: Thing = {};
	const hide = (field: string, refusal: Error) => {
		hidden[field] = () => {
			throw refusal;
		};
	};
	for (const [field, scope] of Object.entries(SCOPED)) if (!scopes.includes(scope)) hide(field, lacks(field, scope));
	if (!approved) for (const [field, what] of Object.entries(PROTECTED)) hide(field, notApproved(what));
	return { ...order, ...hidden };
}

/** What a type's things need, wherever they stand. */
export function deniedType(type: string, scopes: string[]): Error | undefined {
	const isOpen = !["Product", "ProductVariant"].includes(type) || scopes.includes("read_products");
	return isOpen ? undefined : lacks(type === "Product" ? "product" : "variant", "read_products");
}

const notApproved = (what: string) =>
	denied(
		`This app is not approved to access the ${what}. See https://shopify.dev/docs/apps/launch/protected-customer-data for more details.`,
	);

const lacks = (field: string, scope: string) =>
	denied(`Access denied for ${field} field. Required access: \`${scope}\` access scope.`, {
		documentation: "https://shopify.dev/api/usage/access-scopes",
		requiredAccess: `\`${scope}\` access scope.`,
	});
