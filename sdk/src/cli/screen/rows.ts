/** Rows of a query: a table for people, CSV for spreadsheets. */
import type { Json, JsonObject } from "@growthnav/spec";
import { visible, visibleJson } from "../../visible.ts";
import { count, plural } from "./numbers.ts";
import type { Style } from "./style.ts";
import { type TableColumn, table } from "./table.ts";
import { cells, wrapped } from "./text.ts";

/** On a terminal at most this many rows are printed. */
export const ROWS_SHOWN = 100;
/** Cells of the narrowest text or JSON that is still worth a column. */
const TEXT_CELLS = 24;

const NUMERIC =
	/^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DECIMAL.*|DOUBLE|FLOAT|NUMERIC.*|BIGNUMERIC|INT64|FLOAT64)$/i;
const ID = /(^|_)(id|key|hash)$/i;
const TEXT = /^(?:VARCHAR|STRING|JSON|STRUCT.*|.*\[\]|MAP.*|ARRAY.*)$/i;

interface SqlColumn {
	name: string;
	type: string;
}

/**
 * A table of what fits. On a terminal columns without a value in any row are left out, texts are cut, and the last
 * columns leave; what is missing is counted below.
 */
export function rowsTable(columns: SqlColumn[], rows: JsonObject[], style: Style): string[] {
	const texts = rows.map((row) => columns.map(({ name }) => visible(cellText(row[name]))));
	const all = columns.map((_, index) => index);
	if (!style.isTerminal) return drawn(columns, texts, all, { ...style, width: Number.POSITIVE_INFINITY });
	const filled = all.filter((index) => rows.length === 0 || texts.some((row) => row[index] !== ""));
	const isCrowded = widthOf(columns, texts, all) > style.width;
	const wanted = isCrowded ? filled : all;
	const shown = fitting(columns, texts, wanted, style.width);
	const notes: string[] = [];
	if (wanted.length < all.length) notes.push(`${plural(all.length - wanted.length, "column")} without a value`);
	if (shown.length < wanted.length) notes.push(`${count(wanted.length - shown.length)} more that do not fit`);
	const note =
		notes.length === 0
			? []
			: wrapped(`Not shown: ${notes.join(", ")}. Name columns in the query, or use --csv or --json.`, style.width);
	return [...drawn(columns, texts, shown, style), ...(note.length > 0 ? ["", ...note.map(style.dim)] : [])];
}

function drawn(columns: SqlColumn[], texts: string[][], shown: number[], style: Style): string[] {
	const heads = shown.map((index): TableColumn => {
		const { name, type } = columns[index]!;
		const head = visible(name);
		if (NUMERIC.test(type)) return { head, align: "right" };
		return TEXT.test(type) ? { head, fit: ID.test(name) ? "middle" : "end" } : { head };
	});
	return table(
		heads,
		texts.map((row) => shown.map((index) => row[index]!)),
		style,
	);
}

function widthOf(columns: SqlColumn[], texts: string[][], shown: number[]): number {
	return shown.reduce((sum, index) => sum + natural(columns, texts, index) + 2, -2);
}

function natural(columns: SqlColumn[], texts: string[][], index: number): number {
	return Math.max(cells(visible(columns[index]!.name)), ...texts.map((row) => cells(row[index]!)));
}

/** The first columns whose values fit, texts being cut; at least one. */
function fitting(columns: SqlColumn[], texts: string[][], wanted: number[], width: number): number[] {
	if (widthOf(columns, texts, wanted) <= width) return wanted;
	let used = -2;
	const shown: number[] = [];
	for (const index of wanted) {
		const whole = natural(columns, texts, index);
		const { name, type } = columns[index]!;
		const least = TEXT.test(type) ? Math.min(whole, Math.max(TEXT_CELLS, cells(visible(name)))) : whole;
		used += least + 2;
		if (used > width && shown.length > 0) break;
		shown.push(index);
	}
	return shown;
}

/** Null is shown as nothing; lists and structs as JSON. */
export function cellText(value: Json | undefined): string {
	if (value === null || value === undefined) return "";
	return typeof value === "object" ? visibleJson(value) : String(value);
}

/** RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it; a terminal obeys nothing. */
export function csvLine(cells: string[], onTerminal = false): string {
	const shown = onTerminal ? cells.map(visible) : cells;
	return `${shown.map(csvCell).join(",")}\r\n`;
}

/** Spreadsheets of the Far East take the wide signs for the others. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

function csvCell(cell: string): string {
	const text = FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
