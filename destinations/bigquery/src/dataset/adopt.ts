/**
 * A `conversions` table that GrowthNav made before these connectors: its types stay (money in FLOAT64 too), columns that
 * must not be empty are filled, and ours are added beside them.
 */
import { type Adopted, CONVERSION_TABLE_COLUMNS, CONVERSIONS, ConnectorError } from "@growthnav/sdk/store";
import { bigqueryDialect } from "../sql/dialect.ts";
import type { KnownColumn } from "./dataset.ts";

/** Throws `config.required_column` for a column of others that nothing of ours can fill. */
export function checkAdoptable(columns: ReadonlyMap<string, KnownColumn>): void {
	const ours = new Set(CONVERSION_TABLE_COLUMNS.map(({ name }) => name));
	for (const [column, { type, required }] of columns) {
		if (!required || ours.has(column) || filling(column, type, "1970-01-01T00:00:00Z") !== undefined) continue;
		throw new ConnectorError("config.required_column", `conversions has a column that must be filled: ${column}`, {
			where: `table conversions, column ${column} (${type})`,
			why: "it is REQUIRED, and nothing that is known of a conversion belongs there",
			next: `ALTER TABLE conversions ALTER COLUMN ${column} DROP NOT NULL`,
		});
	}
}

/** Undefined where the table is as we would have made it. */
export function adoptedOf(columns: ReadonlyMap<string, KnownColumn>, loadedAt: string): Adopted | undefined {
	const casts = new Map<string, (value: string) => string>();
	const extra = new Map<string, string>();
	const ours = new Map(CONVERSION_TABLE_COLUMNS.map((column) => [column.name, bigqueryDialect.type(column)]));
	for (const [column, { type, required }] of columns) {
		const own = ours.get(column);
		const fill = required ? filling(column, type, loadedAt) : undefined;
		if (own === undefined) {
			if (fill !== undefined) extra.set(column, fill);
		} else if (plain(own) !== plain(type) || fill !== undefined) {
			const cast = (value: string) => (plain(own) === plain(type) ? value : castOf(value, own, type));
			casts.set(column, (value) => (fill === undefined ? cast(value) : `COALESCE(${cast(value)}, ${fill})`));
		}
	}
	if (casts.size === 0 && extra.size === 0) return undefined;
	const nothing = new Map<string, string>();
	return {
		value: (table, column, value) => (table === CONVERSIONS ? (casts.get(column)?.(value) ?? value) : value),
		extra: (table) => (table === CONVERSIONS ? extra : nothing),
	};
}

/** Of a REQUIRED column: what stands for "nothing is known". */
function filling(column: string, type: string, loadedAt: string): string | undefined {
	if (column === "created_at" && type === "TIMESTAMP") return bigqueryDialect.instant(loadedAt);
	if (column === "raw_data" && type === "JSON") return bigqueryDialect.json("{}");
	if (column === "raw_data" && type === "STRING") return bigqueryDialect.text("{}");
	return undefined;
}

function castOf(value: string, own: string, type: string): string {
	if (own === "JSON" && type === "STRING") return `TO_JSON_STRING(${value})`;
	if (own === "STRING" && type === "JSON") return `TO_JSON(${value})`;
	return `CAST(${value} AS ${type})`;
}

/** `NUMERIC(20, 2)` is NUMERIC here; names of fields stand without quotes in what BigQuery tells. */
function plain(type: string): string {
	return type.replace(/\(\d+(, ?\d+)?\)/g, "").replaceAll("`", "");
}
