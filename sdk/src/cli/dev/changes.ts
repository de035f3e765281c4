/** What a save changed: rows and what they became, held against the try before. Pure. */
import type { Json } from "@growthnav/spec";
import type { PreviewedRow } from "../../pipeline/preview.ts";
import { recordPaths } from "../screen/preview.ts";
import type { TriedStream } from "./attempt.ts";

export interface FieldChange {
	/** In the record ("total"), or in what it became ("purchase.value"). */
	path: string;
	/** As `shown` shows them; null where there was none. */
	from: string | null;
	to: string | null;
}

export interface RowChange {
	/** Its key; where a stream has none, its number ("row 3"). */
	row: string;
	change: "added" | "removed" | "changed";
	fields: FieldChange[];
}

/** How what is somebody's may be shown. */
export interface Shown {
	field(path: string, value: Json): string;
	event(event: PreviewedRow["event"]): PreviewedRow["event"];
}

/** Rows of now in their order, then those that are gone. */
export function changesOf(before: TriedStream, now: TriedStream, shown: Shown): RowChange[] {
	const [older, newer] = [before, now].map(({ rows }) => new Map(rows.map((row) => [nameOfRow(row), row])));
	const changes: RowChange[] = [];
	for (const [row, is] of newer!) {
		const was = older!.get(row);
		const fields = was === undefined ? [] : differences(factsOf(was, shown), factsOf(is, shown));
		if (was === undefined) changes.push({ row, change: "added", fields });
		else if (fields.length > 0) changes.push({ row, change: "changed", fields });
	}
	// where the read broke off, the others are not gone
	const gone = now.read.whole ? [...older!.keys()].filter((row) => !newer!.has(row)) : [];
	return [...changes, ...gone.map((row): RowChange => ({ row, change: "removed", fields: [] }))];
}

/** What a row is called in one try and in the next. */
export function nameOfRow({ event, place }: PreviewedRow): string {
	return event.record_id ?? place ?? `row ${event.row}`;
}

/** By path; `raw` is compared, and `shown` shown. */
type Facts = Map<string, { raw: string; shown: string }>;

function factsOf({ record, event }: PreviewedRow, shown: Shown): Facts {
	const facts: Facts = new Map();
	const add = (path: string, raw: unknown, text: string) => facts.set(path, { raw: withoutPort(raw), shown: text });
	const raw = new Map(record === null ? [] : recordPaths(record, (_, value) => JSON.stringify(value)));
	for (const [path, text] of record === null ? [] : recordPaths(record, shown.field)) add(path, raw.get(path), text);
	const counts = new Map<string, number>();
	const masked = shown.event(event).conversions;
	for (const [index, conversion] of event.conversions.entries()) {
		const type = String(conversion.conversion_type);
		const nth = (counts.get(type) ?? 0) + 1;
		counts.set(type, nth);
		for (const [column, value] of Object.entries(conversion))
			if (value !== null)
				add(`${nth === 1 ? type : `${type}#${nth}`}.${column}`, value, textOf(masked[index]![column]));
	}
	if (event.reason !== null) add("becomes", event.reason, `${event.outcome.replace("_", " ")}: ${event.reason}`);
	return facts;
}

function textOf(value: unknown): string {
	return typeof value === "string" ? value : JSON.stringify(value);
}

/** A scripted source stands at another port in each try. */
function withoutPort(value: unknown): string {
	return textOf(value).replace(/\b(127\.0\.0\.1|localhost):\d+/g, "$1");
}

function differences(was: Facts, is: Facts): FieldChange[] {
	return [...new Set([...was.keys(), ...is.keys()])].flatMap((path) => {
		const [from, to] = [was.get(path), is.get(path)];
		return from?.raw === to?.raw ? [] : [{ path, from: from?.shown ?? null, to: to?.shown ?? null }];
	});
}
