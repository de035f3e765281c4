/** Copy jobs: one table's rows into another, whole or not at all. */
import { keyOf, type TableName } from "./catalog.ts";
import { invalid, notFound } from "./refusal.ts";
import { quote, sqlName } from "./schema.ts";
import type { Service } from "./service.ts";
import { writeInto } from "./write-into.ts";

export async function copy(
	service: Service,
	configuration: Record<string, unknown>,
	location: string,
): Promise<number> {
	const { catalog, engine, quotas } = service;
	const several = configuration.sourceTables as unknown[] | undefined;
	if (several !== undefined && several.length !== 1) throw invalid("the fake copies one table at a time");
	const from = catalog.table(tableNameOf(configuration.sourceTable ?? several?.[0]), location);
	const name = tableNameOf(configuration.destinationTable);
	quotas.load(keyOf(name));
	catalog.dataset(name.project, name.dataset, location);
	const existing = catalog.find(name);
	if (existing === undefined && configuration.createDisposition === "CREATE_NEVER")
		throw notFound(`Not found: Table ${keyOf(name)}`);
	const disposition = configuration.writeDisposition ?? "WRITE_EMPTY";
	if (
		existing !== undefined &&
		disposition === "WRITE_APPEND" &&
		from.fields.map(sqlName).join() !== existing.fields.map(sqlName).join()
	) {
		throw invalid(`Provided Schema does not match Table ${keyOf(name)}.`);
	}
	const session = await engine.session();
	const { partition, clustering, fields, facts } = from;
	const plan = {
		name,
		fields,
		clustering,
		facts,
		...(partition !== undefined && { partition }),
		...(existing !== undefined && { existing }),
	};
	try {
		const columns = fields.map((field) => quote(field.name)).join(", ");
		return await writeInto(service, session, plan, { writeDisposition: disposition }, (table) =>
			session.run(`INSERT INTO ${table.physical} (${columns}) SELECT ${columns} FROM ${from.physical}`),
		);
	} finally {
		session.close();
	}
}

export function tableNameOf(given: unknown): TableName {
	const { projectId, datasetId, tableId } = (given ?? {}) as Record<string, string | undefined>;
	if (projectId === undefined || datasetId === undefined || tableId === undefined)
		throw invalid("Required parameter is missing: table reference");
	return { project: projectId, dataset: datasetId, table: tableId };
}
