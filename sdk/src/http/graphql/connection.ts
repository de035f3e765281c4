/** Connections of GraphQL, page by page, with the connections in their nodes complete. */

import type { Json, JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { unexpected } from "../paging/answer.ts";
import { circleGuard } from "../paging/guard.ts";
import type { Connection, ConnectionOptions, GraphqlData, Inner, InnerConnection } from "./contract.ts";

/** Asks a query; answers its data. */
export type AskQuery = (query: string, variables: JsonObject) => Promise<GraphqlData>;

type Found = Connection<unknown> | null | undefined;

/** A list in a node that goes on beyond its first page. */
interface Rest {
	list: unknown[];
	/** What the list lacks; asked for when it is read. */
	pages: AsyncIterable<unknown[]>;
	inner: Inner;
	path: string;
}

/** What the lists in nodes are made with. */
interface Making {
	rests: Rest[];
	ask: AskQuery;
	request: string;
}

/** The nodes of each page. `request` is for errors. */
export async function* connectionPages<Node>(
	query: string,
	{ variables, connection, inner = {} }: ConnectionOptions<Node>,
	ask: AskQuery,
	request: string,
): AsyncGenerator<Node[], void, undefined> {
	const outer: InnerConnection = { query, connection, inner, ...(variables !== undefined && { variables }) };
	for await (const nodes of pagesOf(outer, undefined, undefined, ask, request)) {
		const making: Making = { rests: [], ask, request };
		asLists(nodes, inner, "", making);
		// what a rest brings may have rests of its own
		for (const rest of making.rests) {
			for await (const more of rest.pages) {
				asLists(more, rest.inner, rest.path, making);
				for (const node of more) rest.list.push(node);
			}
		}
		yield nodes as Node[];
	}
}

/** From a cursor on. A connection that is gone is an error: what it was part of has been deleted meanwhile. */
async function* pagesOf(
	{ query, variables, connection }: InnerConnection,
	id: string | undefined,
	after: string | undefined,
	ask: AskQuery,
	request: string,
): AsyncGenerator<unknown[], void, undefined> {
	const wasAt = circleGuard();
	for (let cursor = after; ; ) {
		if (cursor !== undefined && wasAt(cursor)) throw standsStill(request);
		const data = await ask(query, { ...variables, ...(id !== undefined && { id }), after: cursor ?? null });
		const page = read(() => connection(data));
		if (page === null || page === undefined) throw gone(id, request);
		yield nodesOf(page, request);
		cursor = cursorAfter(page, "the connection", request);
		if (cursor === undefined) return;
	}
}

function read(find: () => Found): Found {
	try {
		return find();
	} catch {
		return undefined;
	}
}

function nodesOf({ nodes, edges }: Connection<unknown>, request: string): unknown[] {
	const list = nodes ?? edges?.map((edge) => edge?.node);
	if (!Array.isArray(list)) throw unexpected(request, "a connection has neither nodes nor edges");
	// null stands for a node that an error took away; errors were thrown or tolerated
	return list.filter((node) => node !== null && node !== undefined);
}

/** Where the next page begins; undefined at the end. */
function cursorAfter({ pageInfo }: Connection<unknown>, path: string, request: string): string | undefined {
	if (typeof pageInfo?.hasNextPage !== "boolean") throw withoutPageInfo(request, path);
	if (!pageInfo.hasNextPage) return undefined;
	if (typeof pageInfo.endCursor === "string" && pageInfo.endCursor !== "") return pageInfo.endCursor;
	throw withoutPageInfo(request, path);
}

/** Turns every connection within a value into the list of its nodes; `rests` are those that go on. */
function asLists(value: unknown, inner: Inner, path: string, making: Making): void {
	if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return;
	if (Array.isArray(value)) {
		for (const one of value) asLists(one, inner, path, making);
		return;
	}
	for (const [field, part] of Object.entries(value as JsonObject)) {
		const at = path === "" ? field : `${path}.${field}`;
		if (!isConnection(part)) asLists(part, inner, at, making);
		else (value as JsonObject)[field] = listOf(part as never, inner, { field, at, owner: value }, making) as Json[];
	}
}

interface Place {
	field: string;
	at: string;
	/** What the connection is a part of. */
	owner: { id?: unknown };
}

function listOf(part: Connection<unknown>, inner: Inner, { field, at, owner }: Place, making: Making): unknown[] {
	const { rests, ask, request } = making;
	const how = Object.hasOwn(inner, field) ? inner[field] : undefined;
	if (how?.whole !== undefined && goesOn(part, at, request)) {
		const list: unknown[] = [];
		rests.push({ list, pages: how.whole(idOf(owner, at, request)), inner: {}, path: at });
		return list;
	}
	const list = nodesOf(part, request);
	const cursor = cursorAfter(part, at, request);
	const within = how?.inner ?? {};
	asLists(list, within, at, making);
	if (cursor === undefined) return list;
	if (how?.query === undefined) throw notComplete(at, list.length, request);
	const pages = pagesOf(how, idOf(owner, at, request), cursor, ask, request);
	rests.push({ list, pages, inner: within, path: at });
	return list;
}

/** Whether there is more of a connection, or of one within its nodes. */
function goesOn(value: unknown, path: string, request: string): boolean {
	if (typeof value !== "object" || value === null) return false;
	const isPage = isConnection(value as Json);
	if (isPage && cursorAfter(value as Connection<unknown>, path, request) !== undefined) return true;
	return Object.entries(value).some(([field, part]) => goesOn(part, `${path}.${field}`, request));
}

function idOf({ id }: { id?: unknown }, path: string, request: string): string {
	if (typeof id !== "string") throw withoutId(path, request);
	return id;
}

function isConnection(part: Json | undefined): boolean {
	if (typeof part !== "object" || part === null || Array.isArray(part)) return false;
	const { pageInfo, nodes, edges } = part as JsonObject;
	return (typeof pageInfo === "object" && pageInfo !== null) || Array.isArray(nodes) || isEdges(edges);
}

function isEdges(edges: Json | undefined): boolean {
	return Array.isArray(edges) && edges.every((edge) => typeof edge === "object" && edge !== null && "node" in edge);
}

function standsStill(request: string): ConnectorError {
	return new ConnectorError("data.page_repeated", "Paging does not move on", {
		where: request,
		why: "the vendor named a cursor that was read before; reading on would never end",
		next: "run again; if it stays, report it to the vendor, or check that the query hands $after on",
	});
}

function gone(id: string | undefined, request: string): ConnectorError {
	if (id === undefined) return unexpected(request, "the connection is not where it was looked for");
	return new ConnectorError("transient.changed_meanwhile", `${id} is gone before it was read whole`, {
		where: request,
		why: "it was deleted, or is no longer to be seen, while its parts were read",
		next: "run again; if it stays, report it as a bug of the connector",
	});
}

function withoutPageInfo(request: string, path: string): ConnectorError {
	return new ConnectorError("internal.query", `${path} does not say whether there is more of it`, {
		where: request,
		why: "without pageInfo the rest would be lost silently",
		next: "ask for pageInfo { hasNextPage endCursor } in it",
	});
}

function notComplete(path: string, nodes: number, request: string): ConnectorError {
	return new ConnectorError("internal.query", `${path} has more than the ${nodes} that were asked for`, {
		where: request,
		why: "nothing says how to ask for the rest",
		next: `name the field in inner: { ${path.split(".").at(-1)}: { query, connection } }, or ask for more at once`,
	});
}

function withoutId(path: string, request: string): ConnectorError {
	return new ConnectorError("internal.query", `What ${path} is part of has no id`, {
		where: request,
		why: "the rest of it is asked for by that id",
		next: "ask for id beside it",
	});
}
