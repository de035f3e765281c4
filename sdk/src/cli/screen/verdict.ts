/** The last lines of a run: the verdict, which the exit code agrees with, and the next command. */
import { visible } from "../../visible.ts";
import { count, duration, money, plural, time } from "./numbers.ts";
import { currencyTotals } from "./result.ts";
import type { Style } from "./style.ts";
import type { Summary } from "./summary.ts";
import { padEnd, wrap } from "./text.ts";

/** A command to try, and what it shows. */
export interface Next {
	command: string;
	shows: string;
}

export interface VerdictFacts {
	/** Wall clock. */
	seconds: number;
	exitCode: number;
	rejectsWaiting: number;
	next: Next[];
}

/** "✓ Done in 5.2 s. All 3 sums equal the source. 11 rejects wait for a decision." */
export function verdict(summaries: Summary[], style: Style, facts: VerdictFacts): string[] {
	const stopped = summaries.some(({ finished }) => finished?.status === "stopped");
	const sentences =
		stopped || facts.exitCode >= 130
			? [stoppedSentence(facts.exitCode, facts.seconds), keptSentence(summaries)]
			: facts.exitCode === 0
				? [`Done in ${duration(facts.seconds)}.`, sumsSentence(summaries), throughSentence(summaries)]
				: [`Failed after ${duration(facts.seconds)}, exit code ${facts.exitCode}.`, keptSentence(summaries)];
	if (facts.rejectsWaiting > 0) sentences.push(waitingSentence(facts.rejectsWaiting));
	const mark = stopped ? style.warn("!") : facts.exitCode === 0 ? style.good(style.ok) : style.bad(style.failed);
	return [...marked(mark, sentences.filter(Boolean).join(" "), style), ...nextLines(facts.next, style)];
}

function stoppedSentence(exitCode: number, seconds: number): string {
	const by = exitCode === 143 ? "SIGTERM" : exitCode === 130 ? "Ctrl-C" : "the limit of minutes";
	return `Stopped by ${by} after ${duration(seconds)}${exitCode < 130 ? `, exit code ${exitCode}` : ""}.`;
}

function keptSentence(summaries: Summary[]): string {
	const moved = summaries.some(({ streams }) => streams.some(({ read, committed }) => read > 0 || committed > 0));
	return moved ? throughSentence(summaries) : "No row was written.";
}

function throughSentence(summaries: Summary[]): string {
	if (summaries.length !== 1) return "";
	const through = summaries[0]!.finished?.committed_through;
	return through ? `Committed through ${visible(time(through))}.` : "";
}

function sumsSentence(summaries: Summary[]): string {
	const checks = summaries.flatMap(({ conversions }) => conversions.map(({ check }) => check));
	const stated = checks.filter((check) => check !== "not_stated");
	if (stated.length === 0 || stated.includes("differs")) return "";
	if (stated.length < checks.length)
		return `${count(stated.length)} of ${plural(checks.length, "sum")} can be compared, and ${stated.length === 1 ? "equals" : "equal"} the source.`;
	return stated.length === 1 ? "The sum equals the source." : `All ${count(stated.length)} sums equal the source.`;
}

export function waitingSentence(rejects: number, still = ""): string {
	return `${plural(rejects, "reject")} ${still}${rejects === 1 ? "waits" : "wait"} for a decision.`;
}

/** A sentence behind a mark; further lines stand under its first word. */
export function marked(mark: string, text: string, style: Style): string[] {
	const { length } = mark.replace(/\x1b\[\d+m/g, "");
	return wrap(text, style.width - length - 1).map(
		(line, index) => `${index === 0 ? mark : " ".repeat(length)} ${line}`,
	);
}

/** "Next  growthnav rejects demo.duckdb      the refused rows": commands whole, notes where they fit. */
export function nextLines(next: Next[], style: Style): string[] {
	if (next.length === 0) return [];
	// names of files and streams stand in commands
	const shown = next.map(({ command, shows }) => ({ command: visible(command), shows }));
	const width = Math.max(...shown.map(({ command }) => command.length)) + 2;
	const lines = shown.map(({ command, shows }, index) => {
		const lead = index === 0 ? style.bold("Next") : "    ";
		const fits = shows !== "" && 6 + width + shows.length <= style.width;
		return `${lead}  ${fits ? padEnd(command, width) + style.dim(shows) : command}`;
	});
	return ["", ...lines];
}

/** The line of one run that found nothing new. */
export function nothingNewCells(summary: Summary): string[] {
	const again = summary.streams.reduce((sum, line) => sum + line.superseded, 0);
	const what = again === 0 ? "no row came" : `${plural(again, "row")} came again, none was newer`;
	return [visible(summary.title), "nothing new", what, duration(summary.finished?.duration_s ?? 0)];
}

/** "26,175 conversions, USD 1,135,194.69": what stands in the store, one sum per currency. */
export function standing(summaries: Summary[]): string {
	const lines = summaries.flatMap(({ conversions }) => conversions);
	const rows = lines.reduce((sum, line) => sum + line.rows, 0);
	const sums = currencyTotals(lines).map(({ currency, value }) => money(currency, value));
	return [plural(rows, "conversion"), ...sums].join(", ");
}
