/** What rows become: a table of all, one or the first in full. */
import type { RunEvent } from "../../pipeline/events.ts";
import { addDecimals } from "../../protocol/index.ts";
import { visible } from "../../visible.ts";
import { money, plural, time } from "./numbers.ts";
import type { Style } from "./style.ts";
import { type TableColumn, table } from "./table.ts";
import { cutEnd, cutMiddle, padEnd } from "./text.ts";

export type PreviewRow = Extract<RunEvent, { event: "preview_row" }> & {
	/** For the row shown in full: column, its value for people, and the words behind it. */
	details: { column: string; value: string; words: string }[] | null;
	/** Columns that the mapping does not fill. */
	empty: string[];
	/** "becomes 1 conversion: purchase, because state is COMPLETED" */
	because: string | null;
};

const COLUMNS: TableColumn[] = [
	{ head: "Row", align: "right" },
	{ head: "Record" },
	{ head: "Becomes" },
	{ head: "Value", align: "right" },
	{ head: "Time, or why not", cuttable: true },
];

/** One stream's rows. */
export function previewScreen(stream: string, rows: PreviewRow[], style: Style): string[] {
	const full = rows.find(({ details }) => details !== null);
	return [
		`${visible(stream)}: the first ${plural(rows.length, "row")}. Nothing is written.`,
		"",
		...(full ? [...fullRow(full, style), ""] : []),
		...table(COLUMNS, rows.flatMap(rowCells), style),
		"",
		countsLine(rows),
	];
}

function fullRow(row: PreviewRow, style: Style): string[] {
	const id = row.record_id === null ? "" : `, id ${visible(row.record_id)}`;
	const becomes = row.because ?? row.reason ?? "no mapping: it lands in its table alone";
	const width = Math.max(...row.details!.map(({ column }) => column.length), 5);
	const lines = row.details!.map(({ column, value, words }) => {
		const text = `  ${padEnd(column, width)}  ${visible(value)}`;
		return words === "" ? text : `${padEnd(text, width + 26)}  ${style.dim(visible(words))}`;
	});
	if (row.empty.length > 0) {
		const named = row.empty.slice(0, 2).join(", ");
		const more = row.empty.length > 2 ? ` and ${row.empty.length - 2} more` : "";
		lines.push(style.dim(`  ${padEnd("empty", width)}  ${named}${more}: the mapping does not fill them`));
	}
	return [`Row ${row.row}${id}, ${visible(becomes)}`, ...lines.map((line) => cutEnd(line, style.width + 9, style.cut))];
}

function rowCells(row: PreviewRow): string[][] {
	const head = [String(row.row), cutMiddle(visible(row.record_id ?? "-"), 24)];
	if (row.outcome === "no_mapping") return [[...head, "a row", "-", "its stream has no conversions"]];
	if (row.outcome !== "converted")
		return [[...head, row.outcome === "left_out" ? "left out" : "rejected", "-", visible(row.reason ?? "")]];
	return row.conversions.map((one) => [...head, text(one.conversion_type), moneyOf(one), time(text(one.timestamp))]);
}

function moneyOf(conversion: Record<string, unknown>): string {
	const { value, currency } = conversion;
	return typeof value === "string" && typeof currency === "string" ? money(currency, value) : "-";
}

function text(value: unknown): string {
	return typeof value === "string" ? visible(value) : "-";
}

function countsLine(rows: PreviewRow[]): string {
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
