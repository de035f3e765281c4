/** What one commit did, in numbers that balance: read = loaded + superseded + rejected, per stream. */
import type { CommitReport, ConversionTotal, StreamCommit } from "@growthnav/spec";
import { byCodeUnits, mostFirst } from "../../order.ts";
import { addDecimals, shortestDecimal } from "../../protocol/numbers.ts";
import type { Strays } from "../rejects/strays.ts";
import { DEAD_LETTERS } from "../tables/layout.ts";
import type { Tally } from "../tally.ts";
import type { EpochOutcome } from "./epoch.ts";

export interface CountedStream {
	stream: string;
	namespace: string | undefined;
	table: string;
	tally: Tally;
	complete: boolean;
	/** Its place among the streams of the epoch; undefined where it brings no rows. */
	at: number | undefined;
}

export interface Counted {
	epoch: number;
	batchId: string;
	streams: CountedStream[];
	strays: Strays["tallies"];
}

/** `seconds` is how long the commit took. */
export function commitReport(counted: Counted, outcome: EpochOutcome, seconds: number): CommitReport {
	const { streams, strays } = counted;
	const sum = (field: "mapped" | "converted" | "conversionsRejected" | "leftOut") =>
		streams.reduce((total, { tally }) => total + tally[field], 0);
	const loaded = outcome.conversionsLoaded.reduce((total, rows) => total + rows, 0);
	return {
		epoch: counted.epoch,
		batch_id: counted.batchId,
		seconds,
		streams: [
			...streams.map((stream) => streamCommit(stream, stream.at === undefined ? 0 : outcome.loaded[stream.at]!)),
			...[...strays.values()].map(({ stream, namespace, tally }) =>
				streamCommit({ stream, namespace, table: DEAD_LETTERS, tally, complete: false, at: undefined }, 0),
			),
		],
		conversions: {
			mapped: sum("mapped"),
			loaded,
			superseded: sum("converted") - loaded,
			rejected: sum("conversionsRejected"),
			left_out: sum("leftOut"),
			...(outcome.conversionsRemoved > 0 && { removed: outcome.conversionsRemoved }),
		},
		totals: mergeTotals(outcome.totals),
		...(outcome.lagS !== undefined && { lag_s: outcome.lagS }),
		...(outcome.bytesBilled !== undefined && { bytes_billed: outcome.bytesBilled }),
		...(outcome.costUsd !== undefined && { cost_usd: outcome.costUsd }),
	};
}

function streamCommit({ stream, namespace, table, tally, complete }: CountedStream, loaded: number): StreamCommit {
	const reasons = mostFirst(tally.reasons.values(), ({ reason, path }) => `${reason} ${path}`);
	const leftOut = mostFirst(
		[...tally.leftOutBy].map(([rule, rows]) => ({ rule, rows })),
		({ rule }) => rule,
	);
	return {
		stream,
		...(namespace !== undefined && { namespace }),
		table,
		read: tally.read,
		loaded,
		superseded: tally.rows - loaded,
		rejected: tally.rejected,
		values_nulled: tally.nulled,
		bytes: tally.bytes,
		...(complete && { complete: true }),
		...(reasons.length > 0 && { reasons }),
		...(leftOut.length > 0 && { left_out: leftOut }),
	};
}

/** A row of a totals query as it is told: sums as exact decimal text. */
export function totalOf(row: Record<string, unknown>): ConversionTotal {
	const decimal = (value: unknown) => shortestDecimal(String(value ?? "0"));
	return {
		source_system: String(row.source_system),
		source_account: String(row.source_account),
		conversion_type: String(row.conversion_type),
		...(row.currency != null && { currency: String(row.currency) }),
		mapped_rows: Number(row.mapped_rows),
		mapped_value: decimal(row.mapped_value),
		loaded_rows: Number(row.loaded_rows),
		loaded_value: decimal(row.loaded_value),
	};
}

/** Two streams may make conversions of one system, account, type and currency. */
function mergeTotals(totals: readonly ConversionTotal[]): ConversionTotal[] {
	const merged = new Map<string, ConversionTotal>();
	for (const total of totals) {
		const { source_system, source_account, conversion_type, currency } = total;
		const key = JSON.stringify([source_system, source_account, conversion_type, currency ?? null]);
		const known = merged.get(key);
		if (known === undefined) {
			merged.set(key, { ...total });
			continue;
		}
		known.mapped_rows += total.mapped_rows;
		known.loaded_rows += total.loaded_rows;
		known.mapped_value = shortestDecimal(addDecimals(known.mapped_value, total.mapped_value));
		known.loaded_value = shortestDecimal(addDecimals(known.loaded_value, total.loaded_value));
	}
	return [...merged].sort(([a], [b]) => byCodeUnits(a, b)).map(([, total]) => total);
}
