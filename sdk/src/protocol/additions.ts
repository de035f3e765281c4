/**
 * What we add to the protocol is written by programs of ours alone, so its form is checked whole: whoever reads a commit
 * or a sum of a source adds numbers up and shows texts, and must not look at each of them again.
 */
import type { Message } from "@growthnav/spec";
import { count, decimal, list, number, object, oneOf, type Test, text, truth, word } from "./forms.ts";

/** Seconds. */
export const LONGEST_WAIT = 1_000_000_000;

const KIND = oneOf("record", "conversion", "value");
const STREAM = { stream: text, "namespace?": text };

const reject = object({
	...STREAM,
	"kind?": KIND,
	code: text,
	reason: text,
	"path?": text,
	"file?": text,
	"line?": count,
	"record_id?": text,
});

const reason = object({ kind: KIND, code: text, reason: text, "path?": text, rows: count });
const COUNTS = { read: count, loaded: count, superseded: count, rejected: count, values_nulled: count, bytes: count };
const streamCommit = object({
	...STREAM,
	table: text,
	...COUNTS,
	"complete?": truth,
	"reasons?": list(reason),
	"left_out?": list(object({ rule: text, rows: count })),
});
const conversions = object({
	mapped: count,
	loaded: count,
	superseded: count,
	rejected: count,
	left_out: count,
	"removed?": count,
});
const total = object({
	"stream?": text,
	"namespace?": text,
	source_system: text,
	source_account: text,
	conversion_type: word,
	"currency?": word,
	mapped_rows: count,
	mapped_value: decimal,
	loaded_rows: count,
	loaded_value: decimal,
});
const commit = object({
	epoch: count,
	batch_id: text,
	seconds: number,
	"states?": count,
	streams: list(streamCommit),
	conversions,
	totals: list(total),
	"lag_s?": number,
	"bytes_billed?": number,
	"cost_usd?": number,
});

const schemaChange = object({
	...STREAM,
	table: text,
	path: text,
	change: oneOf("added", "widened", "retyped", "vanished"),
	"from?": text,
	"to?": text,
	"column?": text,
	mapping_touched: truth,
});
/** Up to 30 years: with more a time would have no date. */
const seconds: Test = (value) => number(value) && (value as number) >= 0 && (value as number) <= LONGEST_WAIT;
const waiting = object({
	"stream?": text,
	reason: oneOf("rate_limited", "retry", "locked", "job"),
	wait_s: seconds,
	"try?": count,
	"of?": count,
	"request?": text,
});
const controlTotals = list(object({ conversion_type: word, currency: word, value: decimal, rows: count }));

const LOG_ADDITIONS = { reject, commit, schema_change: schemaChange, waiting };

/** Which addition of a message does not have its form; undefined where all have, or where there is none. */
export function additionFault(message: Message): string | undefined {
	if (message.type === "STATE") {
		const { controlTotals: given } = message.state;
		return given == null || controlTotals(given) ? undefined : "STATE with controlTotals that are none";
	}
	if (message.type !== "LOG") return undefined;
	for (const [name, test] of Object.entries(LOG_ADDITIONS)) {
		const given: unknown = message.log[name as keyof typeof LOG_ADDITIONS];
		if (given != null && !test(given)) return `LOG with a ${name} that is none`;
	}
	return undefined;
}
