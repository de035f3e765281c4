/** One try of `growthnav dev`, side by side: rows, what they become, what would be saved; requests, budget, what was said. */
import type { Json, JsonObject, Waiting } from "@growthnav/spec";
import type { BudgetLevel } from "../../http/budget.ts";
import { visible } from "../../visible.ts";
import { budgetLines, requestLines, type TriedRequest } from "./dev-requests.ts";
import { count, duration, plural } from "./numbers.ts";
import { countsLine, type OutcomeRow, outcomeTable } from "./preview.ts";
import type { Style } from "./style.ts";
import { cells, cutEnd, padEnd, padStart, wrap, wrapped } from "./text.ts";

export interface DevRow extends OutcomeRow {
	/** Null: the source could not read it. */
	record: JsonObject | null;
	change: "added" | "changed" | null;
}

export interface DevStream {
	stream: string;
	/** Those that come first in its rows: key and cursor. */
	first: string[];
	/** All that were looked at. */
	rows: DevRow[];
	/** How it was read: "incremental by updated_at". */
	mode: string;
	read: { pages: number; rows: number; whole: boolean };
	/** One line of JSON; undefined where none came. */
	state: string | undefined;
	changes: { row: string; change: string; fields: { path: string; from: string | null; to: string | null }[] }[];
}

export interface DevScreen {
	connector: string;
	/** 0: at the start. */
	save: number;
	changed: string[];
	demo: string | undefined;
	check: string | undefined;
	streams: DevStream[];
	requests: TriedRequest[];
	waits: Waiting[];
	budgets: BudgetLevel[];
	said: string[];
	seconds: number;
	/** So many rows are shown of each stream. */
	most: number;
	field(path: string, value: Json): string;
}

/** From here on two columns of panels have room. */
const WIDE = 132;
const GAP = 3;
const MOST_CHANGES = 6;
const MOST_FIELDS = 4;
const MOST_REASONS = 4;
const LONGEST_CELL = 26;

/** Its panels, in two columns where these have room; a blank line between two. */
export function devScreen(screen: DevScreen, style: Style): string[] {
	const isWide = style.width >= WIDE;
	const room = isWide ? { ...style, width: Math.floor((style.width - GAP) / 2) } : style;
	const streams = screen.streams.map((stream) => streamPanels(stream, screen, room));
	const wire = panel("Requests", requestLines(screen.requests, screen.waits, room), room);
	const budget = panel("Rate budget", budgetLines(screen.budgets, room), room);
	const states = panel(
		"State it would save",
		screen.streams.flatMap((one) => stateLines(one, room)),
		room,
	);
	const said =
		screen.said.length === 0
			? []
			: [
					panel(
						"It said",
						screen.said.flatMap((line) => wrapped(line, room.width - 2).map(indented)),
						room,
					),
				];
	const [left, right] = [streams.flat(), [wire, budget, states, ...said]];
	const panels = isWide ? sideBySide(apart(left), apart(right), room.width) : apart([...left, ...right]);
	return [...devHead(screen, style), "", ...panels];
}

/** Which try it is, and what it was made with. */
export function devHead({ connector, save, changed, demo, check, seconds }: DevScreen, style: Style): string[] {
	const why = save === 0 ? "first try" : `save ${save}: ${changed.join(", ")}`;
	const took = duration(seconds);
	const room = style.width - cells(took) - 2;
	const head = cutEnd(visible(`${connector}   ${why}`), room, style.cut);
	const facts = [demo && `demo: ${demo}`, check && `check: ${check}`].filter(Boolean).join("; ");
	return [style.bold(padEnd(head, room)) + padStart(took, cells(took) + 2), ...wrap(visible(facts), style.width)];
}

function streamPanels(stream: DevStream, { most, field }: DevScreen, style: Style): string[][] {
	const { rows, read } = stream;
	const looked = read.rows > rows.length ? ` (${count(rows.length)} looked at)` : "";
	const much = `${plural(read.rows, "row")}${looked} in ${plural(read.pages, "page")}, ${read.whole ? "all" : "then stopped"}`;
	const head = `${visible(stream.stream)}: ${much}; ${visible(stream.mode)}`;
	const records = rows.slice(0, most).filter(({ record }) => record !== null);
	const panels = [panel(head, rowLines(stream, records, field, style), style)];
	if (rows.some(({ outcome }) => outcome !== "no_mapping"))
		panels.push(
			panel(
				"What they become",
				[
					...outcomeTable(rows.slice(0, most), style),
					...reasonLines(rows, style),
					...wrapped(countsLine(rows), style.width),
				],
				style,
			),
		);
	if (stream.changes.length > 0) panels.push(panel("Changed since the try before", changeLines(stream, style), style));
	return panels;
}

/** As many fields as have room, the others by name. */
function rowLines({ first }: DevStream, rows: DevRow[], field: DevScreen["field"], style: Style): string[] {
	if (rows.length === 0) return ["  no row came"];
	const marked = rows.some(({ change }) => change !== null);
	const names = [...new Set([...first, ...rows.flatMap(({ record }) => Object.keys(record!))])].filter((name) =>
		rows.some(({ record }) => Object.hasOwn(record!, name)),
	);
	const columns = names.map((name) => columnOf(name, rows, first.includes(name) ? keyText : field, style));
	let width = marked ? 2 : 0;
	const kept = columns.filter((column, index) => {
		if (index > 0 && width + column.width + 2 > style.width) return false;
		width += column.width + 2;
		return true;
	});
	const mark = (row: DevRow | undefined) =>
		!marked ? "" : row === undefined || row.change === null ? "  " : row.change === "added" ? "+ " : "~ ";
	const line = (at: number) =>
		kept
			.map(({ head, cells: all, width: wide, right }) => (right ? padStart : padEnd)(at < 0 ? head : all[at]!, wide))
			.join("  ")
			.trimEnd();
	const shown = [
		style.bold(mark(undefined) + line(-1)),
		...rows.map((row, at) => painted(row, mark(row) + line(at), style)),
	];
	const left = columns.filter((column) => !kept.includes(column)).map(({ head }) => head);
	return left.length === 0 ? shown : [...shown, ...wrapped(`  and ${left.join(", ")}`, style.width).map(style.dim)];
}

function columnOf(name: string, rows: DevRow[], field: DevScreen["field"], { cut }: Style) {
	const values = rows.map(({ record }) => record![name]);
	const all = values.map((value) => cutEnd(visible(cellText(name, value, field)), LONGEST_CELL, cut));
	const head = cutEnd(visible(name), LONGEST_CELL, cut);
	const right =
		values.every((value) => typeof value === "number" || value == null || JSON.isRawJSON(value)) &&
		values.some((value) => value != null);
	return { head, cells: all, right, width: Math.max(cells(head), ...all.map(cells)) };
}

/** Of objects and lists the form alone: what is in them may be somebody's. */
function cellText(name: string, value: Json | undefined, field: DevScreen["field"]): string {
	if (value === undefined || value === null) return value === null ? "null" : "";
	if (Array.isArray(value)) return `[${value.length}]`;
	return typeof value === "object" && !JSON.isRawJSON(value)
		? `{${Object.keys(value).join(", ")}}`
		: field(name, value);
}

function keyText(_: string, value: Json): string {
	return typeof value === "string" ? value : JSON.stringify(value);
}

function painted({ change }: DevRow, line: string, style: Style): string {
	return change === "added" ? style.good(line) : change === "changed" ? style.warn(line) : line;
}

/** Each reason once, with how many rows have it and the first of them. */
function reasonLines(rows: DevRow[], style: Style): string[] {
	const reasons = new Map<string, { rows: number; first: string }>();
	for (const { outcome, reason, record_id, place, row } of rows) {
		if (reason === null) continue;
		const text = `${outcome === "left_out" ? "left out" : "rejected"}: ${reason}`;
		const known = reasons.get(text) ?? { rows: 0, first: record_id ?? place ?? `row ${row}` };
		reasons.set(text, { ...known, rows: known.rows + 1 });
	}
	const lines = [...reasons]
		.sort(([, a], [, b]) => b.rows - a.rows)
		.map(([text, { rows: many, first }]) => `${plural(many, "row")} ${text}, first ${first}`);
	const more = lines.length > MOST_REASONS ? [`and ${plural(lines.length - MOST_REASONS, "more reason")}`] : [];
	return [...lines.slice(0, MOST_REASONS), ...more].flatMap((line) =>
		wrapped(visible(line), style.width - 4).map((one, at) => `${at === 0 ? "  " : "    "}${one}`),
	);
}

function changeLines({ changes }: DevStream, style: Style): string[] {
	const lines = changes.slice(0, MOST_CHANGES).flatMap(({ row, change, fields }) => {
		const sign = change === "added" ? style.good("+") : change === "removed" ? style.bad("-") : style.warn("~");
		const told = fields
			.slice(0, MOST_FIELDS)
			.map(({ path, from, to }) => `${path} ${from ?? "nothing"} -> ${to ?? "nothing"}`);
		if (fields.length > MOST_FIELDS) told.push(`and ${fields.length - MOST_FIELDS} more`);
		const [first = "", ...more] = wrapped(visible(`${row}  ${told.join(", ")}`.trimEnd()), style.width - 4);
		return [`${sign} ${first}`, ...more.map((line) => `    ${line}`)];
	});
	const left = changes.length - MOST_CHANGES;
	return left > 0 ? [...lines, `  and ${plural(left, "more row")}`] : lines;
}

function stateLines({ stream, state }: DevStream, style: Style): string[] {
	const text = state ?? "none yet: it comes where all before it was read";
	const [first = "", ...more] = wrapped(visible(`${stream}  ${text}`), style.width - 4);
	return [`  ${first.trimEnd()}`, ...more.map((line) => `    ${line}`)];
}

function panel(head: string, lines: string[], style: Style): string[] {
	return [...wrapped(head, style.width).map(style.bold), ...lines];
}

function indented(line: string): string {
	return `  ${line}`;
}

function apart(panels: string[][]): string[] {
	return panels.flatMap((lines, at) => (at === 0 ? lines : ["", ...lines]));
}

function sideBySide(left: string[], right: string[], width: number): string[] {
	return Array.from({ length: Math.max(left.length, right.length) }, (_, at) =>
		`${padEnd(left[at] ?? "", width)}${" ".repeat(GAP)}${right[at] ?? ""}`.trimEnd(),
	);
}
