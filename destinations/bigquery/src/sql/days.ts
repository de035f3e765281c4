/** Days of a partition column as literal ranges, which are all that BigQuery prunes by. */
import { createReadStream } from "node:fs";
import { bigqueryDialect } from "./dialect.ts";

/** From a day to a day, both within, as `YYYY-MM-DD`. */
export interface DayRange {
	from: string;
	to: string;
}

/** A day, days in a row, or null: rows without a day. */
export type Where = string | DayRange | null;

const DAY_MS = 86_400_000;
/** Nearer days go as one range: a condition may not grow without end. */
const SMALL_GAP = 2;
const MOST_RANGES = 200;
/** After it there is no day that BigQuery knows. */
const LAST_DAY = "9999-12-31";

/** Sorted ranges that hold all days; of more than 200 the nearest are joined. */
export function rangesOf(days: Iterable<string | DayRange>): DayRange[] {
	const sorted = [...new Set(days)]
		.map((day) => (typeof day === "string" ? { from: day, to: day } : { ...day }))
		.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
	const ranges: DayRange[] = [];
	for (const range of sorted) {
		const last = ranges.at(-1);
		if (last === undefined || distance(last.to, range.from) > SMALL_GAP) ranges.push(range);
		else if (last.to < range.to) last.to = range.to;
	}
	while (ranges.length > MOST_RANGES) joinNearest(ranges);
	return ranges;
}

function joinNearest(ranges: DayRange[]): void {
	let nearest = 1;
	for (let at = 2; at < ranges.length; at++) {
		if (gapBefore(ranges, at) < gapBefore(ranges, nearest)) nearest = at;
	}
	ranges[nearest - 1]!.to = ranges[nearest]!.to;
	ranges.splice(nearest, 1);
}

function gapBefore(ranges: readonly DayRange[], at: number): number {
	return distance(ranges[at - 1]!.to, ranges[at]!.from);
}

function distance(from: string, to: string): number {
	return (Date.parse(to) - Date.parse(from)) / DAY_MS;
}

export type PartitionType = "TIMESTAMP" | "DATE" | "DATETIME";

/** The bare column against literals; `FALSE` for no day at all. `none`: rows without a day, too. */
export function condition(column: string, type: PartitionType, ranges: readonly DayRange[], none = false): string {
	const within = ranges.map(({ from, to }) => {
		const end = to >= LAST_DAY ? "" : ` AND ${column} < ${literal(type, after(to))}`;
		return `${column} >= ${literal(type, from)}${end}`;
	});
	if (none) within.push(`${column} IS NULL`);
	return within.length === 0 ? "FALSE" : within.join(" OR ");
}

/** The same for days as they were found. */
export function conditionWithin(column: string, type: PartitionType, wheres: readonly Where[]): string {
	const days = wheres.filter((where) => where !== null);
	return condition(column, type, rangesOf(days), days.length < wheres.length);
}

function literal(type: PartitionType, day: string): string {
	if (type === "DATE") return `DATE ${bigqueryDialect.text(day)}`;
	return type === "TIMESTAMP"
		? bigqueryDialect.instant(`${day}T00:00:00Z`)
		: `DATETIME ${bigqueryDialect.text(`${day}T00:00:00`)}`;
}

function after(day: string): string {
	return new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
}

/** `days` before a day. */
export function before(day: string, days: number): string {
	const moment = Math.max(Date.parse("0001-01-01"), Date.parse(day) - days * DAY_MS);
	return new Date(moment).toISOString().slice(0, 10);
}

/**
 * The days of a column in a file of the spool. The text of the lines is searched, not parsed: a member of the same name
 * deeper in a row adds a day that is not needed, and no day is missed.
 */
export async function daysIn(file: string, column: string, days: Set<string>): Promise<void> {
	const member = new RegExp(`"${column}":"(\\d{4}-\\d{2}-\\d{2})`, "g");
	const longest = column.length + 16;
	let rest = "";
	for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20, encoding: "latin1" })) {
		const text = rest + (chunk as string);
		for (const [, day] of text.matchAll(member)) days.add(day!);
		rest = text.slice(-longest);
	}
}
