/** Datasets and tables of one project: what the service says of them. Their rows are in DuckDB, under names of its own. */
import { duplicate, invalid, notFound } from "./refusal.ts";
import type { Field } from "./schema.ts";

export interface Dataset {
	project: string;
	id: string;
	location: string;
	created: number;
	modified: number;
	/** Whatever else was said of it: description, labels, defaultTableExpirationMs. */
	facts: Record<string, unknown>;
	tables: Map<string, Table>;
	/** Dropped tables too: quotas hang on names. */
}

export interface Table {
	project: string;
	dataset: string;
	id: string;
	location: string;
	/** The table in DuckDB that holds the rows, as SQL names it; another one after each replacement. */
	physical: string;
	fields: Field[];
	partition?: Partition;
	clustering: string[];
	created: number;
	modified: number;
	expires?: number;
	requirePartitionFilter: boolean;
	facts: Record<string, unknown>;
	/** Grows with each change of rows. */
	version: number;
}

export interface Partition {
	column: string;
	by: "HOUR" | "DAY" | "MONTH" | "YEAR";
}

export interface TableName {
	project: string;
	dataset: string;
	table: string;
}

export interface Catalog {
	datasets: Map<string, Dataset>;
	dataset(project: string, id: string, location?: string): Dataset;
	addDataset(dataset: Dataset): void;
	find(name: TableName): Table | undefined;
	/** Throws `notFound`; of another location too, as the service does. */
	table(name: TableName, location?: string): Table;
	add(table: Table): void;
	remove(name: TableName): Table;
	physicalName(id: string): string;
}

export const keyOf = ({ project, dataset, table }: TableName): string => `${project}:${dataset}.${table}`;
export const nameOf = (table: Table): string => `${table.project}:${table.dataset}.${table.id}`;

export function openCatalog(now: () => number): Catalog {
	const datasets = new Map<string, Dataset>();
	let made = 0;
	const catalog: Catalog = {
		datasets,
		dataset(project, id, location) {
			const dataset = datasets.get(`${project}:${id}`);
			const elsewhere = dataset !== undefined && location !== undefined && dataset.location !== location;
			if (dataset === undefined || elsewhere) {
				const where = location === undefined ? "" : ` was not found in location ${location}`;
				throw notFound(`Not found: Dataset ${project}:${id}${where}`);
			}
			return dataset;
		},
		addDataset(dataset) {
			const key = `${dataset.project}:${dataset.id}`;
			if (!/^[A-Za-z0-9_]{1,1024}$/.test(dataset.id)) throw invalid(`Invalid dataset ID "${dataset.id}"`);
			if (datasets.has(key)) throw duplicate(`Already Exists: Dataset ${key}`);
			datasets.set(key, dataset);
		},
		find(name) {
			const tables = datasets.get(`${name.project}:${name.dataset}`)?.tables;
			const table = tables?.get(name.table);
			if (table?.expires === undefined || table.expires > now()) return table;
			tables!.delete(name.table);
			return undefined;
		},
		table(name, location) {
			catalog.dataset(name.project, name.dataset, location);
			const table = catalog.find(name);
			if (table !== undefined) return table;
			const where = location === undefined ? "" : ` was not found in location ${location}`;
			throw notFound(`Not found: Table ${keyOf(name)}${where}`);
		},
		add(table) {
			const dataset = catalog.dataset(table.project, table.dataset);
			if (!/^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd} ]{1,1024}$/u.test(table.id)) throw invalid(`Invalid table ID "${table.id}".`);
			dataset.tables.set(table.id, table);
		},
		remove(name) {
			const table = catalog.table(name);
			datasets.get(`${name.project}:${name.dataset}`)!.tables.delete(name.table);
			return table;
		},
		physicalName: (id) => `t${++made}_${id.replace(/[^A-Za-z0-9_]/g, "_").slice(0, 40)}`,
	};
	return catalog;
}
