/**
 * Which rows a commit may write. A state vouches for the rows before it; rows of a stream without key that no state
 * vouches for would come twice when the source goes on from an older state, so they wait in their files for a later
 * commit. Rows with a key do no harm and are cut only where the input broke off.
 */
import type { SpoolPart } from "../contract.ts";
import type { LoadPart } from "./epoch.ts";

/** A part of a sealed file that is not wholly committed: rows above `after` wait. */
export interface WaitingPart {
	part: SpoolPart;
	after: number | undefined;
	rows: number;
}

export interface Cut {
	take: LoadPart[];
	keep: WaitingPart[];
	/** Parts of which nothing waits: the commit is their end. */
	done: SpoolPart[];
}

/** The first `rows` rows of the parts, which end at `_gn_seq` `through`; parts are in the order of their writing. */
export function cutParts(waiting: readonly WaitingPart[], rows: number, through: number): Cut {
	const cut: Cut = { take: [], keep: [], done: [] };
	let left = rows;
	for (const one of waiting) {
		const from = one.after === undefined ? {} : { after: one.after };
		if (left >= one.rows) {
			cut.take.push({ ...one.part, ...from });
			cut.done.push(one.part);
			left -= one.rows;
		} else if (left > 0) {
			cut.take.push({ ...one.part, ...from, through });
			cut.keep.push({ part: one.part, after: through, rows: one.rows - left });
			left = 0;
		} else cut.keep.push(one);
	}
	return cut;
}
