/** Runs cases and gathers their figures. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case, Comparison, Notes, Wish } from "./case.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { runRounds } from "./rounds.ts";

export interface Wished {
	runs: number;
	small: boolean;
	full: boolean;
}

export interface CaseResult {
	name: string;
	says: string;
	parts: Part[];
}

export type Part = Compared | Notes;

export interface Compared {
	title: string;
	records: number;
	bytes?: number;
	rounds: number;
	figures: Figures[];
	/** Contenders that could not run, each with why, as one line. */
	missing: string[];
	point?: Comparison["point"];
}

/** A small run has a hundredth of the records, and at least so many. */
const LEAST = 1_000;

/** `shown` is called with each part as soon as it is there. Throws where a run fails or does something else than the others. */
export async function runCase(one: Case, wished: Wished, shown: (part: Part) => void): Promise<CaseResult> {
	const folder = await mkdtemp(join(tmpdir(), "gn-bench-"));
	const wish: Wish = {
		folder,
		full: wished.full,
		amount: (usual) => (wished.small ? Math.max(Math.round(usual / 100), LEAST) : usual),
	};
	const parts: Part[] = [];
	try {
		for await (const comparison of one.comparisons(wish)) {
			const part = "table" in comparison ? comparison : await compared(comparison, wished.runs, folder);
			parts.push(part);
			shown(part);
		}
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
	return { name: one.name, says: one.says, parts };
}

export async function compared(comparison: Comparison, asked: number, folder: string): Promise<Compared> {
	const runs = await runRounds(comparison, asked, folder);
	const { title, records, bytes, point } = comparison;
	return {
		title,
		records,
		...(bytes !== undefined && { bytes }),
		rounds: runs[0]?.whole.length ?? 0,
		figures: figuresOf(comparison, runs),
		missing: comparison.contenders
			.filter(({ missing }) => missing !== undefined)
			.map(({ name, missing }) => `${name}: ${missing}`),
		...(point !== undefined && { point }),
	};
}
