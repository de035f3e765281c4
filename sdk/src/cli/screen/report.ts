/** The whole text at the end of runs: head lines, tables, errors, verdict, next commands. */

import { visible } from "../../visible.ts";
import { errorLines, keptLine } from "./errors.ts";
import { fromWords } from "./lines.ts";
import { count, duration, plural, time } from "./numbers.ts";
import { conversionsTable, rejectsTable, schemaChangeLines, streamsTable, waitLines } from "./result.ts";
import type { Style } from "./style.ts";
import { joined, type Summary } from "./summary.ts";
import { table } from "./table.ts";
import { marked, type Next, nextLines, nothingNewCells, standing, verdict, waitingSentence } from "./verdict.ts";

export interface Report {
	/** Of runs that ended. */
	summaries: Summary[];
	/** Head lines: "acme  square -> duckdb acme.duckdb  run 42". */
	titled: boolean;
	totalsFrom: string | undefined;
	seconds: number;
	exitCode: number;
	next: Next[];
	/** Part of more: without verdict and next commands. */
	part?: boolean;
}

/** Tables and verdict are the result, for stdout; errors stand between the two, on stderr. */
export interface ReportText {
	tables: string[];
	errors: string[];
	verdict: string[];
}

export function reportText(report: Report, style: Style, errorStyle: Style): ReportText {
	const { summaries, seconds, exitCode } = report;
	if (summaries.every(isNothingNew)) return nothingNew(report, style);
	const all = joined(summaries);
	const stopped = summaries.some(({ finished }) => finished?.status === "stopped");
	const failedEmpty = exitCode !== 0 && all.streams.every(({ read, committed }) => read === 0 && committed === 0);
	const tables = separated([
		report.titled ? summaries.flatMap((summary) => headLines(summary, style)) : [],
		schemaChangeLines(all, style),
		stopped ? stoppedTable(all, style) : failedEmpty ? waitLines(all, style) : streamsTable(all, style, seconds),
		conversionsTable(all, style, report.totalsFrom),
		rejectsTable(all, style),
	]);
	const errors = separated(all.errors.map((error) => errorLines({ ...error, kept: keptLine(error) }, errorStyle)));
	const facts = { seconds, exitCode, rejectsWaiting: waitingIn(summaries), next: report.next };
	return {
		tables,
		errors: errors.length > 0 && tables.length > 0 ? ["", ...errors] : errors,
		verdict: report.part ? [] : ["", ...verdict(summaries, style, facts)],
	};
}

function isNothingNew({ finished }: Summary): boolean {
	return finished?.status === "nothing_new";
}

function headLines(summary: Summary, style: Style): string[] {
	const { started, run } = summary;
	const from = started?.continues ? `  ${fromWords(started)}` : "";
	const title = `${visible(summary.title)}${run === null ? "" : `  run ${run}`}${from}`;
	return [...unfinishedLines(summary, style), title, ...(isNothingNew(summary) ? ["nothing new"] : [])];
}

/** What a run that was killed left: nothing that a person would have to do. */
function unfinishedLines({ started, run }: Summary, style: Style): string[] {
	if (!started || started.previous_run_finished || run === null) return [];
	const { previous_committed_at: at, previous_committed_rows: rows } = started;
	const first = `Run ${run - 1} did not finish; ${at === null ? "it had committed nothing." : `its last commit was at ${time(at)}.`}`;
	const then =
		at === null
			? "Nothing to repair."
			: `Its ${count(rows ?? 0)} committed rows stand, later ones are read again. Nothing to repair.`;
	const [head, ...more] = marked(style.warn("!"), first, style);
	return [head!, ...more, ...marked(" ", then, style)];
}

/** After Ctrl-C: what stands and what is read again. */
function stoppedTable(summary: Summary, style: Style): string[] {
	const streams = summary.streams.filter(({ read, committed }) => read > 0 || committed > 0);
	if (streams.length === 0) return [];
	const rows = streams.map((line) => [
		visible(line.table),
		count(line.read),
		count(line.committed),
		count(Math.max(0, line.read - line.committed)),
	]);
	return [
		...table(
			[
				{ head: "Table", fit: "end" },
				{ head: "Read", align: "right" },
				{ head: "Committed", align: "right" },
				{ head: "Read again next time", align: "right" },
			],
			rows,
			style,
		),
		...waitLines(summary, style),
	];
}

function nothingNew(report: Report, style: Style): ReportText {
	const { summaries } = report;
	const columns = [{ head: "", fit: "end" as const }, { head: "" }, { head: "", fit: "wrap" as const }];
	const rows = summaries.map(nothingNewCells);
	const tables = [
		...(report.titled ? summaries.flatMap((summary) => unfinishedLines(summary, style)) : []),
		...table([...columns, { head: "", align: "right" }], rows, style).slice(1),
		...summaries.flatMap((summary) => waitLines(summary, style)),
	];
	if (report.part) return { tables, errors: [], verdict: [] };
	const sentences = ["Nothing new, nothing doubled."];
	if (sumsAgree(summaries)) sentences.push(`${standing(summaries)}, as after the first run and as at the source.`);
	else sentences.push(`Done in ${duration(report.seconds)}.`);
	const waiting = waitingIn(summaries);
	if (waiting > 0) sentences.push(waitingSentence(waiting, "still "));
	const lines = marked(style.good(style.ok), sentences.join(" "), style);
	return { tables, errors: [], verdict: ["", ...lines, ...nextLines(report.next, style)] };
}

/** All sums were compared with the source's, and are equal. */
function sumsAgree(summaries: Summary[]): boolean {
	const checks = summaries.flatMap(({ conversions }) => conversions.map(({ check }) => check));
	return checks.length > 0 && checks.every((check) => check === "equal");
}

/** The last lines of several pipelines: "✗ 3 pipelines in 12.3 s: 1 done, 1 nothing new, 1 failed. Exit code 10." */
export function manyVerdict(
	facts: { statuses: string[]; seconds: number; exitCode: number; summaries: Summary[]; next: Next[] },
	style: Style,
): string[] {
	const words = {
		done: "done",
		nothing_new: "nothing new",
		stopped: "stopped",
		failed: "failed",
		not_begun: "not begun",
	};
	const parts = Object.entries(words).flatMap(([status, word]) => {
		const number = facts.statuses.filter((one) => one === status).length;
		return number === 0 ? [] : [`${number} ${word}`];
	});
	const sentences = [
		`${plural(facts.statuses.length, "pipeline")} in ${duration(facts.seconds)}: ${parts.join(", ")}.`,
	];
	if (facts.exitCode !== 0) sentences.push(`Exit code ${facts.exitCode}.`);
	const waiting = waitingIn(facts.summaries);
	if (waiting > 0) sentences.push(waitingSentence(waiting));
	const stopped = facts.exitCode >= 130;
	const mark = stopped ? style.warn("!") : facts.exitCode === 0 ? style.good(style.ok) : style.bad(style.failed);
	return [...marked(mark, sentences.join(" "), style), ...nextLines(facts.next, style)];
}

function waitingIn(summaries: Summary[]): number {
	return summaries.reduce((total, { finished }) => total + (finished?.rejects_waiting ?? 0), 0);
}

function separated(blocks: string[][]): string[] {
	return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : ["", ...block]));
}
