/**
 * What a statement reads and is billed for: logical bytes of the columns that it names, in the partitions that its
 * literals leave; where rows are updated or deleted, besides all columns of these partitions of the changed table.
 */
import { nameOf, type Partition, type Table } from "./catalog.ts";
import type { DuckSession } from "./engine.ts";
import { type Field, quote } from "./schema.ts";
import { touches } from "./translate/moments.ts";
import type { TableUse } from "./translate/scope.ts";

export const SMALLEST = 10 * 1024 * 1024;

/** One table in one statement. */
export interface Scan {
	table: string;
	/** In the order of the table; what is read of each row. */
	columns: string[];
	/** Ids as BigQuery gives them (`20260703`, `__NULL__`); `all` where nothing pruned, absent without partitions. */
	partitions?: string[];
	pruned: boolean;
	/** Rows of it are updated or deleted: all columns count. */
	changes: boolean;
	rows: number;
	bytes: number;
}

export async function scansOf(session: DuckSession, uses: readonly TableUse[]): Promise<Scan[]> {
	const scans: Scan[] = [];
	for (const use of uses) scans.push(await scanOf(session, use));
	return scans;
}

async function scanOf(session: DuckSession, { table, columns, moments, changes }: TableUse): Promise<Scan> {
	const read = table.fields.filter((field) => columns.has(field.name));
	const sizes = await sizesOf(session, table, changes ? table.fields : read);
	const chosen = [...sizes].filter(([id]) => moments === undefined || isTouched(id, table.partition!, moments));
	const sum = (of: (size: PartitionSize) => number) => chosen.reduce((total, [, size]) => total + of(size), 0);
	const bytesOf = (fields: readonly Field[], size: PartitionSize) =>
		fields.reduce((total, field) => total + (size.columns.get(field.name) ?? 0), 0);
	return {
		table: nameOf(table),
		columns: read.map((field) => field.name),
		...(table.partition !== undefined && { partitions: chosen.map(([id]) => id) }),
		pruned: moments !== undefined,
		changes,
		rows: sum((size) => size.rows),
		bytes: sum((size) => bytesOf(read, size) + (changes ? bytesOf(table.fields, size) : 0)),
	};
}

/** At least 10 MiB for each table. */
export function billedFor(scans: readonly Scan[]): number {
	const byTable = Map.groupBy(scans, (scan) => scan.table);
	const billed = [...byTable.values()].map((some) => {
		const bytes = some.reduce((total, scan) => total + scan.bytes, 0);
		return Math.max(SMALLEST, Math.ceil(bytes / 1024 ** 2) * 1024 ** 2);
	});
	return billed.reduce((total, bytes) => total + bytes, 0);
}

interface PartitionSize {
	rows: number;
	columns: Map<string, number>;
}

const known = new WeakMap<
	Table,
	{ version: number; physical: string; columns: Set<string>; sizes: Map<string, PartitionSize> }
>();

/** By partition id; one of the name `` for a table without partitions. Remembered until rows change. */
async function sizesOf(
	session: DuckSession,
	table: Table,
	fields: readonly Field[],
): Promise<Map<string, PartitionSize>> {
	const { version, physical } = table;
	let kept = known.get(table);
	if (kept?.version !== version || kept.physical !== physical) {
		kept = { version, physical, columns: new Set(), sizes: new Map() };
		known.set(table, kept);
	}
	const wanted = fields.filter((field) => !kept.columns.has(field.name));
	if (wanted.length === 0 && kept.sizes.size > 0) return kept.sizes;
	const columns = wanted.map((field) => `coalesce(sum(${sizeSql(quote(field.name), field)}), 0)`);
	const partition = table.partition === undefined ? "''" : partitionSql(table.partition);
	const { rows } = await session.read(
		`SELECT ${[partition, "count(*)", ...columns].join(", ")} FROM ${physical} GROUP BY 1 ORDER BY 1`,
	);
	for (const [id, count, ...bytes] of rows) {
		const size = kept.sizes.get(String(id)) ?? { rows: Number(count), columns: new Map() };
		wanted.forEach((field, at) => void size.columns.set(field.name, Number(bytes[at])));
		kept.sizes.set(String(id), size);
	}
	for (const field of wanted) kept.columns.add(field.name);
	return kept.sizes;
}

const FIXED: Partial<Record<Field["type"], number>> = {
	INTEGER: 8,
	FLOAT: 8,
	NUMERIC: 16,
	BOOLEAN: 1,
	DATE: 8,
	TIME: 8,
	DATETIME: 8,
	TIMESTAMP: 8,
};

/** Logical bytes of a value: NULL has none. */
function sizeSql(value: string, field: Field): string {
	if (field.mode === "REPEATED") {
		const one = sizeSql("e", { ...field, mode: "NULLABLE" });
		return `coalesce(list_sum(list_transform(${value}, lambda e: ${one})), 0)`;
	}
	if (field.type === "RECORD") {
		return `(${(field.fields ?? []).map((inner) => sizeSql(`${value}.${quote(inner.name)}`, inner)).join(" + ")})`;
	}
	const fixed = FIXED[field.type];
	if (fixed !== undefined) return `(CASE WHEN ${value} IS NULL THEN 0 ELSE ${fixed} END)`;
	if (field.type === "BYTES") return `coalesce(octet_length(${value}) + 2, 0)`;
	return `coalesce(strlen(CAST(${value} AS VARCHAR)) + ${field.type === "JSON" ? 0 : 2}, 0)`;
}

const FORMATS: Record<Partition["by"], string> = { HOUR: "%Y%m%d%H", DAY: "%Y%m%d", MONTH: "%Y%m", YEAR: "%Y" };

export function partitionSql({ column, by }: Partition): string {
	return `coalesce(strftime(CAST(${quote(column)} AS TIMESTAMP), '${FORMATS[by]}'), '__NULL__')`;
}

function isTouched(id: string, { by }: Partition, moments: NonNullable<TableUse["moments"]>): boolean {
	if (id === "__NULL__") return moments.nulls;
	const [year, month = 1, day = 1, hour = 0] = [id.slice(0, 4), id.slice(4, 6), id.slice(6, 8), id.slice(8, 10)]
		.filter((part) => part !== "")
		.map(Number) as [number, number?, number?, number?];
	const start = (add: Partial<Record<Partition["by"], number>>) => {
		const date = new Date(0);
		date.setUTCFullYear(year + (add.YEAR ?? 0), month - 1 + (add.MONTH ?? 0), day + (add.DAY ?? 0));
		date.setUTCHours(hour + (add.HOUR ?? 0));
		return BigInt(date.getTime()) * 1000n;
	};
	return touches(moments, start({}), start({ [by]: 1 }));
}
