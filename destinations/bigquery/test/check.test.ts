import type { ConnectorError, JsonObject } from "@growthnav/sdk/destination";
import { startServer } from "@growthnav/sdk/testing";
import { expect, onTestFinished, test } from "vitest";
import type { ApiRequest } from "../src/api/api.ts";
import type { JobRequest } from "../src/api/jobs.ts";
import { type CheckParts, checkBigQuery } from "../src/check/check.ts";
import type { BigQueryConfig } from "../src/config.ts";
import { answerProblem, fault, jobProblem } from "../src/errors/problem.ts";

const config: BigQueryConfig = {
	project_id: "acme-analytics",
	customer_id: "acme",
	connection: "default",
	location: "EU",
	commit_mode: "transaction",
	moved_rows: "exact",
	allow_emulator: false,
	impersonate: ["growthnav-acme@acme-analytics.iam.gserviceaccount.com"],
};

interface World {
	datasets?: JsonObject;
	conversions?: JsonObject;
	/** By "METHOD path", or by the part of a job's id. */
	refuses?: { [step: string]: { reason: string; message: string; status?: number } };
}

/** The contract's two objects over a dataset in memory, which keep what was asked. */
function world({ datasets, conversions, refuses = {} }: World): CheckParts & { asked: string[]; sent: JobRequest[] } {
	const asked: string[] = [];
	const sent: JobRequest[] = [];
	const tables = new Set<string>();
	let there = datasets;
	const refusal = (key: string, step: string) => {
		const found = Object.entries(refuses).find(([part]) => key.includes(part))?.[1];
		if (found === undefined) return;
		const { reason, message, status = 403 } = found;
		throw fault(answerProblem({ status, body: JSON.stringify({ error: { message, errors: [{ reason }] } }) }, step));
	};
	const missing = (what: string, step: string) =>
		fault(answerProblem({ status: 404, body: JSON.stringify({ error: { message: `Not found: ${what}` } }) }, step));
	const answer = ({ method, path, body, step }: ApiRequest): JsonObject => {
		const dryRun = (body?.configuration as { query?: { query: string } } | undefined)?.query?.query;
		const table = /\/tables\/(\w+)$/.exec(path)?.[1];
		const key = `${method} ${path.replace(/_gn_check_[0-9a-f]+/, "_gn_check")}${dryRun === undefined ? "" : ` ${dryRun}`}`;
		asked.push(key);
		refusal(key, step);
		if (method === "POST" && path === "datasets") there = body!;
		else if (method === "GET" && path === "datasets/growthnav_acme") {
			if (there === undefined) throw missing("Dataset acme-analytics:growthnav_acme", step);
			return there;
		} else if (method === "POST" && path.endsWith("/tables")) {
			tables.add(String((body!.tableReference as JsonObject).tableId));
		} else if (method === "GET" && table !== undefined) {
			if (conversions === undefined) throw missing("Table acme-analytics:growthnav_acme.conversions", step);
			return conversions;
		} else if (method === "DELETE" && table !== undefined) tables.delete(table);
		else if (method === "DELETE") {
			expect([...tables]).toEqual([]);
			there = undefined;
		}
		return {};
	};
	return {
		asked,
		sent,
		api: {
			project: config.project_id,
			endpoint: "https://bigquery.googleapis.com",
			headers: async () => ({}),
			serviceTime: () => Date.now(),
			call: async <T>(request: ApiRequest) => answer(request) as T,
		},
		jobs: {
			run: async (request: JobRequest) => {
				sent.push(request);
				asked.push(request.id.replace(/[0-9a-f]{8}/, "x"));
				const found = Object.entries(refuses).find(([part]) => request.id.includes(part))?.[1];
				if (found !== undefined) throw fault(jobProblem(found, { jobId: request.id, step: request.step }));
				const resource = { statistics: { load: { outputRows: "1" } } };
				return { id: request.id, attempt: 1, adopted: false, resource, bytesBilled: 0 };
			},
		} as unknown as CheckParts["jobs"],
	};
}

const found = { datasetReference: {}, location: "EU", labels: { app: "growthnav", tenant: "acme" } };
const big = {
	numRows: "730000000",
	numBytes: "365000000000",
	timePartitioning: { field: "timestamp" },
	numPartitions: "730",
};

async function refusal(settings: BigQueryConfig, parts: CheckParts): Promise<ConnectorError> {
	return checkBigQuery(settings, parts).then(
		(said) => expect.unreachable(said) as never,
		(thrown: ConnectorError) => thrown,
	);
}

test("a dataset that is there: every right is used once, in order, and nothing stays behind", async () => {
	const parts = world({ datasets: found, conversions: big });
	const said = await checkBigQuery(config, parts);
	expect(parts.asked.map((one) => one.slice(0, 60))).toEqual([
		"GET datasets",
		"GET datasets/growthnav_acme",
		"GET datasets/growthnav_acme",
		"POST datasets/growthnav_acme/tables",
		"gn_check_x_load",
		"gn_check_x_merge",
		expect.stringContaining("POST jobs SELECT t.`id` FROM `_gn_check"),
		"DELETE datasets/growthnav_acme/tables/_gn_check_stage",
		"DELETE datasets/growthnav_acme/tables/_gn_check",
		"GET datasets/growthnav_acme/tables/conversions",
		expect.stringContaining("POST jobs SELECT `conversion_id`, `timestamp` FROM"),
		expect.stringContaining("POST jobs DELETE FROM `conversions`"),
	]);
	expect(said).toMatch(
		/^dataset growthnav_acme in EU is there with 730,000,000 conversions, so is every right; commits into conversions cost about \$2\d a month with moved_rows exact, \$\d\.\d\d with immutable \(24 commits a day, after the free TiB\)$/,
	);
});

test("the merge runs as a commit does: one transaction with assertions, a literal range on the bare column", async () => {
	const parts = world({ datasets: found });
	await checkBigQuery(config, parts);
	const sql = String((parts.sent[1]!.configuration.query as JsonObject).query).replace(
		/_gn_check_[0-9a-f]+/g,
		"_gn_check",
	);
	expect(sql.split("\n")).toEqual([
		"ALTER TABLE `_gn_check` ADD COLUMN IF NOT EXISTS `more` STRING;",
		"BEGIN TRANSACTION;",
		"MERGE INTO `_gn_check` AS t USING (SELECT * FROM `_gn_check_stage`) AS s ON t.`id` = s.`id` AND " +
			"(t.`at` >= TIMESTAMP '2026-01-01T00:00:00Z' AND t.`at` < TIMESTAMP '2026-01-02T00:00:00Z') " +
			"WHEN MATCHED THEN UPDATE SET `value` = s.`value` " +
			"WHEN NOT MATCHED THEN INSERT (`at`, `id`, `value`) VALUES (s.`at`, s.`id`, s.`value`);",
		"ASSERT @@row_count = 1 AS 'gn_check: one row';",
		"DELETE FROM `_gn_check` AS t WHERE t.`id` = 'check' AND " +
			"t.`at` >= TIMESTAMP '2026-01-01T00:00:00Z' AND t.`at` < TIMESTAMP '2026-01-02T00:00:00Z';",
		"ASSERT @@row_count = 1 AS 'gn_check: one row';",
		"COMMIT TRANSACTION;",
	]);
	await checkBigQuery({ ...config, commit_mode: "ordered" }, parts);
	expect(String((parts.sent[3]!.configuration.query as JsonObject).query)).not.toContain("TRANSACTION");
});

test("a dataset that is not there is made with its labels, tried, and removed again", async () => {
	const parts = world({});
	const said = await checkBigQuery(config, parts);
	expect(said).toBe(
		"dataset growthnav_acme in EU can be made, every right is there; commits into conversions cost about nothing " +
			"a month with moved_rows exact (24 commits a day, after the free TiB)",
	);
	expect(parts.asked).toContain("POST datasets");
	expect(parts.asked.at(-1)).toBe("DELETE datasets/growthnav_acme");
});

test("a dataset that somebody wrote to in the meantime stays", async () => {
	const refuses = {
		"DELETE datasets/growthnav_acme": { reason: "resourceInUse", message: "still in use", status: 400 },
	};
	const parts = world({ refuses: { ...refuses } });
	// tables of check itself go; only the dataset is refused
	const deletes = parts.api.call;
	parts.api.call = (request) =>
		request.path.includes("/tables/") && request.method === "DELETE" ? Promise.resolve({} as never) : deletes(request);
	expect(await checkBigQuery(config, parts)).toContain("can be made");
});

test("a dataset in another location, or of another customer", async () => {
	const elsewhere = await refusal(config, world({ datasets: { ...found, location: "us-central1" } }));
	expect(elsewhere).toMatchObject({
		code: "config.location",
		message: "Dataset growthnav_acme lies in us-central1, the settings say EU",
	});
	const other = await refusal(config, world({ datasets: { ...found, labels: { tenant: "globex" } } }));
	expect(other).toMatchObject({
		code: "config.other_customer",
		message: "Dataset growthnav_acme holds the data of another customer",
		why: "its label tenant is globex, the settings say acme",
	});
});

const MEMBER = "serviceAccount:growthnav-acme@acme-analytics.iam.gserviceaccount.com";
const onProject = (role: string) =>
	`gcloud projects add-iam-policy-binding acme-analytics --member=${MEMBER} --role=${role}; a new right takes some minutes`;

test.each([
	["GET datasets/growthnav_acme", "Access Denied: Dataset", "bigquery.datasets.get", "dataOwner"],
	["POST datasets/growthnav_acme/tables", "Access Denied: User may not", "bigquery.tables.create", "dataEditor"],
	["_load", "Access Denied: no", "bigquery.jobs.create", onProject("roles/bigquery.jobUser")],
	["_merge", "Access Denied: no", "bigquery.tables.updateData", "dataEditor"],
	["SELECT t.", "Access Denied: no", "bigquery.tables.getData", "dataEditor"],
	["DELETE FROM `conversions`", "Access Denied: no", "bigquery.tables.updateData", "dataEditor"],
	["DELETE datasets/growthnav_acme/tables", "Access Denied: no", "bigquery.tables.delete", "dataEditor"],
])("%s refused: the permission and the command that grants it", async (step, message, permission, command) => {
	const parts = world({ datasets: found, conversions: big, refuses: { [step]: { reason: "accessDenied", message } } });
	const error = await refusal(config, parts);
	expect(error).toMatchObject({ code: "config.permission", message: `The permission ${permission} is missing` });
	expect(error.next).toContain(command);
	if (command === "dataEditor") expect(error.next).toContain("acme-analytics.growthnav_acme");
});

test("a dataset that may not be made", async () => {
	const refuses = {
		"POST datasets": {
			reason: "accessDenied",
			message:
				"Access Denied: Project acme-analytics: User does not have bigquery.datasets.create permission in project acme-analytics.",
		},
	};
	const error = await refusal(config, world({ refuses }));
	expect(error).toMatchObject({
		code: "config.permission",
		message: "The permission bigquery.datasets.create is missing",
		next: onProject("roles/bigquery.user"),
	});
});

test("an API that is not enabled, billing that is missing, a key that may not be used", async () => {
	const refused = (step: string, reason: string, message: string) =>
		refusal(
			{ ...config, kms_key: "projects/p/locations/europe/keyRings/r/cryptoKeys/k" },
			world({ datasets: found, refuses: { [step]: { reason, message } } }),
		);
	const api = await refused(
		"GET datasets",
		"accessNotConfigured",
		"BigQuery API has not been used in project 12 before or it is disabled.",
	);
	expect(api).toMatchObject({
		code: "config.api_disabled",
		next: expect.stringContaining("gcloud services enable bigquery.googleapis.com --project=acme-analytics"),
	});
	const billing = await refused("_merge", "billingNotEnabled", "Billing has not been enabled for this project.");
	expect(billing).toMatchObject({ code: "config.billing", message: "Project acme-analytics has no billing" });
	const key = await refused(
		"POST datasets/growthnav_acme/tables",
		"accessDenied",
		"BigQuery: Permission denied on Cloud KMS key. Please ensure that your Cloud KMS permissions allow it.",
	);
	expect(key).toMatchObject({
		code: "config.kms_key",
		next: expect.stringContaining("roles/cloudkms.cryptoKeyEncrypterDecrypter"),
	});
});

test("whatever fails, the tables of check go, and a dataset that it made too", async () => {
	for (const step of ["_load", "_merge", "SELECT t."]) {
		const parts = world({ refuses: { [step]: { reason: "accessDenied", message: "Access Denied: no" } } });
		await refusal(config, parts);
		expect(parts.asked.slice(-3)).toEqual([
			"DELETE datasets/growthnav_acme/tables/_gn_check_stage",
			"DELETE datasets/growthnav_acme/tables/_gn_check",
			"DELETE datasets/growthnav_acme",
		]);
	}
});

test("over HTTP, with the client, the upload and the jobs that a run has", async () => {
	const project = "/bigquery/v2/projects/acme-analytics";
	const done = (jobReference: unknown) => ({
		json: { jobReference, status: { state: "DONE" }, statistics: { load: { outputRows: "1" } } } as JsonObject,
	});
	let loading: JsonObject = {};
	const server = await startServer({
		"*": ({ method, path, body }) => {
			if (path.startsWith("/upload/") && method === "POST") {
				loading = body as JsonObject;
				return { headers: { location: `${server.url}/upload/session` } };
			}
			if (path === "/upload/session") return done(loading.jobReference);
			if (method === "POST" && path === `${project}/jobs`) return done((body as JsonObject).jobReference);
			if (method === "GET" && path === `${project}/datasets/growthnav_acme`) return { json: found };
			if (method === "GET" && path.endsWith("/conversions")) return { status: 404, json: {} };
			return { json: {} };
		},
	});
	onTestFinished(() => server.close());
	const said = await checkBigQuery({ ...config, impersonate: null, endpoint: server.url, allow_emulator: true });
	expect(said).toMatch(/^dataset growthnav_acme in EU is there without conversions yet, so is every right/);
	const uploaded = server.requests.filter(({ path }) => path === "/upload/session").map(({ body }) => body);
	expect(uploaded).toEqual([{ at: "2026-01-01T12:00:00Z", id: "check", value: "12.34" }]);
	expect(server.requests.filter(({ method }) => method === "DELETE").length).toBe(2);
	expect((loading.configuration as JsonObject).labels).toMatchObject({
		app: "growthnav",
		tenant: "acme",
		step: "check",
	});
});
