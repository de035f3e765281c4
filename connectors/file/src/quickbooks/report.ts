/**
 * An exported report of QuickBooks Online: title lines, a header, groups that may nest, lines, totals, a footer. The
 * whole of it is held until its totals are checked, for a report that lost a line is worth nothing.
 */
import { ConnectorError } from "@growthnav/sdk";
import { textBlocks } from "../blocks.ts";
import { chunksOf, type OpenFile } from "../bytes.ts";
import { csvReader } from "../csv.ts";
import { headLines, type KnownLayout } from "../layout.ts";
import type { BadRow } from "../rows.ts";
import type { StreamSettings } from "../settings.ts";
import { type Field, type Header, headerOf } from "./header.ts";

export interface Report extends Header {
	layout: KnownLayout;
	/** Lines above the header: company, name of the report, dates, in any order. */
	titles: string[];
	/** Of the footer, the only place that tells it. */
	basis: "accrual" | "cash" | undefined;
	/** Everything below the header that is not blank, in order. */
	rows: ReportRow[];
	/** What could not be understood. */
	bad: BadRow[];
}

export type ReportRow =
	| { is: "group"; name: string; line: number }
	| { is: "line"; line: number; raw: string; cells: Cells; other: Record<string, string> }
	/** `name` is undefined for the grand total; `sub`: with all groups inside. */
	| { is: "total"; name: string | undefined; sub: boolean; line: number; cells: Cells };

/** Trimmed texts by what they are; blank cells are left out. */
export type Cells = Partial<Record<Field, string>>;

const DELIMITERS = [",", ";", "\t"];
const FOOTER = /^(accrual|cash) basis\b/i;
const TOTAL = /^total(?: for (.+?)( with sub-?[a-z]+)?)?$/i;

/** Throws `config.quickbooks_layout` for a file that is no known report, `config.report_rows` above `limit` rows. */
export async function readReport(open: OpenFile, settings: StreamSettings, limit: number): Promise<Report> {
	const head = await headLines(open, settings);
	const text = head.texts.slice(0, 50).join("");
	const delimiter = [settings.delimiter ?? DELIMITERS].flat().find((one) => rowsOf(text, one).some(headerOf));
	if (delimiter === undefined) throw unknownLayout(open.file.shown);
	const { encoding, newline } = head;
	const report: Report = {
		kind: "sales",
		fields: [],
		names: [],
		layout: { encoding, delimiter, newline },
		titles: [],
		basis: undefined,
		rows: [],
		bad: [],
	};
	let header: Header | undefined;
	const sink = {
		bad: (bad: BadRow) => report.bad.push(bad),
		blank: () => {},
		row(cells: string[], line: number, raw: string) {
			if (header !== undefined) addRow(report, cells, line, raw);
			else {
				header = headerOf(cells);
				if (header === undefined)
					report.titles.push(
						cells
							.map((cell) => cell.trim())
							.filter(Boolean)
							.join(", "),
					);
				else Object.assign(report, header);
			}
			if (report.rows.length > limit) throw tooLong(open.file.shown, limit);
		},
	};
	const reader = csvReader({ delimiter, newline, line: 1, limit: settings.rowBytes }, sink);
	const start = head.starts[0]!;
	for await (const block of textBlocks(chunksOf(open, start), { encoding, newline, start, limit: settings.rowBytes })) {
		reader.push(block);
	}
	reader.end();
	return report;
}

function rowsOf(text: string, delimiter: string): string[][] {
	const rows: string[][] = [];
	const sink = { bad: () => {}, blank: () => {}, row: (cells: string[]) => rows.push(cells) };
	const reader = csvReader({ delimiter, newline: text.includes("\n") ? "\n" : "\r", line: 1, limit: 1e6 }, sink);
	reader.push({ text, start: 0, end: 0 });
	reader.end();
	return rows;
}

function addRow(report: Report, cells: string[], line: number, raw: string): void {
	const texts = cells.map((cell) => cell.trim());
	const first = texts[0]!;
	const rest = texts.slice(1);
	const footer = FOOTER.exec(texts.filter(Boolean).join(","));
	if (first !== "" && footer !== null) {
		report.basis = footer[1]!.toLowerCase() as "accrual" | "cash";
		return;
	}
	const total = TOTAL.exec(first);
	if (total !== null) {
		report.rows.push({ is: "total", name: total[1], sub: total[2] !== undefined, line, cells: cellsOf(report, texts) });
	} else if (first !== "" && rest.every((text) => text === "")) report.rows.push({ is: "group", name: first, line });
	else if (first === "" && texts.length === report.fields.length) {
		report.rows.push({ is: "line", line, raw, cells: cellsOf(report, texts), other: othersOf(report, texts) });
	} else {
		const ragged =
			texts.length === report.fields.length ? "" : `: ${texts.length} fields, the header has ${report.fields.length}`;
		report.bad.push({ line, reason: `the row is no line, group or total of the report${ragged}`, raw });
	}
}

function cellsOf({ fields }: Report, texts: string[]): Cells {
	const cells: Cells = {};
	for (const [i, field] of fields.entries()) if (field !== undefined && texts[i]) cells[field] ??= texts[i];
	return cells;
}

/** Columns that we do not know, by their own names. */
function othersOf({ fields, names }: Report, texts: string[]): Record<string, string> {
	const others = names.flatMap((name, i) => (i > 0 && fields[i] === undefined && texts[i] ? [[name, texts[i]]] : []));
	return Object.fromEntries(others);
}

function unknownLayout(file: string): ConnectorError {
	return new ConnectorError("config.quickbooks_layout", `${file} is no report that the quickbooks preset knows`, {
		where: file,
		why: "no row has a blank first cell and then the columns of Sales by Customer Detail or of Journal",
		next: "export one of these two reports as CSV, or leave the file out of the path",
	});
}

function tooLong(file: string, limit: number): ConnectorError {
	return new ConnectorError("config.report_rows", `${file} has more than ${limit.toLocaleString("en-US")} rows`, {
		where: file,
		why: "a report is held in memory until its totals are checked",
		next: "export shorter periods, or raise report_rows",
	});
}
