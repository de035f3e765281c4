/** Figures as tables of text, for the screen and for the page alike. */
import type { Compared } from "../harness/bench.ts";
import type { Goal, Table } from "../harness/case.ts";
import type { Figures, Spread, Verdict } from "../harness/figures.ts";

/** The larger, the fewer digits: three that count. */
export function shown(value: number): string {
	if (value >= 1_000) return Math.round(Number(value.toPrecision(3))).toLocaleString("en");
	return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const between = ({ min, max }: Spread, times = 1) => `${shown(min * times)} – ${shown(max * times)}`;
const some = (value: number | undefined) => (value === undefined ? "" : shown(value));

/** A line each: what it took. */
export function figureTable({ figures, bytes }: Compared): Table {
	const starts = figures.every(({ startSeconds }) => startSeconds === undefined);
	const rates = starts ? [] : ["records/s", "least – most"];
	const times = starts ? ["ms", "least – most"] : [];
	return {
		head: [
			"",
			...rates,
			...times,
			...(bytes === undefined ? [] : ["MB/s"]),
			"CPU s",
			"peak MB",
			...(starts ? [] : ["start s"]),
		],
		rows: figures.map((one) => [
			named(one),
			...(starts
				? [shown(one.seconds.median * 1e3), between(one.seconds, 1e3)]
				: one.tooShort
					? ["?", ""]
					: [shown(one.perSecond.median), between(one.perSecond)]),
			...(bytes === undefined ? [] : [one.tooShort ? "?" : some(one.mbPerSecond)]),
			shown(one.cpu),
			one.peakMb === undefined ? "" : one.peakMb.toFixed(0),
			...(starts ? [] : [some(one.startSeconds)]),
		]),
	};
}

/** A line for each of ours, a column for each other: how many times as fast, round by round. Without others: undefined. */
export function ratioTable({ figures }: Compared): Table | undefined {
	const others = figures.filter(({ role }) => role !== "ours");
	if (others.length === 0) return undefined;
	const ratio = (mine: Figures, other: Figures) => {
		const { times } = mine.against.find(({ name }) => name === other.name)!;
		return mine.tooShort || other.tooShort ? "?" : `${shown(times.median)} (${between(times)})`;
	};
	return {
		head: ["times as fast as", ...others.map(({ name }) => name)],
		rows: figures
			.filter(({ role }) => role === "ours")
			.map((mine) => [mine.name, ...others.map((other) => ratio(mine, other))]),
	};
}

function named({ name, role, tooShort }: Figures): string {
	return `${name}${role === "ceiling" ? " (ceiling)" : ""}${tooShort ? " (too short to tell)" : ""}`;
}

/** Every goal: of whom, what, what was reached, and what that means. */
export function goalRows({ title, figures }: Compared): string[][] {
	return figures.flatMap(({ name, goals }) =>
		goals.map((verdict) => [title, name, goalText(verdict.goal), reachedText(verdict), verdictText(verdict)]),
	);
}

export function goalText(goal: Goal): string {
	if ("times" in goal) return `${goal.times} times as fast as ${goal.than}`;
	if ("smaller" in goal) return `a ${ordinal(goal.smaller)} of the memory of ${goal.than}`;
	if ("peakMb" in goal) return `at most ${goal.peakMb} MB`;
	if ("seconds" in goal) return `under ${shown(goal.seconds * 1e3)} ms`;
	return `${shown(goal.perSecond)} records/s`;
}

const ordinal = (part: number) => (part === 10 ? "tenth" : `${part}th`);

function reachedText({ goal, reached }: Verdict): string {
	if (reached === undefined) return "";
	if ("peakMb" in goal) return `${reached.toFixed(0)} MB`;
	if ("seconds" in goal) return `${shown(reached * 1e3)} ms`;
	if ("smaller" in goal) return `1/${shown(reached)}`;
	return shown(reached);
}

function verdictText({ met, reached, ceilings, goal }: Verdict): string {
	if (met === undefined) return reached === undefined ? "not there to compare" : "too short to tell";
	if (met) return "met";
	if (ceilings.length === 0 || !("times" in goal)) return "missed";
	const below = ceilings.filter((ceiling) => ceiling.reached < goal.times);
	const [tightest] = (below.length > 0 ? below : ceilings).toSorted((a, b) => a.reached - b.reached);
	const says = `${tightest!.name} reaches ${shown(tightest!.reached)}`;
	return below.length > 0 ? `missed, out of reach: ${says}` : `missed; no ceiling is in the way: ${says}`;
}

/** How cost grows: a line a point, for each contender what a unit costs in microseconds, and its peak. */
export function growthTable(points: readonly Compared[]): Table {
	const [first] = points;
	const { series, unit } = first!.point!;
	return {
		head: [series, ...first!.figures.flatMap(({ name }) => [`${name}: µs/${unit}`, "MB"])],
		rows: points.map((one) => [
			one.point!.at,
			...one.figures.flatMap((figures) => [
				`${shown(costOf(one, figures))}${figures.tooShort ? "?" : ""}`,
				figures.peakMb?.toFixed(0) ?? "",
			]),
		]),
	};
}

/** Growth beyond this is told. */
const TOLERATED = 1.5;

/** What is dearer, or larger, at the last point than it was before: one line each. */
export function growthFaults(points: readonly Compared[]): string[] {
	const last = points.at(-1)!;
	return last.figures.flatMap((figures, index) => {
		const before = points
			.slice(0, -1)
			.map((one) => ({ cost: costOf(one, one.figures[index]!), ...one.figures[index]! }));
		const told = before.filter(({ tooShort }) => !tooShort);
		const cost = costOf(last, figures) / Math.min(...told.map((one) => one.cost));
		const peak = (figures.peakMb ?? 0) / (before.at(-1)?.peakMb ?? Number.POSITIVE_INFINITY);
		const where = `${figures.name}, ${last.point!.at} ${last.point!.series}`;
		return [
			...(told.length > 0 && !figures.tooShort && cost > TOLERATED
				? [`not linear: ${where}: a ${last.point!.unit} costs ${shown(cost)} times what it costs at best`]
				: []),
			...(peak > TOLERATED ? [`not flat: ${where}: ${shown(peak)} times the memory of the point before`] : []),
		];
	});
}

function costOf({ point }: Compared, { seconds }: Figures): number {
	return (seconds.median / point!.units) * 1e6;
}

/** Parts in their order; points of one series together. */
export function grouped<Part extends { point?: { series: string } | undefined }>(parts: readonly Part[]): Part[][] {
	const groups: Part[][] = [];
	for (const part of parts) {
		const before = groups.at(-1);
		const series = part.point?.series;
		if (series !== undefined && before?.[0]?.point?.series === series) before.push(part);
		else groups.push([part]);
	}
	return groups;
}
