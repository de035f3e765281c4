/** The REST API of jobs: insert, get, cancel, list, results of queries. */
import { type Job, type JobBook, settle } from "./jobs.ts";
import { invalid, protoOf, refusal } from "./refusal.ts";
import type { Asked, Route } from "./routes.ts";
import { fieldResource } from "./tables.ts";
import type { Row } from "./values.ts";

export function jobResource(job: Job): Record<string, unknown> {
	const { project, id, location, kind, configuration, state, hidden, error, errors } = job;
	const isHidden = state === "DONE" && hidden > 0;
	const shown = isHidden ? "RUNNING" : state;
	const reference = { projectId: project, jobId: id, location };
	return {
		kind: "bigquery#job",
		id: `${project}:${location}.${id}`,
		jobReference: reference,
		configuration: { jobType: kind.toUpperCase(), ...configuration },
		status: {
			state: shown,
			...(shown === "DONE" && error !== undefined && { errorResult: error }),
			...(shown === "DONE" && errors.length > 0 && { errors }),
		},
		statistics: {
			creationTime: String(job.created),
			...(job.started !== undefined && { startTime: String(job.started) }),
			...(shown === "DONE" && { endTime: String(job.ended ?? job.created), ...job.statistics }),
		},
		user_email: "fake@example.com",
	};
}

export function jobRoutes(book: JobBook): Route[] {
	return [
		{
			method: "POST",
			path: "jobs",
			async answer({ project, body }) {
				return jobResource(await book.insert(project, body));
			},
		},
		{
			method: "GET",
			path: "jobs/:job",
			async answer({ project, parts, query }) {
				const job = book.get(project, parts.job!, query.location);
				const resource = jobResource(job);
				if (job.state === "DONE" && job.hidden > 0) job.hidden--;
				return resource;
			},
		},
		{
			method: "POST",
			path: "jobs/:job/cancel",
			async answer({ project, parts, query }) {
				const job = book.get(project, parts.job!, query.location);
				job.cancelled = true;
				return { kind: "bigquery#jobCancelResponse", job: jobResource(job) };
			},
		},
		{ method: "GET", path: "jobs", answer: async (asked) => listed(book, asked) },
		{ method: "GET", path: "queries/:job", answer: async (asked) => results(book, asked) },
		{
			method: "POST",
			path: "queries",
			answer: async () => {
				throw invalid("the fake knows no jobs.query: its jobs would have ids of the service's choice");
			},
		},
	];
}

function listed(book: JobBook, { project, query }: Asked): Record<string, unknown> {
	const parent =
		query.parentJobId === undefined ? undefined : book.list(project).find((job) => job.id === query.parentJobId);
	if (query.parentJobId !== undefined)
		return { kind: "bigquery#jobList", jobs: parent === undefined ? [] : childrenOf(parent) };
	return { kind: "bigquery#jobList", jobs: book.list(project).map(jobResource) };
}

/** The statements of a script, last first. */
function childrenOf(job: Job): Record<string, unknown>[] {
	return job.children
		.map((child, at) => ({
			id: `${job.project}:${job.location}.script_job_${job.id}_${at}`,
			jobReference: { projectId: job.project, location: job.location, jobId: `script_job_${job.id}_${at}` },
			status: { state: "DONE" },
			statistics: {
				parentJobId: job.id,
				totalBytesProcessed: String(child.processed),
				query: {
					statementType: child.type,
					totalBytesBilled: String(child.billed),
					...(child.rows !== undefined && { numDmlAffectedRows: String(child.rows) }),
				},
			},
		}))
		.reverse();
}

const PAGE = 10_000;
/** A page is no longer than 10 MB, whatever was asked for. */
const PAGE_BYTES = 10 * 1024 * 1024;

async function results(book: JobBook, { project, parts, query }: Asked): Promise<Record<string, unknown>> {
	const job = book.get(project, parts.job!, query.location);
	const head = {
		kind: "bigquery#getQueryResultsResponse",
		jobReference: { projectId: project, jobId: job.id, location: job.location },
	};
	if (job.kind !== "query") throw invalid(`Job ${job.id} is no query`);
	await settle(job, Number(query.timeoutMs ?? 10_000));
	if (job.state !== "DONE") return { ...head, jobComplete: false };
	if (job.error !== undefined)
		throw refusal(400, job.error.reason, job.error.message, { details: job.errors.slice(1) });
	const { answer } = job;
	const rows = answer?.rows(query["formatOptions.useInt64Timestamp"] === "true") ?? [];
	return {
		...head,
		jobComplete: true,
		totalRows: String(rows.length),
		totalBytesProcessed: String(job.statistics.totalBytesProcessed ?? 0),
		cacheHit: false,
		...(answer !== undefined && { schema: { fields: answer.fields.map(fieldResource) } }),
		...pageOf(rows, query),
		errors: job.errors.map((error) => protoOf({ ...refusal(400, error.reason, error.message) })),
	};
}

/** Rows from the token on, and the token of the next page. */
export function pageOf(rows: readonly Row[], query: Record<string, string>): { rows?: Row[]; pageToken?: string } {
	const from = Number(query.pageToken?.replace(/^from-/, "") ?? query.startIndex ?? 0);
	if (!Number.isSafeInteger(from)) throw invalid("Invalid page token");
	const most = Number(query.maxResults ?? PAGE);
	const page: Row[] = [];
	let bytes = 0;
	for (let at = from; at < rows.length && page.length < most; at++) {
		bytes += JSON.stringify(rows[at]).length;
		if (page.length > 0 && bytes > PAGE_BYTES) break;
		page.push(rows[at]!);
	}
	const next = from + page.length;
	return {
		...(page.length > 0 && { rows: page }),
		...(next < rows.length && most > 0 && { pageToken: `from-${next}` }),
	};
}
