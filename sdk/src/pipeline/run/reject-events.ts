/** `reject` events: the first of each kind of reject per stream; all of them are in the destination anyway. */
import type { Reject } from "@growthnav/spec";
import type { RejectEvent, RunEvent } from "../events.ts";
import { shownLine } from "./run-log.ts";
import { refOf, type StreamTally } from "./tally.ts";

const FIRST = 10;

export interface RejectEvents {
	tell(tally: StreamTally, reject: Reject, kind: RejectEvent["kind"]): void;
}

export function createRejectEvents(emit: (event: RunEvent) => void): RejectEvents {
	const told = new Map<string, number>();
	return {
		tell(tally, reject, kind) {
			const key = JSON.stringify([tally.table, kind, reject.code]);
			const times = told.get(key) ?? 0;
			told.set(key, times + 1);
			if (times >= FIRST) return;
			emit({
				event: "reject",
				...refOf(tally),
				kind,
				code: reject.code,
				path: reject.path ?? null,
				file: reject.file ?? null,
				line: reject.line ?? null,
				record_id: reject.record_id ?? null,
				value: null,
				message: shownLine(reject.reason),
			});
		},
	};
}
