/** Jobs with ids that say what they do: never done twice, never believed too early, never waited for without end. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@growthnav/sdk/store";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { openApi } from "../src/api/api.ts";
import { cfgOf, completeConfiguration, labelValue } from "../src/api/job-resource.ts";
import { type JobDone, type JobRequest, openJobs } from "../src/api/jobs.ts";
import type { BigQueryConfig } from "../src/config.ts";
import { type Heard, quickClock, type Reply, refusal, type Server, serve, settingsFor } from "./rest.ts";

type Job = JsonObject & { jobReference: { jobId: string; location: string }; configuration: JsonObject };
type Failure = { reason: string; message: string };

interface Behaviour {
	/** How the job of attempt 1, 2, … ends; the last one counts for all later ones too. */
	ends?: (Failure | "done")[];
	/** Answers to GET before DONE. */
	running?: number;
	/** What the jobs.insert of this number answers in place of its job, which is made all the same unless `unmade`. */
	inserts?: (Reply | undefined)[];
	unmade?: boolean;
	done?: JsonObject;
	warnings?: Failure[];
}

const servers: Server[] = [];
afterEach(async () => {
	await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function bigquery({
	ends = ["done"],
	running = 1,
	inserts = [],
	unmade,
	done = {},
	warnings = [],
}: Behaviour = {}) {
	const jobs = new Map<string, Job>();
	const asked = new Map<string, number>();
	let inserted = 0;
	const resource = (job: Job): JsonObject => {
		const times = asked.get(job.jobReference.jobId) ?? 0;
		asked.set(job.jobReference.jobId, times + 1);
		if (times < running) return { ...job, status: { state: times === 0 ? "PENDING" : "RUNNING" } };
		const attempt = Number(/_a(\d+)$/.exec(job.jobReference.jobId)?.[1] ?? 1);
		const end = ends[Math.min(attempt, ends.length) - 1]!;
		if (end === "done") return { ...job, status: { state: "DONE", errors: warnings }, statistics: done };
		return { ...job, status: { state: "DONE", errorResult: end, errors: [end] } };
	};
	const insert = (body: string): Reply => {
		const instead = inserts[inserted++];
		const job = JSON.parse(body) as Job;
		const { jobId } = job.jobReference;
		if (jobs.has(jobId) && instead === undefined)
			return refusal(409, "duplicate", `Already Exists: Job acme-analytics:EU.${jobId}`);
		if (instead === undefined || !unmade) jobs.set(jobId, job);
		return instead ?? { body: resource(job) };
	};
	const server = await serve((heard: Heard): Reply => {
		if (heard.method === "POST") return insert(heard.body.toString());
		const id = /\/jobs\/([^/]+)$/.exec(heard.path)?.[1];
		const job = id === undefined ? undefined : jobs.get(id);
		if (job === undefined || heard.query.location !== job.jobReference.location)
			return refusal(404, "notFound", `Not found: Job ${id}`);
		return { body: resource(job) };
	});
	servers.push(server);
	return { server, jobs };
}

async function jobsOf(server: Server, more: Partial<BigQueryConfig> = {}) {
	const config = settingsFor(server.endpoint, more);
	const clock = quickClock();
	const said: string[] = [];
	const api = await openApi(config, { clock });
	return { jobs: openJobs(api, { config, clock, say: (text) => said.push(text) }), clock, said };
}

const COMMIT: JobRequest = {
	id: "gn_1a2b3c4d_commit_0011223344556677_0",
	step: "commit",
	configuration: {
		query: {
			query: "BEGIN TRANSACTION; COMMIT TRANSACTION;",
			useLegacySql: false,
			defaultDataset: { projectId: "acme-analytics", datasetId: "growthnav_acme" },
		},
	},
};

const idsOf = (server: Server) =>
	server.heard
		.filter(({ method }) => method === "POST")
		.map(({ body }) => (JSON.parse(body.toString()) as Job).jobReference.jobId);
const CONFLICT = {
	reason: "invalidQuery",
	message:
		"Transaction is aborted due to concurrent update against table acme-analytics:growthnav_acme.conversions. Transaction ID: x",
};

test("a job carries its id, location, labels and limit, and is asked for more and more rarely until it is DONE", async () => {
	const { server } = await bigquery({ running: 6, done: { query: { totalBytesBilled: "10485760" } } });
	const { jobs, clock } = await jobsOf(server, { maximum_bytes_billed: 50_000_000, labels: { team: "growth" } });
	const done = await jobs.run({ ...COMMIT, epoch: 7 });
	expect(done).toMatchObject({ id: `${COMMIT.id}_a1`, attempt: 1, adopted: false, bytesBilled: 10_485_760 });
	const sent = JSON.parse(server.heard[0]!.body.toString()) as Job;
	expect(sent.jobReference).toEqual({ projectId: "acme-analytics", jobId: `${COMMIT.id}_a1`, location: "EU" });
	expect(sent.configuration).toEqual({
		query: { ...(COMMIT.configuration.query as JsonObject), maximumBytesBilled: "50000000" },
		labels: {
			team: "growth",
			app: "growthnav",
			tenant: "acme",
			connection: "square-main",
			epoch: "7",
			step: "commit",
			run: expect.stringMatching(/^[0-9a-f]{12}$/),
			cfg: expect.stringMatching(/^[0-9a-f]{32}$/),
		},
	});
	expect(server.heard.slice(1).every(({ query }) => query.location === "EU")).toBe(true);
	expect(clock.waits).toEqual([200, 300, 450, 675, 1012.5, 1518.75]);
});

test("the answer to an insert was lost: the same id is sent again, and the 409 is our own job", async () => {
	const { server } = await bigquery({ inserts: ["cut"] });
	const { jobs } = await jobsOf(server);
	expect(await jobs.run(COMMIT)).toMatchObject({ attempt: 1, adopted: true });
	expect(idsOf(server)).toEqual([`${COMMIT.id}_a1`, `${COMMIT.id}_a1`]);
});

test("an insert that ends unclearly is looked up by its id before anything else is done", async () => {
	const gateway = refusal(502, "backendError", "Bad gateway");
	const { server } = await bigquery({ inserts: Array.from({ length: 20 }, () => gateway) });
	const { jobs } = await jobsOf(server);
	expect(await jobs.run({ ...COMMIT, deadline: 60_000 })).toMatchObject({ attempt: 1, adopted: true });
	expect(new Set(idsOf(server))).toEqual(new Set([`${COMMIT.id}_a1`]));

	const never = await bigquery({ inserts: Array.from({ length: 20 }, () => gateway), unmade: true });
	await expect((await jobsOf(never.server)).jobs.run({ ...COMMIT, deadline: 60_000 })).rejects.toMatchObject({
		code: "transient.service",
	});
	expect(new Set(idsOf(never.server))).toEqual(new Set([`${COMMIT.id}_a1`]));
});

test("what was refused is not looked up and not tried again", async () => {
	const { server } = await bigquery({
		inserts: [
			refusal(
				403,
				"accessDenied",
				"Access Denied: Project acme-analytics: User does not have bigquery.jobs.create permission",
			),
		],
		unmade: true,
	});
	const { jobs } = await jobsOf(server);
	await expect(jobs.run(COMMIT)).rejects.toMatchObject({ code: "config.permission" });
	expect(server.heard).toHaveLength(1);
});

test("a job that BigQuery broke gets the next id, and the failed one is done no more", async () => {
	const { server } = await bigquery({
		ends: [{ reason: "jobInternalError", message: "The job encountered an error" }, "done"],
	});
	const { jobs, said } = await jobsOf(server);
	expect(await jobs.run(COMMIT)).toMatchObject({ id: `${COMMIT.id}_a2`, attempt: 2 });
	expect(idsOf(server)).toEqual([`${COMMIT.id}_a1`, `${COMMIT.id}_a2`]);
	expect(said).toEqual(["commit: jobInternalError, next attempt in 1 s"]);
});

test("a commit that others were in the way of is no job's to repeat: whoever judged it decides", async () => {
	const { server } = await bigquery({ ends: [CONFLICT], running: 0 });
	const { jobs, clock } = await jobsOf(server);
	await expect(jobs.run(COMMIT)).rejects.toMatchObject({
		code: "transient.conflict",
		message: "Others changed the same tables at the same time, again and again",
		cause: { reason: "invalidQuery", step: "commit", jobId: `${COMMIT.id}_a1`, message: CONFLICT.message },
	});
	expect([idsOf(server).length, clock.waits]).toEqual([1, []]);
});

test("other work that others were in the way of is tried again with growing waits, and not for ever", async () => {
	const { server } = await bigquery({ ends: [CONFLICT], running: 0 });
	const { jobs, clock } = await jobsOf(server);
	await expect(jobs.run({ ...COMMIT, step: "evolve" })).rejects.toMatchObject({
		cause: { jobId: `${COMMIT.id}_a5`, message: CONFLICT.message },
	});
	expect(idsOf(server).map((id) => id.slice(-3))).toEqual(["_a1", "_a2", "_a3", "_a4", "_a5"]);
	expect(clock.waits).toEqual([1_000, 2_000, 4_000, 8_000]);
});

test("DONE with errorResult is a failure, DONE with warnings alone is none", async () => {
	const failed = await bigquery({
		ends: [{ reason: "invalidQuery", message: "Assertion failed: gn_fence: another process" }],
	});
	await expect((await jobsOf(failed.server)).jobs.run(COMMIT)).rejects.toMatchObject({
		cause: { reason: "invalidQuery", message: "Assertion failed: gn_fence: another process", jobId: `${COMMIT.id}_a1` },
	});
	expect(idsOf(failed.server)).toHaveLength(1);

	const warned = await bigquery({ warnings: [{ reason: "invalid", message: "a row was odd" }] });
	const { jobs, said } = await jobsOf(warned.server);
	expect(await jobs.run(COMMIT)).toMatchObject({ attempt: 1 });
	expect(said).toEqual(["commit: BigQuery warns: a row was odd"]);
});

test("a job that an earlier run left is adopted when it is the same work", async () => {
	const { server } = await bigquery();
	const first = (await jobsOf(server)).jobs;
	expect(await first.run(COMMIT)).toMatchObject({ adopted: false });
	const again = (await jobsOf(server)).jobs;
	expect(await again.run(COMMIT)).toMatchObject({ id: `${COMMIT.id}_a1`, attempt: 1, adopted: true });
});

test("a job of the same id that is other work is never taken for ours", async () => {
	const { server } = await bigquery();
	await (await jobsOf(server)).jobs.run(COMMIT);
	const other = {
		...COMMIT,
		configuration: { query: { ...(COMMIT.configuration.query as JsonObject), query: "SELECT 1" } },
	};
	await expect((await jobsOf(server)).jobs.run(other)).rejects.toMatchObject({
		code: "internal.job_id",
		why: "its settings are not those of this step",
		cause: { reason: "duplicate" },
	});
});

test("a failure of an earlier run does not bind this one: the right may be granted by now", async () => {
	const denied = { reason: "accessDenied", message: "Access Denied: bigquery.tables.updateData" };
	const ends: (Failure | "done")[] = [denied, denied];
	const { server } = await bigquery({ ends });
	for (const code of ["_a1", "_a2"]) {
		await expect((await jobsOf(server)).jobs.run(COMMIT)).rejects.toMatchObject({
			cause: { jobId: `${COMMIT.id}${code}` },
		});
	}
	ends.push("done");
	const { jobs, said, clock } = await jobsOf(server);
	expect(await jobs.run(COMMIT)).toMatchObject({ attempt: 3, adopted: false });
	expect(said).toEqual([]);
	expect(clock.waits.filter((wait) => wait > 1_000)).toEqual([]);
});

test("a job that never ends is left after its deadline, which names step and job", async () => {
	const { server } = await bigquery({ running: 1_000_000 });
	const { jobs, clock } = await jobsOf(server);
	await expect(jobs.run({ ...COMMIT, deadline: 120_000 })).rejects.toMatchObject({
		code: "transient.deadline",
		message: "BigQuery took too long: commit",
		where: `commit, job ${COMMIT.id}_a1 in project acme-analytics, EU`,
		why: `job ${COMMIT.id}_a1 is not done`,
		next: "run again: what is committed stays, and the rest follows; a job that goes on there is found and taken over",
	});
	expect(clock.waits.reduce((sum, wait) => sum + wait, 0)).toBeCloseTo(120_000);
	expect(Math.max(...clock.waits)).toBe(10_000);
});

test("a poll that fails in between changes nothing", async () => {
	const { server, jobs: made } = await bigquery({ running: 2 });
	let polls = 0;
	const flaky = await serve(async (heard): Promise<Reply> => {
		if (heard.method === "GET" && ++polls % 2 === 1) return polls === 3 ? "cut" : refusal(503, "backendError", "later");
		const answer = await fetch(`${server.endpoint}${heard.path}?${new URLSearchParams(heard.query)}`, {
			method: heard.method,
			...(heard.method === "POST" && { body: heard.body.toString() }),
		});
		return { status: answer.status, body: await answer.text() };
	});
	servers.push(flaky);
	expect(await (await jobsOf(flaky)).jobs.run(COMMIT)).toMatchObject({ attempt: 1 });
	expect(made.size).toBe(1);
});

test("a query that only reads has an id of its own each time", async () => {
	const { server } = await bigquery();
	const { jobs } = await jobsOf(server);
	const read: JobRequest = { ...COMMIT, id: "gn_query", step: "query", fresh: true };
	await Promise.all([jobs.run(read), jobs.run(read)]);
	const [one, other] = idsOf(server);
	expect(one).not.toBe(other);
	expect(one).toMatch(/^gn_query_[0-9a-f]{16}_a1$/);
});

test("a load uploads its file, waits for its turn, and adopts what is there", async () => {
	const folder = await mkdtemp(join(tmpdir(), "gn-jobs-"));
	const file = join(folder, "part.ndjson");
	await writeFile(file, '{"a":1}\n');
	let made: Job | undefined;
	const server = await serve((heard): Reply => {
		if (heard.method === "POST") {
			if (made !== undefined) return refusal(409, "duplicate", "Already Exists: Job acme-analytics:EU.x");
			return { headers: { location: "/upload/session" } };
		}
		if (heard.method === "PUT") {
			made = JSON.parse(server.heard[0]!.body.toString()) as Job;
			return { body: { ...made, status: { state: "RUNNING" } } };
		}
		return { body: { ...made, status: { state: "DONE" }, statistics: { load: { outputRows: "1" } } } };
	});
	servers.push(server);
	const destinationTable = { projectId: "acme-analytics", datasetId: "growthnav_acme", tableId: "_gn_stg_1" };
	const load: JobRequest = {
		id: "gn_1_load_0_0",
		step: "load",
		media: { file },
		configuration: { load: { destinationTable } },
	};
	const { jobs, clock } = await jobsOf(server, { kms_key: "projects/p/locations/l/keyRings/r/cryptoKeys/k" });
	const done = await jobs.run(load);
	expect(done).toMatchObject({
		adopted: false,
		bytesBilled: 0,
		resource: { statistics: { load: { outputRows: "1" } } },
	});
	expect(made!.configuration.load).toEqual({
		destinationTable,
		destinationEncryptionConfiguration: { kmsKeyName: "projects/p/locations/l/keyRings/r/cryptoKeys/k" },
	});
	expect(server.heard[1]!.body.toString()).toBe('{"a":1}\n');
	expect(await jobs.run(load)).toMatchObject({ adopted: true, id: done.id });
	expect(clock.waits).toContain(1_800);
	await rm(folder, { recursive: true });
});

test("a foreign dataset in a job stops before anything is sent", async () => {
	const { server } = await bigquery();
	const { jobs } = await jobsOf(server);
	const destinationTable = { projectId: "acme-analytics", datasetId: "growthnav_other", tableId: "orders" };
	const load: JobRequest = {
		id: "gn_1_load_0_0",
		step: "load",
		media: { file: "/nowhere" },
		configuration: { load: { destinationTable } },
	};
	await expect(jobs.run(load)).rejects.toMatchObject({ code: "config.foreign_dataset" });
	expect(server.heard).toEqual([]);
});

test("ids are of BigQuery's characters and at most 200 long, whatever comes", async () => {
	const { server } = await bigquery({ running: 0 });
	const { jobs } = await jobsOf(server);
	await fc.assert(
		fc.asyncProperty(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9_-]{1,220}$/)), async (id) => {
			const before = idsOf(server).length;
			const ended = await jobs.run({ ...COMMIT, id }).catch((error) => error as { code: string });
			const sent = idsOf(server).slice(before);
			if ("code" in ended) expect([ended.code, sent]).toEqual(["internal.job_id", []]);
			for (const one of sent) expect(one).toMatch(/^[A-Za-z0-9_-]{1,200}$/);
		}),
		{ numRuns: 50 },
	);
});

test("labels are of the characters that BigQuery takes", () => {
	expect(labelValue("Square Main / EU")).toBe("square-main---eu");
	fc.assert(
		fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
			expect(labelValue(text)).toMatch(/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u);
			expect(labelValue(text).length).toBeLessThanOrEqual(63);
		}),
	);
});

test("the hash of a configuration is that of its work: not of the order of its keys, nor of its labels", () => {
	fc.assert(
		fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 6 }), (work) => {
			const turned = Object.fromEntries(Object.entries(work).reverse()) as JsonObject;
			expect(cfgOf({ ...turned, labels: { run: "x" } })).toBe(cfgOf({ ...(work as JsonObject), labels: { run: "y" } }));
		}),
	);
	expect(cfgOf({ query: { query: "SELECT 1" } })).not.toBe(cfgOf({ query: { query: "SELECT 2" } }));
	expect(cfgOf({ load: { a: [1, 2] } })).not.toBe(cfgOf({ load: { a: [2, 1] } }));
});

test("the key goes on loads, copies and single reads: BigQuery refuses it on scripts and on what changes rows", () => {
	const kms_key = "projects/p/locations/l/keyRings/r/cryptoKeys/k";
	const keyOf = (configuration: JsonObject) => {
		const complete = completeConfiguration({ step: "x", run: "r", configuration }, settingsFor("", { kms_key }));
		return JSON.stringify(complete).includes(kms_key);
	};
	expect(keyOf({ load: {} })).toBe(true);
	expect(keyOf({ copy: {} })).toBe(true);
	expect(keyOf({ query: { query: " SELECT 1" } })).toBe(true);
	expect(keyOf({ query: { query: "SELECT 1; DROP TABLE x" } })).toBe(false);
	expect(keyOf({ query: { query: "MERGE `x`" } })).toBe(false);
});

test("rows come page by page by field name, nested and repeated ones too", async () => {
	const fields = [
		{ name: "id", type: "INTEGER" },
		{ name: "at", type: "TIMESTAMP" },
		{ name: "tags", type: "STRING", mode: "REPEATED" },
		{
			name: "items",
			type: "RECORD",
			mode: "REPEATED",
			fields: [
				{ name: "sku", type: "STRING" },
				{ name: "n", type: "NUMERIC" },
			],
		},
		{ name: "who", type: "RECORD", fields: [{ name: "name", type: "STRING" }] },
	];
	const cell = (v: unknown) => ({ v });
	const row = (id: string) => ({
		f: [
			cell(id),
			cell("1751536800000001"),
			cell([cell("a"), cell("b")]),
			cell([cell({ f: [cell("x"), cell("12.5")] }), cell({ f: [cell(null), cell(null)] })]),
			cell(null),
		],
	});
	const server = await serve((heard): Reply => {
		if (heard.query.pageToken === undefined)
			return { body: { schema: { fields }, rows: [row("1")], pageToken: "p2", totalRows: "2" } };
		return { body: { schema: { fields }, rows: [row("9007199254740993")], totalRows: "2" } };
	});
	servers.push(server);
	const { jobs } = await jobsOf(server);
	const job: JobDone = {
		id: "gn_q_a1",
		attempt: 1,
		adopted: false,
		bytesBilled: 0,
		resource: { jobReference: { location: "EU" } },
	};
	const results = await jobs.results(job);
	expect(results.fields).toEqual(fields);
	const rows = await Array.fromAsync(results.rows);
	expect(rows.map(({ id }) => id)).toEqual(["1", "9007199254740993"]);
	expect(rows[0]).toEqual({
		id: "1",
		at: "1751536800000001",
		tags: ["a", "b"],
		items: [
			{ sku: "x", n: "12.5" },
			{ sku: null, n: null },
		],
		who: null,
	});
	expect(server.heard[0]).toMatchObject({
		path: "/bigquery/v2/projects/acme-analytics/queries/gn_q_a1",
		query: { location: "EU", "formatOptions.useInt64Timestamp": "true" },
	});
	expect(await Array.fromAsync(jobs.rows(job))).toHaveLength(2);
});
