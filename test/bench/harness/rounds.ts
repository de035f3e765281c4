/** Runs a comparison: A B C A B C …, each run checked, the start measured apart. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Comparison, Contender, Outcome } from "./case.ts";
import { type Usage, watch } from "./watch.ts";

/** Starts differ little: the middle of so many is taken off. */
const STARTS = 3;

export interface Runs {
	contender: Contender;
	/** Round by round. */
	whole: Usage[];
	/** With next to no input; empty where the start is the work. */
	starts: Usage[];
}

/** Throws where a run fails or brings about something else than is expected. */
export async function runRounds(comparison: Comparison, asked: number, folder: string): Promise<Runs[]> {
	const { contenders, startApart = true, rounds = (most) => most } = comparison;
	const runs = contenders
		.filter(({ missing }) => missing === undefined)
		.map((contender): Runs => ({ contender, whole: [], starts: [] }));
	// the first of each fills caches
	for (const { contender } of runs) await once(comparison, contender, startApart ? "start" : "all", folder);
	for (let round = 0; round < rounds(asked); round++) {
		for (const { contender, whole, starts } of runs) {
			if (startApart && round < STARTS) starts.push(await once(comparison, contender, "start", folder));
			whole.push(await once(comparison, contender, "all", folder));
		}
	}
	return runs;
}

async function once(
	comparison: Comparison,
	contender: Contender,
	amount: "all" | "start",
	folder: string,
): Promise<Usage> {
	const at = await mkdtemp(join(folder, "run-"));
	const home = join(at, "work");
	await mkdir(home);
	try {
		const usage = await watch(await contender.command(home, amount), at);
		if (amount === "all" && comparison.expected !== undefined) {
			const got = await contender.outcome?.(home, join(at, "out"));
			if (got !== undefined) expectSame(`${comparison.title}: ${contender.name}`, got, comparison.expected);
		}
		return usage;
	} finally {
		await rm(at, { recursive: true, force: true });
	}
}

function expectSame(who: string, got: Outcome, expected: Outcome): void {
	if (got.records !== expected.records) {
		throw new Error(`${who}: ${got.records} of ${expected.records} records`);
	}
	if (got.hash !== undefined && expected.hash !== undefined && got.hash !== expected.hash) {
		throw new Error(`${who}: the records are not those that are expected (${got.hash}, not ${expected.hash})`);
	}
}
