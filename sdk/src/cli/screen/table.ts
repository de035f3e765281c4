/** Tables: a head, one fact per cell, columns that leave in a given order where the terminal is narrow. */
import type { Style } from "./style.ts";
import { cells, cutEnd, cutMiddle, cutStart, padEnd, padStart, wrapped } from "./text.ts";

export interface TableColumn {
	head: string;
	align?: "left" | "right";
	/** Columns with the lowest number leave first; without one a column stays. */
	leaves?: number;
	/**
	 * What becomes of cells where the table is still too wide: texts wrap or are cut at the end, ids in the middle, paths
	 * at the front. Without it a cell stands whole: numbers, money, times and commands are never cut.
	 */
	fit?: "wrap" | "end" | "middle" | "start";
	/** Paints a padded cell. */
	paint?: (cell: string) => string;
}

const GAP = 2;
/** So much of a cell stays, however narrow the terminal is. */
const NARROWEST = { wrap: 16, end: 8, middle: 11, start: 11 };
const CUTS = { end: cutEnd, middle: cutMiddle, start: cutStart };

/** Lines of a table, two spaces between columns, none at the end of a line. */
export function table(columns: readonly TableColumn[], rows: readonly string[][], style: Style): string[] {
	const widths = columns.map(({ head }, index) => Math.max(cells(head), ...rows.map((row) => cells(row[index] ?? ""))));
	const kept = keptColumns(columns, widths, style.width);
	const total = () => kept.reduce((sum, index) => sum + widths[index]! + GAP, -GAP);
	narrow(columns, kept, widths, style, total);
	if (total() > style.width && style.isTerminal) return blocks(columns, kept, rows, style);
	const line = (parts: string[], isHead: boolean) =>
		kept
			.map((index) => {
				const { align, paint } = columns[index]!;
				const padded = (align === "right" ? padStart : padEnd)(parts[index] ?? "", widths[index]!);
				return paint && !isHead ? paint(padded) : padded;
			})
			.join(" ".repeat(GAP))
			.trimEnd();
	const heads = columns.map(({ head }, index) => cutEnd(head, widths[index]!, style.cut));
	const body = rows.flatMap((row) => {
		const parts = columns.map((column, index) => fitted(row[index] ?? "", column, widths[index]!, style));
		const height = Math.max(...kept.map((index) => parts[index]!.length));
		return Array.from({ length: height }, (_, at) =>
			line(
				parts.map((lines) => lines[at] ?? ""),
				false,
			),
		);
	});
	return [style.bold(line(heads, true)), ...body];
}

function keptColumns(columns: readonly TableColumn[], widths: readonly number[], width: number): number[] {
	let kept = columns.map((_, index) => index);
	const leaving = kept
		.filter((index) => columns[index]!.leaves !== undefined)
		.sort((a, b) => columns[a]!.leaves! - columns[b]!.leaves!);
	for (const index of leaving) {
		if (kept.reduce((sum, one) => sum + widths[one]! + GAP, -GAP) <= width) break;
		kept = kept.filter((one) => one !== index);
	}
	return kept;
}

/** Takes from the widest column that may give, until the table fits. Ids stay whole in files and pipes. */
function narrow(
	columns: readonly TableColumn[],
	kept: readonly number[],
	widths: number[],
	{ width, isTerminal }: Style,
	total: () => number,
): void {
	const least = (index: number) => NARROWEST[columns[index]!.fit!];
	const giving = kept.filter((index) => {
		const { fit } = columns[index]!;
		return fit !== undefined && (isTerminal || (fit !== "middle" && fit !== "start"));
	});
	while (total() > width) {
		const able = giving.filter((index) => widths[index]! > least(index));
		if (able.length === 0) return;
		widths[able.reduce((a, b) => (widths[a]! >= widths[b]! ? a : b))]!--;
	}
}

function fitted(text: string, { fit }: TableColumn, width: number, { cut }: Style): string[] {
	if (fit === undefined || cells(text) <= width) return [text];
	return fit === "wrap" ? wrapped(text, width) : [CUTS[fit](text, width, cut)];
}

/** Where no table fits: a line per fact, a blank line between two rows. */
function blocks(
	columns: readonly TableColumn[],
	kept: readonly number[],
	rows: readonly string[][],
	style: Style,
): string[] {
	const label = Math.max(...kept.map((index) => cells(columns[index]!.head)));
	return rows.flatMap((row, at) => [
		...(at === 0 ? [] : [""]),
		...kept.flatMap((index) => {
			const text = row[index] ?? "";
			if (text === "") return [];
			const lines = wrapped(text, Math.max(8, style.width - label - GAP));
			return lines.map((line, nth) => {
				const head = padEnd(nth === 0 ? columns[index]!.head : "", label);
				return `${style.dim(head)}  ${columns[index]!.paint?.(line) ?? line}`;
			});
		}),
	]);
}
