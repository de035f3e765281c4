/** All statements of one commit, in order, between loading the files and the row of the ledger. */
import type { SealedEpoch } from "../epochs/epoch.ts";
import { conversionSteps } from "./conversions.ts";
import { deadLetterSteps, resolvedSteps } from "./dead-letters.ts";
import type { Dialect } from "./dialect.ts";
import { publishSteps } from "./publish.ts";
import { rowSteps } from "./rows.ts";
import type { Step } from "./steps.ts";

/** The steps of stream number `at`: rows, then their conversions, then what is complete takes the table's place. */
export function streamSteps(dialect: Dialect, epoch: SealedEpoch, at: number): Step[] {
	const stream = epoch.streams[at]!;
	const numbered = { at, stream };
	return [
		...(stream.rows.length > 0 ? rowSteps(dialect, numbered, epoch) : []),
		...(stream.rows.length > 0 && stream.conversionsTarget !== undefined
			? conversionSteps(dialect, numbered, epoch)
			: []),
		...(stream.publish ? publishSteps(dialect, numbered) : []),
	];
}

export function letterSteps(dialect: Dialect, epoch: SealedEpoch): Step[] {
	return [
		...(epoch.deadLetters.length > 0 ? deadLetterSteps(dialect, epoch) : []),
		...(epoch.resolved.length > 0 ? resolvedSteps(dialect, epoch) : []),
	];
}
