/** Windows of time for searches that answer only so many results. */
import { count as counted } from "../../count.ts";
import { ConnectorError } from "../../errors.ts";

/** `from` is part of it, `to` is not. Ends are as they were given; cuts between are UTC, in the form of `from`: `2026-07-03T19:22:10Z`. */
export interface SearchWindow {
	from: string;
	to: string;
}

export interface WindowOptions {
	/** RFC 3339 times, the same in UTC without a zone, or dates. */
	from: string;
	to: string;
	/** How many results the vendor has for a window. */
	count: (window: SearchWindow) => number | Promise<number>;
	/** The most that it gives, 10,000. */
	limit: number;
	/** The finest that its filter knows: "1ms", "1s", "1m", "1h" or "1d"; "1s" unless set, for dates "1d". */
	smallest?: "1ms" | "1s" | "1m" | "1h" | "1d";
}

const MILLISECONDS = { "1ms": 1, "1s": 1_000, "1m": 60_000, "1h": 3_600_000, "1d": 86_400_000 };
/** So often one moment that cannot be cut is given anew because its results change. */
const MOST_REPEATS = 5;

/**
 * Windows that together cover every moment from `from` up to `to`, each with no more than `limit` results; empty ones
 * are left out. A window is counted again when the next one is asked for: where its results have changed meanwhile, it
 * is given again in halves, since paging through changing results may pass over some. Throws `data.window_full`.
 */
export async function* splitWindows(options: WindowOptions): AsyncGenerator<SearchWindow, void, undefined> {
	let results = 0;
	yield* windowsUntilStill(options, {
		async begin(window) {
			results = await countOf(options, window);
			return results === 0 ? "empty" : results <= options.limit ? "fits" : "too large";
		},
		isStill: async (window) => (await countOf(options, window)) === results,
		tooLarge: (window) => windowFull(window, results, options.limit),
	});
}

/** What is found out about a window. */
export interface WindowWatch {
	/** Before it is given: a window that is too large is cut at once, an empty one left out. */
	begin(window: SearchWindow): "empty" | "fits" | "too large" | Promise<"empty" | "fits" | "too large">;
	/** After it was read: whether nothing moved meanwhile that could hide a row. */
	isStill(window: SearchWindow): Promise<boolean>;
	/** Of one that is too large, and cannot be cut any more. */
	tooLarge?(window: SearchWindow): ConnectorError;
	/** Nothing is later than this, in milliseconds: halves are of what lies before, so that the last one ends the reading. */
	newest?(): number;
	/** What is asked, for errors: "GET /orders, ". */
	where?: string;
}

/**
 * One window after the other, from the first to the last. One that was not still is given again, in halves, or as it is
 * where it cannot be cut any more. Throws `transient.results_change`.
 */
export async function* windowsUntilStill(
	span: Pick<WindowOptions, "from" | "to" | "smallest">,
	{ begin, isStill, tooLarge, newest = () => Infinity, where = "" }: WindowWatch,
): AsyncGenerator<SearchWindow, void, undefined> {
	const cut = cutter(span);
	const left = [{ from: span.from, to: span.to, repeats: 0 }];
	for (let next = left.pop(); next !== undefined; next = left.pop()) {
		const { repeats, ...window } = next;
		if (!(timeOf(window.from) < timeOf(window.to))) continue;
		const found = await begin(window);
		if (found === "empty") continue;
		if (found === "fits") {
			yield window;
			if (await isStill(window)) continue;
		}
		const middle = cut(window, newest());
		if (middle !== undefined) {
			left.push({ from: middle, to: window.to, repeats: 0 }, { from: window.from, to: middle, repeats: 0 });
		} else if (found === "too large") throw tooLarge!(window);
		else if (repeats === MOST_REPEATS) throw unsteady(window, where);
		else left.push({ ...window, repeats: repeats + 1 });
	}
}

async function countOf({ count }: WindowOptions, window: SearchWindow): Promise<number> {
	const results = Number(await count({ ...window }));
	if (Number.isInteger(results) && results >= 0) return results;
	throw new ConnectorError("data.unexpected_answer", "The vendor does not say how many results a search has", {
		where: spanOf(window),
		why: `its count is ${results}`,
		next: "check that base_url is the vendor's API; else report it as a bug of the connector",
	});
}

/** Halves a window at a moment that the vendor's filter knows; undefined where there is none inside. */
function cutter({
	from,
	to,
	smallest,
}: Pick<WindowOptions, "from" | "to" | "smallest">): (window: SearchWindow, newest: number) => string | undefined {
	const isDate = from.length === 10;
	const grid = MILLISECONDS[smallest ?? (isDate ? "1d" : "1s")];
	if (Number.isNaN(timeOf(from)) || Number.isNaN(timeOf(to)) || (isDate && grid < MILLISECONDS["1d"]))
		throw notWindows({ from, to }, smallest);
	return (window, newest) => {
		const [low, high] = [timeOf(window.from), Math.min(newest, timeOf(window.to))];
		const below = Math.floor((low + high) / 2 / grid) * grid;
		const middle = below > low ? below : below + grid;
		if (middle <= low || middle >= high) return undefined;
		return inFormOf(from, middle);
	};
}

/** As in `until` of a read: without a zone it is UTC, wherever this machine stands. */
const WITHOUT_ZONE = /T[\d:.]+$/;

/** Milliseconds; NaN for what is no time. */
export function timeOf(text: string): number {
	return Date.parse(WITHOUT_ZONE.test(text) ? `${text}Z` : text);
}

/** A moment as a date, without a zone, or with its Z, as the given one is. */
export function inFormOf(given: string, ms: number): string {
	const text = new Date(ms).toISOString().replace(".000Z", "Z");
	if (given.length === 10) return text.slice(0, 10);
	return WITHOUT_ZONE.test(given) ? text.slice(0, -1) : text;
}

const spanOf = ({ from, to }: SearchWindow) => `${from} up to ${to}`;

function windowFull(window: SearchWindow, results: number, limit: number): ConnectorError {
	return new ConnectorError(
		"data.window_full",
		`More results stand at one moment than the vendor gives: ${window.from}`,
		{
			where: spanOf(window),
			why: `${counted(results)} results, of which a search answers ${counted(limit)}; the window cannot be cut any more`,
			next: "report it as a bug of the connector: it should tell them apart by another field",
		},
	);
}

function unsteady(window: SearchWindow, where: string): ConnectorError {
	return new ConnectorError("transient.results_change", `The results at ${window.from} change while they are read`, {
		where: `${where}${spanOf(window)}`,
		why: `they changed during each of ${MOST_REPEATS + 1} reads, and paging through changing results may pass over some`,
		next: "run again later; what is committed stays",
	});
}

function notWindows({ from, to }: SearchWindow, smallest: string | undefined): ConnectorError {
	return new ConnectorError("internal.definition", "A search by windows was given times that it cannot cut", {
		where: `from ${JSON.stringify(from)}, to ${JSON.stringify(to)}, smallest ${smallest ?? "left out"}`,
		next: "give RFC 3339 times, or two dates with whole days",
	});
}
