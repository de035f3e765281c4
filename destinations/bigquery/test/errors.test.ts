/** The sentences that operators read. */
import { registerSecret } from "@growthnav/sdk/store";
import { expect, test } from "vitest";
import { problemError, storeError } from "../src/errors/errors.ts";
import { grantOf } from "../src/errors/grants.ts";
import { type ApiProblem, answerProblem, fault, jobProblem, networkProblem, problemOf } from "../src/errors/problem.ts";
import { settingsFor } from "./rest.ts";

const settings = settingsFor("http://127.0.0.1:1", {
	impersonate: ["hub@acme-analytics.iam.gserviceaccount.com", "growthnav@acme-analytics.iam.gserviceaccount.com"],
});

function said(reason: string, message: string, more: Partial<ApiProblem> = {}) {
	const {
		code,
		message: what,
		where,
		why,
		next,
	} = problemError({ status: 403, reason, message, step: "load", ...more }, settings);
	return { code, what, where, why, next };
}

test("a role that is missing on the project: the permission and the command that grants it", () => {
	const message =
		"Access Denied: Project acme-analytics: User does not have bigquery.jobs.create permission in project acme-analytics.";
	expect(said("accessDenied", message)).toEqual({
		code: "config.permission",
		what: "The permission bigquery.jobs.create is missing",
		where: "load in project acme-analytics, EU",
		why: message,
		next: "gcloud projects add-iam-policy-binding acme-analytics --member=serviceAccount:growthnav@acme-analytics.iam.gserviceaccount.com --role=roles/bigquery.jobUser; a new right takes some minutes",
	});
});

test("a role that is missing on the dataset is granted there alone", () => {
	const message =
		"Access Denied: Table acme-analytics:growthnav_acme.orders: Permission bigquery.tables.updateData denied on table acme-analytics:growthnav_acme.orders (or it may not exist).";
	expect(said("accessDenied", message, { step: "commit", jobId: "gn_1_a1", status: 200 })).toMatchObject({
		code: "config.permission",
		what: "The permission bigquery.tables.updateData is missing",
		where: "commit, job gn_1_a1 in project acme-analytics, EU",
		next: "bq query --use_legacy_sql=false 'GRANT `roles/bigquery.dataEditor` ON SCHEMA `acme-analytics.growthnav_acme` TO \"serviceAccount:growthnav@acme-analytics.iam.gserviceaccount.com\"'; a new right takes some minutes",
	});
	expect(grantOf("bigquery.datasets.create", settings)!.role).toBe("roles/bigquery.user");
	expect(grantOf("bigquery.datasets.update", settings)!.role).toBe("roles/bigquery.dataOwner");
	expect(grantOf("compute.instances.get", settings)).toBeUndefined();
});

test("who must get the role is read from the key where nobody else is named", () => {
	const key = JSON.stringify({ type: "service_account", client_email: "robot@acme.iam.gserviceaccount.com" });
	const grant = (credentials_json: string | null) =>
		grantOf("bigquery.jobs.create", { ...settings, impersonate: null, credentials_json })!.command;
	expect(grant(key)).toContain("--member=serviceAccount:robot@acme.iam.gserviceaccount.com ");
	expect(grant("{broken")).toContain("--member=MEMBER ");
	expect(grant('{"client_email":"x; rm -rf /"}')).toContain("--member=MEMBER ");
	expect(grant(null)).toContain("--member=MEMBER ");
});

test("the API is disabled: the command that enables it", () => {
	const message =
		"BigQuery API has not been used in project 123456 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/bigquery.googleapis.com/overview?project=123456 then retry.";
	expect(said("accessNotConfigured", message)).toEqual({
		code: "config.api_disabled",
		what: "The BigQuery API is not enabled in project acme-analytics",
		where: "load in project acme-analytics, EU",
		why: message,
		next: "gcloud services enable bigquery.googleapis.com --project=acme-analytics; it takes some minutes",
	});
	expect(said("SERVICE_DISABLED", "x").code).toBe("config.api_disabled");
	expect(said("accessDenied", message).code).toBe("config.api_disabled");
});

test("billing is disabled", () => {
	const message =
		"Access Denied: BigQuery BigQuery: Billing has not been enabled for this project. Enable billing at https://console.cloud.google.com/billing. DML queries are not allowed in the free tier.";
	expect(said("billingNotEnabled", message)).toMatchObject({
		code: "config.billing",
		what: "Project acme-analytics has no billing",
		why: message,
		next: "gcloud billing projects link acme-analytics --billing-account=ACCOUNT (without it BigQuery changes no rows)",
	});
});

test("data in two locations: both are named", () => {
	expect(said("invalid", "Cannot read and write in different locations: source: US, destination: EU")).toMatchObject({
		code: "config.location",
		what: "Data lie in US and in EU, and no job reaches both",
		next: "set location (now EU) to where dataset growthnav_acme lies",
	});
	expect(
		said("notFound", "Not found: Dataset acme-analytics:growthnav_acme was not found in location EU"),
	).toMatchObject({
		code: "config.location",
		what: "Dataset growthnav_acme is not in EU",
		next: "bq show acme-analytics:growthnav_acme says where it lies: set location to that (now EU); if it was deleted, run again and it is made anew",
	});
});

test("a quota is used up: wait, nothing is lost", () => {
	expect(
		said("quotaExceeded", "Quota exceeded: Your table exceeded quota for imports or query appends per table."),
	).toMatchObject({
		code: "transient.quota",
		what: "A quota of project acme-analytics is used up",
		next: "wait until it is renewed (most at midnight, Pacific time), or ask for more under IAM & Admin, Quotas; then run again: what is committed stays, and the rest follows",
	});
	expect(said("rateLimitExceeded", "Exceeded rate limits").code).toBe("transient.rate_limit");
});

test("a table changed by hand: renamed, a column dropped, a type changed", () => {
	expect(
		said("notFound", "Not found: Table acme-analytics:growthnav_acme.orders was not found in location EU"),
	).toMatchObject({
		code: "config.table_changed",
		what: "Table orders is gone: somebody deleted or renamed it",
		next: "give it its name back, or bring it back from the last 7 days: bq cp growthnav_acme.orders@-3600000 growthnav_acme.orders (one hour ago)",
	});
	const back =
		"change it back: ALTER TABLE in dataset growthnav_acme, or bring the table back from the last 7 days (FOR SYSTEM_TIME AS OF); what GrowthNav expects stands in _gn_columns";
	for (const message of [
		"Column total is not present in table acme-analytics:growthnav_acme.orders at [4:12]",
		"Name total not found inside t at [4:12]",
		"Unrecognized name: `total` at [4:12]",
		"Unrecognized name: total at [4:12]",
		"Unrecognized name: total; Did you mean totals? at [4:12]",
		"Query error: Unrecognized name: t.total at [4:12]",
	]) {
		expect(said("invalidQuery", message, { step: "commit" })).toMatchObject({
			code: "config.table_changed",
			what: "Column total is gone: somebody changed a table by hand",
			next: back,
		});
	}
	const type =
		"Query column 3 has type NUMERIC which cannot be inserted into column total, which has type STRING at [4:12]";
	expect(said("invalidQuery", type, { step: "commit" })).toMatchObject({
		code: "config.table_changed",
		what: "Column total has another type: somebody changed a table by hand",
		why: type,
		next: back,
	});
	for (const message of [
		"Value has type STRING which cannot be inserted into column total, which has type NUMERIC at [1:204]",
		"Value of type STRING cannot be assigned to total, which has type NUMERIC at [4:12]",
	]) {
		expect(said("invalidQuery", message, { step: "commit" }).what).toBe(
			"Column total has another type: somebody changed a table by hand",
		);
	}
	for (const message of [
		"No matching signature for operator = for argument types: STRING, INT64. Supported signature: ANY = ANY at [4:12]",
		"Cannot execute IN subquery with uncomparable types STRING and INT64 at [4:12]",
		"ALTER TABLE ALTER COLUMN SET DATA TYPE requires that the existing column type (STRING) is assignable to the new type (NUMERIC)",
	]) {
		expect(said("invalidQuery", message, { step: "judge" }).what).toBe(
			"A column has another type: somebody changed a table by hand",
		);
	}
	for (const message of ["Unrecognized name: `totl`", "Function not found: POWER2 at [1:8]"]) {
		expect(said("invalidQuery", message, { step: "query" })).toMatchObject({
			code: "config.query",
			what: "BigQuery cannot run the query",
			why: message,
			next: "correct it, then ask again",
		});
	}
});

test("what has a name in it is not about a column that is gone", () => {
	for (const message of [
		"Duplicate column name total in the result is not supported at [1:8]",
		"Column name total is ambiguous at [1:8]",
		'Table name "orders" missing dataset while no default dataset is set in the request.',
		"Invalid table name: `acme-analytics:growthnav_acme.orders`",
		'Syntax error: Unexpected identifier "name" at [1:8]',
		"Function not found: PARSE_NAME; Did you mean parse_date? at [1:8]",
		"Query parameter 'name' not found at [1:8]",
		// a load goes into a table of the commit's own: nobody drops a column there
		"Error while reading data, error message: JSON parsing error in row starting at position 0: No such field: total.",
	]) {
		expect(said("invalidQuery", message, { step: "commit" }).code, message).toBe("internal.bigquery");
	}
});

test("credentials that are not taken", () => {
	const message =
		"Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.";
	expect(said("authError", message)).toMatchObject({
		code: "config.credentials",
		what: "BigQuery does not accept the credentials",
		next: "make a new key, or log in again: gcloud auth application-default login; then look at this machine's clock",
	});
});

test("the KMS key, the perimeter, the limit of a bill", () => {
	const { next, ...kms } = said(
		"accessDenied",
		"Cloud KMS Error: Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource 'x'",
	);
	expect(kms).toMatchObject({ code: "config.kms_key", what: "BigQuery cannot use the KMS key" });
	expect(next).toMatch(/^gcloud kms keys add-iam-policy-binding KEY .*; the key must lie in EU$/);
	expect(
		said(
			"policyViolation",
			"VPC Service Controls: Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x",
		).code,
	).toBe("config.perimeter");
	expect(
		problemError(
			{
				status: 200,
				reason: "bytesBilledLimitExceeded",
				step: "judge",
				message: "Query exceeded limit for bytes billed: 1000000. 20971520 or higher required.",
			},
			{ ...settings, maximum_bytes_billed: 1_000_000 },
		),
	).toMatchObject({
		code: "config.maximum_bytes_billed",
		message: "A step would be billed more than maximum_bytes_billed, 1000000: judge",
		next: "set maximum_bytes_billed to 20971520 or higher, or moved_rows to a cheaper mode; nothing was billed",
	});
});

test("a network that fails, and a service that never answers: the step is named", () => {
	const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), {
		code: "ECONNREFUSED",
		syscall: "connect",
	});
	for (const thrown of [refused, fault(networkProblem(new Error("fetch failed", { cause: refused }), "dataset"))]) {
		expect(storeError(thrown, settings)).toMatchObject({
			code: "transient.network",
			message: "BigQuery cannot be reached",
			why: "connect ECONNREFUSED 127.0.0.1:1",
		});
	}
	expect(said("deadline", "no answer within 60 s", { step: "commit" })).toMatchObject({
		code: "transient.deadline",
		what: "BigQuery took too long: commit",
		why: "no answer within 60 s",
	});
});

test("what nobody foresaw keeps the words of the service, and a bug is called one", () => {
	expect(said("noveltyExceeded", "Too new\n  for us")).toMatchObject({
		code: "internal.bigquery",
		what: "BigQuery refused a step: load",
		why: "noveltyExceeded: Too new for us",
	});
	const bug = storeError(new TypeError("x is undefined"), settings);
	expect(bug).toMatchObject({ code: "internal.bigquery", message: "The destination failed", why: "x is undefined" });
	expect(storeError(bug, settings)).toBe(bug);
});

test("every sentence has its four parts, and callers still find the reason", () => {
	const reasons =
		"network deadline authError accessDenied accessNotConfigured billingNotEnabled quotaExceeded rateLimitExceeded notFound invalid invalidQuery stopped blocked resourcesExceeded responseTooLarge backendError jobInternalError duplicate notImplemented unknown";
	for (const reason of reasons.split(" ")) {
		const error = problemError({ status: 400, reason, message: "because", step: "judge", jobId: "gn_1_a1" }, settings);
		for (const part of [error.message, error.where, error.why, error.next]) expect(part, reason).toMatch(/\S/);
		expect(error.message).not.toMatch(/\.$/);
		expect(problemOf(error)).toMatchObject({ reason, message: "because", jobId: "gn_1_a1", step: "judge" });
	}
});

test("answers are read whatever they are: Google's JSON, its newer details, a proxy's page, nothing", () => {
	const read = (status: number, body: unknown, retryAfter?: string) =>
		answerProblem({ status, body: typeof body === "string" ? body : JSON.stringify(body), retryAfter }, "dataset");
	const old = {
		error: { code: 404, message: "Not found: Dataset x", errors: [{ reason: "notFound", location: "q" }] },
	};
	expect(read(404, old)).toEqual({
		status: 404,
		reason: "notFound",
		message: "Not found: Dataset x",
		step: "dataset",
		location: "q",
	});
	const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "SERVICE_DISABLED" }];
	expect(read(403, { error: { message: "m", status: "PERMISSION_DENIED", details } }).reason).toBe("SERVICE_DISABLED");
	expect(read(502, "<html><style>p{}</style><h1>Bad\n gateway</h1></html>")).toMatchObject({
		reason: "backendError",
		message: "HTTP 502: Bad gateway",
	});
	expect(read(429, { error: { message: "slow", status: "RESOURCE_EXHAUSTED" } }, "7")).toMatchObject({
		reason: "rateLimitExceeded",
		retryAfter: 7_000,
	});
	expect(read(401, "")).toMatchObject({ reason: "authError", message: "HTTP 401" });
	expect(read(503, { error: null }, "Wed, 21 Oct 2026 07:28:00 GMT")).toMatchObject({ reason: "backendError" });
	expect(jobProblem({}, { jobId: "j", step: "load" })).toMatchObject({ reason: "unknown", status: 200 });
	expect(problemOf(fault(networkProblem(new Error("x"), "y")))).toBeUndefined();
});

test("secrets of the settings are registered by whoever reads them; sentences hold none of their own", () => {
	const key = JSON.stringify({
		client_email: "a@b.iam.gserviceaccount.com",
		private_key: "-----BEGIN PRIVATE KEY-----abc",
	});
	registerSecret(key);
	const error = problemError(
		{ status: 403, reason: "accessDenied", message: "no", step: "load" },
		{ ...settings, impersonate: null, credentials_json: key },
	);
	expect(JSON.stringify([error.message, error.where, error.why, error.next])).not.toContain("PRIVATE KEY");
});
