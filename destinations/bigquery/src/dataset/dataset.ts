/** The dataset and what stands in it: found and verified, or made. */
import { COMMIT_COLUMNS, COMMITS, ConnectorError, type JsonObject, OWN_TABLES, type Table } from "@growthnav/sdk/store";
import { problemOf } from "../api/api.ts";
import { ask, runSql, type Session } from "../session.ts";
import { bigqueryDialect } from "../sql/dialect.ts";
import { chosenLayout, type Layouts, layoutOf } from "../sql/layouts.ts";
import { fieldOf } from "../sql/schema.ts";

export interface KnownColumn {
	/** As SQL writes it: `NUMERIC`, `ARRAY<STRUCT<…>>`. */
	type: string;
	required: boolean;
}

export interface Tables {
	columns: Map<string, Map<string, KnownColumn>>;
	layouts: Layouts;
}

/** False where it does not exist. Throws `config.location` where it lies elsewhere. */
export async function findDataset({ api, dataset, config }: Session): Promise<boolean> {
	const found = await api.call({ method: "GET", path: `datasets/${dataset}`, step: "dataset" }).catch((thrown) => {
		if (problemOf(thrown)?.status === 404) return undefined;
		throw thrown;
	});
	if (found === undefined) return false;
	const location = String(found.location ?? "");
	if (location.toLowerCase() === config.location.toLowerCase()) return true;
	throw new ConnectorError(
		"config.location",
		`Dataset ${dataset} lies in ${location}, the settings say ${config.location}`,
		{
			where: "location in the settings of bigquery",
			why: "a dataset never moves, and a job runs where its data lies",
			next: `set location: ${location}, or name another dataset`,
		},
	);
}

export async function makeDataset({ api, dataset, config, project }: Session): Promise<void> {
	const body: JsonObject = {
		datasetReference: { projectId: project, datasetId: dataset },
		location: config.location,
		description: `GrowthNav: conversions and source tables of ${config.customer_id}`,
		labels: { ...config.labels, app: "growthnav", tenant: config.customer_id.toLowerCase() },
		...(config.kms_key != null && { defaultEncryptionConfiguration: { kmsKeyName: config.kms_key } }),
	};
	await api.call({ method: "POST", path: "datasets", body, step: "dataset" }).catch(unlessThere);
}

/** All tables with their columns, by one query; how they are partitioned, from the list. */
export async function readTables(session: Session): Promise<Tables> {
	const columns: Tables["columns"] = new Map();
	const rows = await ask(
		session,
		// without the dataset it would be the view of the whole project
		`SELECT table_name, column_name, data_type, is_nullable FROM \`${session.dataset}.INFORMATION_SCHEMA.COLUMNS\` AS c ` +
			"ORDER BY table_name, ordinal_position",
	);
	for (const { table_name: table, column_name: column, data_type: type, is_nullable: nullable } of rows) {
		const known = columns.get(String(table)) ?? new Map<string, KnownColumn>();
		columns.set(String(table), known.set(String(column), { type: String(type), required: nullable === "NO" }));
	}
	const layouts: Layouts = new Map();
	for await (const resource of listTables(session)) {
		const name = String((resource.tableReference as JsonObject | undefined)?.tableId);
		const layout = layoutOf(resource, (column) => columns.get(name)?.get(column)?.type);
		if (layout !== undefined) layouts.set(name, layout);
	}
	return { columns, layouts };
}

export async function* listTables({ api, dataset }: Session): AsyncGenerator<JsonObject> {
	let pageToken: string | undefined;
	do {
		const query = { maxResults: "1000", ...(pageToken !== undefined && { pageToken }) };
		const page = await api.call({ method: "GET", path: `datasets/${dataset}/tables`, query, step: "tables" });
		yield* (page.tables ?? []) as JsonObject[];
		pageToken = page.nextPageToken as string | undefined;
	} while (pageToken !== undefined);
}

export async function makeTable(session: Session, table: Table): Promise<void> {
	await insertTable(session, table.name, {
		schema: { fields: table.columns.map(fieldOf) as never },
		...chosenLayout(table, session.config.stream_tables?.[table.name]),
	});
}

/** `resource` is of the REST API; a table that is there stays as it is. */
export async function insertTable(session: Session, table: string, resource: JsonObject): Promise<void> {
	const { api, jobs, dataset, project, config } = session;
	const body: JsonObject = {
		tableReference: { projectId: project, datasetId: dataset, tableId: table },
		...resource,
		...(config.kms_key != null && { encryptionConfiguration: { kmsKeyName: config.kms_key } }),
	};
	await jobs.pace.metadata(table);
	await api
		.call({ method: "POST", path: `datasets/${dataset}/tables`, body, step: `table ${table}` })
		.catch(unlessThere);
}

export async function dropTable({ api, dataset }: Session, table: string): Promise<void> {
	const path = `datasets/${dataset}/tables/${table}`;
	await api.call({ method: "DELETE", path, step: `table ${table}` }).catch((thrown) => {
		if (problemOf(thrown)?.status !== 404) throw thrown;
	});
}

/** One statement a table: statements that change a table are few in ten seconds. */
export async function addColumns(session: Session, table: string, columns: Table["columns"]): Promise<void> {
	const { name, type } = bigqueryDialect;
	const added = columns.map((column) => `ADD COLUMN IF NOT EXISTS ${name(column.name)} ${type(column)}`);
	await session.jobs.pace.metadata(table);
	await runSql(session, { step: "evolve", sql: `ALTER TABLE ${name(table)} ${added.join(", ")}` });
}

/** The ledger says here what a commit was billed, too. */
export const LEDGER_COLUMNS: Table["columns"] = [
	...COMMIT_COLUMNS,
	{ name: "bytes_billed", type: "integer" },
	{ name: "cost_usd", type: "decimal" },
];
const TABLES: Table[] = OWN_TABLES.map((table) =>
	table.name === COMMITS ? { name: table.name, columns: LEDGER_COLUMNS } : table,
);

/** Our own tables with all their columns, also where an older version, or GrowthNav before it, made them. */
export async function layOut(session: Session, { columns }: Tables): Promise<boolean> {
	let changed = false;
	for (const table of TABLES) {
		const known = columns.get(table.name);
		const missing = table.columns.filter((column) => known?.has(column.name) !== true);
		if (known === undefined) await makeTable(session, table);
		else if (missing.length > 0) await addColumns(session, table.name, missing);
		changed ||= missing.length > 0;
	}
	return changed;
}

/** Somebody else was faster. */
function unlessThere(thrown: unknown): void {
	if (problemOf(thrown)?.status !== 409) throw thrown;
}
