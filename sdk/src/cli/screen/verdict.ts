/** The last lines of a run: the verdict, which the exit code agrees with, and the next command. */
import { addDecimals } from "../../protocol/index.ts";
import { visible } from "../../visible.ts";
import { count, duration, money, plural, time } from "./numbers.ts";
import { currencyTotals } from "./result.ts";
import type { Style } from "./style.ts";
import type { Summary } from "./summary.ts";
import { padEnd, wrap } from "./text.ts";

export interface VerdictFacts {
	/** Wall clock. */
	seconds: number;
	exitCode: number;
	rejectsWaiting: number;
	/** Commands to try, with what they show. */
	next: { command: string; shows: string }[];
}

/** "✓ Done in 5.2 s. All 3 sums equal the source. 11 rejects wait for a decision." */
export function verdict(summaries: Summary[], style: Style, facts: VerdictFacts): string[] {
	const finished = summaries.flatMap((summary) => summary.finished ?? []);
	const stopped = finished.find(({ status }) => status === "stopped");
	const sentences =
		stopped !== undefined
			? [stoppedSentence(facts.exitCode, facts.seconds), throughSentence(summaries)]
			: facts.exitCode === 0
				? [`Done in ${duration(facts.seconds)}.`, sumsSentence(summaries), throughSentence(summaries)]
				: [`Failed after ${duration(facts.seconds)}, exit code ${facts.exitCode}.`, throughSentence(summaries)];
	if (facts.rejectsWaiting > 0) sentences.push(waitingSentence(facts.rejectsWaiting));
	const mark = stopped ? style.warn("!") : facts.exitCode === 0 ? style.good(style.ok) : style.bad(style.failed);
	return [...marked(mark, sentences.filter(Boolean).join(" "), style), ...nextLines(facts.next, style)];
}

function stoppedSentence(exitCode: number, seconds: number): string {
	const by = exitCode === 143 ? "SIGTERM" : exitCode === 130 ? "Ctrl-C" : "the limit of minutes";
	return `Stopped by ${by} after ${duration(seconds)}.`;
}

function throughSentence(summaries: Summary[]): string {
	if (summaries.length !== 1) return "";
	const through = summaries[0]!.finished?.committed_through;
	return through ? `Committed through ${visible(time(through))}.` : "";
}

function sumsSentence(summaries: Summary[]): string {
	const checks = summaries.flatMap(({ conversions }) => conversions.map(({ check }) => check));
	const stated = checks.filter((check) => check !== "not_stated");
	if (stated.length === 0) return "";
	if (stated.some((check) => check === "differs")) return "";
	const all = stated.length === checks.length ? "All " : "";
	return `${all}${count(stated.length)} ${stated.length === 1 ? "sum equals" : "sums equal"} the source.`;
}

export function waitingSentence(rejects: number): string {
	return `${plural(rejects, "reject")} ${rejects === 1 ? "waits" : "wait"} for a decision.`;
}

/** Two lines at most, the second under the first word of the first. */
export function marked(mark: string, text: string, style: Style): string[] {
	return wrap(text, style.width - 2).map((line, index) => (index === 0 ? `${mark} ${line}` : `  ${line}`));
}

/** "Next  growthnav rejects demo.duckdb      the refused rows" */
export function nextLines(next: VerdictFacts["next"], style: Style): string[] {
	if (next.length === 0) return [];
	const width = Math.max(...next.map(({ command }) => command.length));
	const lines = next.map(({ command, shows }, index) => {
		const lead = index === 0 ? "Next  " : "      ";
		const fits = 6 + width + 2 + shows.length <= style.width;
		return (lead + (fits ? `${padEnd(command, width)}  ${shows}` : command)).trimEnd();
	});
	return ["", ...lines];
}

/** The line of one run that found nothing new. */
export function nothingNewLine(summary: Summary, title: string): string[] {
	const again = summary.streams.reduce((sum, line) => sum + line.superseded, 0);
	const what = again === 0 ? "no row came" : `${plural(again, "row")} came again, none was newer`;
	const seconds = duration(summary.finished?.duration_s ?? 0);
	return [visible(title), "nothing new", what, seconds];
}

/** "26,175 conversions, USD 1,135,194.69": what stands in the store, one sum per currency. */
export function standing(summaries: Summary[]): string {
	const lines = summaries.flatMap(({ conversions }) => conversions);
	const rows = lines.reduce((sum, line) => sum + line.rows, 0);
	const sums = currencyTotals(lines).map(({ currency, value }) => money(currency, addDecimals(value, "0")));
	return [plural(rows, "conversion"), ...sums].join(", ");
}
