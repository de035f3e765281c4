/** Lists of the server: connections in pages, by cursors that name the last row and not a place in the list. */
import type { JsonObject } from "@growthnav/sdk";

const CONNECTION = Symbol("connection");

/** A list that is given page by page; its nodes are made when they are asked for. */
export interface Listed {
	[CONNECTION]: true;
	/** What each row stands in the order of, with its id where values are equal. */
	keys: [string, string][];
	node: (at: number) => JsonObject | Thing;
}

/** What fields are read from: plain values, lists, connections, and functions of a field's arguments. */
export interface Thing {
	[field: string]: unknown;
}

/** In the given order. */
export function listed<T>(
	rows: readonly T[],
	keyOf: (row: T, at: number) => [string, string],
	node: (row: T) => Thing,
): Listed {
	return { [CONNECTION]: true, keys: rows.map(keyOf), node: (at) => node(rows[at]!) };
}

/** A list in a node: what was there first comes first. */
export function within<T extends { id: string }>(rows: readonly T[], node: (row: T) => Thing): Listed {
	return listed(rows, ({ id }, at) => [String(at).padStart(6, "0"), id], node);
}

export const isListed = (value: unknown): value is Listed =>
	typeof value === "object" && value !== null && CONNECTION in value;

/** The most rows that a page has. */
const MOST = 250;

/** A query that is refused as a whole, with its code. */
export const refused = (message: string, code: string): Error => new Error(message, { cause: { refused: code } });

/** The rows of one page, by their places, and where it ends. */
export function pageOf({ keys }: Listed, { first, after }: { first?: unknown; after?: unknown }) {
	if (first === undefined || first === null) throw refused("you must provide one of first or last", "BAD_REQUEST");
	if (typeof first !== "number" || first < 0) throw refused("first must be a positive number", "BAD_REQUEST");
	if (first > MOST) throw refused(`first cannot exceed ${MOST}`, "BAD_REQUEST");
	const from = typeof after === "string" ? placeAfter(keys, after) : 0;
	const places = Array.from({ length: Math.max(0, Math.min(first, keys.length - from)) }, (_, n) => from + n);
	const last = places.at(-1);
	return {
		places,
		cursor: (at: number) => cursorOf(keys[at]!),
		pageInfo: {
			hasNextPage: (last ?? from - 1) < keys.length - 1 && places.length > 0,
			hasPreviousPage: from > 0,
			startCursor: places.length > 0 ? cursorOf(keys[places[0]!]!) : null,
			endCursor: last === undefined ? null : cursorOf(keys[last]!),
		},
	};
}

const cursorOf = ([last_value, last_id]: [string, string]) =>
	Buffer.from(JSON.stringify({ last_id, last_value })).toString("base64");

function placeAfter(keys: [string, string][], cursor: string): number {
	let place: { last_id?: unknown; last_value?: unknown };
	try {
		place = JSON.parse(Buffer.from(cursor, "base64").toString());
	} catch {
		place = {};
	}
	const { last_id: id, last_value: value } = place;
	if (typeof id !== "string" || typeof value !== "string")
		throw refused("Invalid cursor for current pagination sort.", "BAD_REQUEST");
	const found = keys.findIndex(([one, other]) => one > value || (one === value && other > id));
	return found < 0 ? keys.length : found;
}
