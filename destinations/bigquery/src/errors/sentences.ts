/** What an operator reads for each thing that BigQuery says. Texts of the service are as it sends them today. */
import { type BigQueryConfig, datasetOf } from "../config.ts";
import { grantOf } from "./grants.ts";
import type { ApiProblem } from "./problem.ts";
import { storageSentence } from "./storage.ts";

export type ErrorSettings = Pick<
	BigQueryConfig,
	| "project_id"
	| "customer_id"
	| "dataset"
	| "location"
	| "impersonate"
	| "credentials_json"
	| "kms_key"
	| "maximum_bytes_billed"
	| "staging_bucket"
>;

export interface Sentence {
	code: `${"config" | "transient" | "data" | "internal"}.${string}`;
	what: string;
	/** Left out: what the service said. */
	why?: string;
	next: string;
}

interface Case {
	reasons?: readonly string[];
	steps?: readonly string[];
	says?: RegExp;
	/** `found` is the match of `says`. */
	tell(problem: ApiProblem, settings: ErrorSettings, found: RegExpExecArray): Sentence;
}

export function sentenceOf(problem: ApiProblem, settings: ErrorSettings): Sentence {
	const ofBucket = storageSentence(problem, settings);
	if (ofBucket !== undefined) return ofBucket;
	for (const { reasons, steps, says, tell } of CASES) {
		const found = (says ?? /^/).exec(problem.message);
		if (found === null || reasons?.includes(problem.reason) === false) continue;
		if (steps?.includes(problem.step) !== false) return tell(problem, settings, found);
	}
	return {
		code: "internal.bigquery",
		what: `BigQuery refused a step: ${problem.step}`,
		why: `${problem.reason}: ${oneLine(problem.message)}`,
		next: "run again; if it fails again, report it with this message",
	};
}

export function oneLine(text: string): string {
	return text.replace(/\s+/g, " ").trim().slice(0, 1_000);
}

const AGAIN = "run again: what is committed stays, and the rest follows";
/**
 * As GoogleSQL's analyzer words it, and nothing else: `Unrecognized name: totl; Did you mean total? at [4:12]`,
 * `Name total not found inside t at [4:12]`, `Column total is not present in table acme:growthnav_acme.orders at [1:9]`.
 * Names that are words of SQL stand in backticks; a script puts `Query error: ` before.
 */
const NO_SUCH_COLUMN =
	/^(?:Query error: )?(?:Unrecognized name: (`[^`]+`|[\w.]+)(?:; Did you mean [^?]+\?)?|Name (.+) not found inside \S+|Column (.+) is not present in table \S+)(?: at \[\d+:\d+\])?$/;
/**
 * The same of types: `Query column 2 has type STRING which cannot be inserted into column total, which has type NUMERIC`,
 * `Value of type STRING cannot be assigned to total, which has type NUMERIC`; where two are compared, or a column is
 * widened, it names none.
 */
const OTHER_TYPE =
	/^(?:Query error: )?(?:(?:Query column \d+|Value) has type .+ which cannot be inserted into column (.+), which has type |Value of type .+ cannot be assigned to (.+), which has type |No matching signature for operator \S+ for argument types: |Cannot execute IN subquery with uncomparable types |ALTER TABLE ALTER COLUMN SET DATA TYPE requires that the existing column type )/;
const OTHER_LOCATIONS = /different locations: source: ([\w-]+), destination: ([\w-]+)/i;

/** The first that fits. */
const CASES: readonly Case[] = [
	{
		reasons: ["network"],
		tell: ({ message }) => ({
			code: "transient.network",
			what: "BigQuery cannot be reached",
			why: oneLine(message),
			next: `look at the network (name servers, firewall, proxy), then ${AGAIN}`,
		}),
	},
	{
		reasons: ["deadline"],
		tell: ({ step, message }) => ({
			code: "transient.deadline",
			what: `BigQuery took too long: ${step}`,
			why: oneLine(message),
			next: `${AGAIN}; a job that goes on there is found and taken over`,
		}),
	},
	{
		reasons: ["credentials", "authError", "UNAUTHENTICATED", "required"],
		tell: () => ({
			code: "config.credentials",
			what: "BigQuery does not accept the credentials",
			next: "make a new key, or log in again: gcloud auth application-default login; then look at this machine's clock",
		}),
	},
	{
		says: /has not been used in project|API.{0,40}(?:is disabled|not (?:been )?enabled)|SERVICE_DISABLED|accessNotConfigured/i,
		tell: (_, { project_id }) => apiDisabled(project_id),
	},
	{ reasons: ["accessNotConfigured", "SERVICE_DISABLED"], tell: (_, { project_id }) => apiDisabled(project_id) },
	{
		reasons: ["billingNotEnabled", "billingTierLimitExceeded", "BILLING_DISABLED"],
		tell: (_, { project_id }) => ({
			code: "config.billing",
			what: `Project ${project_id} has no billing`,
			next: `gcloud billing projects link ${project_id} --billing-account=ACCOUNT (without it BigQuery changes no rows)`,
		}),
	},
	{
		says: /VPC Service Controls|organization's policy/i,
		tell: (_, { project_id }) => ({
			code: "config.perimeter",
			what: `VPC Service Controls keep this machine out of project ${project_id}`,
			next: "ask for an ingress rule for this account and network, naming the id in the message",
		}),
	},
	{
		says: /Cloud KMS|cloudkms\.|KMS key/i,
		tell: (_, settings) => ({
			code: "config.kms_key",
			what: "BigQuery cannot use the KMS key",
			next: `${grantOf("cloudkms.cryptoKeyVersions.useToEncrypt", settings)!.command}; the key must lie in ${settings.location}`,
		}),
	},
	{
		reasons: ["accessDenied", "forbidden", "PERMISSION_DENIED", "IAM_PERMISSION_DENIED"],
		tell: ({ message }, settings) => accessDenied(message, settings),
	},
	{
		says: OTHER_LOCATIONS,
		tell: (_, settings, [, source, destination]) => ({
			code: "config.location",
			what: `Data lie in ${source} and in ${destination}, and no job reaches both`,
			next: `set location (now ${settings.location}) to where dataset ${datasetOf(settings)} lies`,
		}),
	},
	{
		reasons: ["notFound"],
		says: /Dataset \S+ was not found in location ([\w-]+)/i,
		tell: (_, settings, [, location]) => ({
			code: "config.location",
			what: `Dataset ${datasetOf(settings)} is not in ${location}`,
			next:
				`bq show ${settings.project_id}:${datasetOf(settings)} says where it lies: set location to that ` +
				`(now ${settings.location}); if it was deleted, run again and it is made anew`,
		}),
	},
	{
		reasons: ["notFound"],
		says: /Dataset (\S+)/i,
		tell: (_, settings) => ({
			code: "config.dataset_missing",
			what: `Dataset ${datasetOf(settings)} does not exist`,
			next: "run again, and it is made; a deleted one comes back within 7 days: UNDROP SCHEMA",
		}),
	},
	{
		reasons: ["notFound"],
		says: /Table [\w.:-]+[.:]([\w$]+)/i,
		tell: (_, settings, [, table]) => ({
			code: "config.table_changed",
			what: `Table ${table} is gone: somebody deleted or renamed it`,
			next:
				`give it its name back, or bring it back from the last 7 days: ` +
				`bq cp ${datasetOf(settings)}.${table}@-3600000 ${datasetOf(settings)}.${table} (one hour ago)`,
		}),
	},
	{
		says: /VPC|Project [\w.:-]+ (?:is not found|was not found)|ProjectId and DatasetId must be non-empty|The project .* has not enabled BigQuery/i,
		tell: (_, { project_id }) => ({
			code: "config.project",
			what: `Project ${project_id} is not to be found, or BigQuery is not enabled in it`,
			next: `set project_id to the id that gcloud projects list shows; gcloud services enable bigquery.googleapis.com --project=${project_id}`,
		}),
	},
	{
		reasons: ["bytesBilledLimitExceeded"],
		tell: ({ message, step }, { maximum_bytes_billed }) => ({
			code: "config.maximum_bytes_billed",
			what: `A step would be billed more than maximum_bytes_billed, ${maximum_bytes_billed ?? "as set"}: ${step}`,
			next: `set maximum_bytes_billed to ${/(\d+) or higher/.exec(message)?.[1] ?? "more"} or higher, or moved_rows to a cheaper mode; nothing was billed`,
		}),
	},
	{
		reasons: ["quotaExceeded"],
		tell: (_, { project_id }) => ({
			code: "transient.quota",
			what: `A quota of project ${project_id} is used up`,
			next: `wait until it is renewed (most at midnight, Pacific time), or ask for more under IAM & Admin, Quotas; then ${AGAIN}`,
		}),
	},
	{
		reasons: ["rateLimitExceeded", "jobRateLimitExceeded", "userRateLimitExceeded"],
		tell: () => ({
			code: "transient.rate_limit",
			what: "BigQuery was asked too often, and stayed so",
			next: `let fewer connections write at the same time, then ${AGAIN}`,
		}),
	},
	{
		says: /concurrent update|could not serialize|Too many DML statements outstanding|gn_count: /i,
		tell: () => ({
			code: "transient.conflict",
			what: "Others changed the same tables at the same time, again and again",
			next: AGAIN,
		}),
	},
	{
		reasons: ["stopped"],
		tell: () => ({ code: "transient.job_cancelled", what: "Somebody cancelled the job", next: AGAIN }),
	},
	{
		reasons: ["blocked"],
		tell: (_, { project_id }) => ({
			code: "config.blocked",
			what: `BigQuery blocks project ${project_id} for now`,
			next: "write to Google Cloud support; the message says why",
		}),
	},
	{
		reasons: ["resourcesExceeded", "responseTooLarge"],
		tell: ({ step }) => ({
			code: "config.too_large",
			what: `A step is too large for BigQuery: ${step}`,
			next: "set epoch_bytes lower, then run again",
		}),
	},
	{
		// of a query that a person wrote, everything in it is theirs to correct
		reasons: ["invalidQuery", "invalid"],
		steps: ["query"],
		tell: () => ({
			code: "config.query",
			what: "BigQuery cannot run the query",
			next: "correct it, then ask again",
		}),
	},
	{
		reasons: ["backendError", "internalError", "jobBackendError", "jobInternalError", "tableUnavailable"],
		tell: ({ step }) => ({
			code: "transient.service",
			what: `BigQuery failed on its side, and stayed so: ${step}`,
			next: `look at status.cloud.google.com, then ${AGAIN}`,
		}),
	},
	{ says: NO_SUCH_COLUMN, tell: (_, settings, found) => columnChanged(settings, found, "is gone") },
	{ says: OTHER_TYPE, tell: (_, settings, found) => columnChanged(settings, found, "has another type") },
	{
		reasons: ["invalid"],
		says: /Row size is larger than|larger than.{0,30}row size|maximum.{0,20}row size/i,
		tell: () => ({
			code: "data.row_too_large",
			what: "A row is larger than the 100 MB that BigQuery takes",
			next: "set record_limit lower: longer records become dead letters",
		}),
	},
];

function apiDisabled(project: string): Sentence {
	return {
		code: "config.api_disabled",
		what: `The BigQuery API is not enabled in project ${project}`,
		next: `gcloud services enable bigquery.googleapis.com --project=${project}; it takes some minutes`,
	};
}

function accessDenied(message: string, settings: ErrorSettings): Sentence {
	const permission = /\b(?:bigquery|storage)\.[a-zA-Z]+\.[a-zA-Z]+\b/.exec(message)?.[0];
	const grant = grantOf(permission ?? "bigquery.tables.updateData", settings)!;
	return {
		code: "config.permission",
		what: permission === undefined ? "A right is missing" : `The permission ${permission} is missing`,
		next: `${grant.command}; a new right takes some minutes`,
	};
}

/** In a step of ours: somebody changed the table by hand. */
function columnChanged(settings: ErrorSettings, found: RegExpExecArray, how: string): Sentence {
	const column = found
		.slice(1)
		.find((name) => name !== undefined)
		?.replaceAll("`", "")
		.split(".")
		.at(-1);
	return {
		code: "config.table_changed",
		what: `${column === undefined ? "A column" : `Column ${column}`} ${how}: somebody changed a table by hand`,
		next:
			`change it back: ALTER TABLE in dataset ${datasetOf(settings)}, or bring the table back from the last 7 days ` +
			"(FOR SYSTEM_TIME AS OF); what GrowthNav expects stands in _gn_columns",
	};
}
