/** The rules of a commit once more, in plain code: what the SQL of real stores is held against. */
import type { ConversionTotal, Json } from "@growthnav/spec";
import {
	conversionsShadowOf,
	type EpochOutcome,
	type EpochStream,
	type SealedEpoch,
	shadowOf,
} from "../destination/epochs/epoch.ts";
import type { ColumnType } from "../destination/tables/columns.ts";
import {
	CONVERSION_LATER_COLUMNS,
	CONVERSION_TABLE_COLUMNS,
	CONVERSIONS,
	DEAD_LETTER_COLUMNS,
	DEAD_LETTERS,
	type TableColumn,
} from "../destination/tables/layout.ts";
import { addDecimals, shortestDecimal } from "../protocol/numbers.ts";
import { compareValues, type Row, rowsOf } from "./memory-values.ts";

/** Rows of a table by name. */
export type Tables = Map<string, Row[]>;

const SEQ: TableColumn = { name: "_gn_seq", type: "integer" };
const ROW_TIMES = new Set(["_gn_emitted_at", "_gn_deleted_at"]);
const CONVERSION_TIMES = new Set(["extracted_at"]);
const LETTER_TIMES = new Set(["emitted_at"]);

/** What became of a staged row; as in the SQL. */
type Verdict = "new" | "changed" | "touch" | "same" | "older";

interface Judged {
	row: Row;
	verdict: Verdict;
	/** Takes the place of the key's row. */
	wins: boolean;
	/** Its conversions are those of the key. */
	converts: boolean;
}

/** Changes `tables` and their lists, no row: whoever wants all or nothing gives a copy of these. */
export function commitToMemory(tables: Tables, epoch: SealedEpoch): EpochOutcome {
	const outcome: EpochOutcome = { loaded: [], conversionsLoaded: [], conversionsRemoved: 0, totals: [] };
	for (const stream of epoch.streams) {
		const staged = rowsOf(stream.rows, stream.columns, ROW_TIMES);
		if (staged.length !== stream.rowCount) throw new Error(`${staged.length} rows, ${stream.rowCount} were counted`);
		const judged = stream.keyed ? judgeRows(tables, stream, staged) : undefined;
		outcome.loaded.push(writeRows(tables, epoch, stream, staged, judged));
		outcome.conversionsLoaded.push(
			stream.conversionsTarget === undefined || stream.rows.length === 0
				? 0
				: writeConversions(tables, epoch, stream, judged, outcome),
		);
		if (stream.publish) outcome.conversionsRemoved += publish(tables, stream);
	}
	writeLetters(tables, epoch);
	outcome.lagS = epoch.lag();
	return outcome;
}

function table(tables: Tables, name: string): Row[] {
	const rows = tables.get(name);
	if (rows === undefined) throw new Error(`there is no table ${name}`);
	return rows;
}

function compareVersions(stream: EpochStream, a: Row, b: Row): number {
	const { cursor } = stream;
	const type = stream.columns.find((column) => column.name === cursor)?.type as ColumnType;
	const byCursor = cursor === undefined ? 0 : compareValues(type, a[cursor] ?? null, b[cursor] ?? null);
	return byCursor || compareValues("timestamp", a._gn_emitted_at!, b._gn_emitted_at!);
}

function judgeRows(tables: Tables, stream: EpochStream, staged: readonly Row[]): Judged[] {
	const before = new Map(table(tables, stream.target).map((row) => [row._gn_key, row]));
	const newest = new Map<Json, Row>();
	const newestAlive = new Map<Json, Row>();
	const keep = (map: Map<Json, Row>, row: Row) => {
		const known = map.get(row._gn_key!);
		if (known === undefined || compareVersions(stream, row, known) >= 0) map.set(row._gn_key!, row);
	};
	for (const row of [...staged].sort((a, b) => Number(a._gn_seq) - Number(b._gn_seq))) {
		keep(newest, row);
		if (row._gn_deleted_at === null) keep(newestAlive, row);
	}
	const rows = new Set([...newest.values(), ...newestAlive.values()]);
	return [...rows].map((row) => ({
		row,
		verdict: judge(stream, row, before.get(row._gn_key!)),
		wins: newest.get(row._gn_key!) === row,
		converts: newestAlive.get(row._gn_key!) === row,
	}));
}

function judge(stream: EpochStream, row: Row, before: Row | undefined): Verdict {
	if (before === undefined) return "new";
	const order = compareVersions(stream, row, before);
	if (order < 0) return "older";
	if (row._gn_hash !== before._gn_hash) return "changed";
	return order > 0 || before._gn_generation_id !== stream.generation ? "touch" : "same";
}

function writeRows(
	tables: Tables,
	epoch: SealedEpoch,
	stream: EpochStream,
	staged: readonly Row[],
	judged: readonly Judged[] | undefined,
): number {
	const target = table(tables, stream.target);
	const whole = (row: Row): Row => {
		const empty = Object.fromEntries(stream.table.columns.map((column) => [column.name, null]));
		return {
			...empty,
			...row,
			_gn_batch_id: epoch.batchId,
			_gn_generation_id: stream.generation,
			_gn_loaded_at: epoch.loadedAt,
		};
	};
	if (judged === undefined) {
		for (const row of staged) target.push(whole(row));
		return staged.length;
	}
	const places = new Map(target.map((row, at) => [row._gn_key, at]));
	let loaded = 0;
	for (const { row, verdict, wins } of judged) {
		if (!wins) continue;
		const at = places.get(row._gn_key!);
		if (verdict === "new") target.push(whole(row));
		else if (verdict === "changed") target[at!] = whole(row);
		else if (verdict === "touch") {
			target[at!] = {
				...target[at!],
				_gn_emitted_at: row._gn_emitted_at!,
				_gn_generation_id: stream.generation,
			} as Row;
		}
		if (verdict === "new" || verdict === "changed") loaded++;
	}
	return loaded;
}

const OF_COMMIT = new Set(["_gn_generation_id", "_gn_table", "loaded_at", "sync_id"]);
const STAGED_COLUMNS = [...CONVERSION_TABLE_COLUMNS.filter((column) => !OF_COMMIT.has(column.name)), SEQ];

function writeConversions(
	tables: Tables,
	epoch: SealedEpoch,
	stream: EpochStream,
	judged: readonly Judged[] | undefined,
	outcome: EpochOutcome,
): number {
	const staged = rowsOf(stream.conversions, STAGED_COLUMNS, CONVERSION_TIMES).map(
		(row): Row => ({
			...row,
			_gn_generation_id: stream.generation,
			_gn_table: stream.table.name,
			loaded_at: epoch.loadedAt,
			sync_id: epoch.syncId,
		}),
	);
	const current = judged?.filter((one) => one.converts);
	const landing = new Set(current?.filter((one) => one.verdict !== "older").map((one) => one.row._gn_seq));
	const candidates = staged.filter((row) => judged === undefined || landing.has(row._gn_seq!));
	const verdicts = land(tables, stream.conversionsTarget!, candidates, judged === undefined);
	addTotals(outcome.totals, staged, verdicts);
	const again = new Set(
		current?.filter((one) => one.verdict !== "older" && one.verdict !== "new").map((one) => one.row._gn_key),
	);
	const made = new Set([...verdicts.keys()].map((row) => row.conversion_id));
	outcome.conversionsRemoved += remove(
		tables,
		stream.conversionsTarget!,
		(row) => row._gn_table === stream.table.name && again.has(row._gn_key!) && !made.has(row.conversion_id!),
	);
	return [...verdicts.values()].filter((verdict) => verdict === "new" || verdict === "changed").length;
}

/** One candidate per id, the last; beside streams without key the newest. Answers what became of each. */
function land(tables: Tables, name: string, candidates: readonly Row[], newest: boolean): Map<Row, Verdict> {
	const target = table(tables, name);
	const places = new Map(target.map((row, at) => [row.conversion_id, at]));
	const chosen = new Map<Json, Row>();
	for (const row of [...candidates].sort((a, b) => Number(a._gn_seq ?? 0) - Number(b._gn_seq ?? 0))) {
		const known = chosen.get(row.conversion_id!);
		const isNewer = known === undefined || !newest || byReading(row, known) >= 0;
		if (isNewer) chosen.set(row.conversion_id!, row);
	}
	const verdicts = new Map<Row, Verdict>();
	for (const row of chosen.values()) {
		const { _gn_seq: _, ...whole } = row;
		const at = places.get(row.conversion_id!);
		const before = at === undefined ? undefined : target[at]!;
		const verdict = judgeConversion(row, before, newest);
		verdicts.set(row, verdict);
		if (verdict === "new") target.push(whole);
		else if (verdict === "changed") target[at!] = withLater(whole, before!);
		else if (verdict === "touch") {
			target[at!] = {
				...before!,
				_gn_generation_id: row._gn_generation_id!,
				extracted_at: row.extracted_at!,
			};
		}
	}
	return verdicts;
}

function byReading(a: Row, b: Row): number {
	return compareValues("timestamp", a.extracted_at!, b.extracted_at!);
}

function judgeConversion(row: Row, before: Row | undefined, newest: boolean): Verdict {
	if (before === undefined) return "new";
	const order = newest ? byReading(row, before) : 0;
	if (order < 0) return "older";
	if (row._gn_hash !== before._gn_hash) return "changed";
	return order > 0 || row._gn_generation_id !== before._gn_generation_id ? "touch" : "same";
}

function withLater(row: Row, before: Row): Row {
	const kept = CONVERSION_LATER_COLUMNS.map((column) => [column, row[column] ?? before[column] ?? null]);
	return { ...row, ...Object.fromEntries(kept) };
}

function remove(tables: Tables, name: string, goes: (row: Row) => boolean): number {
	const before = table(tables, name);
	const after = before.filter((row) => !goes(row));
	tables.set(name, after);
	return before.length - after.length;
}

function addTotals(totals: ConversionTotal[], staged: readonly Row[], verdicts: ReadonlyMap<Row, Verdict>): void {
	const groups = Map.groupBy(staged, (row) =>
		JSON.stringify([row.source_system, row.source_account, row.conversion_type, row.currency]),
	);
	for (const [key, rows] of groups) {
		const [source_system, source_account, conversion_type, currency] = JSON.parse(key);
		const loaded = rows.filter((row) => ["new", "changed"].includes(verdicts.get(row) ?? ""));
		totals.push({
			source_system,
			source_account,
			conversion_type,
			...(currency !== null && { currency }),
			mapped_rows: rows.length,
			mapped_value: sum(rows),
			loaded_rows: loaded.length,
			loaded_value: sum(loaded),
		});
	}
}

function sum(rows: readonly Row[]): string {
	const values = rows.flatMap((row) => (row.value == null ? [] : [String(row.value)]));
	return shortestDecimal(values.reduce(addDecimals, "0"));
}

function publish(tables: Tables, stream: EpochStream): number {
	const { name } = stream.table;
	tables.set(name, table(tables, shadowOf(name)));
	tables.set(shadowOf(name), []);
	if (stream.conversionsTarget === undefined) return 0;
	const shadow = table(tables, conversionsShadowOf(name));
	tables.set(conversionsShadowOf(name), []);
	land(tables, CONVERSIONS, shadow, false);
	const made = new Set(shadow.map((row) => row.conversion_id));
	return remove(tables, CONVERSIONS, (row) => row._gn_table === name && !made.has(row.conversion_id!));
}

function writeLetters(tables: Tables, epoch: SealedEpoch): void {
	if (epoch.deadLetters.length + epoch.resolved.length === 0) return;
	const target = table(tables, DEAD_LETTERS).map((row) => ({ ...row }));
	tables.set(DEAD_LETTERS, target);
	const known = new Map(target.map((row) => [row._gn_id, row]));
	for (const letter of rowsOf(epoch.deadLetters, [...DEAD_LETTER_COLUMNS, SEQ], LETTER_TIMES)) {
		const { _gn_seq: _, ...row } = letter;
		const before = known.get(row._gn_id!);
		if (before !== undefined) {
			before.resolved_at = null;
			continue;
		}
		const whole: Row = {
			...row,
			batch_id: epoch.batchId,
			connection: epoch.connection,
			sync_id: epoch.syncId,
			rejected_at: epoch.loadedAt,
		};
		known.set(row._gn_id!, whole);
		target.push(whole);
	}
	for (const { _gn_id: id } of rowsOf(epoch.resolved, [{ name: "_gn_id", type: "string" }, SEQ], new Set())) {
		const letter = known.get(id!);
		if (letter !== undefined) letter.resolved_at ??= epoch.loadedAt;
	}
}
