/**
 * Jobs whose ids say what they do: the same work has the same id, so that a repeated insert is refused and the job that
 * is there is taken over. Only a job that has certainly failed gets another id, and only for reasons of the table.
 */
import { randomBytes } from "node:crypto";
import { ConnectorError, type Json, type JsonObject } from "@growthnav/sdk/store";
import { type BigQueryConfig, datasetOf, stagingOf } from "../config.ts";
import { problemError, storeError } from "../errors/errors.ts";
import {
	type ApiProblem,
	deadlineProblem,
	jobProblem,
	listOf,
	objectOf,
	problemOf,
	seconds,
	textOf,
} from "../errors/problem.ts";
import { actionFor, type JobStep, type Wait, waitBefore } from "../errors/reasons.ts";
import { guardJob } from "../sql/guard.ts";
import type { Field } from "../sql/schema.ts";
import type { Api } from "./api.ts";
import { type Clock, systemClock } from "./clock.ts";
import { completeConfiguration, isSameWork, labelOf } from "./job-resource.ts";
import { openPace, type Pace } from "./pace.ts";
import { type ResultRow, resultPages } from "./results.ts";
import { openUploader, type UploaderOptions } from "./upload.ts";

export type { Clock } from "./clock.ts";

export interface JobRequest {
	/** `gn_{conn8}_{step}_{batch16}_{part}`; letters, digits, _ and -. `_a1`, `_a2` is added per attempt. */
	id: string;
	/** For labels, errors and deadlines. */
	step: JobStep;
	/** `{ load }`, `{ query }` or `{ copy }`; labels, maximumBytesBilled and KMS key are added. */
	configuration: JsonObject;
	/** A load's data. */
	media?: { file: string };
	/** Milliseconds from the insert to DONE, per attempt. */
	deadline?: number;
	/** Reads only: a fresh random id per call instead of a deterministic one. */
	fresh?: true;
	/** For the label. */
	epoch?: number;
}

export interface JobDone {
	id: string;
	attempt: number;
	/** The job was there already (409) and was taken for ours after its configuration hash label was compared. */
	adopted: boolean;
	/** The job resource, DONE without errorResult. */
	resource: JsonObject;
	/** 0 for loads. */
	bytesBilled: number;
}

export interface Jobs {
	/** Waits until the job is DONE; throws a ConnectorError whose cause is `{ reason, message, jobId, step }`. */
	run(request: JobRequest): Promise<JobDone>;
	/** Rows of a finished query by field name, values as BigQuery's JSON gives them (text or null; lists nested). */
	rows(job: JobDone): AsyncIterable<ResultRow>;
	/** The same with the fields; the first page has been read. Timestamps are microseconds since 1970, as text. */
	results(job: JobDone): Promise<{ fields: Field[]; rows: AsyncIterable<ResultRow> }>;
	readonly pace: Pace;
	/** Waits, before a caller tries number `tries` + 1 of something. */
	pause(wait: Wait, tries: number): Promise<void>;
}

export interface JobsOptions {
	config: BigQueryConfig;
	clock?: Clock;
	/** Warnings of jobs, and why one is tried again. */
	say?: (text: string) => void;
	upload?: Partial<Omit<UploaderOptions, "clock" | "emulator">>;
}

/** Of one run; failures that an earlier run left under the same ids are passed over without being counted. */
const MOST_ATTEMPTS = 5;
const MOST_IDS = 99;
const HOUR = 3_600_000;
/** BigQuery itself ends loads and queries after six hours. */
const DEADLINES: Record<JobStep, number> = {
	load: HOUR,
	judge: HOUR,
	commit: HOUR,
	copy: HOUR,
	evolve: HOUR / 4,
	query: HOUR / 4,
	read: HOUR / 4,
	check: HOUR / 12,
};
const FIRST_POLL = 200;
const SLOWEST_POLL = 10_000;
/** A job that was just made may not be seen at once. */
const MOST_UNSEEN = 5;

export function openJobs(api: Api, options: JobsOptions): Jobs {
	const { config, clock = systemClock, say = () => {} } = options;
	const ours = { project: api.project, dataset: datasetOf(config), staging: stagingOf(config)?.uri };
	const upload = openUploader(api, { ...options.upload, clock, emulator: config.allow_emulator });
	const pace = openPace(clock);
	const nonce = randomBytes(6).toString("hex");
	const context: Context = { api, config, clock, pace, upload, say };

	async function run(request: JobRequest): Promise<JobDone> {
		const base = request.fresh ? `${request.id}_${randomBytes(8).toString("hex")}` : request.id;
		const configuration = completeConfiguration({ ...request, run: nonce }, config);
		let failures = 0;
		for (let attempt = 1; ; attempt++) {
			const id = validId(`${base}_a${attempt}`);
			const jobReference = { projectId: ours.project, jobId: id, location: config.location };
			const resource: JsonObject = { jobReference, configuration };
			guardJob(resource, ours);
			const { id: made, adopted, fromBefore, job, failure } = await oneAttempt(context, request, resource);
			if (failure === undefined) return { id: made, attempt, adopted, resource: job, bytesBilled: billedOf(job) };
			// a failure of an earlier run says nothing of today: the right may be granted by now
			const wait = fromBefore ? 0 : waitFor(request, failure, ++failures, clock);
			if (wait === undefined || attempt >= MOST_IDS) throw problemError(failure, config);
			if (!fromBefore) say(`${request.step}: ${failure.reason}, next attempt in ${seconds(wait)}`);
			await clock.sleep(wait);
		}
	}

	const results: Jobs["results"] = (job) =>
		resultPages(api, { jobId: job.id, location: locationOf(job.resource, config) });
	return {
		pace,
		pause: (wait, tries) => clock.sleep(waitBefore(wait, tries, clock.random())),
		run: (request) =>
			run(request).catch((thrown) => {
				throw storeError(thrown, config);
			}),
		results,
		async *rows(job) {
			yield* (await results(job)).rows;
		},
	};
}

interface Context {
	api: Api;
	config: BigQueryConfig;
	clock: Clock;
	pace: Pace;
	upload: ReturnType<typeof openUploader>;
	say: (text: string) => void;
}

interface Tried {
	/** As the service calls it; an emulator may have chosen its own. */
	id: string;
	adopted: boolean;
	/** An earlier run made it. */
	fromBefore: boolean;
	/** DONE. */
	job: JsonObject;
	failure?: ApiProblem;
}

/** Undefined: the failure is thrown. */
function waitFor({ step }: JobRequest, failure: ApiProblem, failures: number, clock: Clock): number | undefined {
	const action = actionFor(failure.reason, failure.message, step);
	if (action.do !== "new attempt" || failures >= MOST_ATTEMPTS) return undefined;
	return waitBefore(action.wait, failures, clock.random());
}

async function oneAttempt(context: Context, request: JobRequest, resource: JsonObject): Promise<Tried> {
	const { clock, say, config } = context;
	const { step } = request;
	const jobId = idOf(resource)!;
	await paced(context.pace, request);
	const end = clock.now() + (request.deadline ?? DEADLINES[step]);
	const { made, adopted, fromBefore } = await inserted(context, request, resource, end);
	const id = idOf(made) ?? jobId;
	// an emulator may ignore the id that it is given
	if (id !== jobId && !config.allow_emulator) throw otherWork(jobId, `it was made as ${id}`);
	const job = await polled(context, { id, step, end }, made);
	const status = objectOf(job.status);
	const errorResult = objectOf(status?.errorResult);
	const tried = { id, adopted, fromBefore, job };
	if (errorResult !== undefined) {
		return { ...tried, failure: jobProblem(errorResult, { jobId: id, step }, listOf(status?.errors)) };
	}
	for (const warning of listOf(status?.errors).map(objectOf)) {
		if (warning !== undefined) say(`${step}: BigQuery warns: ${textOf(warning.message) ?? JSON.stringify(warning)}`);
	}
	return tried;
}

async function paced(pace: Pace, { configuration }: JobRequest): Promise<void> {
	for (const kind of ["load", "copy"]) {
		const table = textOf(objectOf(objectOf(configuration[kind])?.destinationTable)?.tableId);
		if (table !== undefined) await pace.load(table);
	}
}

interface Inserted {
	made: JsonObject;
	adopted: boolean;
	fromBefore: boolean;
}

/** Whatever the answer was, the id tells: a 409 is the job itself, and after an unclear end it is looked for. */
async function inserted(
	context: Context,
	{ step, media }: JobRequest,
	resource: JsonObject,
	end: number,
): Promise<Inserted> {
	const { api, upload, clock } = context;
	const deadline = end - clock.now();
	try {
		if (media !== undefined) {
			const made = await upload({ file: media.file, resource, step, deadline });
			return { made, adopted: false, fromBefore: false };
		}
		const made = await api.call({
			method: "POST",
			path: "jobs",
			body: resource,
			step,
			deadline: Math.min(deadline, 180_000),
		});
		return { made, adopted: false, fromBefore: false };
	} catch (thrown) {
		const problem = problemOf(thrown);
		const isThere = problem !== undefined && actionFor(problem.reason, problem.message, "call").do === "adopt";
		// what was refused was not made; anything else may have been
		if (!isThere && problem !== undefined && problem.status < 500) throw thrown;
		const found = await lookedUp(context, idOf(resource)!, step);
		if (found === undefined) throw thrown;
		if (!isSameWork(found, resource)) throw otherWork(idOf(resource)!, "its settings are not those of this step");
		const run = labelOf(found, "run");
		return { made: found, adopted: true, fromBefore: run !== undefined && run !== labelOf(resource, "run") };
	}
}

async function lookedUp({ api, config }: Context, id: string, step: string): Promise<JsonObject | undefined> {
	const query = { location: config.location };
	return api.call({ method: "GET", path: `jobs/${id}`, query, step }).catch((thrown) => {
		if (problemOf(thrown)?.status === 404) return undefined;
		throw thrown;
	});
}

interface Polling {
	id: string;
	step: JobStep;
	end: number;
}

/** Asks more and more rarely. What it waited for goes on at the service, and the next run takes it over. */
async function polled(context: Context, { id, step, end }: Polling, made: JsonObject): Promise<JsonObject> {
	const { clock } = context;
	let job = made;
	let unseen = 0;
	for (let wait = FIRST_POLL; objectOf(job.status)?.state !== "DONE"; wait = Math.min(wait * 1.5, SLOWEST_POLL)) {
		const left = end - clock.now();
		if (left <= 0)
			throw problemError({ ...deadlineProblem(0, step), message: `job ${id} is not done`, jobId: id }, context.config);
		await clock.sleep(Math.min(wait, left));
		const found = await lookedUp(context, id, step);
		if (found === undefined && ++unseen >= MOST_UNSEEN)
			throw otherWork(id, "it was made, and BigQuery does not find it");
		if (found !== undefined) job = found;
	}
	return job;
}

function validId(id: string): string {
	if (/^[A-Za-z0-9_-]{1,200}$/.test(id)) return id;
	throw new ConnectorError("internal.job_id", `${JSON.stringify(id.slice(0, 80))} is no id of a job`, {
		why: "this is a bug in GrowthNav; nothing was sent",
		next: "report it",
	});
}

function otherWork(id: string, why: string): ConnectorError {
	return new ConnectorError("internal.job_id", `The job ${id} is not the one that was asked for`, {
		where: `job ${id}`,
		why,
		next: "run again; if it fails again, report it with the log of this run",
		cause: { status: 409, reason: "duplicate", message: why, step: "job", jobId: id } satisfies ApiProblem,
	});
}

function idOf(job: JsonObject): string | undefined {
	return textOf(objectOf(job.jobReference)?.jobId);
}

function locationOf(job: JsonObject, config: BigQueryConfig): string {
	return textOf(objectOf(job.jobReference)?.location) ?? config.location;
}

function billedOf(job: JsonObject): number {
	const billed: Json | undefined = objectOf(objectOf(job.statistics)?.query)?.totalBytesBilled;
	return billed === undefined ? 0 : Number(billed);
}
