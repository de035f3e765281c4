/**
 * Conversions of a run, added up and held against the source's own sums: its control totals, which came with states
 * that are committed now, or the ledger of a demo. Pure.
 */
import type { CommitReport, ControlTotal, ConversionCounts, ConversionTotal, StreamDescriptor } from "@growthnav/spec";
import { addDecimals, compareDecimals } from "../../protocol/index.ts";
import type { ExpectedTotal } from "../../source/demo.ts";
import type { RunEvent } from "../events.ts";

export type ConversionsEvent = Extract<RunEvent, { event: "conversions" }>;

export interface Totals {
	addCommit(report: Pick<CommitReport, "conversions" | "totals">): void;
	/** Of a STATE that came back: its rows are committed. `stream` is undefined where the state is of all streams. */
	addControl(controlTotals: readonly ControlTotal[], stream: StreamDescriptor | undefined): void;
	counts(): ConversionCounts;
	/** By system, account, type and currency. */
	events(): ConversionsEvent[];
}

interface Sum {
	rows: number;
	value: string;
}

/** What one stream, or all together, said of one kind. */
type Stated = Map<string, Sum>;

export function createTotals(): Totals {
	const counts: ConversionCounts = { mapped: 0, loaded: 0, superseded: 0, rejected: 0, left_out: 0 };
	const groups = new Map<string, ConversionTotal>();
	const stated = new Map<string, Stated>();
	return {
		addCommit({ conversions, totals }) {
			for (const name of ["mapped", "loaded", "superseded", "rejected", "left_out"] as const) {
				counts[name] += conversions[name];
			}
			if (conversions.removed) counts.removed = (counts.removed ?? 0) + conversions.removed;
			for (const total of totals) {
				const key = JSON.stringify([streamOf(total), total.source_system, total.source_account, kindOf(total)]);
				groups.set(key, added(groups.get(key), total));
			}
		},
		addControl(controlTotals, stream) {
			const key = streamKey(stream?.name, stream?.namespace);
			for (const { rows, value, ...kind } of controlTotals) {
				const known: Stated = stated.get(kindOf(kind)) ?? new Map();
				known.set(key, plus(known.get(key) ?? NOTHING, { rows, value }));
				stated.set(kindOf(kind), known);
			}
		},
		counts: () => counts,
		events() {
			const kinds = new Set([...[...groups.values()].map(kindOf), ...stated.keys()]);
			return [...kinds].flatMap((kind) => {
				const ofKind = [...groups.values()].filter((one) => kindOf(one) === kind);
				return kindEvents(kind, ofKind, stated.get(kind));
			});
		},
	};
}

const NOTHING: Sum = { rows: 0, value: "0" };

function kindOf({ conversion_type, currency }: { conversion_type: string; currency?: string }): string {
	return JSON.stringify([conversion_type, currency ?? null]);
}

/** "" where it is not told. */
function streamKey(stream: string | undefined, namespace: string | undefined): string {
	return stream === undefined ? "" : JSON.stringify([namespace ?? null, stream]);
}

function streamOf({ stream, namespace }: ConversionTotal): string {
	return streamKey(stream, namespace);
}

function plus(a: Sum, b: Sum): Sum {
	return { rows: a.rows + b.rows, value: addDecimals(a.value, b.value) };
}

function isEqual(a: Sum, b: Sum): boolean {
	return a.rows === b.rows && compareDecimals(a.value, b.value) === 0;
}

function added(sum: ConversionTotal | undefined, total: ConversionTotal): ConversionTotal {
	if (!sum) return total;
	const mapped = plus(mappedOf(sum), mappedOf(total));
	const loaded = plus(loadedOf(sum), loadedOf(total));
	return {
		...sum,
		mapped_rows: mapped.rows,
		mapped_value: mapped.value,
		loaded_rows: loaded.rows,
		loaded_value: loaded.value,
	};
}

function mappedOf({ mapped_rows, mapped_value }: ConversionTotal): Sum {
	return { rows: mapped_rows, value: mapped_value };
}

function loadedOf({ loaded_rows, loaded_value }: ConversionTotal): Sum {
	return { rows: loaded_rows, value: loaded_value };
}

/**
 * The events of one type and currency. A sum of the source is held against the streams that it speaks of; where others
 * made conversions of the kind too, it stands at none of them, and only a difference is told.
 */
function kindEvents(kind: string, groups: ConversionTotal[], stated: Stated | undefined): ConversionsEvent[] {
	const [conversion_type, currency] = JSON.parse(kind) as [string, string | null];
	const accounts = [...Map.groupBy(groups, (one) => JSON.stringify([one.source_system, one.source_account])).values()];
	const there = [...(stated?.values() ?? [])].reduce(plus, NOTHING);
	const covers = (one: ConversionTotal) => streamOf(one) === "" || stated?.has("") || stated?.has(streamOf(one));
	const here = groups.filter(covers).map(mappedOf).reduce(plus, NOTHING);
	const whole = stated !== undefined && groups.every(covers);
	const check =
		stated === undefined ? "not_stated" : !isEqual(here, there) ? "differs" : whole ? "equal" : "not_stated";
	const event = (system: string, account: string, mapped: Sum, loaded: Sum): ConversionsEvent => ({
		event: "conversions",
		source_system: system,
		source_account: account,
		conversion_type,
		currency,
		rows: (whole ? mapped : loaded).rows,
		value: currency === null ? null : (whole ? mapped : loaded).value,
		loaded_rows: loaded.rows,
		loaded_value: currency === null ? null : loaded.value,
		source_value: whole && accounts.length <= 1 ? there.value : null,
		source_rows: whole && accounts.length <= 1 ? there.rows : null,
		check,
	});
	// the source states a sum of a kind that gave no conversion at all
	if (accounts.length === 0) return [event("", "", NOTHING, NOTHING)];
	return accounts.map((account) => {
		const { source_system, source_account } = account[0]!;
		const mapped = account.map(mappedOf).reduce(plus, NOTHING);
		return event(source_system, source_account, mapped, account.map(loadedOf).reduce(plus, NOTHING));
	});
}

/** One row per sum of what the store holds; texts as `sql` prints them. */
export interface StoredTotal {
	source_system: string;
	source_account: string;
	conversion_type: string;
	currency: string | null;
	rows: number;
	value: string | null;
}

/**
 * For a demo: what the store holds after the run beside the source's own ledger, which knows no accounts. The sums of
 * what this run loaded come along.
 */
export function demoEvents(
	stored: StoredTotal[],
	expected: ExpectedTotal[],
	run: ConversionsEvent[],
): ConversionsEvent[] {
	const kind = (one: { source_system: string; conversion_type: string; currency: string | null }) =>
		JSON.stringify([one.source_system, one.conversion_type, one.currency]);
	// the store may hold what other sources made
	const kinds = [...new Set([...expected.map(kind), ...run.map(kind)])];
	return kinds.map((key) => {
		const [source_system, conversion_type, currency] = JSON.parse(key) as [string, string, string | null];
		const rows = stored.filter((one) => kind(one) === key);
		const loaded = run.filter((one) => kind(one) === key);
		const here = {
			rows: rows.reduce((sum, one) => sum + one.rows, 0),
			value: rows.reduce((sum, one) => addDecimals(sum, one.value ?? "0"), "0"),
		};
		const there = expected.find((one) => kind(one) === key);
		return {
			event: "conversions",
			source_system,
			source_account: rows.length === 1 ? rows[0]!.source_account : "",
			conversion_type,
			currency,
			rows: here.rows,
			value: currency === null ? null : here.value,
			loaded_rows: loaded.reduce((sum, one) => sum + (one.loaded_rows ?? 0), 0),
			loaded_value:
				currency === null ? null : loaded.reduce((sum, one) => addDecimals(sum, one.loaded_value ?? "0"), "0"),
			source_value: there?.value ?? null,
			source_rows: there?.rows ?? null,
			check: there === undefined ? "not_stated" : isEqual(here, there) ? "equal" : "differs",
		};
	});
}
