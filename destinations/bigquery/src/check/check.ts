/**
 * `check`: every right that a run needs is used once, in the order in which a run would miss it, on a table that is
 * removed again. What fails names the permission or API and the command that grants it.
 */
import { randomBytes } from "node:crypto";
import { ConnectorError, type JsonObject } from "@growthnav/sdk/store";
import type { Api } from "../api/api.ts";
import type { Jobs } from "../api/jobs.ts";
import type { Storage } from "../api/storage.ts";
import { type BigQueryConfig, datasetOf, movedRowsOf, stagingOf } from "../config.ts";
import { findDataset, makeDataset } from "../dataset/dataset.ts";
import { storeError } from "../errors/errors.ts";
import { grantOf } from "../errors/grants.ts";
import { problemOf } from "../errors/problem.ts";
import type { Session } from "../session.ts";
import { dollarText, type Estimate, estimateOf, type TableSize } from "./cost.ts";
import { findRow, loadRow, putRow, removeRow } from "./staging.ts";
import { dropScratch, dryRun, loadOneRow, makeScratch, mergeOneRow, type Scratch, scratchOf } from "./trial.ts";

export interface CheckParts {
	api: Api;
	jobs: Jobs;
	storage?: Storage | undefined;
}

/**
 * One sentence: "dataset growthnav_acme in EU is there with 7,300,000 conversions; …about $12 a month…". Throws what a
 * run would throw, and leaves nothing behind: a dataset that it had to make goes again, unless somebody used it since.
 */
export async function checkBigQuery(config: BigQueryConfig, parts?: CheckParts): Promise<string> {
	const session = await sessionOf(config, parts);
	await needing(config, "bigquery.datasets.get", () => signIn(session));
	const isThere = await needing(config, "bigquery.datasets.get", () => findOwnDataset(session));
	if (!isThere) await needing(config, "bigquery.datasets.create", () => makeDataset(session));
	let size: TableSize | undefined;
	try {
		await tryTables(session);
		size = isThere ? await needing(config, "bigquery.tables.get", () => sizeOfConversions(session)) : undefined;
		if (size !== undefined) await tryConversions(session, size);
	} catch (thrown) {
		// the first failure is the one to tell
		if (!isThere) await removeDataset(session).catch(() => {});
		throw thrown;
	}
	if (!isThere) await needing(config, "bigquery.datasets.delete", () => removeDataset(session));
	return sentence(config, isThere, size) + clockText(session);
}

/** Nothing is decided by it, but times in the tables will be wrong, and Google takes no key that is signed too early. */
function clockText({ api }: Session): string {
	const minutes = Math.round((Date.now() - api.serviceTime()) / 60_000);
	if (Math.abs(minutes) < 2) return "";
	return `; the clock of this machine is ${Math.abs(minutes)} minutes ${minutes > 0 ? "ahead" : "behind"}: set it, best by NTP`;
}

async function sessionOf(config: BigQueryConfig, parts: CheckParts | undefined): Promise<Session> {
	const { api, jobs, storage } = parts ?? (await openParts(config));
	const nonce = randomBytes(4).toString("hex");
	return { config, api, jobs, storage, project: api.project, dataset: datasetOf(config), nonce, connection8: "check" };
}

async function openParts(config: BigQueryConfig): Promise<CheckParts> {
	const [{ openApi }, { openJobs }] = await Promise.all([import("../api/api.ts"), import("../api/jobs.ts")]);
	const api = await openApi(config);
	const staging = stagingOf(config);
	if (staging === undefined) return { api, jobs: openJobs(api, { config }) };
	const [{ openStorage }, { systemClock }] = await Promise.all([
		import("../api/storage.ts"),
		import("../api/clock.ts"),
	]);
	const storage = openStorage(api, staging, { config, clock: systemClock });
	return { api, jobs: openJobs(api, { config }), storage };
}

/** Where BigQuery does not name the permission, the step does. */
async function needing<T>(config: BigQueryConfig, permission: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (thrown) {
		const error = storeError(thrown, config);
		if (error.code !== "config.permission" || /permission \S+\.\S+\.\S+ is missing/.test(error.message)) throw error;
		const grant = grantOf(permission, config);
		throw new ConnectorError("config.permission", `The permission ${permission} is missing`, {
			...(error.where !== undefined && { where: error.where }),
			...(error.why !== undefined && { why: error.why }),
			next: grant === undefined ? (error.next ?? "") : `${grant.command}; a new right takes some minutes`,
			cause: error.cause,
		});
	}
}

/** A token, then the project and its API; lists nothing that matters. */
async function signIn({ api }: Session): Promise<void> {
	await api.headers();
	await api.call({ method: "GET", path: "datasets", query: { maxResults: "1" }, step: "project" });
}

/** Found, in its location, and of this customer as far as its label says. */
async function findOwnDataset(session: Session): Promise<boolean> {
	if (!(await findDataset(session))) return false;
	const { api, dataset, config } = session;
	const { labels } = await api.call({ method: "GET", path: `datasets/${dataset}`, step: "dataset" });
	const tenant = (labels as JsonObject | undefined)?.tenant;
	if (tenant === undefined || tenant === config.customer_id) return true;
	throw new ConnectorError("config.other_customer", `Dataset ${dataset} holds the data of another customer`, {
		where: "customer_id in the settings of bigquery",
		why: `its label tenant is ${String(tenant)}, the settings say ${config.customer_id}`,
		next: "choose another dataset, or correct customer_id",
	});
}

async function removeDataset({ api, dataset }: Session): Promise<void> {
	// without deleteContents: what is not empty stays
	await api.call({ method: "DELETE", path: `datasets/${dataset}`, step: "dataset", once: true }).catch((thrown) => {
		const problem = problemOf(thrown);
		if (problem?.status !== 404 && problem?.reason !== "resourceInUse") throw thrown;
	});
}

async function tryTables(session: Session): Promise<void> {
	const { config } = session;
	const scratch = scratchOf(session);
	try {
		await needing(config, "bigquery.tables.create", () => makeScratch(session, scratch));
		await needing(config, "bigquery.jobs.create", () => loadOneRow(session, scratch));
		await needing(config, "bigquery.tables.updateData", () => mergeOneRow(session, scratch));
		await needing(config, "bigquery.tables.getData", () => dryRun(session, scratch.reads));
		if (session.storage !== undefined) await tryBucket(session, session.storage, scratch);
	} catch (thrown) {
		await dropScratch(session, scratch).catch(() => {});
		throw thrown;
	}
	await needing(config, "bigquery.tables.delete", () => dropScratch(session, scratch));
}

async function tryBucket(session: Session, storage: Storage, scratch: Scratch): Promise<void> {
	const { config } = session;
	await needing(config, "storage.objects.create", () => putRow(session, storage));
	try {
		await needing(config, "storage.objects.get", () => loadRow(session, storage, scratch));
		await needing(config, "storage.objects.list", () => findRow(session, storage));
	} catch (thrown) {
		await removeRow(session, storage).catch(() => {});
		throw thrown;
	}
	await needing(config, "storage.objects.delete", () => removeRow(session, storage));
}

/** Undefined where there are no conversions yet. */
async function sizeOfConversions({ api, dataset }: Session): Promise<TableSize | undefined> {
	const path = `datasets/${dataset}/tables/conversions`;
	const table = await api.call({ method: "GET", path, step: "table conversions" }).catch((thrown: unknown) => {
		if (problemOf(thrown)?.status === 404) return undefined;
		throw thrown;
	});
	if (table === undefined) return undefined;
	const partitioning = table.timePartitioning as { field?: string } | undefined;
	const days = partitioning === undefined ? undefined : Number(table.numPartitions ?? 365);
	const otherDays = partitioning !== undefined && partitioning.field !== "timestamp";
	return { rows: Number(table.numRows ?? 0), bytes: Number(table.numBytes ?? 0), days, otherDays };
}

/** Rights may be given or taken table by table. Nothing is run: a dry run is judged as the statement would be. */
async function tryConversions(session: Session, { days }: TableSize): Promise<void> {
	const { config } = session;
	const onOneDay =
		days === undefined
			? ""
			: " AND `timestamp` >= TIMESTAMP '2000-01-01T00:00:00Z' AND `timestamp` < TIMESTAMP '2000-01-02T00:00:00Z'";
	const where = `WHERE \`conversion_id\` = 'check'${onOneDay}`;
	await needing(config, "bigquery.tables.getData", () =>
		dryRun(session, `SELECT \`conversion_id\`, \`timestamp\` FROM \`conversions\` ${where}`),
	);
	await needing(config, "bigquery.tables.updateData", () => dryRun(session, `DELETE FROM \`conversions\` ${where}`));
}

function sentence(config: BigQueryConfig, isThere: boolean, size: TableSize | undefined): string {
	const dataset = `dataset ${datasetOf(config)} in ${config.location}`;
	const bucket = bucketText(config);
	if (!isThere) return `${dataset} can be made, every right is there; ${billText(config, undefined)}${bucket}`;
	const rows = size === undefined ? "without conversions yet" : `with ${size.rows.toLocaleString("en-US")} conversions`;
	return `${dataset} is there ${rows}, so is every right; ${billText(config, size)}${bucket}`;
}

function bucketText(config: BigQueryConfig): string {
	const staging = stagingOf(config);
	return staging === undefined ? "" : `; commits from ${staging.from / 1e6} MB on go through ${staging.uri}`;
}

function billText(config: BigQueryConfig, size: TableSize | undefined): string {
	const { moved_rows } = config;
	const estimate: Estimate = estimateOf(size ?? { rows: 0, bytes: 0, days: 0 }, movedRowsOf(config));
	const saves = moved_rows === "immutable" || estimate.dollars - estimate.immutable < 1;
	const cheaper = saves ? "" : `, ${dollarText(estimate.immutable)} with immutable`;
	const whole =
		size !== undefined && size.days === undefined ? "; conversions has no partitions, which makes it dear" : "";
	return (
		`commits into conversions cost about ${dollarText(estimate.dollars)} a month with moved_rows ${moved_rows}${cheaper} ` +
		`(${estimate.commitsPerDay} commits a day, after the free TiB)${whole}`
	);
}
