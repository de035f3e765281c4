/** Jobs: made once by their id, run beside each other, asked for by anybody who knows id and location. */
import { rm } from "node:fs/promises";
import { copy, tableNameOf } from "./copies.ts";
import type { JobFault } from "./faults.ts";
import { load } from "./loads.ts";
import { dryRun, query } from "./queries.ts";
import { duplicate, type ErrorProto, invalid, isRefusal, notFound, protoOf, refusal } from "./refusal.ts";
import type { Answered, StatementDone } from "./run.ts";
import type { Service } from "./service.ts";
import { statisticsOf } from "./statistics.ts";
import { fetched } from "./storage.ts";
import { checkKeys } from "./tables.ts";

export type JobKind = "load" | "query" | "copy";

export interface Job {
	project: string;
	id: string;
	location: string;
	kind: JobKind;
	configuration: Record<string, unknown>;
	created: number;
	started?: number;
	ended?: number;
	state: "PENDING" | "RUNNING" | "DONE";
	error?: ErrorProto;
	errors: ErrorProto[];
	statistics: Record<string, unknown>;
	children: StatementDone[];
	answer?: Answered;
	/** Fulfilled when it is DONE, however it ended. */
	finished: Promise<void>;
	cancelled: boolean;
	fault: JobFault["job"];
	/** So many looks at it still say RUNNING. */
	hidden: number;
}

export interface JobBook {
	/** Makes the job and starts it; throws 409 for a known id. A load brings the file that was uploaded. */
	insert(project: string, body: Record<string, unknown>, file?: string): Promise<Job>;
	/** Throws 409 where a job of this id exists. */
	refuseKnown(project: string, body: Record<string, unknown>): void;
	/** Without location only such of US and EU are found. */
	get(project: string, id: string, location: string | undefined): Job;
	list(project: string): Job[];
	/** Waits until all are DONE. */
	settled(): Promise<void>;
}

const CONFIGURATION_KEYS = new Set(["load", "query", "copy", "labels", "dryRun", "jobTimeoutMs", "jobType"]);
const KEYS: Record<JobKind, Set<string>> = {
	load: new Set(
		(
			"destinationTable schema sourceFormat sourceUris createDisposition writeDisposition maxBadRecords " +
			"ignoreUnknownValues autodetect encoding timePartitioning clustering destinationEncryptionConfiguration " +
			"destinationTableProperties"
		).split(" "),
	),
	query: new Set(
		(
			"query useLegacySql defaultDataset queryParameters parameterMode maximumBytesBilled destinationTable " +
			"createDisposition writeDisposition priority useQueryCache destinationEncryptionConfiguration"
		).split(" "),
	),
	copy: new Set(
		"sourceTable sourceTables destinationTable createDisposition writeDisposition destinationEncryptionConfiguration".split(
			" ",
		),
	),
};

export function openJobBook(service: Service): JobBook {
	const jobs = new Map<string, Job>();
	let made = 0;
	const keyOf = (project: string, location: string, id: string) => `${project}:${location}.${id}`;
	const book: JobBook = {
		async insert(project, body, file) {
			const { kind, configuration, location, id } = readJob(service, project, body);
			if (configuration.dryRun === true) return dryJob(service, { project, id, location, kind, configuration });
			book.refuseKnown(project, body);
			const key = keyOf(project, location, id ?? `job_${++made}`);
			const job: Job = {
				...emptyJob({ project, id: id ?? `job_${made}`, location, kind, configuration }, service.now()),
				fault: service.faults.ofJob(id ?? ""),
			};
			jobs.set(key, job);
			service.journal.event("job inserted", { job: job.id });
			job.finished = execute(service, job, file);
			await settle(job, service.options.settle ?? 500);
			return job;
		},
		refuseKnown(project, body) {
			const { location, id } = readJob(service, project, body);
			if (id === undefined || !jobs.has(keyOf(project, location, id))) return;
			service.journal.event("job known", { job: id });
			throw duplicate(`Already Exists: Job ${keyOf(project, location, id)}`);
		},
		get(project, id, location) {
			const locations = location === undefined ? ["US", "EU"] : [location];
			const found = locations.map((one) => jobs.get(keyOf(project, one, id))).find((one) => one !== undefined);
			if (found === undefined)
				throw notFound(`Not found: Job ${project}:${location === undefined ? "" : `${location}.`}${id}`);
			return found;
		},
		list: (project) => [...jobs.values()].filter((job) => job.project === project),
		async settled() {
			await Promise.all([...jobs.values()].map((job) => job.finished));
		},
	};
	return book;
}

/** Quick jobs are DONE in the answer to their insert; others are to be asked for. */
export async function settle(job: Job, milliseconds: number): Promise<void> {
	if (milliseconds <= 0) return;
	let timer: NodeJS.Timeout | undefined;
	const waited = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, milliseconds);
	});
	await Promise.race([job.finished, waited]);
	clearTimeout(timer);
}

interface JobFacts {
	project: string;
	id: string;
	location: string;
	kind: JobKind;
	configuration: Record<string, unknown>;
}

function emptyJob(facts: JobFacts, now: number): Job {
	return {
		...facts,
		created: now,
		state: "PENDING",
		errors: [],
		statistics: {},
		children: [],
		finished: Promise.resolve(),
		cancelled: false,
		fault: {},
		hidden: 0,
	};
}

function readJob(
	service: Service,
	project: string,
	body: Record<string, unknown>,
): Omit<JobFacts, "id"> & { id: string | undefined } {
	checkKeys(body, new Set(["jobReference", "configuration", "kind", "id"]), "job");
	const configuration = (body.configuration ?? {}) as Record<string, unknown>;
	checkKeys(configuration, CONFIGURATION_KEYS, "job.configuration");
	const kinds = (["load", "query", "copy"] as const).filter((one) => configuration[one] !== undefined);
	if (kinds.length !== 1)
		throw invalid(
			"Job configuration must contain exactly one job-specific configuration object (e.g., query, load, extract, spark)",
		);
	const kind = kinds[0]!;
	checkKeys(configuration[kind] as Record<string, unknown>, KEYS[kind], `job.configuration.${kind}`);
	checkLabels(configuration.labels);
	const reference = (body.jobReference ?? {}) as { projectId?: string; jobId?: string; location?: string };
	if (reference.projectId !== undefined && reference.projectId !== project)
		throw invalid("Value for projectId in content does not agree with value for projectId in URL");
	const id = reference.jobId;
	if (id !== undefined && !/^[A-Za-z0-9_-]{1,1024}$/.test(id)) throw invalid(`Invalid job ID "${id}".`);
	return {
		project,
		id,
		kind,
		configuration,
		location: reference.location ?? locationOf(service, project, configuration[kind] as Record<string, unknown>),
	};
}

function checkLabels(labels: unknown): void {
	const entries = Object.entries((labels ?? {}) as Record<string, unknown>);
	if (entries.length > 64) throw invalid("A resource has at most 64 labels");
	for (const [key, value] of entries) {
		const fits =
			/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key) &&
			typeof value === "string" &&
			/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value);
		if (!fits) throw invalid(`Label ${key}: keys and values are small letters, digits, _ and -, at most 63 characters`);
	}
}

/** That of the dataset that it names first. */
function locationOf(service: Service, project: string, configuration: Record<string, unknown>): string {
	const named = (configuration.destinationTable ?? configuration.defaultDataset) as
		| { projectId?: string; datasetId?: string }
		| undefined;
	const dataset = service.catalog.datasets.get(`${named?.projectId ?? project}:${named?.datasetId}`);
	return dataset?.location ?? "US";
}

async function dryJob(service: Service, facts: Omit<JobFacts, "id"> & { id: string | undefined }): Promise<Job> {
	if (facts.kind !== "query") throw invalid("dryRun is for queries");
	const job = emptyJob({ ...facts, id: facts.id ?? "" }, service.now());
	const outcome = await dryRun(service, facts.configuration.query as Record<string, unknown>, placeOf(job));
	job.children = outcome.children;
	job.state = "DONE";
	job.statistics = statisticsOf(outcome);
	return job;
}

function placeOf(job: Job) {
	const { id, project, location, children, fault } = job;
	return {
		job: id,
		project,
		location,
		created: job.created,
		children,
		isCancelled: () => job.cancelled,
		abort: fault.abort === true,
	};
}

async function execute(service: Service, job: Job, file: string | undefined): Promise<void> {
	const { fault } = job;
	try {
		if (Object.keys(fault).length > 0) service.journal.event("fault", { job: job.id, message: JSON.stringify(fault) });
		// the answer to the insert goes first
		await new Promise<void>((resolve) => setTimeout(resolve, fault.delay ?? 0));
		job.state = "RUNNING";
		job.started = service.now();
		if (fault.fail !== undefined && fault.fail.after === undefined) throw failed(fault.fail);
		await work(service, job, file);
		job.errors = fault.warnings ?? [];
		if (fault.fail !== undefined) throw failed(fault.fail);
	} catch (thrown) {
		const refused = isRefusal(thrown) ? thrown : refusal(501, "notImplemented", `the fake failed: ${stackOf(thrown)}`);
		job.error = protoOf(refused);
		job.errors = [job.error, ...(refused.details ?? [])];
	} finally {
		job.ended = service.now();
		job.hidden = fault.polls ?? 0;
		job.state = "DONE";
		const { error } = job;
		service.journal.event(error === undefined ? "job done" : "job failed", { job: job.id, ...error });
		if (file !== undefined) await rm(file, { force: true });
	}
}

const stackOf = (thrown: unknown): string =>
	thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);

const failed = ({ reason, message, location }: ErrorProto) => Object.assign(invalid(message, location), { reason });

async function work(service: Service, job: Job, file: string | undefined): Promise<void> {
	const { kind, location, fault } = job;
	const configuration = job.configuration[kind] as Record<string, unknown>;
	if (kind === "query") {
		const outcome = await query(service, configuration, placeOf(job)).catch((thrown) => {
			job.statistics = statisticsOf({ type: "SCRIPT", children: job.children });
			throw thrown;
		});
		job.statistics = statisticsOf(outcome);
		if (outcome.answer !== undefined) job.answer = outcome.answer;
		return;
	}
	if (kind === "copy") {
		const rows = await copy(service, configuration, location);
		job.statistics = { copy: { copiedRows: String(rows) } };
		return;
	}
	checkLoad(configuration);
	const name = tableNameOf(configuration.destinationTable);
	service.catalog.dataset(name.project, name.dataset, location);
	const source = file === undefined ? await fetched(service, configuration.sourceUris, location) : { file, files: 1 };
	const { rows, inputBytes } = await load(
		service,
		configuration,
		source.file,
		{ name, location },
		fault.refuse,
	).finally(() => (file === undefined ? rm(source.file, { force: true }) : undefined));
	const outputRows = rows + (fault.outputRows ?? 0);
	job.statistics = {
		load: {
			inputFiles: String(source.files),
			inputFileBytes: String(inputBytes),
			outputRows: String(outputRows),
			outputBytes: String(inputBytes),
			badRecords: "0",
		},
	};
}

function checkLoad(configuration: Record<string, unknown>): void {
	const { sourceFormat, autodetect, ignoreUnknownValues, maxBadRecords, encoding } = configuration;
	if (sourceFormat !== "NEWLINE_DELIMITED_JSON")
		throw invalid(`the fake loads NEWLINE_DELIMITED_JSON only, not ${sourceFormat}`);
	if (autodetect === true || ignoreUnknownValues === true || Number(maxBadRecords ?? 0) !== 0) {
		throw invalid("the fake loads by a schema and drops nothing: autodetect, ignoreUnknownValues, maxBadRecords");
	}
	if (encoding !== undefined && encoding !== "UTF-8") throw invalid(`Invalid encoding ${encoding}`);
}
