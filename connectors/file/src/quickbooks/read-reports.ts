/** Reports to records: each report is checked against its own totals before anything of it is sent. */
import {
	addDecimals,
	ConnectorError,
	type ControlTotal,
	type Json,
	type JsonObject,
	listOf,
	type SourceLog,
} from "@growthnav/sdk";
import { type OpenFile, openBytes } from "../bytes.ts";
import type { Config } from "../config.ts";
import type { ReadMoment } from "../dates.ts";
import { type FileBatch, type FilePage, throughFiles } from "../file-loop.ts";
import type { FoundFile } from "../files.ts";
import { readNumber } from "../money.ts";
import type { BadRow } from "../rows.ts";
import type { StreamSettings } from "../settings.ts";
import { fileState, fingerprintOf, planOf } from "../state.ts";
import type { ReportKind } from "./header.ts";
import { entriesOf, journalFault } from "./journal.ts";
import { type Report, readReport } from "./report.ts";
import { documentsOf, PURCHASES, REFUNDS, salesFault } from "./sales.ts";
import { type Disagreement, type Grouped, type GroupedLine, groupLines } from "./totals.ts";

export interface ReportOptions {
	kind: ReportKind;
	files: readonly FoundFile[];
	settings: StreamSettings;
	config: Pick<Config, "basis" | "check_totals" | "report_rows">;
	readDate: ReadMoment;
	/** What the last run saved. */
	saved: Json | undefined;
	signal: AbortSignal;
	log: SourceLog;
}

const ROWS_PER_PAGE = 1000;

/** Throws what `throughFiles` throws; `data.control_total` for a report that does not add up. */
export function readReports(options: ReportOptions): AsyncGenerator<FilePage> {
	const { files, settings, config, saved, log } = options;
	const fingerprint =
		fingerprintOf(settings) + (config.basis === "cash" ? "c" : "a") + (config.check_totals ? "1" : "0");
	return throughFiles({ files, saved, fingerprint, log }, async function* (file, { states }) {
		const open = await openBytes(file);
		try {
			if ((await planOf(open, states.get(file.name), true)).read === "nothing") return;
			const report = await readReport(open, settings, config.report_rows);
			const { rows, rejects, controlTotals } = recordsOf(report, open, options);
			options.signal.throwIfAborted();
			for (let at = 0; at < rows.length; at += ROWS_PER_PAGE) {
				yield { rows: rows.slice(at, at + ROWS_PER_PAGE), rejects: [], placed: false };
			}
			const end = { offset: open.size, line: 1, open: 0, done: true };
			states.set(file.name, await fileState(open, end, report.layout));
			yield { rows: [], rejects, controlTotals, placed: true };
		} finally {
			await open.handle.close();
		}
	});
}

function recordsOf(
	report: Report,
	{ file }: OpenFile,
	options: ReportOptions,
): Omit<FileBatch, "placed"> & Required<Pick<FileBatch, "controlTotals">> {
	const { kind, settings, config, log } = options;
	const bad: BadRow[] = [...report.bad];
	const read = (text: string) => readNumber(text, settings.style, settings.currency)?.value;
	const facts = {
		readDate: (text: string) => options.readDate(text)?.text.slice(0, 10),
		read,
		report: report.titles.join(" | "),
		file: file.name,
	};
	const fields = kind === "sales" ? (["amount"] as const) : (["debit", "credit"] as const);
	const faultOf = (line: GroupedLine) => (kind === "sales" ? salesFault(line, facts) : journalFault(line, facts));
	const grouped = groupLines(report, { fields, read, faultOf }, bad);
	const rows =
		kind === "sales"
			? documentsOf(grouped.lines, { ...facts, currency: settings.currency!, basis: report.basis })
			: entriesOf(grouped.lines, facts);
	checkTotals(grouped, bad, file, config.check_totals, log);
	if (kind === "sales" && report.basis !== undefined && report.basis !== config.basis)
		noteBasis(report.basis, file, log);
	const rejects = bad.map((row) => ({ ...row, code: "csv_row", file: file.shown }));
	const counts = kind === "sales" && grouped.confirmed && config.check_totals && report.basis !== other(config.basis);
	return { rows, rejects, controlTotals: counts ? controlTotals(rows, settings.currency!) : [] };
}

const other = (basis: string) => (basis === "cash" ? "accrual" : "cash");

function noteBasis(basis: string, { shown }: FoundFile, log: SourceLog): void {
	log.warn(
		`${shown} is on ${basis} basis: its rows are read and make no conversions, for they repeat sales under other dates; basis: ${basis} counts them`,
	);
}

/** What the report says of itself, for the runner to compare: its lines, which its own totals have confirmed. */
function controlTotals(documents: readonly JsonObject[], currency: string): ControlTotal[] {
	const kinds = [
		["purchase", PURCHASES],
		["refund", REFUNDS],
	] as const;
	return kinds.flatMap(([conversion_type, types]) => {
		const amounts = documents.flatMap(({ type, amount }) =>
			types.includes(type as string) && typeof amount === "string" ? [amount] : [],
		);
		const value = amounts.reduce((sum, amount) => addDecimals(sum, amount), "0");
		return amounts.length === 0 ? [] : [{ conversion_type, currency, value, rows: amounts.length }];
	});
}

function checkTotals(
	{ disagreements }: Grouped,
	bad: readonly BadRow[],
	file: FoundFile,
	strict: boolean,
	log: SourceLog,
): void {
	const [first] = disagreements;
	if (first === undefined) return;
	const message = `${first.total} does not agree with the lines above it`;
	if (strict) throw mismatch(message, first, disagreements.length, bad, file);
	log.warn(`${file.shown}:${first.line}: ${message}; the lines count, because check_totals is false`);
}

function mismatch(
	message: string,
	{ line, lines, says }: Disagreement,
	count: number,
	bad: readonly BadRow[],
	file: FoundFile,
): ConnectorError {
	const refused = bad.map((row) => `line ${row.line}: ${row.reason}`);
	const more = [
		count > 1 ? [`${count - 1} more totals differ`] : [],
		refused.length > 0 ? [`not read: ${listOf(refused, 4)}`] : [],
	].flat();
	return new ConnectorError("data.control_total", message, {
		where: `${file.shown}:${line}`,
		why: [`the lines add up to ${lines}, the report says ${says}`, ...more, "nothing of the file is read"].join("; "),
		next: "export the report again; check_totals: false reads its lines as they are",
	});
}
