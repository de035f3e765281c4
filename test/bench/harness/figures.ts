/** From runs to figures: the middle and the ends, ratios round by round, goals met or not. */
import type { Comparison, Goal, Role } from "./case.ts";
import type { Runs } from "./rounds.ts";
import type { Usage } from "./watch.ts";

export interface Spread {
	median: number;
	min: number;
	max: number;
}

export interface Figures {
	name: string;
	role: Role;
	/** Without the start, where that is apart. */
	seconds: Spread;
	perSecond: Spread;
	/** The work took so little beside the start that its time says nothing. */
	tooShort: boolean;
	mbPerSecond?: number;
	cpu: number;
	peakMb?: number;
	startSeconds?: number;
	/** How many times as fast as each other contender, from pairs of the same round. */
	against: { name: string; role: Role; times: Spread }[];
	goals: Verdict[];
}

export interface Verdict {
	goal: Goal;
	/** In the goal's own unit; undefined where the other was missing. */
	reached: number | undefined;
	/** Undefined where it was not reached or missed, but could not be told. */
	met: boolean | undefined;
	/** Where it was missed against a peer: what each ceiling reaches against that peer. */
	ceilings: { name: string; reached: number }[];
}

/** No clock is better than that, and nothing is divided by zero. */
const LEAST = 1e-3;
/** Work that takes less than this share of the start drowns in how much starts differ. */
const SHORT = 0.25;

/** The middle one; of an even number between the two. */
export function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const half = sorted.length / 2;
	return (sorted[Math.floor(half)]! + sorted[Math.ceil(half) - 1]!) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
	return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Without what the start takes. */
function net(runs: Runs, of: (usage: Usage) => number): number[] {
	const start = runs.starts.length === 0 ? 0 : median(runs.starts.map(of));
	return runs.whole.map((usage) => Math.max(of(usage) - start, LEAST));
}

export function figuresOf({ records, bytes }: Comparison, all: readonly Runs[]): Figures[] {
	const seconds = new Map(all.map((runs) => [runs.contender.name, net(runs, (usage) => usage.seconds)]));
	const peaks = new Map(all.map((runs) => [runs.contender.name, peakOf(runs)]));
	const figures = all.map((runs): Figures => {
		const { name, role } = runs.contender;
		const mine = seconds.get(name)!;
		const peakMb = peaks.get(name);
		const start = runs.starts.length === 0 ? undefined : median(runs.starts.map((usage) => usage.seconds));
		return {
			name,
			role,
			seconds: spreadOf(mine),
			perSecond: spreadOf(mine.map((one) => records / one)),
			...(bytes !== undefined && { mbPerSecond: bytes / 1e6 / median(mine) }),
			cpu: median(net(runs, ({ cpu }) => cpu)),
			...(peakMb !== undefined && { peakMb }),
			...(start !== undefined && { startSeconds: start }),
			tooShort: start !== undefined && median(mine) < SHORT * start,
			against: all
				.filter((other) => other !== runs)
				.map(({ contender }) => ({
					name: contender.name,
					role: contender.role,
					times: spreadOf(seconds.get(contender.name)!.map((other, round) => other / mine[round]!)),
				})),
			goals: [],
		};
	});
	for (const [index, { contender }] of all.entries()) {
		figures[index]!.goals = (contender.goals ?? []).map((goal) => verdict(goal, figures[index]!, figures));
	}
	return figures;
}

function peakOf({ whole }: Runs): number | undefined {
	const peaks = whole.map(({ peakMb }) => peakMb).filter((peak) => peak !== undefined);
	return peaks.length === 0 ? undefined : Math.max(...peaks);
}

function verdict(goal: Goal, mine: Figures, all: readonly Figures[]): Verdict {
	const reached = reachedOf(goal, mine, all);
	const timed = "times" in goal ? [mine, ...all.filter(({ name }) => name === goal.than)] : [mine];
	const untold =
		reached === undefined || (!("peakMb" in goal || "smaller" in goal) && timed.some((one) => one.tooShort));
	const met = untold ? undefined : isMet(goal, reached);
	const ceilings =
		met === false && "times" in goal && all.find(({ name }) => name === goal.than)?.role === "peer"
			? all
					.filter(({ role }) => role === "ceiling")
					.map((ceiling) => ({ name: ceiling.name, reached: timesOf(ceiling, goal.than) ?? 0 }))
			: [];
	return { goal, reached, met, ceilings };
}

function reachedOf(goal: Goal, mine: Figures, all: readonly Figures[]): number | undefined {
	if ("times" in goal) return timesOf(mine, goal.than);
	if ("seconds" in goal) return mine.seconds.median;
	if ("perSecond" in goal) return mine.perSecond.median;
	if ("peakMb" in goal) return mine.peakMb;
	const other = all.find(({ name }) => name === goal.than)?.peakMb;
	return other === undefined || mine.peakMb === undefined ? undefined : other / mine.peakMb;
}

function timesOf({ against }: Figures, name: string): number | undefined {
	return against.find((other) => other.name === name)?.times.median;
}

function isMet(goal: Goal, reached: number): boolean {
	if ("times" in goal) return reached >= goal.times;
	if ("smaller" in goal) return reached >= goal.smaller;
	if ("perSecond" in goal) return reached >= goal.perSecond;
	return reached <= ("seconds" in goal ? goal.seconds : goal.peakMb);
}
