/** Rows of a query: a table on a terminal, CSV or JSON for programs. */
import type { Json, JsonObject } from "@growthnav/spec";
import { visible, visibleJson } from "../../visible.ts";
import type { Style } from "./style.ts";
import { type TableColumn, table } from "./table.ts";

/** On a terminal at most this many rows are printed. */
export const ROWS_SHOWN = 100;

const NUMERIC =
	/^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DECIMAL.*|DOUBLE|FLOAT|NUMERIC.*|BIGNUMERIC|INT64|FLOAT64)$/i;

export function rowsTable(columns: { name: string; type: string }[], rows: JsonObject[], style: Style): string[] {
	const heads = columns.map(
		({ name, type }): TableColumn => ({
			head: visible(name),
			...(NUMERIC.test(type) ? { align: "right" } : { cuttable: true }),
		}),
	);
	return table(
		heads,
		rows.map((row) => columns.map(({ name }) => visible(cellText(row[name])))),
		style,
	);
}

/** Null is shown as nothing; lists and structs as JSON. */
export function cellText(value: Json | undefined): string {
	if (value === null || value === undefined) return "";
	return typeof value === "object" ? visibleJson(value) : String(value);
}

/** RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function csvLine(cells: string[]): string {
	return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: string): string {
	const text = /^[=+\-@\t\r]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell;
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
