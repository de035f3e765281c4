/** The tables at the end of a run: rows, conversions beside the source's own sums, rejects with their reasons. */
import { addDecimals } from "../../protocol/index.ts";
import { visible } from "../../visible.ts";
import { bytes, count, money, plural } from "./numbers.ts";
import type { Style } from "./style.ts";
import type { ConversionLine, Summary } from "./summary.ts";
import { type TableColumn, table } from "./table.ts";
import { wrap } from "./text.ts";

const REASONS_SHOWN = 10;

/** Rows per table, with their balance. */
export function streamsTable(summary: Summary, style: Style, seconds: number): string[] {
	const columns: TableColumn[] = [
		{ head: "Table", cuttable: true },
		{ head: "Read", align: "right" },
		{ head: "Loaded", align: "right" },
		{ head: "Superseded", align: "right", leaves: 3 },
		{ head: "Rejected", align: "right" },
		{ head: "Bytes", align: "right", leaves: 1 },
		{ head: "Seconds", align: "right", leaves: 2 },
	];
	const sum = (pick: (line: Summary["streams"][number]) => number) =>
		summary.streams.reduce((total, line) => total + pick(line), 0);
	const row = (name: string, of: (pick: (line: Summary["streams"][number]) => number) => number, taken: number) => [
		name,
		count(of((line) => line.read)),
		count(of((line) => line.loaded)),
		count(of((line) => line.superseded)),
		count(of((line) => line.rejected)),
		bytes(of((line) => line.bytes)),
		taken.toFixed(1),
	];
	const rows = summary.streams.map((line) => row(visible(line.table), (pick) => pick(line), line.seconds));
	const unbalanced = summary.streams.some((line) => line.read !== line.loaded + line.superseded + line.rejected);
	return [
		...table(columns, [...rows, row("Total", sum, seconds)], style),
		...(unbalanced ? [] : ["  read = loaded + superseded + rejected, in every line"].map(style.dim)),
		...(sum((line) => line.superseded) > 0
			? [style.dim("  superseded: a copy of a row that is not newer than the one kept")]
			: []),
	];
}

/** One Total per currency; sums are never added across currencies. */
export function conversionsTable(summary: Summary, style: Style, totalsFrom?: string): string[] {
	if (summary.conversions.length === 0) return [];
	const row = (line: ConversionLine) => [
		`${visible(line.source_system)}`,
		visible(line.conversion_type),
		count(line.rows),
		line.currency === null || line.value === null ? "-" : money(line.currency, line.value),
		line.check === "not_stated" || line.currency === null || line.source_value === null
			? "not stated"
			: money(line.currency, line.source_value),
		line.check === "not_stated" ? "-" : line.check,
	];
	const lines = summary.conversions.map(row);
	const totals = currencyTotals(summary.conversions).map(({ currency, rows, value, source, check }) => [
		"Total",
		"",
		count(rows),
		money(currency, value),
		source === null ? "" : money(currency, source),
		check,
	]);
	const columns: TableColumn[] = [
		{ head: "Conversions", cuttable: true },
		{ head: "" },
		{ head: "Rows", align: "right" },
		{ head: "Value here", align: "right" },
		{ head: "Value at source", align: "right" },
		{
			head: "Check",
			paint: (cell) =>
				cell.startsWith("equal") ? style.good(cell) : cell.startsWith("differs") ? style.bad(cell) : cell,
		},
	];
	return [...table(columns, [...lines, ...totals], style), ...balanceLines(summary, style, totalsFrom)];
}

function balanceLines(summary: Summary, style: Style, totalsFrom: string | undefined): string[] {
	const balance = summary.balance;
	const lines: string[] = [];
	if (balance) {
		const parts = [`${count(balance.loaded)} loaded`, `${count(balance.superseded)} superseded`];
		parts.push(`${count(balance.rejected)} rejected`, `${count(balance.left_out)} left out`);
		lines.push(`  ${count(balance.mapped)} mapped = ${parts.join(" + ")}`);
		const rules = balance.left_out_by.map(
			({ stream, rows, rule }) => `${count(rows)} ${visible(stream)}: ${visible(rule)}`,
		);
		if (rules.length > 0) lines.push(...indented(`left out by their rule: ${rules.join("; ")}`, style));
	}
	if (totalsFrom !== undefined) lines.push(...indented(`value at source: ${totalsFrom}`, style));
	return lines.map(style.dim);
}

function indented(text: string, style: Style): string[] {
	return wrap(text, style.width - 4).map((line, index) => (index === 0 ? `  ${line}` : `    ${line}`));
}

interface CurrencyTotal {
	currency: string;
	rows: number;
	value: string;
	/** Null where one source did not state its sum. */
	source: string | null;
	check: string;
}

export function currencyTotals(conversions: ConversionLine[]): CurrencyTotal[] {
	const totals = new Map<string, CurrencyTotal>();
	for (const { currency, value, rows, source_value, check } of conversions) {
		if (currency === null || value === null) continue;
		const total = totals.get(currency) ?? { currency, rows: 0, value: "0", source: "0", check: "equal" };
		total.rows += rows;
		total.value = addDecimals(total.value, value);
		total.source = total.source === null || source_value === null ? null : addDecimals(total.source, source_value);
		if (check === "differs") total.check = "differs";
		if (check === "not_stated" && total.check === "equal") total.check = "";
		totals.set(currency, total);
	}
	return [...totals.values()];
}

/** Refused rows, refused conversions and values that became null, most frequent first. */
export function rejectsTable(summary: Summary, style: Style): string[] {
	const rows = summary.streams.flatMap((line) =>
		line.reasons.map((reason) => ({ table: visible(line.table), ...reason })),
	);
	if (rows.length === 0) return [];
	const order = { record: 0, conversion: 1, value: 2 };
	rows.sort((a, b) => order[a.kind] - order[b.kind] || b.rows - a.rows);
	const columns: TableColumn[] = [
		{ head: "Rejects" },
		{ head: "Rows", align: "right" },
		{ head: "Why (kept with the raw row, to try again)", cuttable: true },
	];
	const why = (kind: string, reason: string) =>
		kind === "conversion"
			? `loaded, but no conversion: ${reason}`
			: kind === "value"
				? `loaded, but ${reason}`
				: reason;
	const shown = rows.slice(0, REASONS_SHOWN);
	const lines = table(
		columns,
		shown.map((one) => [one.table, count(one.rows), visible(why(one.kind, one.reason))]),
		style,
	);
	if (rows.length > shown.length) lines.push(`  and ${plural(rows.length - shown.length, "more reason")}`);
	return lines;
}

/** A schema change, noticed: one block per table. */
export function schemaChangeLines(summary: Summary, style: Style): string[] {
	const tables = new Map<string, Summary["schemaChanges"]>();
	for (const change of summary.schemaChanges) tables.set(change.table, [...(tables.get(change.table) ?? []), change]);
	return [...tables].flatMap(([name, changes]) => {
		const rows = changes.map(changeCells);
		const touched = changes.filter(({ mapping_touched }) => mapping_touched).map(({ path }) => visible(path));
		const mapping =
			touched.length === 0
				? "     the mapping reads none of these; conversions are not touched"
				: `     the mapping reads ${touched.join(", ")}: look at the conversions`;
		return [
			`${style.warn("!")} ${visible(name)} changed at the source; nothing was dropped`,
			...table([{ head: "" }, { head: "" }, { head: "" }, { head: "", cuttable: true }], rows, style).slice(1),
			mapping,
			"",
		];
	});
}

function changeCells(change: Summary["schemaChanges"][number]): string[] {
	const path = visible(change.path);
	const column = visible(change.column ?? change.path);
	if (change.change === "added") return ["  +", path, change.to ?? "", `new column ${column}`];
	if (change.change === "widened") return ["  ~", path, `${change.from} -> ${change.to}`, "column widened in place"];
	if (change.change === "retyped") return ["  ~", path, `${change.from} -> ${change.to}`, `new column ${column}`];
	return ["  -", path, "no longer sent", "column stays, null in new rows"];
}
