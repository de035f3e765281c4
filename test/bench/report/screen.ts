/** Results as lines for a terminal. */
import type { Compared, Part } from "../harness/bench.ts";
import type { Table } from "../harness/case.ts";
import { figureTable, goalRows, growthFaults, growthTable, ratioTable } from "./tables.ts";

export function screenOf(part: Part): string {
	if ("table" in part) return `\n${part.title}\n${padded(part.table)}`;
	const { title, records, bytes, rounds, missing } = part;
	const size = bytes === undefined ? "" : `, ${(bytes / 1e6).toFixed(0)} MB`;
	const ratios = ratioTable(part);
	return [
		`\n${title}: ${records.toLocaleString("en")} record${records === 1 ? "" : "s"}${size}, ${rounds} round${rounds === 1 ? "" : "s"}`,
		padded(figureTable(part)),
		...(ratios === undefined ? [] : [padded(ratios)]),
		...goalRows(part).map(([, name, goal, reached, verdict]) => `${name}: ${goal}: ${reached} ${verdict}`),
		...missing,
	].join("\n");
}

/** A whole series, when its points are there. */
export function growthScreen(points: readonly Compared[]): string {
	return [`\n${points[0]!.point!.series}`, padded(growthTable(points)), ...growthFaults(points)].join("\n");
}

function padded({ head, rows }: Table): string {
	const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
	return [head, ...rows]
		.map((row) =>
			row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  "),
		)
		.join("\n");
}
