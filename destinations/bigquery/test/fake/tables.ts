/** Making tables, and their resources in the REST API. */
import { type Catalog, nameOf, type Partition, type Table, type TableName } from "./catalog.ts";
import type { DuckSession } from "./engine.ts";
import { invalid } from "./refusal.ts";
import { checkColumns, duckType, type Field, fieldsOf, quote } from "./schema.ts";

/** What a new table is to be. */
export interface TablePlan {
	name: TableName;
	fields: Field[];
	partition?: Partition;
	clustering?: string[];
	expires?: number;
	requirePartitionFilter?: boolean;
	facts?: Record<string, unknown>;
}

/** Empty, in DuckDB only: it becomes visible when the catalog learns of it. */
export async function makeTable(
	session: DuckSession,
	catalog: Catalog,
	plan: TablePlan,
	more: { location: string; now: number; temporary?: boolean },
): Promise<Table> {
	const { name, fields, partition, clustering = [], expires } = plan;
	checkColumns(fields);
	checkLayout(fields, partition, clustering);
	const physical = catalog.physicalName(name.table);
	const made = more.temporary === true ? quote(physical) : `main.${quote(physical)}`;
	await session.run(
		`CREATE ${more.temporary === true ? "TEMP " : ""}TABLE ${made} (${fields.map(columnSql).join(", ")})`,
	);
	return {
		project: name.project,
		dataset: name.dataset,
		id: name.table,
		location: more.location,
		physical: made,
		fields,
		clustering,
		created: more.now,
		modified: more.now,
		requirePartitionFilter: plan.requirePartitionFilter ?? false,
		facts: plan.facts ?? {},
		version: 0,
		...(partition !== undefined && { partition }),
		...(expires !== undefined && { expires }),
	};
}

export function columnSql(field: Field): string {
	return `${quote(field.name)} ${duckType(field)}${field.mode === "REQUIRED" ? " NOT NULL" : ""}`;
}

function checkLayout(fields: readonly Field[], partition: Partition | undefined, clustering: readonly string[]): void {
	if (partition !== undefined) {
		const column = fields.find((field) => field.name === partition.column);
		const fits = column?.mode !== "REPEATED" && ["TIMESTAMP", "DATE", "DATETIME"].includes(column?.type ?? "");
		if (!fits)
			throw invalid(
				`The field specified for partitioning can only be of type TIMESTAMP, DATE or DATETIME: ${partition.column}`,
			);
	}
	if (clustering.length > 4) throw invalid("Clustering: at most 4 columns are allowed");
	for (const name of clustering) {
		const column = fields.find((field) => field.name === name);
		if (column === undefined)
			throw invalid(`The field specified for clustering cannot be found in the schema: ${name}`);
		if (column.mode === "REPEATED" || ["JSON", "RECORD", "FLOAT", "BYTES"].includes(column.type)) {
			throw invalid(`${name} is of type ${column.type}, by which a table cannot be clustered`);
		}
	}
}

/** Of a table resource or a load's configuration. */
export function layoutOf(body: Record<string, unknown>): Pick<TablePlan, "partition" | "clustering"> {
	const partitioning = body.timePartitioning as { type?: string; field?: string } | undefined;
	const clustering = (body.clustering as { fields?: string[] } | undefined)?.fields;
	if (body.rangePartitioning !== undefined) throw invalid("the fake knows no partitions by range");
	if (partitioning !== undefined && partitioning.field === undefined)
		throw invalid("the fake knows no partitions by ingestion time");
	const by = (partitioning?.type ?? "DAY") as Partition["by"];
	if (!["HOUR", "DAY", "MONTH", "YEAR"].includes(by)) throw invalid(`Invalid value for timePartitioning.type: ${by}`);
	return {
		...(partitioning !== undefined && { partition: { column: partitioning.field!, by } }),
		...(clustering !== undefined && { clustering }),
	};
}

const TABLE_KEYS = new Set(
	(
		"kind id selfLink etag tableReference schema description friendlyName labels timePartitioning clustering " +
		"expirationTime requirePartitionFilter encryptionConfiguration rangePartitioning type location creationTime " +
		"lastModifiedTime numBytes numRows defaultCollation"
	).split(" "),
);
const FACTS = ["description", "friendlyName", "labels", "encryptionConfiguration"];

export function planOf(body: Record<string, unknown>, name: TableName): TablePlan {
	checkKeys(body, TABLE_KEYS, "table");
	return {
		name,
		fields: body.schema === undefined ? [] : fieldsOf(body.schema),
		...layoutOf(body),
		facts: Object.fromEntries(FACTS.filter((key) => body[key] !== undefined).map((key) => [key, body[key]])),
		...(body.expirationTime !== undefined && { expires: Number(body.expirationTime) }),
		requirePartitionFilter: body.requirePartitionFilter === true,
	};
}

/** A key that the service does not know is a mistake, not something to pass over. */
export function checkKeys(body: Record<string, unknown>, known: ReadonlySet<string>, what: string): void {
	const unknown = Object.keys(body).find((key) => !known.has(key));
	if (unknown === undefined) return;
	throw invalid(`Invalid JSON payload received. Unknown name "${unknown}" at '${what}': Cannot find field.`);
}

export function tableResource(table: Table, size?: { rows: number; bytes: number }): Record<string, unknown> {
	const { project, dataset, id, partition, clustering, expires } = table;
	return {
		kind: "bigquery#table",
		id: nameOf(table),
		etag: `"${table.modified}.${table.version}"`,
		tableReference: { projectId: project, datasetId: dataset, tableId: id },
		type: "TABLE",
		location: table.location,
		schema: { fields: table.fields.map(fieldResource) },
		creationTime: String(table.created),
		lastModifiedTime: String(table.modified),
		...(size !== undefined && { numRows: String(size.rows), numBytes: String(size.bytes) }),
		...(partition !== undefined && { timePartitioning: { type: partition.by, field: partition.column } }),
		...(clustering.length > 0 && { clustering: { fields: clustering } }),
		...(expires !== undefined && { expirationTime: String(expires) }),
		...(table.requirePartitionFilter && { requirePartitionFilter: true }),
		...table.facts,
	};
}

/** NULLABLE is said too, as the service does. */
export function fieldResource(field: Field): Record<string, unknown> {
	const { name, type, mode, fields, description } = field;
	return {
		name,
		type,
		mode,
		...(fields !== undefined && { fields: fields.map(fieldResource) }),
		...(description !== undefined && { description }),
	};
}
