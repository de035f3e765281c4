/**
 * What a commit is billed, from sizes and habits; every assumption is an input. On-demand prices of May 2026, in the US
 * and EU; other locations differ, and who pays by slots is not billed by bytes at all. Loads, copies and deletes of
 * whole tables are free. Estimates are floats: they are no money of a customer's.
 */
import { DOLLARS_PER_TIB, dollarsOf, TIB } from "../sql/price.ts";

export { DOLLARS_PER_TIB, dollarsOf, TIB };

const MIB = 2 ** 20;
/** Per billing account and month. */
export const FREE_BYTES = TIB;
/** Each table that a query refers to is billed at least this. */
export const LEAST_BYTES = 10 * MIB;

/** Of a whole month, if nothing else in the billing account uses up the free TiB. */
export function billOf(bytes: number): number {
	return dollarsOf(Math.max(0, bytes - FREE_BYTES));
}

/** Of one query, by the bytes that it reads of each table: whole MiB, at least ten. */
export function billedBytes(tables: readonly number[]): number {
	return tables.reduce((sum, bytes) => sum + Math.max(LEAST_BYTES, Math.ceil(bytes / MIB) * MIB), 0);
}

/** What the statements of one commit of one stream ask beside `conversions`, each billed ten MiB. */
const SMALL_TABLES = 30;

/** Of a table that conversions are merged into. */
export interface Workload {
	rows: number;
	/** Of a whole row, in BigQuery's logical bytes. */
	rowBytes: number;
	/** Days over which the rows are spread evenly. */
	days: number;
	commitsPerDay: number;
	/** Days whose rows one commit brings. */
	daysTouched: number;
	/** Bytes of the columns that find a row again: its id and its time, at least. */
	keyBytes: number;
	/** Small tables that every commit asks as well: ledger, lease, staging. Each is billed ten MiB. */
	otherTables: number;
}

/** The width of what is read of each row, by BigQuery's rule: text 2 + its length, times and integers 8. */
export const WIDTHS = {
	/** conversion_id, a UUID, and timestamp: the least that finds a row by its id. An update reads them, too. */
	idAndTime: 2 + 36 + 8,
	/** What is asked for days where they are not kept: beside these _gn_table and _gn_key, of about 15 and 20 characters. */
	asked: 2 + 36 + 8 + (2 + 15) + (2 + 20),
	/** What the judgement reads of conversions where rows come again: beside those _gn_hash and _gn_generation_id. */
	judged: 2 + 36 + 8 + (2 + 15) + (2 + 20) + (2 + 16) + 8,
	/** A row of `_gn_days`: 16 bits of a day above 48 of a key's fingerprint, in one INT64. */
	dayKey: 8,
} as const;

/**
 * The example of the cost table: a million conversions of 500 bytes a day for two years, hourly commits of three days.
 * 42.5 bytes is the width with which its figures (133, 127, 7, 0.5) were told; `WIDTHS.idAndTime` gives 8 % more.
 */
export const MILLION_A_DAY: Workload = {
	...{ rows: 730_000_000, rowBytes: 500, days: 730, commitsPerDay: 24, daysTouched: 3 },
	...{ keyBytes: 42.5, otherTables: 0 },
};

/** How rows of a commit find their older versions. `bound`: of the last so many days only. */
export type Search =
	/** By the id, in the whole table: one MERGE without ranges. */
	| { by: "merge" }
	/** By the id in the whole table, but only for the days on which they stand; then a pruned MERGE. */
	| { by: "table"; bound?: number; bytes?: number }
	/** In `_gn_days`, which has nothing but packed keys and days. */
	| { by: "keys" }
	/** On the commit's own days. */
	| { by: "own days" };

export interface CommitBytes {
	/** To learn on which days older versions stand. */
	probe: number;
	/** Columns that find the rows on those days. */
	find: number;
	/** Days that are written anew, because rows on them change. */
	rewrite: number;
}

/** `changes` false: all rows are new, and nothing is written anew. */
export function bytesOfCommit(workload: Workload, search: Search, changes = true): CommitBytes {
	const { rows, rowBytes, days, daysTouched, keyBytes } = workload;
	const perDay = rows / Math.max(1, days);
	const touched = Math.min(daysTouched, days);
	const rewrite = changes ? touched * perDay * rowBytes : 0;
	if (search.by === "merge") return { probe: 0, find: rows * keyBytes, rewrite };
	const find = touched * perDay * keyBytes;
	if (search.by === "own days") return { probe: 0, find, rewrite };
	if (search.by === "table") {
		const probed = perDay * Math.min(days, search.bound ?? days);
		return { probe: probed * (search.bytes ?? keyBytes), find, rewrite };
	}
	const stray = strayDays(perDay / workload.commitsPerDay, rows) * perDay * keyBytes;
	return { probe: rows * WIDTHS.dayKey, find: find + stray, rewrite };
}

/** Two keys of one fingerprint: a day too much is searched, none is missed. A row asks by its own key and by an id. */
function strayDays(batch: number, keys: number): number {
	return (2 * batch * keys) / 2 ** 48;
}

/** What our own statements read of the days that they name, in place of the least: an update reads once more. */
function asSent(workload: Workload, changes: boolean): Workload {
	return { ...workload, keyBytes: changes ? WIDTHS.judged + WIDTHS.idAndTime : WIDTHS.idAndTime };
}

/** Billed in 30 days. */
export function bytesOfMonth(workload: Workload, { probe, find, rewrite }: CommitBytes): number {
	const tables = workload.otherTables * LEAST_BYTES;
	const asked = workload.otherTables === 0 ? probe + find + rewrite : billedBytes([probe + find + rewrite]);
	return (asked + tables) * workload.commitsPerDay * 30;
}

export interface CostLine {
	way: string;
	/** Of the commits, a month, at list price, where nothing but id and time is read of a row. */
	dollars: number;
	/** The part of it that only looks for days. */
	probe: number;
	/** By what our statements read; undefined for what we do not send. */
	sent?: number;
	assumption: string;
}

interface Way {
	way: string;
	search: Search;
	changes: boolean;
	/** In place of `search`, as our statements do it; undefined: not ours. */
	sent?: Search;
	assumption: string;
}

const OWN_DAYS: Search = { by: "own days" };
const WAYS: readonly Way[] = [
	{ way: "one MERGE without ranges", search: { by: "merge" }, changes: true, assumption: "what most loaders send" },
	{
		way: "exact, days looked up in conversions by id",
		search: { by: "table" },
		changes: true,
		assumption: "id and time of every row are read in every commit",
	},
	{
		way: "exact, where days cannot be kept by key",
		search: { by: "table", bytes: WIDTHS.asked },
		sent: { by: "table", bytes: WIDTHS.asked },
		changes: true,
		assumption: "conversions of others, by another day or with ids that are no text; also by the key of the row",
	},
	{
		way: "exact",
		search: { by: "keys" },
		sent: { by: "keys" },
		changes: true,
		assumption: "nothing: _gn_days is read whole; fingerprints that meet only add a day to search",
	},
	{
		way: "lookback:30",
		search: { by: "table", bound: 30 },
		sent: { by: "table", bound: 30, bytes: WIDTHS.judged },
		changes: true,
		assumption: "no event moves by more than 30 days",
	},
	{
		way: "immutable, rows change",
		search: OWN_DAYS,
		sent: OWN_DAYS,
		changes: true,
		assumption: "the time of an event never changes, as the connector declares",
	},
	{
		way: "immutable, all rows new",
		search: OWN_DAYS,
		sent: OWN_DAYS,
		changes: false,
		assumption: "the same; INSERT alone",
	},
];

/** A month of each way, dearest first. */
export function costTable(workload: Workload = MILLION_A_DAY): CostLine[] {
	const month = (of: Workload, search: Search, changes: boolean) =>
		dollarsOf(bytesOfMonth(of, bytesOfCommit(of, search, changes)));
	return WAYS.map(({ way, search, changes, sent, assumption }) => {
		const bytes = bytesOfCommit(workload, search, changes);
		const probe = dollarsOf(bytesOfMonth({ ...workload, otherTables: 0 }, { ...bytes, find: 0, rewrite: 0 }));
		return {
			way,
			dollars: month(workload, search, changes),
			probe,
			...(sent !== undefined && { sent: month(asSent(workload, changes), sent, changes) }),
			assumption,
		};
	});
}

/** What is known of `conversions` before a run. */
export interface TableSize {
	rows: number;
	bytes: number;
	/** Its partitions; undefined: it has none, and every commit reads and writes it whole. */
	days: number | undefined;
	/** These are days of another column than the time of the event, and not kept by key. */
	otherDays?: boolean;
}

export interface Estimate {
	/** A month, after the free TiB. */
	dollars: number;
	/** The same if events' times were declared immutable. */
	immutable: number;
	commitsPerDay: number;
}

/** For `check`: of the table as it is, with commits that bring three days. One in one part has no days to look for. */
export function estimateOf(
	{ rows, bytes, days, otherDays }: TableSize,
	moved: { mode: "exact" | "immutable" | "lookback"; days: number },
	commitsPerDay = 24,
): Estimate {
	const rowBytes = rows === 0 ? 0 : bytes / rows;
	const parts = days ?? 1;
	const table = { rows, rowBytes, days: parts, commitsPerDay, daysTouched: 3, keyBytes: 0, otherTables: SMALL_TABLES };
	const workload = asSent(table, true);
	const month = (search: Search) => billOf(bytesOfMonth(workload, bytesOfCommit(workload, search)));
	const searches: Record<typeof moved.mode, Search> = {
		exact: otherDays ? { by: "table", bytes: WIDTHS.asked } : { by: "keys" },
		lookback: { by: "table", bound: moved.days, bytes: WIDTHS.judged },
		immutable: OWN_DAYS,
	};
	const chosen = days === undefined ? OWN_DAYS : searches[moved.mode];
	return { dollars: month(chosen), immutable: month(OWN_DAYS), commitsPerDay };
}

/** `$133`, `$6.70`, `less than $0.01`, `nothing`. */
export function dollarText(dollars: number): string {
	if (dollars === 0) return "nothing";
	if (dollars < 0.01) return "less than $0.01";
	return dollars < 10
		? `$${dollars.toFixed(2)}`
		: `$${Math.round(dollars).toLocaleString("en-US", { useGrouping: true })}`;
}
