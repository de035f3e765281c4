/** `growthnav run`: pipeline files, one after the other. */
import { allErrors, ConnectorError, exitCodeOf, worstExitCode } from "../../errors.ts";
import type { PipelineFile } from "../../pipeline/file.ts";
import { reportLines } from "../screen/report.ts";
import type { World } from "../world.ts";
import { type Executed, execute, type PlannedRun } from "./execute.ts";
import { loadedFile } from "./source-argument.ts";

export async function run(world: World, options: { wait?: string }, [paths]: [string[]]): Promise<number> {
	const files: PipelineFile[] = [];
	const errors: ConnectorError[] = [];
	for (const path of paths) {
		try {
			files.push(await loadedFile(path, world));
		} catch (thrown) {
			errors.push(...allErrors(thrown));
		}
	}
	const executed = await execute(
		files.map((file) => ({ file })),
		world,
		secondsOf(options.wait),
	);
	return tell({ ...executed, errors: [...errors, ...executed.errors] }, world);
}

/** Prints the end of runs; answers the exit code. */
export function tell(executed: Executed, world: World, next: { command: string; shows: string }[] = []): number {
	world.fail(...executed.errors);
	const exitCode = worstExitCode([executed.exitCode, ...executed.errors.map(exitCodeOf)]);
	if (executed.results.length === 0) return exitCode;
	const lines = reportLines(
		{
			...executed,
			exitCode,
			titles: executed.plans.map(({ title }) => title),
			totalsFrom: executed.plans.flatMap(({ totalsFrom }) => totalsFrom ?? []).join("; ") || undefined,
			next: next.length > 0 ? next : nextOf(executed),
			sumsAgree: sumsAgree(executed),
		},
		world.terminal.outStyle,
	);
	world.say(...lines);
	return exitCode;
}

function nextOf({ results }: Executed): { command: string; shows: string }[] {
	const commands = results.flatMap(({ next, status, rejects_waiting }) =>
		next === null
			? []
			: [
					{
						command: next,
						shows:
							status === "stopped"
								? "continues there"
								: status === "failed"
									? "continues where it stopped"
									: rejects_waiting > 0
										? "the refused rows"
										: "",
					},
				],
	);
	return commands.filter(({ command }, index) => commands.findIndex((one) => one.command === command) === index);
}

/** All sums were compared with the source's, and are equal. */
export function sumsAgree({ summaries }: Pick<Executed, "summaries">): boolean {
	const checks = summaries.flatMap(({ conversions }) => conversions.map(({ check }) => check));
	return checks.length > 0 && checks.every((check) => check === "equal");
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

export type { PlannedRun };
