/** What belongs to no stream of the catalog: lines that are no message, records of streams that nobody asked for. */
import type { Reject } from "@growthnav/spec";
import type { Spool } from "../spool/spool.ts";
import { streamId } from "../tables/names.ts";
import { countReason, newTally, type Tally } from "../tally.ts";
import { type DeadLetter, letterLine } from "./dead-letters.ts";

export const STRAYS_FILE = "strays";
/** Names of unknown streams that are counted apart; more are counted together. */
const MOST_NAMES = 100;

export interface Strays {
	/** By the names that the records gave; `""` for lines without one. */
	tallies: Map<string, { stream: string; namespace: string | undefined; tally: Tally }>;
	take(stray: { stream: string; namespace: string | undefined; bytes: number; seq: number }, letter: DeadLetter): void;
}

export function openStrays(context: {
	connection: string;
	recordLimit: number;
	spool: Spool;
	onReject(reject: Reject): void;
}): Strays {
	const tallies: Strays["tallies"] = new Map();
	const tallyOf = (stream: string, namespace: string | undefined): Tally => {
		const crowded = tallies.size >= MOST_NAMES && !tallies.has(streamId({ stream, namespace }));
		const [name, space] = crowded ? ["", undefined] : [stream, namespace];
		const id = streamId({ stream: name, namespace: space });
		const known = tallies.get(id) ?? { stream: name, namespace: space, tally: newTally() };
		tallies.set(id, known);
		return known.tally;
	};
	return {
		tallies,
		take({ stream, namespace, bytes, seq }, letter) {
			const tally = tallyOf(stream, namespace);
			tally.read++;
			tally.rejected++;
			tally.letters++;
			tally.bytes += bytes;
			tally.since ??= performance.now();
			const origin = { connection: context.connection, stream, namespace };
			context.spool.write(STRAYS_FILE, letterLine(origin, letter, seq, context.recordLimit));
			const { code, reason, path } = letter;
			const refused = { kind: "record", code, reason, ...(path !== undefined && { path }) } as const;
			countReason(tally, refused);
			context.onReject({ stream, ...(namespace !== undefined && { namespace }), ...refused, line: seq });
		},
	};
}
