/** `growthnav run`: pipeline files, one after the other. */
import { ConnectorError } from "../../errors.ts";
import { duration } from "../screen/numbers.ts";
import { manyVerdict, type ReportText, reportText } from "../screen/report.ts";
import type { Next } from "../screen/verdict.ts";
import type { World } from "../world.ts";
import { type Executed, execute, type JobEnd, jobOf } from "./execute.ts";
import { commandsOn, loadedFile, nameOf } from "./source-argument.ts";

export async function run(world: World, options: { wait?: string }, [paths]: [string[]]): Promise<number> {
	const wait = secondsOf(options.wait);
	const jobs = paths.map((path) => {
		const name = nameOf(path.replace(/\.\w+$/, ""));
		return jobOf(name, () => loadedFile(path, world), world, commandsOn(path, world));
	});
	if (jobs.length === 1) return tellOne(await execute(jobs, world, { wait }), world);
	let told = 0;
	const onEnd = (end: JobEnd) => {
		if (told++ > 0) world.say("");
		tellEnd(end, end.result?.duration_s ?? 0, world);
	};
	return tellMany(paths, await execute(jobs, world, { wait, onEnd }), world);
}

/** Prints the end of one run; answers the exit code. */
export function tellOne({ ends, seconds, exitCode }: Executed, world: World): number {
	const [end] = ends;
	if (end?.status === "stopped" && !end.result) tellStopped(exitCode, seconds, world);
	else if (end) tellEnd(end, seconds, world, nextOf(ends));
	return exitCode;
}

/** Without `next`: as a part of more. */
function tellEnd(end: JobEnd, seconds: number, world: World, next?: Next[]): void {
	if (end.result) print(reportOf([end], seconds, end.exitCode, next ?? [], next === undefined, world), world);
	// in JSON they are told
	else if (world.terminal.mode !== "json") world.fail(...end.errors);
}

/** Ctrl-C came before anything began. */
export function tellStopped(exitCode: number, seconds: number, world: World): void {
	const by = exitCode === 143 ? "SIGTERM" : "Ctrl-C";
	world.say(`! Stopped by ${by} after ${duration(seconds)}. Nothing was written.`);
}

function tellMany(paths: string[], { ends, exitCode, seconds }: Executed, world: World): number {
	const statuses = paths.map((_, index) => ends[index]?.status ?? "not_begun");
	const summaries = ends.flatMap(({ result, summary }) => (result ? [summary] : []));
	world.say(
		"",
		...manyVerdict({ statuses, seconds, exitCode, summaries, next: nextOf(ends) }, world.terminal.outStyle),
	);
	return exitCode;
}

/** `part`: of more, whose verdict comes at the end. */
export function reportOf(
	ends: JobEnd[],
	seconds: number,
	exitCode: number,
	next: Next[],
	part: boolean,
	{ terminal }: World,
	titled = true,
): ReportText {
	const summaries = ends.map(({ summary }) => summary);
	const totalsFrom = ends.flatMap((end) => end.totalsFrom ?? []).join("; ") || undefined;
	const report = { summaries, titled, totalsFrom, seconds, exitCode, next, part };
	return reportText(report, terminal.outStyle, terminal.errStyle);
}

/** Tables and verdict on stdout, errors between them on stderr: in JSON all of it was told as events. */
export function print({ tables, errors, verdict }: ReportText, world: World): void {
	world.say(...tables);
	if (world.terminal.mode !== "json") world.terminal.err(errors.map((line) => `${line}\n`).join(""));
	// it begins with the blank line that keeps it apart from what stands above
	world.say(...(tables.length + errors.length === 0 ? verdict.slice(1) : verdict));
}

/** Errors say themselves what to do next; everything else that a run leaves to do is told here, once. */
function nextOf(ends: JobEnd[]): Next[] {
	const all = ends.flatMap(({ result }): Next[] => {
		if (!result || result.next === null || result.errors.length > 0) return [];
		const { status, exit_code, next: command } = result;
		const shows = status === "stopped" ? `continues there (exit code ${exit_code})` : "the refused rows";
		return [{ command, shows }];
	});
	return all.filter(({ command }, index) => all.findIndex((one) => one.command === command) === index);
}

/** "30s", "5m", "1h" in seconds; left out: none. */
export function secondsOf(text: string | undefined): number {
	if (text === undefined) return 0;
	const [, number, unit = "s"] = /^(\d+)(s|m|h)?$/.exec(text) ?? [];
	if (number === undefined) {
		throw new ConnectorError("config.usage", `${text} is no length of time`, {
			where: "--wait",
			why: "it is a number with s, m or h",
			next: "write 30s, 5m or 1h",
		});
	}
	return Number(number) * { s: 1, m: 60, h: 3600 }[unit as "s" | "m" | "h"];
}
