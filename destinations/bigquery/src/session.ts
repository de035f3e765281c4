/** What the parts of an open store share. */
import type { JsonObject } from "@growthnav/sdk/store";
import type { Api } from "./api/api.ts";
import type { JobDone, Jobs } from "./api/jobs.ts";
import type { Storage } from "./api/storage.ts";
import type { BigQueryConfig } from "./config.ts";
import { typedRow } from "./sql/schema.ts";

export interface Session {
	config: BigQueryConfig;
	api: Api;
	jobs: Jobs;
	/** The bucket for large commits, where one is set. */
	storage?: Storage | undefined;
	project: string;
	dataset: string;
	/** Of this process: what another process leaves behind has other names. */
	nonce: string;
	/** Of the connection, for names of tables and jobs: eight characters. */
	connection8: string;
}

export interface Question {
	/** Part of the job's id; left out: a query that only reads, with an id of its own each time. */
	id?: string;
	step: "query" | "read" | "judge" | "commit" | "evolve";
	sql: string;
	parameters?: Record<string, string>;
}

/** Without transactions: for emulators. */
export const isOrdered = ({ config }: Session): boolean => config.commit_mode === "ordered";

/** Runs a statement or script in the dataset. */
export function runSql({ jobs, project, dataset }: Session, { id, step, sql, parameters }: Question): Promise<JobDone> {
	return jobs.run({
		id: id ?? `gn_${step}`,
		step,
		...(id === undefined && { fresh: true as const }),
		configuration: {
			query: {
				query: sql,
				useLegacySql: false,
				defaultDataset: { projectId: project, datasetId: dataset },
				...(parameters !== undefined &&
					Object.keys(parameters).length > 0 && {
						parameterMode: "NAMED",
						queryParameters: Object.entries(parameters).map(([name, value]) => ({
							name,
							parameterType: { type: "STRING" },
							parameterValue: { value },
						})),
					}),
			},
		},
	});
}

/** Bytes that a query would read; nothing is run, and nothing billed. */
export async function dryBytes({ api, project, dataset, config }: Session, query: string): Promise<number> {
	const job = await api.call({
		method: "POST",
		path: "jobs",
		step: "dry run",
		body: {
			jobReference: { projectId: project, location: config.location },
			configuration: {
				dryRun: true,
				query: { query, useLegacySql: false, defaultDataset: { projectId: project, datasetId: dataset } },
			},
		},
	});
	return Number((job.statistics as { totalBytesProcessed?: string } | undefined)?.totalBytesProcessed ?? 0);
}

/** The rows of a question of ours, as values of their types. */
export async function ask(session: Session, sql: string): Promise<JsonObject[]> {
	return rowsOf(session, await runSql(session, { step: "read", sql }));
}

export async function rowsOf({ jobs }: Session, job: JobDone): Promise<JsonObject[]> {
	const { fields, rows } = await jobs.results(job);
	const typed: JsonObject[] = [];
	for await (const row of rows) typed.push(typedRow(row, fields));
	return typed;
}
