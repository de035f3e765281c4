/** STATE messages of one stream: when one is due, and what it counts. */
import type { ControlTotal, Json, Message, StreamDescriptor } from "@growthnav/spec";
import { addDecimals } from "../protocol/numbers.ts";
import { parseJson } from "../protocol/parse.ts";

/** A state of more characters than this waits until so many records came that it is small beside them. */
const LARGE_STATE = 16_000;
const CHARACTERS_PER_RECORD = 100;

export interface States {
	/** What was sent since the last state. */
	count(records: number, rejected: number): void;
	/** Sums of the source itself; equal kinds are added up until the next state. */
	control(totals: readonly ControlTotal[]): void;
	/** A checkpoint; undefined where it would only repeat the one before. */
	checkpoint(state: Json): Message | undefined;
	/** Of a stream that breaks off: the last checkpoint, where it was too large to be sent and nothing came since. */
	withheld(state: Json): Message | undefined;
	/** The state of a stream's end: there is at least one, and one that covers all that was sent. */
	final(state: Json): Message | undefined;
}

export function createStates(stream_descriptor: StreamDescriptor): States {
	let records = 0;
	let rejected = 0;
	let totals = new Map<string, ControlTotal>();
	let before: string | undefined;
	let held = false;

	const message = (text: string): Message => {
		const controlTotals = [...totals.values()];
		const sourceStats = { recordCount: records, ...(rejected > 0 && { rejectedRecordCount: rejected }) };
		before = text;
		held = false;
		records = 0;
		rejected = 0;
		totals = new Map();
		return {
			type: "STATE",
			state: {
				type: "STREAM",
				// a copy: a connector may go on working with the object that it gave
				stream: { stream_descriptor, stream_state: parseJson(text) },
				sourceStats,
				...(controlTotals.length > 0 && { controlTotals }),
			},
		};
	};

	return {
		count(more, refused) {
			held = false;
			records += more;
			rejected += refused;
		},
		control(more) {
			for (const total of more) {
				const kind = JSON.stringify([total.conversion_type, total.currency]);
				const sum = totals.get(kind);
				totals.set(kind, sum === undefined ? { ...total } : added(sum, total));
			}
		},
		checkpoint(state) {
			if (before !== undefined && before.length > LARGE_STATE && records * CHARACTERS_PER_RECORD < before.length) {
				held = true;
				return undefined;
			}
			const text = JSON.stringify(state);
			return text === before ? undefined : message(text);
		},
		withheld(state) {
			const text = held ? JSON.stringify(state) : before;
			return text === before ? undefined : message(text!);
		},
		final(state) {
			const text = JSON.stringify(state);
			const nothingNew = records === 0 && rejected === 0 && totals.size === 0;
			return text === before && nothingNew ? undefined : message(text);
		},
	};
}

function added(a: ControlTotal, b: ControlTotal): ControlTotal {
	return { ...a, value: addDecimals(a.value, b.value), rows: a.rows + b.rows };
}
