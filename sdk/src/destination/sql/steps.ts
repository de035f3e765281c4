/**
 * A commit as statements. Loading is the store's: for stream number i it makes the temporary tables `stageOf(i)` and
 * `conversionStageOf(i)` from the files, typed as the tables they go to. Then these steps run in order.
 */
import type { EpochStream } from "../epochs/epoch.ts";

/**
 * What becomes of the newest staged row of a key. `touch`: equal content, newer version; only the version moves.
 * `older` and `same` change nothing. All but `new` and `changed` count as superseded.
 */
export type Verdict = "new" | "changed" | "touch" | "same" | "older";

export interface Step {
	sql: string;
	/** It makes this verdict table, and changes nothing else. */
	judges?: string;
	/** May be left out where the verdict table holds none of these. */
	when?: { verdicts: string; any: readonly Verdict[] };
	/** The same without the verdicts, for when these are all `new` and as many as the staged rows. */
	whenAllNew?: string;
	/** Its join must read the files on one side and hold the verdicts on the other, as it is written: not the reverse. */
	asWritten?: true;
	/** What the number of its rows says: rows of a stream without key, conversions that are no more. */
	counts?: "inserted" | "removed";
	/** It changes as many rows as win with the verdicts of `when`. */
	lands?: true;
}

export const stageOf = (stream: number): string => `_gn_stage_${stream}`;
export const conversionStageOf = (stream: number): string => `_gn_stage_${stream}_conversions`;
export const verdictsOf = (stream: number): string => `_gn_verdicts_${stream}`;
export const conversionVerdictsOf = (stream: number): string => `_gn_verdicts_${stream}_conversions`;
export const publishedVerdictsOf = (stream: number): string => `_gn_verdicts_${stream}_published`;
export const DEAD_LETTER_STAGE = "_gn_stage_dead_letters";
export const RESOLVED_STAGE = "_gn_stage_resolved";

/** A stream of an epoch with the number by which its temporary tables are called. */
export interface Numbered {
	at: number;
	stream: EpochStream;
}
