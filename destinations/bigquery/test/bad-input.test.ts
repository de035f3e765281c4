/** What an operator reads when something is not as it must be: the whole sentence, from the destination itself. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectorError, isConnectorError, type JsonObject } from "@growthnav/sdk/store";
import { JWT } from "google-auth-library";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import bigquery from "../src/index.ts";
import { byHand, catalog, fakeBigQuery, record, rows, state, status, stream, type Written, write } from "./support.ts";

const TEXT = { type: ["null", "string"] };
const ORIGIN = { source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: "m1" } };
const PURCHASE = { type: "purchase", columns: { timestamp: "at", value: "total", currency: { const: "USD" } } };
const ORDERS = catalog(
	stream(
		"orders",
		{ id: TEXT, at: { ...TEXT, format: "date-time" }, total: { type: ["null", "number"] } },
		{ conversions: [PURCHASE], conversion_origin: ORIGIN },
	),
);
const session = (id: string) => [
	ORDERS,
	record("orders", { id, at: "2026-07-03T12:00:00Z", total: 1 }),
	state("orders", id),
	status("orders"),
];

interface Told {
	code: string;
	what: string;
	where: string | undefined;
	why: string | undefined;
	next: string | undefined;
}

const told = ({ code, message, where, why, next }: ConnectorError): Told => ({ code, what: message, where, why, next });

/** Of a run that must fail: nothing was committed, no state was sent, and each part is there. */
async function ofRun(run: Promise<Written>): Promise<Told> {
	const { errors, committed, states, exitCode, sent } = await run;
	expect([errors.length, committed, states]).toEqual([1, 0, []]);
	expect(exitCode).toBeGreaterThan(0);
	const one = told(errors[0]!);
	for (const part of Object.values(one)) expect(part).toMatch(/\S/);
	// the runner reads the same
	const trace = sent.find(({ type }) => type === "TRACE") as { trace: { error: JsonObject } };
	expect(trace.trace.error).toMatchObject({ message: one.what, code: one.code, next: one.next });
	return one;
}

async function ofCheck(settings: JsonObject): Promise<Told> {
	const thrown = await bigquery.check(settings).then(
		() => undefined,
		(error: unknown) => error,
	);
	expect(isConnectorError(thrown)).toBe(true);
	return told(thrown as ConnectorError);
}

const refused = (status: number, reason: string, message: string, match: string, times = 99) => ({
	answer: { status, reason, message },
	match,
	times,
});
const AGAIN = "run again: what is committed stays, and the rest follows";
const BACK =
	"change it back: ALTER TABLE in dataset growthnav_acme, or bring the table back from the last 7 days (FOR SYSTEM_TIME AS OF); what GrowthNav expects stands in _gn_columns";

describe("credentials", () => {
	const folder = mkdtempSync(join(tmpdir(), "gn-bad-key-"));
	const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
	const KEY = {
		type: "service_account",
		client_email: "robot@acme-test.iam.gserviceaccount.com",
		private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
	};
	const NEW_KEY =
		"give the JSON text of a key whole; gcloud iam service-accounts keys create key.json --iam-account=NAME@PROJECT.iam.gserviceaccount.com makes one";
	afterEach(() => {
		vi.restoreAllMocks();
	});
	const fileOf = (name: string, text: string) => {
		writeFileSync(join(folder, name), text);
		return join(folder, name);
	};

	/** By a run and by check. */
	async function both(settings: JsonObject): Promise<Told> {
		const fake = await fakeBigQuery();
		const checked = await ofCheck({ ...fake.settings, ...settings });
		expect(await ofRun(write({ ...fake.settings, ...settings }, session("a")))).toEqual(checked);
		expect(fake.requests).toEqual([]);
		return checked;
	}

	test("a file that is not there", async () => {
		const file = join(folder, "none.json");
		expect(await both({ credentials_file: file })).toEqual({
			code: "config.key",
			what: "The key file cannot be read",
			where: `credentials_file in the settings of bigquery, ${file}`,
			why: "there is no such file",
			next: "correct the path, or the rights of the file: it is read by the user of this process",
		});
	});

	test("no JSON, another type, half of a key", async () => {
		const text = fileOf("text.json", "ya29.a-token-of-somebody");
		expect(await both({ credentials_file: text })).toEqual({
			code: "config.key",
			what: "The credentials are no key of Google Cloud",
			where: `credentials_file in the settings of bigquery, ${text}`,
			why: "it is not JSON",
			next: NEW_KEY,
		});
		expect(await both({ credentials_file: fileOf("other.json", '{"type":"gdch_service_account"}') })).toMatchObject({
			why: "its type is gdch_service_account, which is not supported",
			next: "use one of service_account, external_account, impersonated_service_account, authorized_user",
		});
		expect(await both({ credentials_json: JSON.stringify({ ...KEY, private_key: "" }) })).toMatchObject({
			where: "credentials_json in the settings of bigquery",
			why: "it is a key of type service_account without private_key",
			next: NEW_KEY,
		});
	});

	test("a key that was revoked", async () => {
		const data = { error: "invalid_grant", error_description: "Invalid JWT Signature." };
		vi.spyOn(JWT.prototype, "getRequestHeaders").mockRejectedValue(
			Object.assign(new Error("invalid_grant"), { response: { status: 400, data } }),
		);
		expect(await both({ credentials_json: JSON.stringify(KEY) })).toEqual({
			code: "config.credentials",
			what: "Google does not know this key",
			where: "the credentials in the settings of bigquery",
			why: "it was deleted or disabled, or belongs to another account",
			next: "make a new one: gcloud iam service-accounts keys create key.json --iam-account=…",
		});
	});

	test("a token that BigQuery does not take", async () => {
		const fake = await fakeBigQuery();
		const message =
			"Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.";
		fake.fault(refused(401, "authError", message, "/datasets"));
		expect(await ofCheck(fake.settings)).toEqual({
			code: "config.credentials",
			what: "BigQuery does not accept the credentials",
			where: "project in project acme-test, EU",
			why: message,
			next: "make a new key, or log in again: gcloud auth application-default login; then look at this machine's clock",
		});
	});

	test("the address of an emulator in the environment, without leave to use one", async () => {
		vi.stubEnv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:9050");
		onTestFinished(() => void vi.unstubAllEnvs());
		const settings = {
			project_id: "acme-test",
			customer_id: "acme",
			location: "EU",
			credentials_json: JSON.stringify(KEY),
		};
		const checked = await ofCheck(settings);
		expect(checked).toEqual({
			code: "config.emulator_variable",
			what: "BIGQUERY_EMULATOR_HOST is set, and emulators are not allowed",
			where: "the environment",
			why: "Google's client would send data to that address in place of BigQuery",
			next: "unset BIGQUERY_EMULATOR_HOST; for tests against an emulator set endpoint and allow_emulator: true",
		});
		expect(await ofRun(write(settings, session("a")))).toEqual(checked);
	});
});

describe("the project", () => {
	test("a role that is missing on the project", async () => {
		const fake = await fakeBigQuery();
		const message =
			"Access Denied: Project acme-test: User does not have bigquery.jobs.create permission in project acme-test.";
		fake.fault(refused(403, "accessDenied", message, "^POST /bigquery/v2/projects/acme-test/jobs"));
		const one = await ofRun(write(fake.settings, session("a")));
		expect(one).toEqual({
			code: "config.permission",
			what: "The permission bigquery.jobs.create is missing",
			where: "read in project acme-test, EU",
			why: message,
			next: "gcloud projects add-iam-policy-binding acme-test --member=MEMBER --role=roles/bigquery.jobUser; a new right takes some minutes",
		});
	});

	test("a role that is missing on the dataset", async () => {
		const fake = await fakeBigQuery();
		await write(fake.settings, session("a"));
		const message =
			"Access Denied: Table acme-test:growthnav_acme.orders: Permission bigquery.tables.updateData denied on table acme-test:growthnav_acme.orders (or it may not exist).";
		fake.fault({ job: { fail: { reason: "accessDenied", message } }, match: "_commit_" });
		expect(await ofRun(write(fake.settings, session("b")))).toEqual({
			code: "config.permission",
			what: "The permission bigquery.tables.updateData is missing",
			where: expect.stringMatching(/^commit, job gn_37a8eec1_commit_\w+ in project acme-test, EU$/),
			why: message,
			next: "bq query --use_legacy_sql=false 'GRANT `roles/bigquery.dataEditor` ON SCHEMA `acme-test.growthnav_acme` TO \"MEMBER\"'; a new right takes some minutes",
		});
	});

	test("the API is disabled", async () => {
		const fake = await fakeBigQuery();
		const message =
			"BigQuery API has not been used in project 123456 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/bigquery.googleapis.com/overview?project=123456 then retry.";
		fake.fault(refused(403, "accessNotConfigured", message, "/datasets"));
		const wanted = {
			code: "config.api_disabled",
			what: "The BigQuery API is not enabled in project acme-test",
			why: message,
			next: "gcloud services enable bigquery.googleapis.com --project=acme-test; it takes some minutes",
		};
		expect(await ofCheck(fake.settings)).toEqual({ ...wanted, where: "project in project acme-test, EU" });
		expect(await ofRun(write(fake.settings, session("a")))).toEqual({
			...wanted,
			where: "dataset in project acme-test, EU",
		});
	});

	test("billing is disabled", async () => {
		const fake = await fakeBigQuery();
		const message =
			"Billing has not been enabled for this project. Enable billing at https://console.cloud.google.com/billing. DML queries are not allowed in the free tier. Set up a billing account to remove this restriction.";
		fake.fault({ job: { fail: { reason: "billingNotEnabled", message } }, match: "_(commit|merge)", times: 2 });
		const wanted = {
			code: "config.billing",
			what: "Project acme-test has no billing",
			why: message,
			next: "gcloud billing projects link acme-test --billing-account=ACCOUNT (without it BigQuery changes no rows)",
		};
		expect(await ofCheck(fake.settings)).toMatchObject(wanted);
		expect(await ofRun(write(fake.settings, session("a")))).toMatchObject(wanted);
		expect((await write(fake.settings, session("a"))).errors).toEqual([]);
	});

	test("a quota is used up", async () => {
		const fake = await fakeBigQuery();
		const message =
			"Quota exceeded: Your project exceeded quota for free query bytes scanned. For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas";
		fake.fault({ job: { fail: { reason: "quotaExceeded", message } }, match: "_judge_" });
		const one = await ofRun(write(fake.settings, session("a")));
		expect(one).toMatchObject({
			code: "transient.quota",
			what: "A quota of project acme-test is used up",
			why: message,
			next: `wait until it is renewed (most at midnight, Pacific time), or ask for more under IAM & Admin, Quotas; then ${AGAIN}`,
		});
		// not asked again and again
		expect(fake.events.filter(({ event }) => event === "fault")).toHaveLength(1);
	});

	test("a query would cost more than is allowed", async () => {
		const fake = await fakeBigQuery();
		const settings = { ...fake.settings, maximum_bytes_billed: 20 * 2 ** 20 };
		const one = await ofRun(write(settings, session("a")));
		expect(one).toMatchObject({
			code: "config.maximum_bytes_billed",
			why: expect.stringMatching(/^Query exceeded limit for bytes billed: 20971520\. \d+ or higher required\.$/),
		});
		const [, needed] = /(\d+) or higher/.exec(one.why!)!;
		expect(one).toMatchObject({
			what: expect.stringMatching(/^A step would be billed more than maximum_bytes_billed, 20971520: (judge|commit)$/),
			next: `set maximum_bytes_billed to ${needed} or higher, or moved_rows to a cheaper mode; nothing was billed`,
		});
	});

	test("the KMS key is refused", async () => {
		const fake = await fakeBigQuery();
		const kms_key = "projects/acme-keys/locations/europe/keyRings/data/cryptoKeys/bigquery";
		const message =
			"Access Denied: BigQuery BigQuery: Permission denied on Cloud KMS key. Please ensure that your Cloud KMS permissions allow BigQuery to use the key.";
		fake.fault(refused(403, "accessDenied", message, "^POST .*/tables"));
		const wanted = {
			code: "config.kms_key",
			what: "BigQuery cannot use the KMS key",
			why: message,
			next:
				"gcloud kms keys add-iam-policy-binding bigquery --project=acme-keys --location=europe --keyring=data --role=roles/cloudkms.cryptoKeyEncrypterDecrypter " +
				"--member=serviceAccount:$(bq show --encryption_service_account --project_id=acme-test --format=json | jq -r .ServiceAccountID); the key must lie in EU",
		};
		expect(await ofCheck({ ...fake.settings, kms_key })).toEqual({
			...wanted,
			where: "scratch table in project acme-test, EU",
		});
		expect(await ofRun(write({ ...fake.settings, kms_key }, session("a")))).toEqual({
			...wanted,
			where: "table conversions in project acme-test, EU",
		});
	});
});

describe("the dataset", () => {
	test("lies in another location", async () => {
		const fake = await fakeBigQuery();
		await write({ ...fake.settings, location: "US" }, session("a"));
		const wanted = {
			code: "config.location",
			what: "Dataset growthnav_acme lies in US, the settings say EU",
			where: "location in the settings of bigquery",
			why: "a dataset never moves, and a job runs where its data lies",
			next: "set location: US, or name another dataset",
		};
		expect(await ofCheck(fake.settings)).toEqual(wanted);
		expect(await ofRun(write(fake.settings, session("b")))).toEqual(wanted);
	});

	const ANEW = "to begin anew drop the table, reset the state of the stream, and run again";
	test.for([
		[
			"DROP TABLE orders",
			{
				what: "Table orders is gone: somebody deleted or renamed it",
				where: "table orders",
				why: "the source would go on from its last state, and the rows before it would be missing",
				next: `bring the table back under its name; ${ANEW}`,
			},
		],
		[
			"ALTER TABLE orders RENAME COLUMN total TO amount",
			{
				what: "Column total is gone: somebody dropped or renamed it",
				where: "table orders, column total",
				why: "rows that are there have lost its values, and equal rows are not written again",
				next: `bring the column back with its values; ${ANEW}`,
			},
		],
		[
			"DROP TABLE conversions",
			{
				what: "Table conversions is gone: somebody deleted or renamed it",
				where: "dataset growthnav_acme",
				why: "the sources would go on from their last states, and the conversions before them would be missing",
				next: "bring it back from the last 7 days: bq cp growthnav_acme.conversions@-3600000 growthnav_acme.conversions (one hour ago); to begin anew delete the dataset, and run again",
			},
		],
	] as const)("%s between two runs", async ([damage, wanted], { expect }) => {
		const fake = await fakeBigQuery();
		await write(fake.settings, session("a"));
		await byHand(fake, damage);
		expect(await ofRun(write(fake.settings, session("b")))).toEqual({ code: "config.table_changed", ...wanted });
	});

	test("a table that was dropped together with the state of its stream is made anew", async () => {
		const fake = await fakeBigQuery();
		await write(fake.settings, session("a"));
		await byHand(fake, "DROP TABLE orders");
		await bigquery.state({ config: fake.settings, reset: "orders" });
		expect((await write(fake.settings, session("b"))).errors).toEqual([]);
		expect(await rows(fake.settings, "SELECT id FROM orders")).toEqual([{ id: "b" }]);
	});

	test("a column of another type", async () => {
		const fake = await fakeBigQuery();
		await write(fake.settings, session("a"));
		await byHand(
			fake,
			"CREATE OR REPLACE TABLE orders AS SELECT * REPLACE (CAST(total AS STRING) AS total) FROM orders AS o",
		);
		expect(await ofRun(write(fake.settings, session("b")))).toEqual({
			code: "config.table_changed",
			what: "Column total has another type: somebody changed a table by hand",
			where: expect.stringMatching(/^commit, job gn_37a8eec1_commit_\w+ in project acme-test, EU$/),
			why: expect.stringContaining("which cannot be inserted into column total, which has type STRING"),
			next: BACK,
		});
	});

	/** Somebody works by hand while a run is between its judgement and its commit. */
	async function underWay(damage: string): Promise<Told> {
		let done = false;
		const fake = await fakeBigQuery({
			async beforeStatement({ job, type }) {
				if (done || type !== "BEGIN_TRANSACTION" || !job.includes("_commit_")) return;
				done = true;
				await byHand(fake, damage);
			},
		});
		done = true;
		await write(fake.settings, session("a"));
		done = false;
		return ofRun(write(fake.settings, session("b")));
	}
	const WHERE = expect.stringMatching(/^commit, job gn_37a8eec1_commit_\w+ in project acme-test, EU$/);

	test("a table that is deleted under way", async () => {
		expect(await underWay("DROP TABLE orders")).toEqual({
			code: "config.table_changed",
			what: "Table orders is gone: somebody deleted or renamed it",
			where: WHERE,
			why: "Not found: Table acme-test:growthnav_acme.orders was not found in location EU",
			next: "give it its name back, or bring it back from the last 7 days: bq cp growthnav_acme.orders@-3600000 growthnav_acme.orders (one hour ago)",
		});
	});

	test("a column that is dropped under way", async () => {
		expect(await underWay("ALTER TABLE orders DROP COLUMN total")).toEqual({
			code: "config.table_changed",
			what: "Column total is gone: somebody changed a table by hand",
			where: WHERE,
			why: expect.stringContaining("Column total is not present in table"),
			next: BACK,
		});
	});
});
