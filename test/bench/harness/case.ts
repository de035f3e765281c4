/** What a case of the benchmarks is: data. `rounds.ts` runs it, `report/` shows it. */
import type { Command } from "./watch.ts";

/** `npm run bench -- emission`. */
export interface Case {
	name: string;
	/** One sentence for the page. */
	says: string;
	/** One after the other; what a case made for a comparison it takes away when it is asked for the next. */
	comparisons(wish: Wish): AsyncGenerator<Comparison | Notes>;
}

/** How much is asked for. */
export interface Wish {
	/** A folder that goes afterwards. */
	folder: string;
	/** This many; of a small run a thousandth to a hundredth. */
	amount(usual: number): number;
	/** Also what takes hours. */
	full: boolean;
}

/** Programs that do the same work on the same input, one after the other and again. */
export interface Comparison {
	title: string;
	/** What is counted: 200,000 records. */
	records: number;
	/** Of the input, where it is the same for all. */
	bytes?: number;
	/** What each has to bring about; without it only the exit code counts. */
	expected?: Outcome;
	/** `false`: the start is the work. Otherwise it is measured apart, with next to no input, and taken off. */
	startApart?: false;
	/** Rounds in place of those that are asked for: where a peak is looked for, or a start. */
	rounds?: (asked: number) => number;
	contenders: Contender[];
	/** One point of a table that shows how cost grows. */
	point?: Point;
}

export interface Point {
	/** What grows: `records`. */
	series: string;
	/** As it is shown: `10,000`. */
	at: string;
	/** Cost is told by one of these: `record`, `kB`. */
	unit: string;
	units: number;
}

export type Role = "ours" | "peer" | "ceiling";

/** `all` of the input, or next to none of it. */
export type Amount = "all" | "start";

export interface Contender {
	name: string;
	role: Role;
	/** Why it cannot run here, as one line. */
	missing?: string;
	/** `at`: an empty folder that goes after the run. */
	command(at: string, amount: Amount): Command | Promise<Command>;
	/** What a run on the whole input left, in its folder or in `out`, the file of what it printed. */
	outcome?(at: string, out: string): Promise<Outcome>;
	goals?: Goal[];
}

/** The same for all that did the same work: no order of records or of keys is in the hash. */
export interface Outcome {
	records: number;
	hash?: string;
}

export type Goal =
	/** So many times as fast as another contender; of a ceiling less than once. */
	| { times: number; than: string }
	/** So many times less memory at the peak. */
	| { smaller: number; than: string }
	| { peakMb: number }
	| { seconds: number }
	| { perSecond: number };

/** What is told without being measured. */
export interface Notes {
	title: string;
	table: Table;
}

/** The first column is text, the others are numbers. */
export interface Table {
	head: string[];
	rows: string[][];
}
