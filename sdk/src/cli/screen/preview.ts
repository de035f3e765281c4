/** What rows become: a table of all, one or the first in full. */
import type { Json, JsonObject } from "@growthnav/spec";
import type { RunEvent } from "../../pipeline/events.ts";
import { addDecimals } from "../../protocol/index.ts";
import { visible } from "../../visible.ts";
import { count, money, plural, time } from "./numbers.ts";
import type { Style } from "./style.ts";
import { type TableColumn, table } from "./table.ts";
import { cells, padEnd, wrapped } from "./text.ts";

interface Detail {
	column: string;
	value: string;
	words: string;
}

export type OutcomeRow = Extract<RunEvent, { event: "preview_row" }> & {
	/** "sales.csv:4", for a row without id. */
	place: string | null;
};

export type PreviewRow = OutcomeRow & {
	/** For the row shown in full: column, its value for people, and the words behind it. */
	details: Detail[] | null;
	/** Columns that the mapping does not fill. */
	empty: string[];
	/** "becomes 1 conversion: purchase, because state is COMPLETED" */
	because: string | null;
	/** For `--row`: the record itself, path by path, masked. */
	record: [path: string, value: string][] | null;
};

const COLUMNS: TableColumn[] = [
	{ head: "Row", align: "right" },
	{ head: "Record", fit: "middle" },
	{ head: "Becomes", fit: "end" },
	{ head: "Value", align: "right" },
	{ head: "Time, or why not", fit: "wrap" },
];
/** So many fields of a record are shown. */
const FIELDS = 300;

/** The rows of one stream; `only`: of one row alone. */
export function previewScreen(stream: string, rows: PreviewRow[], only: number | undefined, style: Style): string[] {
	const what = only === undefined ? `the first ${plural(rows.length, "row")}` : `row ${count(only)}`;
	if (rows.length === 0) {
		return [`${visible(stream)}: ${only === undefined ? "no row came" : `no row ${count(only)} came`}.`];
	}
	const full = rows.find(({ details, record }) => details !== null || record !== null);
	return [
		`${visible(stream)}: ${what}. Nothing is written.`,
		"",
		...(full ? [...fullRow(full, style), ""] : []),
		...outcomeTable(rows, style),
		"",
		countsLine(rows),
	];
}

/** A line for each conversion, or for why there is none. */
export function outcomeTable(rows: readonly OutcomeRow[], style: Style): string[] {
	return table(COLUMNS, rows.flatMap(rowCells), style);
}

function fullRow(row: PreviewRow, style: Style): string[] {
	const id = row.record_id ?? row.place;
	const named = id === null ? "" : `, ${row.record_id === null ? "" : "id "}${visible(id)}`;
	const becomes = row.because ?? (row.reason === null ? "no mapping: it lands in its table alone" : whyNot(row));
	const lines = wrapped(`Row ${row.row}${named}, ${visible(becomes)}`, style.width);
	if (row.details) lines.push(...facts(row.details.map(factOf), style));
	if (row.empty.length > 0) {
		const more = row.empty.length > 2 ? ` and ${row.empty.length - 2} more` : "";
		const text = `not filled by the mapping: ${row.empty.slice(0, 2).join(", ")}${more}`;
		lines.push(...wrapped(text, style.width - 2).map((line) => style.dim(`  ${line}`)));
	}
	if (row.record) {
		const shown = row.record.slice(0, FIELDS).map(([path, value]): Fact => [path, value, ""]);
		lines.push("", "Its record, by the paths that a mapping may read:", ...facts(shown, style));
		if (row.record.length > FIELDS) lines.push(`  and ${count(row.record.length - FIELDS)} more`);
	}
	return lines;
}

function whyNot({ outcome, reason }: PreviewRow): string {
	return `${outcome === "left_out" ? "left out" : "rejected"}: ${reason}`;
}

type Fact = [name: string, value: string, words: string];

/** `net_amount` is often made as `value` is: the same words stand there once. */
function factOf({ column, value, words }: Detail, _: number, all: Detail[]): Fact {
	const same = all.find((one) => one.words === words && one.value === value)!;
	return [column, value, same.column !== column && value !== "-" && words.includes(" ") ? `as ${same.column}` : words];
}

/** So wide are names and values at most before what stands behind them; longer ones push it aside. */
const NAME_CELLS = 44;
const VALUE_CELLS = "2026-07-03T19:22:10Z".length;

/** Names, values, and the words behind them: beside the value, or below it where they do not fit. Nothing is cut. */
function facts(all: Fact[], style: Style): string[] {
	const name = Math.min(NAME_CELLS, Math.max(...all.map(([one]) => cells(one))));
	const value = Math.min(VALUE_CELLS, Math.max(0, ...all.map(([, said, words]) => (words === "" ? 0 : cells(said)))));
	return all.flatMap(([one, said, words]) => {
		const left = `  ${padEnd(one, name)}  `;
		const [first = "", ...more] = wrapped(visible(said), Math.max(8, style.width - cells(left)));
		const lines = [left + first, ...more.map((line) => " ".repeat(cells(left)) + line)];
		if (words === "") return lines;
		const start = `${left}${padEnd(first, value)}  `;
		const shown = visible(words);
		if (more.length === 0 && cells(start) + cells(shown) <= style.width) return [start + style.dim(shown)];
		return [...lines, ...wrapped(shown, style.width - 6).map((line) => `      ${style.dim(line)}`)];
	});
}

function rowCells(row: OutcomeRow): string[][] {
	const head = [String(row.row), visible(row.record_id ?? row.place ?? "-")];
	if (row.outcome === "no_mapping") return [[...head, "a row", "-", "its stream has no conversions"]];
	if (row.outcome !== "converted")
		return [[...head, row.outcome === "left_out" ? "left out" : "rejected", "-", visible(row.reason ?? "")]];
	const made = row.conversions.map((one) => [
		...head,
		text(one.conversion_type),
		moneyOf(one),
		time(text(one.timestamp)),
	]);
	// one mapping took it, another refused it
	return row.reason === null ? made : [...made, [...head, "rejected", "-", visible(row.reason)]];
}

function moneyOf(conversion: Record<string, unknown>): string {
	const { value, currency } = conversion;
	return typeof value === "string" && typeof currency === "string" ? money(currency, value) : "-";
}

function text(value: unknown): string {
	return typeof value === "string" ? visible(value) : "-";
}

/** "4 rows: 2 conversions, USD 60.50; 1 left out; 1 rejected." */
export function countsLine(rows: readonly OutcomeRow[]): string {
	const conversions = rows.flatMap((row) => (row.outcome === "converted" ? row.conversions : []));
	const sums = new Map<string, string>();
	for (const { value, currency } of conversions)
		if (typeof value === "string" && typeof currency === "string")
			sums.set(currency, addDecimals(sums.get(currency) ?? "0", value));
	const totals = [...sums].map(([currency, value]) => money(currency, value));
	const parts = [[plural(conversions.length, "conversion"), ...totals].join(", ")];
	for (const [outcome, word] of [
		["left_out", "left out"],
		["rejected", "rejected"],
	] as const) {
		const found = rows.filter((row) => row.outcome === outcome).length;
		if (found > 0) parts.push(`${found} ${word}`);
	}
	return `${plural(rows.length, "row")}: ${parts.join("; ")}.`;
}

/** A record path by path: `items.0.sku`, dots in keys as a mapping writes them. Empty lists and objects as such. */
export function recordPaths(record: JsonObject, shown: (path: string, value: Json) => string): [string, string][] {
	const found: [string, string][] = [];
	const visit = (value: Json, path: string): void => {
		const below = typeof value === "object" && value !== null && !JSON.isRawJSON(value) ? Object.entries(value) : [];
		if (below.length === 0) found.push([visible(path), shown(path, value)]);
		for (const [key, one] of below) {
			const part = key.replace(/[.\\]/g, "\\$&");
			visit(one as Json, path === "" ? part : `${path}.${part}`);
		}
	};
	visit(record, "");
	return found;
}
