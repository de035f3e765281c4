/** The tables at the end of a run: rows, conversions beside the source's own sums, rejects with their reasons. */
import type { RejectCount } from "@growthnav/spec";
import { addDecimals } from "../../protocol/index.ts";
import { visible } from "../../visible.ts";
import { bytes, count, duration, money, plural } from "./numbers.ts";
import type { Style } from "./style.ts";
import { type ConversionLine, reasonKey, type StreamLine, type Summary } from "./summary.ts";
import { type TableColumn, table } from "./table.ts";
import { cells, padEnd, wrap } from "./text.ts";

const REASONS_SHOWN = 10;

/** Rows per table, with their balance. */
export function streamsTable(summary: Summary, style: Style, seconds: number): string[] {
	const { streams } = summary;
	if (streams.length === 0) return [];
	const columns: TableColumn[] = [
		{ head: "Table", fit: "end" },
		{ head: "Read", align: "right" },
		{ head: "Loaded", align: "right" },
		{ head: "Superseded", align: "right", leaves: 3 },
		{ head: "Rejected", align: "right" },
		{ head: "Bytes", align: "right", leaves: 1 },
		{ head: "Seconds", align: "right", leaves: 2 },
	];
	const sum = (pick: (line: StreamLine) => number) => streams.reduce((total, line) => total + pick(line), 0);
	const row = (name: string, of: (pick: (line: StreamLine) => number) => number, taken: number) => [
		name,
		count(of((line) => line.read)),
		count(of((line) => line.loaded)),
		count(of((line) => line.superseded)),
		count(of((line) => line.rejected)),
		bytes(of((line) => line.bytes)),
		taken.toFixed(1),
	];
	const rows = streams.map((line) => row(visible(line.table), (pick) => pick(line), line.seconds));
	const unbalanced = streams.some((line) => line.read !== line.loaded + line.superseded + line.rejected);
	return [
		...table(columns, [...rows, row("Total", sum, seconds)], style),
		...(unbalanced ? [] : note("read = loaded + superseded + rejected, in every line", style)),
		...(sum((line) => line.superseded) > 0
			? note("superseded: a copy of a row that is not newer than the one kept", style)
			: []),
		...waitLines(summary, style),
		...billLines(summary, style),
	];
}

/** "billed 94.4 MB in 3 commits, $0.0005; no row waited more than 31.5 s": only where a store bills. */
function billLines({ bill }: Summary, style: Style): string[] {
	if (bill === undefined) return [];
	const price = `billed ${bytes(bill.bytes)} in ${plural(bill.commits, "commit")}, $${bill.dollars.toFixed(4)}`;
	return note(`${price}; no row waited more than ${duration(bill.lag)}`, style);
}

/** "waited 2 min 10 s in 12 times: square limits the rate": it explains the seconds. */
export function waitLines({ waits, started, store }: Summary, style: Style): string[] {
	const source = visible(started?.source ?? "the source");
	const why = {
		rate_limited: `${source} limits the rate`,
		retry: `${source} did not answer as it should`,
		locked: `${visible(store)} was open in another program`,
		job: `${source} was at work on an export`,
	};
	return [...waits].flatMap(([reason, { times, seconds }]) => {
		const often = times === 1 ? "" : ` in ${count(times)} times`;
		const long = reason === "locked" ? "waited" : `waited ${duration(seconds)}`;
		return note(`${long}${often}: ${why[reason]}`, style);
	});
}

/** One Total per currency; sums are never added across currencies. */
export function conversionsTable(summary: Summary, style: Style, totalsFrom?: string): string[] {
	const { conversions } = summary;
	if (conversions.length === 0) return [];
	const system = Math.max(...conversions.map((line) => cells(visible(line.source_system))));
	const row = (line: ConversionLine) => [
		`${padEnd(visible(line.source_system), system)}  ${visible(line.conversion_type)}`.trim(),
		count(line.rows),
		line.currency === null || line.value === null ? "-" : money(line.currency, line.value),
		line.check === "not_stated" || line.currency === null || line.source_value === null
			? "not stated"
			: money(line.currency, line.source_value),
		line.check === "not_stated" ? "-" : line.check,
	];
	const totals = currencyTotals(conversions).map(({ currency, rows, value, source, check }) => [
		"Total",
		count(rows),
		money(currency, value),
		source === null ? "" : money(currency, source),
		check,
	]);
	const columns: TableColumn[] = [
		{ head: "Conversions", fit: "end" },
		{ head: "Rows", align: "right" },
		{ head: "Value here", align: "right" },
		// whether they are equal stands in the next column
		{ head: "Value at source", align: "right", leaves: 1 },
		{
			head: "Check",
			paint: (cell) => (/^equal/.test(cell) ? style.good : /^differs/.test(cell) ? style.bad : String)(cell),
		},
	];
	const stated = conversions.some(({ source_value }) => source_value !== null);
	return [
		...table(columns, [...conversions.map(row), ...totals], style),
		...balanceLines(summary, style),
		...(stated && totalsFrom !== undefined ? note(`value at source: ${visible(totalsFrom)}`, style) : []),
	];
}

function balanceLines({ balance }: Summary, style: Style): string[] {
	if (!balance) return [];
	const parts = [`${count(balance.loaded)} loaded`, `${count(balance.superseded)} superseded`];
	parts.push(`${count(balance.rejected)} rejected`, `${count(balance.left_out)} left out`);
	const lines = note(`${count(balance.mapped)} mapped = ${parts.join(" + ")}`, style);
	const streams = Map.groupBy(balance.left_out_by, ({ stream }) => stream);
	const rules = [...streams].map(([stream, left]) => {
		const words = left.map(({ rows, rule }) => `${count(rows)} ${visible(foundOf(rule))}`);
		return `${visible(stream)}: ${words.join(", ")}`;
	});
	if (rules.length > 0) lines.push(...note(`left out by their rule, ${rules.join("; ")}`, style));
	return lines;
}

/** "state is OPEN, the mapping wants COMPLETED": what was found is enough to know the rule by. */
function foundOf(rule: string): string {
	return rule.replace(/, the mapping (?:wants|leaves) .*$/s, "");
}

function note(text: string, style: Style): string[] {
	return wrap(text, style.width - 4).map((line, index) => style.dim(index === 0 ? `  ${line}` : `    ${line}`));
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

/** Refused rows, refused conversions and values that became null, most frequent first, with where the first one stands. */
export function rejectsTable(summary: Summary, style: Style): string[] {
	const rows = summary.streams.flatMap((line) => line.reasons.map((reason) => ({ line, reason })));
	if (rows.length === 0) return [];
	const order = { record: 0, conversion: 1, value: 2 };
	rows.sort((a, b) => order[a.reason.kind] - order[b.reason.kind] || b.reason.rows - a.reason.rows);
	const shown = rows.slice(0, REASONS_SHOWN);
	const lines = table(
		[
			{ head: "Rejects", fit: "end" },
			{ head: "Rows", align: "right" },
			{ head: "Why (kept with the raw row, to try again)", fit: "wrap" },
		],
		shown.map(({ line, reason }) => [
			visible(line.table),
			count(reason.rows),
			visible(reasonWords(reason)) + placeWords(line, reason),
		]),
		style,
	);
	if (rows.length > shown.length) lines.push(`  and ${plural(rows.length - shown.length, "more reason")}`);
	return lines;
}

/** Kept are the rows of conversions and values, too: only what was made of them is missing. */
export function reasonWords({ kind, reason, path }: { kind: string; reason: string; path?: string | null }): string {
	if (kind === "conversion") return `loaded, but no conversion: ${reason}`;
	if (kind !== "value") return reason;
	const named = typeof path === "string" && reason.startsWith(`${path}: `);
	return named ? `loaded, but ${path} became null: ${reason.slice(path.length + 2)}` : `loaded, but ${reason}`;
}

function placeWords({ places }: StreamLine, { kind, reason, rows }: RejectCount): string {
	const place = places.get(reasonKey(kind, reason));
	return place === undefined ? "" : ` (${rows > 1 ? "first " : ""}${visible(place)})`;
}

/** A schema change, noticed: one block per table. */
export function schemaChangeLines(summary: Summary, style: Style): string[] {
	const tables = Map.groupBy(summary.schemaChanges, (change) => change.table);
	return [...tables].flatMap(([name, changes], index) => {
		const touched = changes.filter(({ mapping_touched }) => mapping_touched).map(({ path }) => visible(path));
		const mapping =
			touched.length === 0
				? "the mapping reads none of these; conversions are not touched"
				: `the mapping reads ${touched.join(", ")}: look at the conversions`;
		const columns: TableColumn[] = [{ head: "" }, { head: "", fit: "end" }, { head: "" }, { head: "", fit: "wrap" }];
		return [
			...(index > 0 ? [""] : []),
			`${style.warn("!")} ${visible(name)} changed at the source; nothing was dropped`,
			...table(columns, changes.map(changeCells), style).slice(1),
			...wrap(mapping, style.width - 5).map((line) => `     ${line}`),
		];
	});
}

function changeCells(change: Summary["schemaChanges"][number]): string[] {
	const path = visible(change.path);
	const column = visible(change.column ?? change.path);
	const [from, to] = [visible(change.from ?? ""), visible(change.to ?? "")];
	if (change.change === "added") return ["  +", path, to, `new column ${column}`];
	if (change.change === "widened") return ["  ~", path, `${from} -> ${to}`, "column widened in place"];
	if (change.change === "retyped") return ["  ~", path, `${from} -> ${to}`, `new column ${column}`];
	return ["  -", path, "no longer sent", "column stays, null in new rows"];
}
