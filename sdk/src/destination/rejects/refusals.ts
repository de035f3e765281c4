/** What of a stream was refused: kept as dead letters, counted under its reason, and told. */
import type { RecordPayload, Reject } from "@growthnav/spec";
import type { Outcome } from "../../conversion/contract.ts";
import type { ValueChange } from "../contract.ts";
import type { StreamPlan } from "../plan.ts";
import { reasonOf } from "../rows/values/convert.ts";
import type { WrongCode } from "../rows/values/converted.ts";
import type { ColumnType } from "../tables/columns.ts";
import { countReason, type Tally } from "../tally.ts";
import { type DeadLetter, letterLine, lineOf } from "./dead-letters.ts";

export interface RefusalContext {
	connection: string;
	/** Bytes of a record that is kept whole. */
	recordLimit: number;
	/** Told of everything that is refused, and of every value that becomes null. */
	onReject(reject: Reject): void;
}

export interface Refusals {
	/**
	 * A record or conversion. One that is tried `again` and refused again is in the store already: it is counted and
	 * told only.
	 */
	keep(letter: DeadLetter, seq: number, again: boolean): void;
	/** Values that became null; those that were changed stand in `_gn_meta` alone. */
	noteValues(changes: readonly ValueChange[], seq: number): void;
	/** How many letters there were so far. */
	count(): number;
}

export function openRefusals(
	{ stream, namespace }: StreamPlan,
	types: ReadonlyMap<string, ColumnType>,
	tally: Tally,
	write: (line: string) => void,
	{ connection, recordLimit, onReject }: RefusalContext,
): Refusals {
	const origin = { connection, namespace, stream };
	const descriptor = { stream, ...(namespace !== undefined && { namespace }) };
	let letters = 0;
	return {
		count: () => letters,
		keep(letter, seq, again) {
			letters++;
			if (!again) {
				tally.letters++;
				write(letterLine(origin, letter, seq, recordLimit));
			}
			const { code, reason, path, file, recordId } = letter;
			const kind = letter.kind === "conversion" ? "conversion" : "record";
			const refused = { kind, code, reason, ...(path !== undefined && path !== "" && { path }) } as const;
			const line = lineOf(letter, seq);
			countReason(tally, refused);
			onReject({
				...descriptor,
				...refused,
				...(file !== undefined && { file }),
				...(line !== undefined && { line }),
				...(recordId !== undefined && { record_id: recordId }),
			});
		},
		noteValues(changes, seq) {
			for (const { column, code, text, nulled } of changes) {
				if (!nulled) continue;
				tally.nulled++;
				const reason = `${column}: ${reasonOf(types.get(column) ?? "json", code as WrongCode, text)}`;
				const noted = { kind: "value", code, reason, path: column } as const;
				countReason(tally, noted);
				onReject({ ...descriptor, ...noted, line: seq });
			}
		},
	};
}

export function recordLetter(
	code: string,
	reason: string,
	path: string,
	{ data }: RecordPayload,
	emittedAt?: number,
): DeadLetter {
	return { kind: "record", code, reason, path, emittedAt, raw: JSON.stringify(data) };
}

export function conversionLetter(
	{ mapping, code, reason, path }: Extract<Outcome, { outcome: "rejected" }>,
	{ data }: RecordPayload,
	emittedAt: number,
	recordId: string | undefined,
): DeadLetter {
	return { kind: "conversion", code, reason, path, mapping, emittedAt, recordId, raw: JSON.stringify(data) };
}

/** A row that the source could not read. */
export function sourceLetter({ code, reason, path, file, line, record_id, raw }: Reject): DeadLetter {
	const text = typeof raw === "string" ? raw : raw === undefined ? "" : JSON.stringify(raw);
	return { kind: "record", code, reason, path, file, line, recordId: record_id, raw: text };
}
