/** How connectors say what the next page is. */
import type { Json } from "@growthnav/spec";
import type { AnyRequest, HttpAnswer, HttpRequest } from "../exchange.ts";
import type { SearchWindow, WindowOptions } from "./windows.ts";

export interface PagesOptions<Row> extends AnyRequest {
	rows: (body: HttpAnswer["body"]) => Row[] | undefined;
	/** A patch of query and body for the next page, a whole URL, or nothing at the end. Ready-made: `nextLink`, `nextPage`, `nextOffset`. */
	next: (page: HttpPage) => NextPage;
}

/** What changes from one request to the next; a member of `body` replaces the one of the same name. */
export interface Patch {
	query?: HttpRequest["query"];
	body?: Record<string, Json>;
}

export type NextPage = Patch | string | undefined | null | "" | false;

/** An answer, as `next` sees it. */
export interface HttpPage extends HttpAnswer {
	/** How many rows it has. */
	rows: number;
	/** From 1. */
	number: number;
	/** What was asked for with it. */
	query: NonNullable<HttpRequest["query"]>;
	sent: Json | undefined;
	/** True where its rows are, one by one, those of the page before: some vendors repeat their last page without end. */
	repeats(): boolean;
}

/** Rows that changed in a span of time, by pages over what goes on changing. */
export interface ChangesOptions<Row> extends PagesOptions<Row>, SearchWindow {
	/** What tells rows apart. */
	key: FieldOrFunction<Row>;
	/**
	 * Asks for what changed from `from` (inside) up to `to` (outside). Both are RFC 3339 times in UTC, without a zone
	 * where `from` has none, but for the ends as they were given.
	 */
	within: (window: SearchWindow) => Patch;
	/** The finest that the vendor's filter knows, "1s" unless set. */
	smallest?: NonNullable<WindowOptions["smallest"]>;
}

/** A field of a row by its name, or a function that finds it. */
export type FieldOrFunction<Row> = (keyof Row & string) | ((row: Row) => unknown);

export interface KeysetOptions<Row> extends AnyRequest {
	rows: (body: HttpAnswer["body"]) => Row[] | undefined;
	/** The value that rows are in ascending order of: a time as text, a number. */
	by: FieldOrFunction<Row>;
	/** What tells rows of one value apart. */
	key: FieldOrFunction<Row>;
	/** Where to begin; left out: at the first row there is. */
	since: string | undefined;
	/** Asks for the rows that stand **at** a value and above it, in ascending order. */
	from: (value: string) => Patch;
	/** Rows of a full page: the most that the vendor gives, whatever is asked for. */
	size: number;
	/**
	 * Goes through a value that fills a whole page: leaves out the first so many rows of what `from` asks for. The order
	 * of equal rows must not change from request to request. Without it such a value is an error.
	 */
	skip?: (rows: number) => Patch;
}
