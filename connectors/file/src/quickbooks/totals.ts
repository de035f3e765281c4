/** Groups of a report, and whether its lines add up to its own totals. Amounts are exact decimal text. */
import { addDecimals, compareDecimals } from "@growthnav/sdk";
import type { BadRow } from "../rows.ts";
import type { Cells, Report, ReportRow } from "./report.ts";

export interface GroupedLine {
	/** The groups around it, outermost first: customers and their sub-customers. */
	path: string[];
	line: number;
	raw: string;
	cells: Cells;
	other: Record<string, string>;
}

export interface Grouped {
	lines: GroupedLine[];
	/** Totals that disagree with their lines. */
	disagreements: Disagreement[];
	/** The report has a grand total, and it agrees. */
	confirmed: boolean;
}

export interface Disagreement {
	line: number;
	/** "TOTAL", "The total of a group" */
	total: string;
	/** What the lines add up to, and what the report says. */
	lines: string;
	says: string;
}

/** Columns that totals are made of. */
export type SumField = "amount" | "debit" | "credit";

/** Undefined where the text is no amount. */
export type ReadAmount = (text: string) => string | undefined;

interface Group {
	name: string;
	/** The row of its last total; undefined where it has none. */
	end: number | undefined;
	/** Of its own lines, and of all lines inside it. */
	own: Sums;
	all: Sums;
}

type Sums = Map<SumField, string>;

export interface GroupOptions {
	/** The columns that totals are made of. */
	fields: readonly SumField[];
	read: ReadAmount;
	/** Why a line cannot be used; it then is in no sum, so that totals tell of its loss. */
	faultOf: (line: GroupedLine) => string | undefined;
}

/** QuickBooks nests customers five levels deep. */
const DEEPEST = 50;

/** Puts every line into its groups, and checks each total on the way. Lines with a fault go to `bad`. */
export function groupLines(report: Report, { fields, read, faultOf }: GroupOptions, bad: BadRow[]): Grouped {
	const ends = endsOfGroups(report.rows);
	const all: Group = { name: "", end: undefined, own: new Map(), all: new Map() };
	let open: Group[] = [];
	const grouped: Grouped = { lines: [], disagreements: [], confirmed: false };
	for (const [i, row] of report.rows.entries()) {
		open = open.filter(({ end }) => end === undefined || end >= i);
		if (row.is === "group" && open.length >= DEEPEST) {
			bad.push({ line: row.line, reason: `groups nest deeper than ${DEEPEST} levels`, raw: row.name });
		} else if (row.is === "group") {
			// a group without a total ends where the next one begins
			open = [
				...open.filter(({ end }) => end !== undefined),
				{ name: row.name, end: ends.get(i), own: new Map(), all: new Map() },
			];
		} else if (row.is === "line") {
			const line: GroupedLine = { ...row, path: open.map(({ name }) => name) };
			const unreadable = fields.find((field) => row.cells[field] !== undefined && read(row.cells[field]) === undefined);
			const fault = unreadable === undefined ? faultOf(line) : `${unreadable} is no amount`;
			if (fault !== undefined) {
				bad.push({ line: row.line, reason: fault, raw: row.raw });
				continue;
			}
			for (const field of fields) add([all, ...open], open.at(-1) ?? all, field, read(row.cells[field] ?? ""));
			grouped.lines.push(line);
		} else {
			const group = row.name === undefined ? all : open.findLast(({ name }) => name === row.name);
			const wrong = disagreementsOf(row, group, fields, read);
			grouped.disagreements.push(...wrong);
			if (row.name === undefined && wrong.length === 0) grouped.confirmed = true;
		}
	}
	return grouped;
}

/**
 * For each group row the row of its last total: "Total for X with sub-customers" where there is one before the next
 * group X, else "Total for X". The same name may stand under two parents.
 */
function endsOfGroups(rows: readonly ReportRow[]): Map<number, number> {
	const ends = new Map<number, number>();
	const next = new Map<string, { total?: number; sub?: number }>();
	for (let i = rows.length - 1; i >= 0; i--) {
		const row = rows[i]!;
		if (row.is === "line" || row.name === undefined) continue;
		if (row.is === "total") next.set(row.name, { ...next.get(row.name), [row.sub ? "sub" : "total"]: i });
		else {
			const end = next.get(row.name);
			const at = end?.sub ?? end?.total;
			if (at !== undefined) ends.set(i, at);
			next.delete(row.name);
		}
	}
	return ends;
}

function add(around: readonly Group[], innermost: Group, field: SumField, amount: string | undefined): void {
	if (amount === undefined) return;
	for (const { all } of around) all.set(field, addDecimals(all.get(field) ?? "0", amount));
	innermost.own.set(field, addDecimals(innermost.own.get(field) ?? "0", amount));
}

/** A total of a group with groups inside may be of its own lines, or of all. A blank total says nothing. */
function disagreementsOf(
	row: ReportRow & { is: "total" },
	group: Group | undefined,
	fields: readonly SumField[],
	read: ReadAmount,
): Disagreement[] {
	return fields.flatMap((field) => {
		const text = row.cells[field];
		if (text === undefined) return [];
		const says = read(text);
		const sums = group === undefined ? [] : row.sub || row.name === undefined ? [group.all] : [group.all, group.own];
		const agrees = says !== undefined && sums.some((sum) => compareDecimals(sum.get(field) ?? "0", says) === 0);
		if (agrees) return [];
		// not by its name, which is a customer's: line and file say which it is
		const total = row.name === undefined ? "TOTAL" : `The total of a group${row.sub ? " with all inside" : ""}`;
		const lines = group === undefined ? "no such group" : (group.all.get(field) ?? "0");
		return [{ line: row.line, total, lines, says: text }];
	});
}
