import { type ConnectorError, defineDestination, type JsonObject } from "@growthnav/sdk/destination";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BigQueryConfig, config, datasetOf, movedRowsOf, settingsOf, stagingOf } from "../src/config.ts";

const plain = { project_id: "acme-analytics", customer_id: "acme", location: "EU" };

/** As `check` gets them from the SDK. */
async function parsed(settings: JsonObject): Promise<BigQueryConfig> {
	let seen: BigQueryConfig | undefined;
	const destination = defineDestination({
		...{ name: "bigquery", version: "1", title: "BigQuery", config },
		check: async (value) => {
			seen = settingsOf(value);
			return "";
		},
		store: () => Promise.reject(new Error("not here")),
		spool: () => "",
	});
	await destination.check(settings);
	return seen!;
}

async function refusal(settings: JsonObject): Promise<string> {
	const thrown = await parsed(settings).then(
		() => undefined,
		(error: unknown) => error,
	);
	expect(thrown).toBeDefined();
	const errors = (thrown instanceof AggregateError ? thrown.errors : [thrown]) as ConnectorError[];
	return errors.map(({ code, message, where, why }) => `${code} | ${message} | ${where} | ${why}`).join("\n");
}

test("three settings are enough", async () => {
	const settings = await parsed(plain);
	expect(settings).toMatchObject({ commit_mode: "transaction", moved_rows: "exact", allow_emulator: false });
	expect(datasetOf(settings)).toBe("growthnav_acme");
	expect(movedRowsOf(settings)).toEqual({ mode: "exact", days: 0 });
});

test("a query without customer needs a dataset", () => {
	expect(() => datasetOf({})).toThrow("The settings name no dataset");
	expect(datasetOf({ dataset: "growthnav_acme" })).toBe("growthnav_acme");
});

test("everything can be set", async () => {
	const settings = await parsed({
		...plain,
		project_id: "example.com:acme-analytics",
		location: "northamerica-northeast1",
		dataset: "conversions_eu",
		credentials_file: "key.json",
		impersonate: ["a@acme-analytics.iam.gserviceaccount.com", "b@acme-analytics.iam.gserviceaccount.com"],
		kms_key: "projects/acme-keys/locations/europe/keyRings/data/cryptoKeys/bigquery",
		labels: { team: "growth", état: "" },
		maximum_bytes_billed: 1e12,
		commit_mode: "ordered",
		moved_rows: "lookback:30",
		stream_tables: { orders: { partition: "created_at", cluster: ["location_id"] }, customers: {} },
		endpoint: "https://bigquery.europe-west3.rep.googleapis.com",
	});
	expect(datasetOf(settings)).toBe("conversions_eu");
	expect(movedRowsOf(settings)).toEqual({ mode: "lookback", days: 30 });
	expect(settings.stream_tables?.orders?.cluster).toEqual(["location_id"]);
});

test("a bucket is named alone or with a folder, and the dataset has one of its own below", async () => {
	for (const [staging_bucket, uri] of [
		["acme-staging", "gs://acme-staging/acme-analytics.growthnav_acme/"],
		["gs://acme-staging/", "gs://acme-staging/acme-analytics.growthnav_acme/"],
		["gs://acme.example.com/growthnav/files", "gs://acme.example.com/growthnav/files/acme-analytics.growthnav_acme/"],
	] as const) {
		expect(stagingOf(await parsed({ ...plain, staging_bucket }))).toMatchObject({ uri, from: 256_000_000 });
	}
	expect(stagingOf(await parsed(plain))).toBeUndefined();
	expect(stagingOf(await parsed({ ...plain, staging_bucket: "acme-staging", staging_bytes: 1 }))?.from).toBe(1);
});

describe("what names nothing is refused, with what is expected", () => {
	const wrong: [name: string, value: JsonObject[string], why: string][] = [
		["staging_bucket", "Acme", "a bucket of Cloud Storage"],
		["staging_bucket", "gs://acme/../other", "a bucket of Cloud Storage"],
		["staging_bucket", "gs://acme//x", "a bucket of Cloud Storage"],
		["staging_bucket", "gs://acme/*", "a bucket of Cloud Storage"],
		["staging_bucket", "s3://acme", "a bucket of Cloud Storage"],
		["project_id", "Acme Analytics", "the id of a Google Cloud project"],
		["project_id", "1234567890", "the id of a Google Cloud project"],
		["project_id", "acme/datasets/other", "the id of a Google Cloud project"],
		["location", "EU; DROP", "a location of BigQuery"],
		["dataset", "other`.x", "small letters, digits and _"],
		["dataset", "", "small letters, digits and _"],
		["dataset", "a-b", "small letters, digits and _"],
		["impersonate", ["someone@example.com"], "the address of a service account"],
		["kms_key", "projects/a/locations/eu/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1", "without the number"],
		["labels", { Team: "growth" }, "small letters"],
		["labels", { team: "Growth" }, "small letters"],
		["labels", { team: 1 }, "small letters"],
		["labels", Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`l${i}`, ""])), "at most 32"],
		["moved_rows", "lookback:0", "exact, immutable or lookback:DAYS"],
		["moved_rows", "off", "exact, immutable or lookback:DAYS"],
		["stream_tables", { orders: { partition: "DATE(x)" } }, "expected tables"],
		["stream_tables", { orders: { cluster: ["a", "b", "c", "d", "e"] } }, "expected tables"],
		["stream_tables", { orders: { partitions: "x" } }, "expected tables"],
		["maximum_bytes_billed", 1000, "10485760"],
		["endpoint", "https://bigquery.googleapis.com/bigquery/v2", "a URL of a host alone"],
		["endpoint", "https://user:pass@bigquery.googleapis.com", "a URL of a host alone"],
	];
	test.each(wrong)("%s: %j", async (name, value, why) => {
		const told = await refusal({ ...plain, [name]: value });
		expect(told).toContain(name);
		expect(told).toContain(why);
	});
});

test("a key in the settings is secret, and never in an error", async () => {
	const told = await refusal({ ...plain, credentials_json: "not-to-be-seen", credentials_file: "key.json" });
	expect(told).toContain("credentials_json and credentials_file are both set");
	expect(told).not.toContain("not-to-be-seen");
	const { connectionSpecification } = defineDestination({
		...{ name: "bigquery", version: "1", title: "BigQuery", config, check: async () => "", spool: () => "" },
		store: () => Promise.reject(new Error("not here")),
	}).spec();
	expect(connectionSpecification).toMatchObject({
		required: ["project_id", "location", "customer_id"],
		properties: { credentials_json: { type: "string", airbyte_secret: true }, labels: { type: "object" } },
	});
});

test("tokens go to Google alone, unless an emulator is allowed", async () => {
	for (const endpoint of [
		"http://127.0.0.1:9050",
		"http://bigquery.googleapis.com",
		"https://googleapis.com.evil.io",
	]) {
		expect(await refusal({ ...plain, endpoint })).toContain("tokens go only to https on googleapis.com");
	}
	expect((await parsed({ ...plain, endpoint: "http://127.0.0.1:9050", allow_emulator: true })).allow_emulator).toBe(
		true,
	);
	expect(await refusal({ ...plain, allow_emulator: true })).toContain("the real BigQuery is used");
});

test("whatever customer or dataset is given, the dataset's name is plain or refused", () => {
	const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."ab_9`.-; \n") }));
	fc.assert(
		fc.property(text, fc.option(text), (customer_id, dataset) => {
			let name: string;
			try {
				name = datasetOf({ customer_id, dataset });
			} catch {
				return;
			}
			expect(name).toMatch(/^[a-z0-9_]+$(?!\n)/);
			expect([dataset, `growthnav_${customer_id}`]).toContain(name);
		}),
	);
});

test("data goes to Cloud Storage at Google, or to an emulator that is named", async () => {
	const staged = { ...plain, staging_bucket: "acme-staging" };
	const local = "http://127.0.0.1:4443";
	expect(await refusal({ ...staged, storage_endpoint: local })).toContain(
		`${local} is no address of Cloud Storage | storage_endpoint in the settings of bigquery | tokens go only to https`,
	);
	expect(await refusal({ ...staged, endpoint: "http://127.0.0.1:9050", allow_emulator: true })).toContain(
		"Emulators are allowed, and none of Cloud Storage is named | storage_endpoint",
	);
	const emulators = { endpoint: "http://127.0.0.1:9050", storage_endpoint: local, allow_emulator: true };
	expect((await parsed({ ...staged, ...emulators })).storage_endpoint).toBe(local);
	const regional = "https://storage.europe-west3.rep.googleapis.com";
	expect((await parsed({ ...staged, storage_endpoint: regional })).storage_endpoint).toBe(regional);
});
