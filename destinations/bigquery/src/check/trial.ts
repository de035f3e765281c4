/** One row through everything that a commit does, in tables of `check`'s own that end by themselves after an hour. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConnectorError, type JsonObject } from "@growthnav/sdk/store";
import { dropTable } from "../dataset/dataset.ts";
import type { Session } from "../session.ts";
import { bigqueryDialect } from "../sql/dialect.ts";

export interface Scratch {
	/** Partitioned and clustered as `conversions` is. */
	table: string;
	/** What the row is loaded into. */
	stage: string;
	/** A query on it. */
	reads: string;
}

const FIELDS = [
	{ name: "at", type: "TIMESTAMP" },
	{ name: "id", type: "STRING" },
	{ name: "value", type: "NUMERIC" },
];
const HOUR = 3_600_000;
const ROW = { at: "2026-01-01T12:00:00Z", id: "check", value: "12.34" };
const ON_ITS_DAY = "`at` >= TIMESTAMP '2026-01-01T00:00:00Z' AND t.`at` < TIMESTAMP '2026-01-02T00:00:00Z'";

export function scratchOf({ nonce }: Session): Scratch {
	const table = `_gn_check_${nonce}`;
	const reads = `SELECT t.\`id\` FROM ${bigqueryDialect.name(table)} AS t WHERE t.${ON_ITS_DAY}`;
	return { table, stage: `${table}_stage`, reads };
}

/** With the KMS key, which is refused here if it is not ours to use. */
export async function makeScratch({ api, project, dataset, config }: Session, { table }: Scratch): Promise<void> {
	const body: JsonObject = {
		tableReference: { projectId: project, datasetId: dataset, tableId: table },
		schema: { fields: FIELDS },
		timePartitioning: { type: "DAY", field: "at" },
		clustering: { fields: ["id"] },
		expirationTime: String(api.serviceTime() + HOUR),
		...(config.kms_key != null && { encryptionConfiguration: { kmsKeyName: config.kms_key } }),
	};
	await api.call({ method: "POST", path: `datasets/${dataset}/tables`, body, step: "scratch table" });
}

/** The row as a file, as long as the work takes. */
export async function withRow<T>(work: (file: string) => Promise<T>): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), "gn-check-"));
	try {
		const file = join(folder, "row.ndjson");
		await writeFile(file, `${JSON.stringify(ROW)}\n`, { mode: 0o600 });
		return await work(file);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** By the same upload as the files of a commit. */
export async function loadOneRow(session: Session, { stage }: Scratch): Promise<void> {
	const { id, resource } = await withRow((file) =>
		session.jobs.run({
			id: `gn_check_${session.nonce}_load`,
			step: "check",
			media: { file },
			configuration: scratchLoad(session, stage, {}),
		}),
	);
	expectOneRow(id, resource);
}

/** `more` is where the rows come from, unless they are uploaded with the job. */
export function scratchLoad({ api, project, dataset }: Session, stage: string, more: JsonObject): JsonObject {
	return {
		load: {
			...more,
			destinationTable: { projectId: project, datasetId: dataset, tableId: stage },
			destinationTableProperties: { expirationTime: new Date(api.serviceTime() + HOUR).toISOString() },
			schema: { fields: FIELDS },
			sourceFormat: "NEWLINE_DELIMITED_JSON",
			createDisposition: "CREATE_IF_NEEDED",
			writeDisposition: "WRITE_TRUNCATE",
			maxBadRecords: 0,
			ignoreUnknownValues: false,
		},
	};
}

function expectOneRow(job: string, resource: JsonObject): void {
	const { load } = (resource.statistics ?? {}) as { load?: { outputRows?: string } };
	if (load?.outputRows === undefined || Number(load.outputRows) === 1) return;
	throw new ConnectorError("internal.count", `${load.outputRows} rows were loaded where 1 was sent`, {
		where: `job ${job}`,
		why: "the endpoint does not load what it is given",
		next: "see that endpoint leads to BigQuery",
	});
}

/** In a transaction whose assertions see the counts, as every commit is; in ordered mode without. */
export async function mergeOneRow(session: Session, { table, stage }: Scratch): Promise<void> {
	const { name } = bigqueryDialect;
	const merge =
		`MERGE INTO ${name(table)} AS t USING (SELECT * FROM ${name(stage)}) AS s ON t.\`id\` = s.\`id\` AND (t.${ON_ITS_DAY}) ` +
		"WHEN MATCHED THEN UPDATE SET `value` = s.`value` " +
		"WHEN NOT MATCHED THEN INSERT (`at`, `id`, `value`) VALUES (s.`at`, s.`id`, s.`value`)";
	const one = "ASSERT @@row_count = 1 AS 'gn_check: one row'";
	const work = [merge, one, `DELETE FROM ${name(table)} AS t WHERE t.\`id\` = 'check' AND t.${ON_ITS_DAY}`, one];
	const isOrdered = session.config.commit_mode === "ordered";
	// a new property of a stream gets its column before the transaction
	const added = `ALTER TABLE ${name(table)} ADD COLUMN IF NOT EXISTS \`more\` STRING`;
	const statements = [added, ...(isOrdered ? work : ["BEGIN TRANSACTION", ...work, "COMMIT TRANSACTION"])];
	const { jobs, project, dataset, nonce } = session;
	await jobs.run({
		id: `gn_check_${nonce}_merge`,
		step: "check",
		configuration: {
			query: {
				query: statements.map((statement) => `${statement};`).join("\n"),
				useLegacySql: false,
				defaultDataset: { projectId: project, datasetId: dataset },
			},
		},
	});
}

/** BigQuery judges a statement, its rights and its bytes, and runs nothing. */
export async function dryRun({ api, project, dataset, config }: Session, sql: string): Promise<void> {
	const defaultDataset = { projectId: project, datasetId: dataset };
	await api.call({
		method: "POST",
		path: "jobs",
		step: "dry run",
		body: {
			jobReference: { projectId: project, location: config.location },
			configuration: { dryRun: true, query: { query: sql, useLegacySql: false, defaultDataset } },
		},
	});
}

export async function dropScratch(session: Session, { table, stage }: Scratch): Promise<void> {
	await dropTable(session, stage);
	await dropTable(session, table);
}
