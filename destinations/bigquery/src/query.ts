/** A query that a person wrote: it may only read, and what is wrong with it is theirs to correct. */
import { ConnectorError, type QueryResult } from "@growthnav/sdk/store";
import { runSql, type Session } from "./session.ts";
import { typedRow } from "./sql/schema.ts";

/** Throws `config.query` and `config.query_writes`. */
export async function queried(session: Session, sql: string, signal?: AbortSignal): Promise<QueryResult> {
	signal?.throwIfAborted();
	await refuseWrites(session, sql);
	const done = await runSql(session, { step: "query", sql });
	const { fields, rows } = await session.jobs.results(done);
	return {
		columns: fields.map(({ name, type, mode }) => ({ name, type: mode === "REPEATED" ? `ARRAY<${type}>` : type })),
		rows: (async function* () {
			for await (const row of rows) yield typedRow(row, fields);
		})(),
	};
}

/** BigQuery itself says what a statement does, before it costs anything. */
async function refuseWrites({ api, project, dataset, config }: Session, query: string): Promise<void> {
	const job = await api.call({
		method: "POST",
		path: "jobs",
		step: "query",
		body: {
			jobReference: { projectId: project, location: config.location },
			configuration: {
				dryRun: true,
				query: { query, useLegacySql: false, defaultDataset: { projectId: project, datasetId: dataset } },
			},
		},
	});
	const statistics = job.statistics as { query?: { statementType?: string } } | undefined;
	const type = statistics?.query?.statementType ?? "SELECT";
	if (type === "SELECT") return;
	throw new ConnectorError("config.query_writes", `${type} would change the dataset`, {
		where: "the query",
		why: "queries may only read here",
		next: "write a query that only reads",
	});
}
