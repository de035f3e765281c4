/** The REST API of datasets and tables. */
import { type Dataset, keyOf, type Table, type TableName } from "./catalog.ts";
import type { DuckSession } from "./engine.ts";
import { pageOf } from "./job-routes.ts";
import { duplicate, invalid, invalidQuery, refusal } from "./refusal.ts";
import type { Asked, Route } from "./routes.ts";
import { duckType, type Field, fieldsOf, holds, quote } from "./schema.ts";
import type { Service } from "./service.ts";
import { checkKeys, makeTable, planOf, tableResource } from "./tables.ts";
import { rowOf } from "./values.ts";

const DATASET_KEYS = new Set(
	(
		"kind id selfLink etag datasetReference location description friendlyName labels defaultTableExpirationMs " +
		"defaultPartitionExpirationMs defaultEncryptionConfiguration access creationTime lastModifiedTime isCaseInsensitive " +
		"maxTimeTravelHours storageBillingModel"
	).split(" "),
);
const DATASET_FACTS = [
	"description",
	"friendlyName",
	"labels",
	"defaultTableExpirationMs",
	"defaultEncryptionConfiguration",
	"access",
];

function datasetResource({ project, id, location, created, modified, facts }: Dataset): Record<string, unknown> {
	return {
		kind: "bigquery#dataset",
		id: `${project}:${id}`,
		etag: `"${modified}"`,
		datasetReference: { projectId: project, datasetId: id },
		location,
		creationTime: String(created),
		lastModifiedTime: String(modified),
		...facts,
	};
}

export function datasetRoutes(service: Service): Route[] {
	const { catalog, quotas, now } = service;
	return [
		{
			method: "GET",
			path: "datasets",
			async answer({ project }) {
				const datasets = [...catalog.datasets.values()].filter((dataset) => dataset.project === project);
				return { kind: "bigquery#datasetList", datasets: datasets.map(datasetResource) };
			},
		},
		{
			method: "POST",
			path: "datasets",
			async answer({ project, body }) {
				checkKeys(body, DATASET_KEYS, "dataset");
				const { datasetId } = (body.datasetReference ?? {}) as { datasetId?: string };
				if (datasetId === undefined) throw invalid("Required parameter is missing: datasetId");
				const at = now();
				const location = typeof body.location === "string" ? body.location : "US";
				const dataset = {
					project,
					id: datasetId,
					location,
					created: at,
					modified: at,
					facts: factsOf(body, DATASET_FACTS),
					tables: new Map(),
				};
				catalog.addDataset(dataset);
				return datasetResource(dataset);
			},
		},
		{
			method: "GET",
			path: "datasets/:dataset",
			answer: async ({ project, parts }) => datasetResource(catalog.dataset(project, parts.dataset!)),
		},
		{
			method: "PATCH",
			path: "datasets/:dataset",
			async answer({ project, parts, body }) {
				checkKeys(body, DATASET_KEYS, "dataset");
				const dataset = catalog.dataset(project, parts.dataset!);
				if (body.location !== undefined && body.location !== dataset.location)
					throw invalid("The location of a dataset cannot be changed");
				quotas.dataset(`${project}:${dataset.id}`);
				dataset.facts = patched(dataset.facts, factsOf(body, DATASET_FACTS));
				dataset.modified = now();
				return datasetResource(dataset);
			},
		},
		{
			method: "DELETE",
			path: "datasets/:dataset",
			async answer({ project, parts, query }) {
				const dataset = catalog.dataset(project, parts.dataset!);
				if (dataset.tables.size > 0 && query.deleteContents !== "true") {
					throw refusal(400, "resourceInUse", `Dataset ${project}:${dataset.id} is still in use`);
				}
				catalog.datasets.delete(`${project}:${dataset.id}`);
				return undefined;
			},
		},
	];
}

export function tableRoutes(service: Service): Route[] {
	const { catalog, quotas, now } = service;
	const named = ({ project, parts }: Asked): TableName => ({ project, dataset: parts.dataset!, table: parts.table! });
	return [
		{
			method: "GET",
			path: "datasets/:dataset/tables",
			async answer({ project, parts, query }) {
				const dataset = catalog.dataset(project, parts.dataset!);
				const tables = [...dataset.tables.keys()].flatMap(
					(table) => catalog.find({ project, dataset: dataset.id, table }) ?? [],
				);
				tables.sort((a, b) => (a.id < b.id ? -1 : 1));
				return { kind: "bigquery#tableList", totalItems: tables.length, ...tablePage(tables, query) };
			},
		},
		{
			method: "POST",
			path: "datasets/:dataset/tables",
			async answer({ project, parts, body }) {
				const dataset = catalog.dataset(project, parts.dataset!);
				const { tableId } = (body.tableReference ?? {}) as { tableId?: string };
				if (tableId === undefined) throw invalid("Required parameter is missing: tableId");
				const name = { project, dataset: dataset.id, table: tableId };
				const table = await withSession(service, async (session) => {
					if (catalog.find(name) !== undefined) throw duplicate(`Already Exists: Table ${keyOf(name)}`);
					const made = await makeTable(session, catalog, planOf(body, name), {
						location: dataset.location,
						now: now(),
					});
					// another may have come first while DuckDB was at work
					if (catalog.find(name) !== undefined) throw duplicate(`Already Exists: Table ${keyOf(name)}`);
					catalog.add(made);
					return made;
				});
				return tableResource(table);
			},
		},
		{
			method: "GET",
			path: "datasets/:dataset/tables/:table",
			answer: (asked) => withSession(service, (session) => withSize(session, catalog.table(named(asked)))),
		},
		{
			method: "PATCH",
			path: "datasets/:dataset/tables/:table",
			async answer(asked) {
				const table = catalog.table(named(asked));
				if (asked.headers["if-match"] !== undefined && asked.headers["if-match"] !== tableResource(table).etag) {
					throw refusal(412, "conditionNotMet", "Precondition check failed.");
				}
				quotas.operation(keyOf(named(asked)));
				await withSession(service, (session) => patchTable(session, table, asked.body, named(asked)));
				table.modified = now();
				return tableResource(table);
			},
		},
		{
			method: "DELETE",
			path: "datasets/:dataset/tables/:table",
			async answer(asked) {
				const table = catalog.remove(named(asked));
				await withSession(service, (session) => session.run(`DROP TABLE ${table.physical}`));
				return undefined;
			},
		},
		{
			method: "GET",
			path: "datasets/:dataset/tables/:table/data",
			async answer(asked) {
				const table = catalog.table(named(asked));
				const format = { int64Timestamps: asked.query["formatOptions.useInt64Timestamp"] === "true" };
				const { rows } = await withSession(service, (session) => session.read(`SELECT * FROM ${table.physical}`));
				const shown = rows.map((row) => rowOf(row, table.fields, format));
				return { kind: "bigquery#tableDataList", totalRows: String(rows.length), ...pageOf(shown, asked.query) };
			},
		},
		{
			method: "POST",
			path: "datasets/:dataset/tables/:table/insertAll",
			answer: async () => {
				throw invalid("the fake refuses insertAll: its rows are not exactly once");
			},
		},
	];
}

/** Page by page, 50 at a time unless more are asked for. */
function tablePage(tables: readonly Table[], query: Record<string, string>): Record<string, unknown> {
	const from = Number(query.pageToken?.replace(/^from-/, "") ?? 0);
	const most = Math.min(Number(query.maxResults ?? 50), 1000);
	const page = tables.slice(from, from + most).map((table) => {
		const { schema: _, ...shown } = tableResource(table);
		return shown;
	});
	return {
		...(page.length > 0 && { tables: page }),
		...(from + most < tables.length && { nextPageToken: `from-${from + most}` }),
	};
}

async function withSize(session: DuckSession, table: Table): Promise<Record<string, unknown>> {
	const { rows } = await session.read(`SELECT count(*) FROM ${table.physical}`);
	return tableResource(table, { rows: Number(rows[0]![0]), bytes: 0 });
}

async function withSession<T>({ engine }: Service, use: (session: DuckSession) => Promise<T>): Promise<T> {
	const session = await engine.session();
	try {
		return await use(session);
	} finally {
		session.close();
	}
}

/** Columns may come at the end, and become NULLABLE; nothing else of a schema changes by a patch. */
async function patchTable(
	session: DuckSession,
	table: Table,
	body: Record<string, unknown>,
	name: TableName,
): Promise<void> {
	const plan = planOf({ ...body, schema: body.schema ?? { fields: table.fields } }, name);
	if (body.schema !== undefined) await patchSchema(session, table, fieldsOf(body.schema));
	if (body.timePartitioning !== undefined && JSON.stringify(plan.partition) !== JSON.stringify(table.partition)) {
		throw invalid("Cannot change partitioning/clustering spec for a partitioned/clustered table.");
	}
	if (body.clustering !== undefined && plan.clustering !== undefined) table.clustering = plan.clustering;
	if (body.expirationTime === null) delete table.expires;
	else if (plan.expires !== undefined) table.expires = plan.expires;
	if (body.requirePartitionFilter !== undefined) table.requirePartitionFilter = plan.requirePartitionFilter === true;
	table.facts = patched(table.facts, plan.facts ?? {});
}

async function patchSchema(session: DuckSession, table: Table, fields: Field[]): Promise<void> {
	for (const before of table.fields) {
		const after = fields.find((field) => field.name === before.name);
		if (after === undefined)
			throw invalid(`Provided Schema does not match Table. Field ${before.name} is missing in new schema`);
		const isRelaxed = before.mode === "REQUIRED" && after.mode === "NULLABLE";
		if (after.type !== before.type || !holds(after, before) || (after.mode !== before.mode && !isRelaxed)) {
			throw invalid(`Provided Schema does not match Table. Field ${before.name} has changed`);
		}
		if (isRelaxed) await session.run(`ALTER TABLE ${table.physical} ALTER COLUMN ${quote(after.name)} DROP NOT NULL`);
	}
	const added = fields.filter((field) => !table.fields.some((before) => before.name === field.name));
	for (const field of added) {
		if (field.mode === "REQUIRED") throw invalidQuery("Cannot add a required column to an existing table");
		await session.run(`ALTER TABLE ${table.physical} ADD COLUMN ${quote(field.name)} ${duckType(field)}`);
	}
	// DuckDB keeps its own order, and every statement names its columns
	table.fields = [...table.fields.map((before) => fields.find((field) => field.name === before.name)!), ...added];
	table.version++;
}

function factsOf(body: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
	return Object.fromEntries(keys.filter((key) => body[key] !== undefined).map((key) => [key, body[key]]));
}

/** Labels are patched one by one, null removes. */
function patched(facts: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
	const merged: Record<string, unknown> = { ...facts, ...patch };
	if (patch.labels !== undefined && patch.labels !== null) {
		merged.labels = { ...(facts.labels as object | undefined), ...(patch.labels as object) };
		for (const [key, value] of Object.entries(merged.labels as object)) {
			if (value === null) delete (merged.labels as Record<string, unknown>)[key];
		}
	}
	return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}
