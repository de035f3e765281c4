/** GraphQL, as connectors see it. */
import type { JsonObject } from "@growthnav/spec";

/** What a query answers; typed by whoever asks. */
// biome-ignore lint/suspicious/noExplicitAny: the raw data; the next thing that happens to it is parsing
export type GraphqlData = any;

/** One of the `errors` of an answer. */
export interface GraphqlError {
	message: string;
	/** `extensions.code`: "THROTTLED", "ACCESS_DENIED". */
	code: string | undefined;
	/** Where in the data, "orders.nodes.3.customer"; "" where the vendor does not say. */
	path: string;
}

export interface GraphqlOptions {
	/** Errors that can be done without, their part of the data is null. All others are thrown, also where there is data. */
	tolerates?: (error: GraphqlError) => boolean;
	/** Points that the request is reserved with, in place of those of `rate`. */
	cost?: number;
}

/** A list in pages, in the form of the Relay specification. Both members of `pageInfo` must be asked for. */
export interface Connection<Node> {
	nodes?: (Node | null)[] | null;
	edges?: ({ node?: Node | null } | null)[] | null;
	pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

export interface ConnectionOptions<Node> extends GraphqlOptions {
	variables?: JsonObject;
	/** Where the connection stands in the data. */
	connection: (data: GraphqlData) => Connection<Node> | null | undefined;
	/** Connections in a node that may have more than their first page, by the name of their field. */
	inner?: Inner;
}

export interface Inner {
	[field: string]: InnerConnection | WholeConnection;
}

/** Asks for the rest of a connection in a node. */
export interface InnerConnection {
	/** Takes `$id`, that of the node, and `$after`; the node must be asked for with its `id`. */
	query: string;
	variables?: JsonObject;
	connection: (data: GraphqlData) => Connection<unknown> | null | undefined;
	inner?: Inner;
	whole?: never;
}

/**
 * Reads a connection in a node anew, where it or a connection within it goes on: for nodes whose own parts no query finds
 * by their id.
 */
export interface WholeConnection {
	/** All its nodes, from the id of what it is a part of. */
	whole: (id: string) => AsyncIterable<unknown[]>;
	query?: never;
	inner?: never;
}
