/**
 * Reading on from a value of a field. Every request asks for the value that was reached **and** above it, and what was
 * seen at that value is dropped by its key: so rows of one value that stand on two pages are neither lost nor doubled,
 * and rows that change meanwhile move to the end and come again. A value that fills a page is gone through by leaving
 * rows out, each time all but the last one: where that one does not come first again, rows have moved, and the value
 * is read from its start.
 */
import { count } from "../../count.ts";
import { ConnectorError } from "../../errors.ts";
import { redact } from "../../redact.ts";
import type { HttpAnswer } from "../exchange.ts";
import { fieldOf, reading, rowsOf, unexpected } from "./answer.ts";
import type { KeysetOptions } from "./contract.ts";
import { orderedText, orderOf } from "./order.ts";
import { given, patched, type Send } from "./pages.ts";

/** So often a value is read from its start without a new row before it is given up. */
const MOST_RESTARTS = 10;

/** A row with what it stands at. */
interface Placed<Row> {
	row: Row;
	value: string;
	key: string;
}

/** Where the reading stands. */
interface Position {
	value: string | undefined;
	/** Keys of the rows that were read there. */
	seen: Set<string>;
	/** Rows that the next request leaves out, and the row that must come first then. */
	skip: number;
	first: string | undefined;
	restarts: number;
}

/** Yields the rows of each page that are new. */
export async function* keyset<Row>(
	path: string,
	options: KeysetOptions<Row>,
	send: Send,
): AsyncGenerator<Row[], void, undefined> {
	let at: Position = { value: options.since, seen: new Set(), skip: 0, first: undefined, restarts: 0 };
	if (options.skip !== undefined && options.size < 2) throw tooSmall(path);
	while (true) {
		const answer = await send(options.method ?? "GET", path, requestFor(options, at));
		const rows = placed(answer, options);
		if (at.skip > 0 && (rows[0] === undefined || rows[0].key !== at.first || !reached(rows[0], at))) {
			at = restarted(answer, at);
			continue;
		}
		const fresh = rows.filter((row) => !(reached(row, at) && at.seen.has(row.key)));
		if (fresh.length > 0) yield fresh.map(({ row }) => row);
		const last = rows.at(-1);
		if (last === undefined || (fresh.length === 0 && rows.length < options.size)) return;
		at = reached(last, at) ? further(answer, options, at, rows, fresh) : movedTo(last.value, rows);
	}
}

/** Whether a row stands at the value, or below it: some filters are coarser than what they filter. */
function reached({ value }: { value: string }, at: Position): boolean {
	return at.value !== undefined && orderOf(value, at.value) <= 0;
}

function requestFor<Row>(options: KeysetOptions<Row>, { value, skip }: Position) {
	const request = given(options);
	const from = value === undefined ? request : patched(request, options.from(value));
	return skip === 0 ? from : patched(from, options.skip!(skip));
}

/** The rows, with value and key. Throws where one has none, and where they are not in ascending order. */
function placed<Row>(answer: HttpAnswer, { rows, by, key }: KeysetOptions<Row>): Placed<Row>[] {
	let before: string | undefined;
	return rowsOf(answer, rows).map((row) => {
		const value = orderedText(reading(answer, () => fieldOf(row, by)));
		const id = reading(answer, () => fieldOf(row, key));
		if (value === undefined || id === undefined || id === null)
			throw unexpected(
				answer.request,
				`a row has no ${value === undefined ? nameOf(by, "value") : nameOf(key, "key")}`,
			);
		if (before !== undefined && orderOf(value, before) < 0) throw notSorted(answer, before, value);
		before = value;
		return { row, value, key: orderedText(id) ?? JSON.stringify(id) };
	});
}

function nameOf(field: unknown, unnamed: string): string {
	return typeof field === "string" ? field : unnamed;
}

/** The page ends at a higher value. */
function movedTo<Row>(value: string, rows: Placed<Row>[]): Position {
	const seen = new Set(rows.filter((row) => orderOf(row.value, value) === 0).map(({ key }) => key));
	return { value, seen, skip: 0, first: undefined, restarts: 0 };
}

/** The page does not lead to a higher value. */
function further<Row>(
	answer: HttpAnswer,
	options: KeysetOptions<Row>,
	at: Position,
	rows: Placed<Row>[],
	fresh: Placed<Row>[],
): Position {
	const seen = new Set([...at.seen, ...fresh.map(({ key }) => key)]);
	const restarts = fresh.length > 0 ? 0 : at.restarts;
	// a page that is not full has room for every row of the value: asked for once more, it shows whether that was all
	if (rows.length < options.size && at.skip === 0) return { ...at, seen, restarts };
	if (options.skip === undefined) throw tooManyTies(answer, at.value!, options);
	return { ...at, seen, restarts, skip: at.skip + rows.length - 1, first: rows.at(-1)!.key };
}

function restarted(answer: HttpAnswer, at: Position): Position {
	if (at.restarts === MOST_RESTARTS) throw unsteady(answer, at.value!);
	return { ...at, skip: 0, first: undefined, restarts: at.restarts + 1 };
}

function tooManyTies<Row>({ request }: HttpAnswer, value: string, { size, by }: KeysetOptions<Row>): ConnectorError {
	return new ConnectorError("data.too_many_ties", "More rows stand at one value than the vendor gives at a time", {
		where: redact(`${request}, ${nameOf(by, "value")} ${value}`),
		why: `${count(size)} rows at it fill the page, and there may be more of them`,
		next: "report it as a bug of the connector: it should leave out rows that were read (skip), or ask for larger pages",
	});
}

function unsteady({ request }: HttpAnswer, value: string): ConnectorError {
	return new ConnectorError("transient.rows_move", "Rows of one value come in another order each time", {
		where: redact(`${request}, rows at ${value}`),
		why: `the last row of a page did not begin the next one, ${MOST_RESTARTS} times without a new row`,
		next: "run again; if it stays, report it as a bug of the connector: it should sort by a second field",
	});
}

function notSorted({ request }: HttpAnswer, before: string, value: string): ConnectorError {
	return new ConnectorError("data.not_sorted", "Rows do not come in the order that was asked for", {
		where: redact(request),
		why: redact(`${value} comes after ${before}; reading on from a value would leave rows out`),
		next: "report it as a bug of the connector, which should ask for ascending order",
	});
}

function tooSmall(path: string): ConnectorError {
	return new ConnectorError("internal.definition", "A keyset that skips needs pages of two rows or more", {
		where: path,
		why: "each page begins with the last row of the page before",
		next: "raise size",
	});
}
