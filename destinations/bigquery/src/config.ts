/** The settings of BigQuery's own; those of all destinations are added by the SDK. */
import {
	array,
	boolean,
	ConnectorError,
	type CoreConfig,
	coreConfig,
	integer,
	json,
	object,
	oneOf,
	optional,
	type ParsedOf,
	secret,
	string,
} from "@growthnav/sdk/destination";

const DATASET = /^[a-z0-9_]{1,64}$/;
const PROJECT = /^([a-z0-9-]+(\.[a-z0-9-]+)+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/;
const LOCATION = /^[A-Za-z]{2,20}(-[a-z]+\d{1,2})?$/;
const KMS_KEY = /^projects\/[\w.:-]+\/locations\/[\w-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+$/;
const ACCOUNT = /^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$/;
const MOVED_ROWS = /^(exact|immutable|lookback:[1-9][0-9]{0,3})$/;
const LABEL_KEY = /^\p{Ll}[\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
const COLUMN = /^[A-Za-z_][A-Za-z0-9_]{0,299}$/;
const BUCKET = /^(?:gs:\/\/)?([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])((?:\/[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,99}){0,8})\/?$/;

/**
 * Twice the commit that is usual, of some ten files: from there on one load job of many files is less work than as many
 * jobs and tables, and than deleting the files afterwards. A query reads 1,000 tables at most: 24 GB of one stream.
 */
const STAGING_BYTES = 256_000_000;

/** How a stream's table is laid out where we make it; a table that is there keeps its own layout. */
export interface TableSettings {
	/** A DATE, DATETIME or TIMESTAMP column; the table is partitioned by its day. */
	partition?: string;
	/** Up to four columns, in order. */
	cluster?: string[];
}

export const config = object({
	project_id: string()
		.regex(PROJECT, "the id of a Google Cloud project: small letters, digits and -, not its name or number")
		.describe("The Google Cloud project that holds the dataset and pays for the jobs")
		.meta({ title: "Project", examples: ["acme-analytics"] }),
	location: string()
		.regex(LOCATION, "a location of BigQuery, such as US, EU or europe-west3")
		.describe("Where the dataset lies; a dataset never moves, and US is not us-central1")
		.meta({ title: "Location", examples: ["EU"] }),
	dataset: optional(string().regex(DATASET, "small letters, digits and _, at most 64"))
		.describe("The dataset; left out: growthnav_ and the customer. Made when it does not exist")
		.meta({ title: "Dataset", examples: ["growthnav_acme"] }),
	credentials_json: secret(optional(string().min(2)))
		.describe("Text of a key: of a service account, or of workload identity federation. Left out: see credentials_file")
		.meta({ title: "Key" }),
	credentials_file: optional(string().min(1))
		.describe("File with the same; left out, and without credentials_json: the application default of this machine")
		.meta({ title: "Key file", examples: ["/run/secrets/bigquery.json"] }),
	impersonate: optional(
		array(string().regex(ACCOUNT, "the address of a service account: name@project.iam.gserviceaccount.com")),
	)
		.describe("Service accounts to act as, one through the other; the last one does the work")
		.meta({ title: "Act as", examples: [["growthnav-acme@acme-analytics.iam.gserviceaccount.com"]] }),
	kms_key: optional(
		string().regex(KMS_KEY, "projects/P/locations/L/keyRings/R/cryptoKeys/K, without the number of a version"),
	)
		.describe("Cloud KMS key for all tables; left out: the dataset's own, else Google's")
		.meta({ title: "KMS key", examples: ["projects/acme-keys/locations/europe/keyRings/data/cryptoKeys/bigquery"] }),
	labels: optional(json().refine(isLabels, "at most 32 labels; keys and values are small letters, digits, _ and -"))
		.describe("Labels of the dataset, if it is made, and of every job, beside our own")
		.meta({ title: "Labels", type: "object", examples: [{ team: "growth" }] }),
	maximum_bytes_billed: optional(integer().min(10_485_760))
		.describe("Bytes that one query may be billed; BigQuery refuses a larger one before it costs anything")
		.meta({ title: "Most bytes per query", examples: [100_000_000_000] }),
	commit_mode: oneOf("transaction", "ordered")
		.default("transaction")
		.describe(
			"transaction: a commit is seen whole or not at all; ordered: for emulators without transactions, readers may see half of one",
		)
		.meta({ title: "Commit" }),
	moved_rows: string()
		.regex(MOVED_ROWS, "expected exact, immutable or lookback:DAYS, such as lookback:30")
		.default("exact")
		.describe(
			"Where an updated conversion may stand: exact looks for it on all days, lookback:30 on 30 days before, immutable only on its own day (its time never changes; cheapest)",
		)
		.meta({ title: "Moved rows", examples: ["lookback:30"] }),
	stream_tables: optional(
		json().refine(areTables, "expected tables, each with partition (a column) and cluster (up to 4)"),
	)
		.describe("Partition and cluster of streams' tables that we make, by table")
		.meta({
			title: "Layout of tables",
			type: "object",
			examples: [{ orders: { partition: "created_at", cluster: ["location_id"] } }],
		}),
	epoch_bytes: coreConfig.shape.epoch_bytes.default(128_000_000),
	epoch_seconds: coreConfig.shape.epoch_seconds
		.default(300)
		.describe("A commit is due when rows waited this long; each one costs at least ten MiB per table that it asks"),
	staging_bucket: optional(
		string().regex(BUCKET, "a bucket of Cloud Storage, with a folder or without: gs://bucket/folder"),
	)
		.describe(
			"Bucket through which large commits are loaded, in the location of the dataset; left out: all files go to BigQuery directly",
		)
		.meta({ title: "Bucket for large commits", examples: ["gs://acme-staging/growthnav"] }),
	staging_bytes: integer()
		.min(1)
		.default(STAGING_BYTES)
		.describe("A commit of so many bytes goes through staging_bucket; a smaller one is sooner loaded directly")
		.meta({ title: "Large commits" }),
	endpoint: optional(
		string().regex(/^https?:\/\/[^\s/?#@]+\/?$/, "a URL of a host alone: https://host or http://host:port"),
	)
		.describe("Another address of BigQuery's API: a regional or private one, or an emulator's")
		.meta({ title: "Endpoint", examples: ["https://bigquery.europe-west3.rep.googleapis.com"] }),
	storage_endpoint: optional(
		string().regex(/^https?:\/\/[^\s/?#@]+\/?$/, "a URL of a host alone: https://host or http://host:port"),
	)
		.describe("The same of Cloud Storage's API, for staging_bucket")
		.meta({ title: "Endpoint of Cloud Storage", examples: ["https://storage.europe-west3.rep.googleapis.com"] }),
	allow_emulator: boolean()
		.default(false)
		.describe("The endpoint may be an emulator: plain http, and no credentials are needed. Never for real data")
		.meta({ title: "Emulator" }),
});

type OwnSettings = ParsedOf<typeof config>;

/** What every part of this destination gets: its own settings, and whose data it is. */
export interface BigQueryConfig
	extends Omit<OwnSettings, "labels" | "stream_tables" | "epoch_bytes" | "epoch_seconds" | "staging_bytes">,
		Pick<CoreConfig, "customer_id" | "connection"> {
	staging_bytes?: number;
	labels?: Record<string, string> | null | undefined;
	stream_tables?: Record<string, TableSettings> | null | undefined;
}

/** The settings as they come from the SDK, whose word for a value of no one shape has no type: they were checked. */
export function settingsOf<Settings extends OwnSettings & Pick<CoreConfig, "customer_id" | "connection">>(
	parsed: Settings,
): BigQueryConfig & Settings {
	const settings = parsed as unknown as BigQueryConfig & Settings;
	refuseContradictions(settings);
	return settings;
}

/** `growthnav_acme`, or the one that the settings name. Safe in an identifier: small letters, digits and `_`. */
export function datasetOf(settings: Partial<Pick<BigQueryConfig, "customer_id" | "dataset">>): string {
	const { customer_id, dataset } = settings;
	const [setting, name] = dataset == null ? ["customer_id", customer_id] : ["dataset", dataset];
	// a query need not name the customer
	if (name == null) {
		throw new ConnectorError("config.missing", "The settings name no dataset", {
			where: "the settings of bigquery",
			why: "it is called after the customer, unless dataset names it",
			next: "add customer_id or dataset",
		});
	}
	if (DATASET.test(name)) return dataset ?? `growthnav_${name}`;
	throw new ConnectorError("config.wrong_value", "The dataset cannot be named", {
		where: `${setting} in the settings of bigquery`,
		why: "only small letters, digits and _ are safe in a name, at most 64 of them",
		next: "correct it",
	});
}

/** `moved_rows` as data; days of `lookback:30`. */
export function movedRowsOf(settings: Pick<BigQueryConfig, "moved_rows">): {
	mode: "exact" | "immutable" | "lookback";
	days: number;
} {
	const [mode, days] = settings.moved_rows.split(":");
	return { mode: mode as "exact" | "immutable" | "lookback", days: Number(days ?? 0) };
}

/** Where the files of large commits lie for a while: in a folder of this dataset's own, whoever shares the bucket. */
export interface Staging {
	bucket: string;
	/** Of object names: begins with no slash, ends with one. */
	folder: string;
	/** `gs://bucket/folder/`: what every address of ours begins with. */
	uri: string;
	/** Bytes of a commit from which on it is used. */
	from: number;
}

/** Undefined where no bucket is set. */
export function stagingOf(
	settings: Pick<BigQueryConfig, "project_id" | "customer_id" | "dataset" | "staging_bucket" | "staging_bytes">,
): Staging | undefined {
	const { project_id, staging_bucket, staging_bytes = STAGING_BYTES } = settings;
	const [, bucket, path] = BUCKET.exec(staging_bucket ?? "") ?? [];
	if (bucket === undefined || path === undefined) return undefined;
	const folder = `${path === "" ? "" : `${path.slice(1)}/`}${project_id}.${datasetOf(settings)}/`;
	return { bucket, folder, uri: `gs://${bucket}/${folder}`, from: staging_bytes };
}

/** What no single setting shows to be wrong. */
function refuseContradictions(settings: BigQueryConfig): void {
	const { endpoint, storage_endpoint, staging_bucket, allow_emulator, credentials_file, credentials_json } = settings;
	if (credentials_json != null && credentials_file != null) {
		throw contradiction("credentials_json and credentials_file are both set", "credentials_file", {
			why: "each of them is a key, and only one can be used",
			next: "remove one of them",
		});
	}
	if (allow_emulator && endpoint == null) {
		throw contradiction("Emulators are allowed, and none is named", "allow_emulator", {
			why: "without endpoint the real BigQuery is used",
			next: "set endpoint to the emulator's address, or remove allow_emulator",
		});
	}
	if (allow_emulator && staging_bucket != null && storage_endpoint == null) {
		throw contradiction("Emulators are allowed, and none of Cloud Storage is named", "storage_endpoint", {
			why: "without it the data of an emulator would go to a real bucket",
			next: "set storage_endpoint to the emulator's address, or remove staging_bucket",
		});
	}
	for (const [setting, address, what] of [
		["endpoint", endpoint, "BigQuery"],
		["storage_endpoint", storage_endpoint, "Cloud Storage"],
	] as const) {
		if (address == null || allow_emulator || isGoogle(address)) continue;
		throw contradiction(`${address} is no address of ${what}`, setting, {
			why: "tokens go only to https on googleapis.com",
			next: "correct it; for tests against an emulator set allow_emulator: true",
		});
	}
}

function isGoogle(endpoint: string): boolean {
	const { protocol, hostname } = new URL(endpoint);
	return protocol === "https:" && hostname.endsWith(".googleapis.com");
}

function contradiction(message: string, setting: string, parts: { why: string; next: string }): ConnectorError {
	return new ConnectorError("config.wrong_value", message, {
		where: `${setting} in the settings of bigquery`,
		...parts,
	});
}

/** Of BigQuery's 64 labels half are ours. */
function isLabels(value: unknown): boolean {
	return (
		isObject(value) &&
		Object.keys(value).length <= 32 &&
		Object.entries(value).every(
			([key, text]) => LABEL_KEY.test(key) && typeof text === "string" && LABEL_VALUE.test(text),
		)
	);
}

function areTables(value: unknown): boolean {
	return isObject(value) && Object.entries(value).every(([table, layout]) => COLUMN.test(table) && isLayout(layout));
}

function isLayout(value: unknown): boolean {
	if (!isObject(value)) return false;
	const { partition, cluster = [], ...others } = value;
	if (partition !== undefined && !isColumn(partition)) return false;
	return Array.isArray(cluster) && cluster.length <= 4 && cluster.every(isColumn) && Object.keys(others).length === 0;
}

function isColumn(value: unknown): value is string {
	return typeof value === "string" && COLUMN.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
