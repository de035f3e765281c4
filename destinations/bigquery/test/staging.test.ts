/** Large commits through a bucket: the same tables as without, and nothing left in it. */
import { createHash } from "node:crypto";
import type { JsonObject } from "@growthnav/sdk/destination";
import fc from "fast-check";
import { beforeEach, expect, it } from "vitest";
import bigquery from "../src/index.ts";
import {
	catalog,
	dumpDataset,
	fakeBigQuery,
	type Line,
	record,
	rows,
	state,
	status,
	stream,
	write,
} from "./support.ts";

const TEXT = { type: ["null", "string"] };
const ORDERS = catalog(stream("orders", { id: TEXT, note: TEXT }), stream("places", { id: TEXT }));
const BUCKET = "acme-staging";
const CONNECTION = createHash("sha256").update("default").digest("hex").slice(0, 8);
const FOLDER = `gs://${BUCKET}/growthnav/acme-test.growthnav_acme/${CONNECTION}/`;

let fake: Awaited<ReturnType<typeof fakeBigQuery>>;
let settings: JsonObject;
beforeEach(async () => {
	fake = await fakeBigQuery();
	fake.bucket(BUCKET);
	settings = {
		...fake.settings,
		storage_endpoint: fake.url,
		staging_bucket: `gs://${BUCKET}/growthnav`,
		staging_bytes: 1,
	};
});

function* lines(count: number, from = 0): Generator<Line> {
	yield ORDERS;
	for (let at = from; at < from + count; at++)
		yield record("orders", { id: `o${at % 700}`, note: `n${at}` }, 1e12 + at);
	yield record("places", { id: "p" });
	yield state("orders", { at: from + count });
	yield state("places", { at: from + count });
	yield status("orders", "COMPLETE");
	yield status("places", "COMPLETE");
}

const check = (config: JsonObject) => bigquery.check(config);
const jobs = () => fake.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/jobs"));
const uploads = () => fake.requests.filter(({ path, method }) => method === "POST" && path.startsWith("/upload/"));

interface LoadJob {
	configuration: { load?: { sourceUris?: string[] } };
}

it("files go into the bucket, one job reads those of a stage, and after the commit they are gone", async () => {
	const written = await write(settings, lines(1_000));
	expect([written.errors, written.committed]).toEqual([[], 1_001]);
	const uris = jobs().flatMap(({ body }) => (body as LoadJob).configuration.load?.sourceUris ?? []);
	expect(uris).toHaveLength(2);
	for (const uri of uris) expect(uri.slice(FOLDER.length)).toMatch(/^[0-9a-f]{16}\/f[01]-0\.ndjson$/);
	expect(uploads().every(({ path, query }) => path.includes("/storage/") && query.ifGenerationMatch === "0")).toBe(
		true,
	);
	expect(fake.objects()).toEqual([]);
	expect(await rows(settings, "SELECT COUNT(*) AS n FROM orders")).toEqual([{ n: 700 }]);
});

it("a commit below staging_bytes goes directly, as all do without a bucket; the tables are the same", async () => {
	await write(settings, lines(1_000));
	const staged = await dumpDataset(settings, ["_gn_seq"]);
	const plain = await fakeBigQuery();
	await write(plain.settings, lines(1_000));
	expect(await dumpDataset(plain.settings, ["_gn_seq"])).toEqual(staged);
	const from = fake.requests.length;
	await write({ ...settings, staging_bytes: 1_000_000 }, lines(1_000));
	expect(fake.requests.slice(from).some(({ path, method }) => method === "POST" && path.includes("/storage/"))).toBe(
		false,
	);
});

const FAULTS = [
	{ drop: "before" as const },
	{ drop: "made" as const },
	{ reset: 300_000 },
	{ damage: true as const },
	{ answer: { status: 503, reason: "backendError" } },
];

it("whatever the line to the bucket does, every row lands once", { timeout: 60_000 }, async () => {
	let at = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(fc.constantFrom(...FAULTS), { maxLength: 2 }), async (faults) => {
			for (const fault of faults) fake.fault({ ...fault, match: "(PUT|POST|DELETE) .*/storage/", skip: at % 3 });
			at += 50;
			const written = await write(settings, lines(50, at));
			fake.clearFaults();
			expect(written.errors).toEqual([]);
			expect(fake.objects()).toEqual([]);
			expect(await rows(settings, `SELECT COUNT(*) AS n FROM orders WHERE note = 'n${at + 49}'`)).toEqual([{ n: 1 }]);
		}),
		{ numRuns: 8 },
	);
});

it("a bucket far from the dataset, and one that is not there, end the run with what to do", async () => {
	fake.bucket(BUCKET, "us-east1");
	const far = await write(settings, lines(1));
	expect(far.errors).toMatchObject([
		{
			code: "config.staging_location",
			message: "The bucket gs://acme-staging lies in US-EAST1, the dataset in EU, and BigQuery loads nothing across",
			next: "set staging_bucket to one in EU: gcloud storage buckets create gs://NAME --location=EU",
		},
	]);
	expect(far.states).toEqual([]);
	const missing = await write({ ...settings, staging_bucket: "nowhere" }, lines(1));
	expect(missing.errors).toMatchObject([
		{ code: "config.staging_bucket", message: "The bucket gs://nowhere does not exist" },
	]);
});

it("check takes one row through the bucket, names the right that is missing, and leaves nothing there", async () => {
	expect(await check(settings)).toMatch(/; commits from 0.000001 MB on go through gs:\/\/acme-staging\/growthnav\//);
	expect(fake.objects()).toEqual([]);
	const forbidden = (permission?: string) => ({
		status: 403,
		reason: "forbidden",
		message: permission === undefined ? "Forbidden" : `loader does not have ${permission} access to the object.`,
	});
	const roles = "gcloud storage buckets add-iam-policy-binding gs://acme-staging --member=MEMBER --role=";
	for (const [match, fault, permission, role] of [
		["POST /upload/storage/", forbidden("storage.objects.create"), "storage.objects.create", "objectUser"],
		["GET /storage/", forbidden(), "storage.objects.list", "objectUser"],
		["DELETE /storage/", forbidden(), "storage.objects.delete", "objectUser"],
	] as const) {
		fake.fault({ match, answer: fault });
		await expect(check(settings)).rejects.toMatchObject({
			code: "config.permission",
			message: `The permission ${permission} is missing`,
			next: `${roles}roles/storage.${role}; a new right takes some minutes`,
		});
	}
	for (const [message, permission, role] of [
		["Access Denied: File gs://acme-staging/x: Access Denied", "storage.objects.get", "objectUser"],
		["loader does not have storage.buckets.get access to the bucket", "storage.buckets.get", "legacyBucketReader"],
	] as const) {
		fake.fault({ match: "_staged_", job: { fail: { reason: "accessDenied", message } } });
		await expect(check(settings)).rejects.toMatchObject({
			message: `The permission ${permission} is missing`,
			next: `${roles}roles/storage.${role}; a new right takes some minutes`,
		});
	}
	fake.bucket(BUCKET, "us-east1");
	await expect(check(settings)).rejects.toMatchObject({ code: "config.staging_location" });
	fake.bucket(BUCKET, "europe-west3");
	await check(settings);
	expect(fake.objects().filter((uri) => !uri.includes("/check/"))).toEqual([]);
});
