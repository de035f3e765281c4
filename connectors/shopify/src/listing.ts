/** What is read of one kind of record, page by page as by export. */
import type { HttpClient, Inner } from "@growthnav/sdk";

/** Writes a connection of a query: with its page and size, or whole for a bulk operation. */
export type List = (field: string, first: number, node: string) => string;

/** What is read of one kind of record. */
export interface Listing {
	root: "orders" | "customers" | "products";
	/** Records on a page. */
	size: number;
	/** Fields of a record. */
	node: (list: List) => string;
	/** Its connections, by what their ids look like in an export. */
	children: Children;
	/** How the rest of its connections is read. */
	inner?: (http: HttpClient) => Inner;
}

/** The connections of a node, by field: what the ids of their nodes look like, and what these have in turn. */
export interface Children {
	[field: string]: { type: RegExp; children?: Children };
}
