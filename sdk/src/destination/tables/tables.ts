/** The tables of a run's streams: their names, columns and keys, and the additions that they need. */
import type { SchemaChange } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { conversionsShadowOf, shadowOf } from "../epochs/epoch.ts";
import type { StreamLedger } from "../ledger/ledger.ts";
import type { StreamPlan } from "../plan.ts";
import type { Evolution, NameRow, StoreContents, TableChange } from "../store.ts";
import type { Column, ColumnType } from "./columns.ts";
import { type ColumnChange, planEvolution } from "./evolution.ts";
import { CONVERSION_TABLE_COLUMNS, NESTED_CURSOR, OWN_TABLES, streamTable, type Table } from "./layout.ts";
import { assignNames, assignTableNames, streamId } from "./names.ts";
import { columnsOf, columnTypeOf, propertiesOf } from "./schema-columns.ts";

export interface StreamTable {
	table: Table;
	/** Those of the stream, with the ones that it no longer fills. */
	columns: Column[];
	/** Which of two rows is newer, before the time of reading. */
	cursor: { column: string; type: ColumnType; nested: boolean } | undefined;
	/** Rows gather in the shadow. */
	shadow: boolean;
	/** What it holds of this generation stays: an earlier run was cut off. */
	resumes: boolean;
	/** The table holds this generation already: only rows that come again may take its place. */
	published: boolean;
}

export interface TablePlan {
	tables: StreamTable[];
	evolution: Evolution;
	changes: SchemaChange[];
	/** What is worth a warning. */
	notes: string[];
}

/** Tables in the order of the plans. Throws where a table is another stream's or has another key. */
export function planTables(
	plans: readonly StreamPlan[],
	contents: StoreContents,
	ledger: ReadonlyMap<string, StreamLedger>,
	connection: string,
): TablePlan {
	const known = Map.groupBy(contents.names, (row) => streamId({ ...row, namespace: row.namespace ?? undefined }));
	const named = new Map([...known].map(([id, rows]) => [id, rows[0]!.table]));
	const ours = new Set(named.values());
	const foreign = [...contents.tables.keys()].filter((table) => !ours.has(table));
	const reserved = OWN_TABLES.map((table) => table.name);
	const names = assignTableNames(plans, named, [...foreign, ...reserved]);
	const all: TablePlan = { tables: [], evolution: { tables: [], names: [] }, changes: [], notes: [] };
	for (const plan of plans) {
		planTable(plan, names.get(plan.id)!, known.get(plan.id) ?? [], contents, ledger.get(plan.id), connection, all);
	}
	return all;
}

function planTable(
	plan: StreamPlan,
	name: string,
	rows: readonly NameRow[],
	contents: StoreContents,
	ledger: StreamLedger | undefined,
	connection: string,
	all: TablePlan,
): void {
	const before = rows.find((row) => row.column === null);
	if (before !== undefined) checkOwner(plan, before, connection);
	const existing = columnsBefore(rows);
	if (before !== undefined && !plan.overwrite) checkUnchanged(plan, name, existing, contents, ledger);
	const { columns, changes } = planEvolution(existing, wantedColumns(plan, existing));
	const cursor = cursorOf(plan, columns, all.notes);
	const table = streamTable(name, columns, cursor?.nested ? cursor.type : undefined);
	const refresh = refreshOf(plan, ledger);
	all.tables.push({ table, columns, cursor, ...refresh });
	all.evolution.tables.push(
		...tableChanges(table, contents, changes),
		...shadowChanges(plan, table, contents, refresh, changes),
	);
	all.evolution.names.push(...nameRows(plan, name, columns, rows, connection));
	if (existing.length > 0) all.changes.push(...changes.map((change) => schemaChange(plan, name, change)));
}

function columnsBefore(rows: readonly NameRow[]): Column[] {
	return rows
		.filter((row) => row.column !== null)
		.sort((a, b) => a.position! - b.position!)
		.map((row) => ({
			property: row.property!,
			name: row.column!,
			type: row.type!,
			...(row.kept && { kept: true }),
		}));
}

function wantedColumns(plan: StreamPlan, existing: readonly Column[]): Column[] {
	const properties = propertiesOf(plan.schema).map(([property]) => property);
	// of several columns of one property the first has its plain name
	const given = new Map([...existing].reverse().map((column) => [column.property, column.name]));
	const names = assignNames(
		properties,
		given,
		existing.map((column) => column.name),
	);
	return columnsOf(plan.schema, names, {
		...(plan.keyed && { primaryKey: plan.primaryKey, cursor: plan.cursor }),
	});
}

/** Lists and objects have no order, so they cannot say which row is newer. */
const UNORDERED: ReadonlySet<ColumnType> = new Set(["json", "bytes"]);

function cursorOf(plan: StreamPlan, columns: readonly Column[], notes: string[]): StreamTable["cursor"] {
	if (plan.cursor === undefined || !plan.keyed) return undefined;
	const [first = "", ...below] = plan.cursor;
	const column = columns.find((one) => one.property === first && one.kept !== true);
	const nested = below.length > 0;
	const type = nested ? nestedType(plan, plan.cursor) : column?.type;
	if (type === undefined || UNORDERED.has(type)) {
		notes.push(
			`${plan.stream}: the cursor ${plan.cursor.join(".")} has no type with an order; the row that was read last counts as newest`,
		);
		return undefined;
	}
	return { column: nested ? NESTED_CURSOR : column!.name, type, nested };
}

function nestedType(plan: StreamPlan, path: string[]): ColumnType | undefined {
	let schema: unknown = plan.schema;
	for (const name of path) {
		const properties = (schema as { properties?: Record<string, unknown> } | undefined)?.properties;
		if (properties === undefined || !Object.hasOwn(properties, name)) return undefined;
		schema = properties[name];
	}
	return columnTypeOf(schema, plan.schema);
}

/** A shadow lives on only in the generation that began it. A published generation takes rows in as any table does. */
function refreshOf(plan: StreamPlan, ledger: StreamLedger | undefined) {
	if (!plan.overwrite) return { shadow: false, resumes: false, published: false };
	const same = plan.generation !== null && ledger?.generation === plan.generation;
	const published = same && ledger?.published === true;
	return { shadow: !(published && plan.keyed), resumes: same && ledger?.shadow === true, published };
}

/** The table as it must be; also what an interrupted run or an older version left out of it. */
function tableChanges(table: Table, contents: StoreContents, changes: readonly ColumnChange[]): TableChange[] {
	const existing = contents.tables.get(table.name);
	if (existing === undefined) return [{ change: "create", table }];
	const widened = new Set(changes.filter((change) => change.change === "widened").map((change) => change.column));
	return table.columns.flatMap((column): TableChange[] => {
		if (!existing.includes(column.name)) return [{ change: "add", table: table.name, column }];
		return widened.has(column.name) ? [{ change: "widen", table: table.name, column }] : [];
	});
}

function shadowChanges(
	plan: StreamPlan,
	table: Table,
	contents: StoreContents,
	{ shadow, resumes }: Pick<StreamTable, "shadow" | "resumes">,
	changes: readonly ColumnChange[],
): TableChange[] {
	const shadows: Table[] = [
		{ name: shadowOf(table.name), columns: table.columns },
		{ name: conversionsShadowOf(table.name), columns: CONVERSION_TABLE_COLUMNS },
	];
	const wanted = shadows.filter((_, at) => shadow && (at === 0 || plan.conversions.length > 0));
	return shadows.flatMap((one): TableChange[] => {
		const there = contents.tables.has(one.name);
		if (resumes && there && wanted.includes(one)) return tableChanges(one, contents, changes);
		return [
			...(there ? [{ change: "drop", table: one.name } as const] : []),
			...(wanted.includes(one) ? [{ change: "create", table: one } as const] : []),
		];
	});
}

function nameRows(
	plan: StreamPlan,
	table: string,
	columns: readonly Column[],
	rows: readonly NameRow[],
	connection: string,
): NameRow[] {
	const of = { namespace: plan.namespace ?? null, stream: plan.stream, table };
	const whole: NameRow = {
		...of,
		column: null,
		property: null,
		type: null,
		position: null,
		kept: false,
		key: plan.keyed ? JSON.stringify(plan.primaryKey) : null,
		cursor: plan.cursor === undefined ? null : JSON.stringify(plan.cursor),
		mode: plan.keyed ? "keyed" : "append",
		connection,
	};
	const wanted = columns.map(
		(column, position): NameRow => ({
			...of,
			column: column.name,
			property: column.property,
			type: column.type,
			position,
			kept: column.kept === true,
			key: null,
			cursor: null,
			mode: null,
			connection: null,
		}),
	);
	const known = new Map(rows.map((row) => [row.column, JSON.stringify(sorted(row))]));
	return [whole, ...wanted].filter((row) => known.get(row.column) !== JSON.stringify(sorted(row)));
}

function sorted(row: NameRow): [string, unknown][] {
	return Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What is in the table was written under other rules; only a new generation may change them. */
function checkOwner(plan: StreamPlan, before: NameRow, connection: string): void {
	if (plan.overwrite) {
		if (before.connection === connection) return;
		throw new ConnectorError("config.table_shared", `${plan.stream} would overwrite rows of another connection`, {
			where: `table ${before.table}`,
			why: `connection ${before.connection} writes it too; this one is ${connection}`,
			next: "give the source an account (its own namespace), or use the same connection",
			stream: plan.stream,
		});
	}
	const key = plan.keyed ? JSON.stringify(plan.primaryKey) : null;
	if (!plan.keyed || before.key === key) return;
	throw new ConnectorError("config.key_changed", `The key of ${plan.stream} is not that of its table`, {
		where: `table ${before.table}`,
		why: `its rows have ${before.key === null ? "no key" : `the key ${before.key}`}, the catalog says ${key}`,
		next: "overwrite the stream one time (a new generation), or give it another namespace",
		stream: plan.stream,
	});
}

/**
 * A column stands in the name map only after it stood in its table: what is missing now, somebody took away. To make it
 * anew would hide that its rows are gone, since the source goes on from its state and equal rows are not written again.
 */
function checkUnchanged(
	plan: StreamPlan,
	table: string,
	known: readonly Column[],
	{ tables }: StoreContents,
	ledger: StreamLedger | undefined,
): void {
	const columns = tables.get(table);
	const anew = "to begin anew drop the table, reset the state of the stream, and run again";
	if (columns === undefined) {
		if (ledger?.state === undefined) return;
		throw new ConnectorError("config.table_changed", `Table ${table} is gone: somebody deleted or renamed it`, {
			where: `table ${table}`,
			why: "the source would go on from its last state, and the rows before it would be missing",
			next: `bring the table back under its name; ${anew}`,
			stream: plan.stream,
		});
	}
	const lost = known.find(({ name }) => !columns.includes(name));
	if (lost === undefined) return;
	throw new ConnectorError("config.table_changed", `Column ${lost.name} is gone: somebody dropped or renamed it`, {
		where: `table ${table}, column ${lost.name}`,
		why: "rows that are there have lost its values, and equal rows are not written again",
		next: `bring the column back with its values; ${anew}`,
		stream: plan.stream,
	});
}

function schemaChange(plan: StreamPlan, table: string, change: ColumnChange): SchemaChange {
	return {
		stream: plan.stream,
		...(plan.namespace !== undefined && { namespace: plan.namespace }),
		table,
		...change,
		mapping_touched: readsPath(plan, change.path),
	};
}

/** True where some text in the mappings is the property or a path below it. */
function readsPath(plan: StreamPlan, property: string): boolean {
	const step = property.replaceAll(".", "\\.");
	const reads = (value: unknown): boolean => {
		if (typeof value === "string") return value === step || value.startsWith(`${step}.`);
		if (typeof value !== "object" || value === null) return false;
		return Object.entries(value).some(([key, inner]) => reads(key) || reads(inner));
	};
	return reads([plan.conversions, plan.origin]);
}
