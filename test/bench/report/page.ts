/** Results as docs/benchmarks.md. */
import type { CaseResult, Compared, Part } from "../harness/bench.ts";
import type { Table } from "../harness/case.ts";
import type { Machine } from "./machine.ts";
import { figureTable, goalRows, goalText, grouped, growthFaults, growthTable, ratioTable, shown } from "./tables.ts";

const WIDTH = 120;

export interface Results {
	/** `2026-11-20`. */
	day: string;
	command: string;
	minutes: number;
	machine: Machine;
	cases: CaseResult[];
}

export function pageOf(results: Results): string {
	const compared = results.cases.flatMap(({ parts }) => parts.filter(isCompared));
	const goals = compared.filter(({ point }) => point === undefined).flatMap(goalRows);
	const parts = [
		"# Benchmarks",
		...introduction(results),
		"## Goals",
		markdown({ head: ["", "", "goal", "reached", ""], rows: goals }, 2),
		"## Where we lose",
		...losses(compared),
		...results.cases.flatMap(caseLines),
	];
	return `${parts.map(fitted).join("\n\n")}\n`;
}

function introduction({ day, command, minutes, machine }: Results): string[] {
	const { cpu, cores, memoryGb, system, load, node, versions } = machine;
	return [
		`Written by \`${command}\` on ${day}, in ${Math.round(minutes)} minutes; nothing here is typed by hand.`,
		`**Machine**: ${cpu}, ${cores} cores, ${memoryGb} GB, ${system}; load ${load.toFixed(1)} before the first run. ` +
			`Node ${node}. ${versions.join(", ")}.`,
		"**To repeat it**: `test/peers/install` makes the programs of other projects that ours stand beside (a case runs " +
			"without them, and says so), then the command above; `npm run bench -- http duckdb --runs 9` runs some cases, " +
			"`--full` adds the large ends, `--small` shows in a few minutes that all works, `taskset -c 0,1 npm run bench` " +
			"keeps everything on two cores.",
		"**How it is measured**: programs take turns, A B C A B C, after one run of each that is thrown away, each through " +
			"pipes of the operating system. A rate is without the start, which is measured apart, as the same command with one " +
			"record. What a run brought about is checked: the number of records, and a hash of their content. CPU and peak " +
			"memory are those of all processes of a program together. Figures are medians, with the least and the most; " +
			"ratios are taken round by round, and are what counts: a busy machine slows both sides. Where the work took less " +
			"than a quarter of the start, it says nothing and is marked.",
	];
}

function losses(all: readonly Compared[]): string[] {
	const slower = all.flatMap(({ title, figures }) =>
		figures
			.filter(({ role }) => role === "ours")
			.flatMap(({ name, against }) =>
				against
					.filter(({ role, times }) => role === "peer" && times.median < 1)
					.map((other) => `- ${title}: ${other.name} is ${shown(1 / other.times.median)} times as fast as ${name}.`),
			),
	);
	const larger = all.flatMap(({ title, figures }) =>
		figures
			.filter(({ role }) => role === "ours")
			.flatMap((mine) =>
				figures
					.filter((other) => other.role === "peer" && (other.peakMb ?? 0) < (mine.peakMb ?? 0))
					.map(
						(other) =>
							`- ${title}: ${mine.name} takes ${mine.peakMb!.toFixed(0)} MB, ${other.name} ${other.peakMb!.toFixed(0)}.`,
					),
			),
	);
	const missed = all.flatMap(({ title, figures }) =>
		figures.flatMap(({ name, goals }) =>
			goals
				.filter(({ met }) => met === false)
				.map(({ goal }) => `- ${title}: ${name} misses its goal, ${goalText(goal)}.`),
		),
	);
	const lines = [...slower, ...larger, ...missed];
	return [lines.length === 0 ? "In none of these cases." : lines.join("\n")];
}

function caseLines({ name, says, parts }: CaseResult): string[] {
	const groups = grouped(parts.map((part) => ({ part, point: isCompared(part) ? part.point : undefined })));
	return [`## ${name}`, says, ...groups.flatMap((group) => partLines(group.map(({ part }) => part)))];
}

function partLines(parts: readonly Part[]): string[] {
	const [first] = parts;
	if ("table" in first!) return [`### ${capital(first.title)}`, markdown(first.table)];
	const { title, records, bytes, rounds, missing, point } = first!;
	if (point !== undefined) {
		const points = parts.filter(isCompared);
		const faults = growthFaults(points).map((fault) => `- ${fault}`);
		return [
			`### More ${point.series}`,
			markdown(growthTable(points)),
			...(faults.length === 0 ? [] : [faults.join("\n")]),
		];
	}
	const ratios = ratioTable(first as Compared);
	const size = bytes === undefined ? "" : `, ${(bytes / 1e6).toFixed(0)} MB`;
	const what = records === 1 ? "" : `${records.toLocaleString("en")} records${size}, `;
	return [
		`### ${capital(title)}`,
		`${what}${rounds} rounds.`,
		markdown(figureTable(first as Compared)),
		...(ratios === undefined ? [] : [markdown(ratios)]),
		...missing.map((line) => `Not here: ${line}.`),
	];
}

/** The first `texts` columns are text, the others numbers. */
function markdown({ head, rows }: Table, texts = 1): string {
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	const rule = head.map((_, column) => (column < texts || texts > 1 ? "---" : "---:"));
	return [line(head), `|${rule.join("|")}|`, ...rows.map(line)].join("\n");
}

function isCompared(part: Part): part is Compared {
	return !("table" in part);
}

const capital = (title: string) => title[0]!.toUpperCase() + title.slice(1);

/** Text to the width of pages; rows of tables stay as they are. */
function fitted(part: string): string {
	return part
		.split("\n")
		.map((line) => (line.startsWith("|") ? line : wrapped(line)))
		.join("\n");
}

function wrapped(line: string): string {
	const indent = line.startsWith("- ") ? "  " : "";
	const lines: string[] = [];
	for (const word of line.split(" ")) {
		const last = lines.at(-1);
		if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
		else lines.push(last === undefined ? word : indent + word);
	}
	return lines.join("\n");
}
