/** INFORMATION_SCHEMA of one dataset: TABLES and COLUMNS. */
import type { Catalog, Dataset, Table } from "./catalog.ts";
import { duckText } from "./engine.ts";
import { notFound } from "./refusal.ts";
import { sqlName } from "./schema.ts";
import type { Source } from "./translate/scope.ts";

type Value = string | number | null;

export function informationSchema(catalog: Catalog, dataset: Dataset, path: readonly string[]): Source {
	const view = path[0]?.toUpperCase() ?? "";
	const found = VIEWS[view];
	if (found === undefined || path.length !== 1) throw notFound(`Not found: Table INFORMATION_SCHEMA.${path.join(".")}`);
	const tables = [...dataset.tables.keys()].flatMap((table) => {
		const one = catalog.find({ project: dataset.project, dataset: dataset.id, table });
		return one === undefined ? [] : [one];
	});
	const columns = Object.keys(found.types);
	const rows = tables.flatMap(found.rows);
	// one constant: DuckDB takes long to plan a list of many rows
	const shape = JSON.stringify([found.types]);
	const objects = rows.map((row) => Object.fromEntries(row.map((value, at) => [columns[at], value])));
	const unnested = `SELECT unnest(from_json(${duckText(JSON.stringify(objects))}, ${duckText(shape)}), recursive := true)`;
	return { sql: `(${unnested})`, columns };
}

interface View {
	types: Record<string, string>;
	rows(table: Table): Value[][];
}

const nameColumns = { table_catalog: "VARCHAR", table_schema: "VARCHAR", table_name: "VARCHAR" };
const nameOf = (table: Table): Value[] => [table.project, table.dataset, table.id];
const yes = (is: boolean): string => (is ? "YES" : "NO");

const VIEWS: Record<string, View> = {
	TABLES: {
		types: { ...nameColumns, table_type: "VARCHAR", is_insertable_into: "VARCHAR", creation_time: "TIMESTAMPTZ" },
		rows: (table) => [[...nameOf(table), "BASE TABLE", "YES", new Date(table.created).toISOString()]],
	},
	COLUMNS: {
		types: {
			...nameColumns,
			column_name: "VARCHAR",
			ordinal_position: "BIGINT",
			is_nullable: "VARCHAR",
			data_type: "VARCHAR",
			is_partitioning_column: "VARCHAR",
			clustering_ordinal_position: "BIGINT",
		},
		rows: (table) =>
			table.fields.map((field, at) => [
				...nameOf(table),
				field.name,
				at + 1,
				yes(field.mode === "NULLABLE"),
				sqlName(field),
				yes(table.partition?.column === field.name),
				table.clustering.includes(field.name) ? table.clustering.indexOf(field.name) + 1 : null,
			]),
	},
};
