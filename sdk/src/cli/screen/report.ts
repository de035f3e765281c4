/** The whole text at the end of runs: head lines, tables, errors, verdict, next commands. */
import type { RunResult } from "../../pipeline/finish.ts";
import { errorLines, keptLine } from "./errors.ts";
import { count, duration, time } from "./numbers.ts";
import { conversionsTable, rejectsTable, schemaChangeLines, streamsTable } from "./result.ts";
import type { Style } from "./style.ts";
import { joined, type Summary } from "./summary.ts";
import { table } from "./table.ts";
import { marked, nextLines, nothingNewLine, standing, verdict, waitingSentence } from "./verdict.ts";

export interface Report {
	summaries: Summary[];
	results: RunResult[];
	/** "acme  square -> duckdb acme.duckdb", one a run. */
	titles: string[];
	totalsFrom?: string | undefined;
	seconds: number;
	exitCode: number;
	next: { command: string; shows: string }[];
	/** The sums in the store are known to be the source's. */
	sumsAgree?: boolean;
}

/** For stdout. Errors stand where people look last, above the verdict. */
export function reportLines(report: Report, style: Style): string[] {
	const { summaries, results } = report;
	if (results.length > 0 && results.every(({ status }) => status === "nothing_new")) return nothingNew(report, style);
	const all = joined(summaries);
	const blocks = [
		summaries.flatMap((summary, index) => headLines(summary, report.titles[index] ?? "", results[index], style)),
		schemaChangeLines(all, style),
		results.some(({ status }) => status === "stopped")
			? stoppedTable(all, style)
			: streamsTable(all, style, report.seconds),
		conversionsTable(all, style, report.totalsFrom),
		rejectsTable(all, style),
		all.errors.flatMap((error) => ["", ...errorLines({ ...error, kept: keptLine(error) }, style)]).slice(1),
	];
	const facts = {
		seconds: report.seconds,
		exitCode: report.exitCode,
		rejectsWaiting: sum(results, ({ rejects_waiting }) => rejects_waiting),
		next: report.next,
	};
	return [...separated(blocks), "", ...verdict(summaries, style, facts)];
}

function headLines(summary: Summary, title: string, result: RunResult | undefined, style: Style): string[] {
	const started = summary.started;
	if (!started || title === "") return [];
	const from = started.continues_at === null ? "" : `  continues at ${time(started.continues_at)}`;
	const lines: string[] = [];
	if (!started.previous_run_finished) {
		const at = started.previous_committed_at;
		const rows = started.previous_committed_rows;
		lines.push(
			...marked(
				style.warn("!"),
				at === null
					? "The last run did not finish; it had committed nothing. Nothing to repair."
					: `The last run did not finish; its last commit was at ${time(at)}. Its ${count(rows ?? 0)} committed rows stand, later ones are read again. Nothing to repair.`,
				style,
			),
		);
	}
	return [...lines, `${title}${from}`, ...(result?.status === "nothing_new" ? ["nothing new"] : [])];
}

/** After Ctrl-C: what stands and what is read again. */
function stoppedTable(summary: Summary, style: Style): string[] {
	return table(
		[
			{ head: "Table", cuttable: true },
			{ head: "Read", align: "right" },
			{ head: "Committed", align: "right" },
			{ head: "Read again next time", align: "right" },
		],
		summary.streams
			.filter(({ read }) => read > 0)
			.map((line) => [
				line.table,
				count(line.read),
				count(line.committed),
				count(Math.max(0, line.read - line.committed)),
			]),
		style,
	);
}

function nothingNew(report: Report, style: Style): string[] {
	const { summaries, results } = report;
	const rows = summaries.map((summary, index) => nothingNewLine(summary, report.titles[index] ?? ""));
	const waiting = sum(results, ({ rejects_waiting }) => rejects_waiting);
	const sentences = ["Nothing new, nothing doubled."];
	if (report.sumsAgree) sentences.push(`${standing(summaries)}, as after the first run and as at the source.`);
	else sentences.push(`Done in ${duration(report.seconds)}.`);
	if (waiting > 0) sentences.push(waitingSentence(waiting).replace("wait", "still wait"));
	return [
		...table([{ head: "" }, { head: "" }, { head: "" }, { head: "", align: "right" }], rows, style).slice(1),
		"",
		...marked(style.good(style.ok), sentences.join(" "), style),
		...nextLines(report.next, style),
	];
}

function separated(blocks: string[][]): string[] {
	return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : ["", ...block]));
}

function sum<T>(items: T[], pick: (item: T) => number): number {
	return items.reduce((total, item) => total + pick(item), 0);
}
