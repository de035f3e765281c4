/** Reading the ledger and adding to it. */
import type { LedgerRow } from "../epochs/epoch.ts";
import type { ColumnType } from "../tables/columns.ts";
import { COMMIT_COLUMNS, COMMITS } from "../tables/layout.ts";
import { type Dialect, names } from "./dialect.ts";

/** `own`: columns whose values are SQL already, those too that only one store has. */
export function ledgerInsert(
	dialect: Dialect,
	row: LedgerRow,
	own: ReadonlyMap<string, string> = new Map<string, string>(),
): string {
	const types = new Map(COMMIT_COLUMNS.map(({ name, type }) => [name, type]));
	const columns = [...new Set([...types.keys(), ...own.keys()])].sort();
	const values = columns.map((name) => own.get(name) ?? literalOf(dialect, row[name] ?? null, types.get(name)!));
	return `INSERT INTO ${dialect.name(COMMITS)} (${names(dialect, columns)}) VALUES (${values.join(", ")})`;
}

function literalOf(dialect: Dialect, value: LedgerRow[string], type: ColumnType): string {
	if (value === null) return "NULL";
	if (typeof value !== "string") return String(value).toUpperCase();
	if (type === "json") return dialect.json(value);
	return type === "timestamp" ? dialect.instant(value) : dialect.text(value);
}

/** Rows for `CommitRow`: its fields, `states` as JSON text. */
export function commitsQuery(dialect: Dialect, connection: string): string {
	const { name } = dialect;
	const columns = ["epoch", "batch_id", "committed_at", "finished", "states"];
	return (
		`SELECT ${columns.map(name).join(", ")} FROM ${name(COMMITS)} ` +
		`WHERE ${name("connection")} = ${dialect.text(connection)} ORDER BY ${name("epoch")}, ${name("committed_at")}`
	);
}

export function customersQuery(dialect: Dialect): string {
	const { name } = dialect;
	return `SELECT ${name("customer_id")}, MAX(${name("layout")}) AS ${name("layout")} FROM ${name(COMMITS)} GROUP BY ${name("customer_id")}`;
}
