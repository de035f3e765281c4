/** Tables: a head, one fact per cell, columns that leave in a given order where the terminal is narrow. */
import type { Style } from "./style.ts";
import { cells, cutEnd, padEnd, padStart } from "./text.ts";

export interface TableColumn {
	head: string;
	align?: "left" | "right";
	/** Columns with the lowest number leave first; without one a column stays. */
	leaves?: number;
	/** May be cut where the table is still too wide; numbers, money, times and errors are never cut. */
	cuttable?: boolean;
	/** Paints a padded cell. */
	paint?: (cell: string, row: number) => string;
}

/** Lines of a table, two spaces between columns, none at the end of a line. */
export function table(columns: TableColumn[], rows: string[][], style: Style): string[] {
	let kept = columns.map((column, index) => ({ column, index }));
	const widthOf = (index: number) =>
		Math.max(cells(columns[index]!.head), ...rows.map((row) => cells(row[index] ?? "")));
	const widths = columns.map((_, index) => widthOf(index));
	const total = () => kept.reduce((sum, { index }) => sum + widths[index]! + 2, -2);
	for (const { index } of leaving(columns)) {
		if (total() <= style.width) break;
		kept = kept.filter((one) => one.index !== index);
	}
	const cuttable = kept.filter(({ column }) => column.cuttable);
	for (let over = total() - style.width; over > 0 && cuttable.length > 0; over = total() - style.width) {
		const widest = cuttable.reduce((a, b) => (widths[a.index]! >= widths[b.index]! ? a : b));
		const width = Math.max(8, widths[widest.index]! - over);
		if (width === widths[widest.index]) break;
		widths[widest.index] = width;
	}
	const line = (texts: string[], row: number) =>
		kept
			.map(({ column, index }) => {
				const text = cutEnd(texts[index] ?? "", widths[index]!, style.cut);
				const padded = column.align === "right" ? padStart(text, widths[index]!) : padEnd(text, widths[index]!);
				return row >= 0 && column.paint ? column.paint(padded, row) : padded;
			})
			.join("  ")
			.trimEnd();
	const heads = line(
		columns.map(({ head }) => head),
		-1,
	);
	return [style.bold(heads), ...rows.map((row, index) => line(row, index))];
}

function leaving(columns: TableColumn[]): { index: number }[] {
	return columns
		.map((column, index) => ({ index, leaves: column.leaves }))
		.filter((one): one is { index: number; leaves: number } => one.leaves !== undefined)
		.sort((a, b) => a.leaves - b.leaves);
}
