/** Reading the ledger and adding to it. */
import type { LedgerRow } from "../epochs/epoch.ts";
import { COMMIT_COLUMNS, COMMITS } from "../tables/layout.ts";
import { type Dialect, names } from "./dialect.ts";

export function ledgerInsert(dialect: Dialect, row: LedgerRow): string {
	const values = [...COMMIT_COLUMNS]
		.sort((a, b) => (a.name < b.name ? -1 : 1))
		.map(({ name, type }) => {
			const value = row[name] ?? null;
			if (value === null) return "NULL";
			if (typeof value !== "string") return String(value).toUpperCase();
			if (type === "json") return dialect.json(value);
			return type === "timestamp" ? dialect.instant(value) : dialect.text(value);
		});
	const columns = COMMIT_COLUMNS.map((column) => column.name);
	return `INSERT INTO ${dialect.name(COMMITS)} (${names(dialect, columns)}) VALUES (${values.join(", ")})`;
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
