/** Files of large commits in Cloud Storage: each made once and whole, whatever the line does, and nothing beside ours. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isConnectorError } from "@growthnav/sdk/store";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, openApi } from "../src/api/api.ts";
import { openSum } from "../src/api/crc32c.ts";
import { openStorage, type Storage } from "../src/api/storage.ts";
import { type BigQueryConfig, stagingOf } from "../src/config.ts";
import { type Fake, startFake } from "./fake/server.ts";
import { quickClock, settingsFor } from "./rest.ts";

const BUCKET = "acme-staging";
const FOLDER = "acme-analytics.growthnav_acme/1a2b3c4d/";
const CHUNK = 256 * 1024;

let folder: string;
let fake: Fake;
let api: Api;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "gn-storage-"));
	fake = await startFake();
	fake.bucket(BUCKET);
	api = await openApi(settings());
});
afterAll(async () => {
	await fake.close();
	await rm(folder, { recursive: true });
});

function settings(more: Partial<BigQueryConfig> = {}): BigQueryConfig {
	return settingsFor(fake.url, { storage_endpoint: fake.url, staging_bucket: BUCKET, ...more });
}

function storage(more: Partial<BigQueryConfig> = {}): Storage {
	const config = settings(more);
	const upload = { chunkBytes: CHUNK, requestDeadline: 2_000, chunkDeadline: 2_000 };
	return openStorage(api, stagingOf(config)!, { config, clock: quickClock(), upload });
}

let files = 0;
async function fileOf(bytes: Buffer | string): Promise<string> {
	const file = join(folder, `part-${files++}`);
	await writeFile(file, bytes);
	return file;
}

const nameOf = (): string => `${FOLDER}batch/f${files}.ndjson`;
const there = (name: string): boolean => fake.objects().includes(`gs://${BUCKET}/${name}`);

async function refusal(work: Promise<unknown>): Promise<string> {
	const thrown = await work.then(
		() => undefined,
		(error: unknown) => error,
	);
	if (!isConnectorError(thrown)) throw thrown ?? new Error("it went well");
	return `${thrown.code} | ${thrown.message} | ${thrown.next}`;
}

test("CRC-32C is that of RFC 3720", () => {
	const sum = openSum();
	sum.add(Buffer.from("12345"));
	sum.add(Buffer.from("6789"));
	expect([Buffer.from(sum.text(), "base64").toString("hex"), sum.size()]).toEqual(["e3069283", 9]);
});

const line = fc.array(
	fc.oneof(
		fc.integer({ min: 0, max: 600_000 }).map((reset) => ({ reset })),
		fc.constantFrom({ drop: "before" as const }, { drop: "made" as const }),
		fc.constantFrom(503, 429).map((status) => ({ answer: { status, reason: "backendError" } })),
	),
	{ maxLength: 4 },
);

test.each([false, true])(
	"a file of any size is there once and whole after any cuts and lost answers (gzip: %s)",
	async (gzip) => {
		const sizes = fc.constantFrom(0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7);
		await fc.assert(
			fc.asyncProperty(sizes, line, async (size, faults) => {
				const name = nameOf();
				for (const fault of faults) fake.fault({ ...fault, match: "/upload/storage/" });
				const file = await fileOf(randomBytes(size));
				await storage().put({ name, file, gzip });
				fake.clearFaults();
				const [object] = await storage().list(name);
				expect(there(name)).toBe(true);
				if (gzip) return;
				const sum = openSum();
				sum.add(await readFile(file));
				expect(object).toMatchObject({ size, crc32c: sum.text() });
			}),
			{ numRuns: 25 },
		);
	},
);

test("an upload whose last answer was lost, and its session with it, is found made and not made again", async () => {
	const name = nameOf();
	const file = await fileOf("x".repeat(1000));
	await storage().put({ name, file, gzip: true });
	const [before] = await storage().list(name);
	await storage().put({ name, file, gzip: true });
	expect(await storage().list(name)).toEqual([before]);
});

test("what arrived other than it was sent is removed, and sent again; three times wrong is told", async () => {
	const name = nameOf();
	const file = await fileOf("x".repeat(1000));
	fake.fault({ damage: true, match: "/upload/storage/" });
	await storage().put({ name, file, gzip: false });
	const sum = openSum();
	sum.add(await readFile(file));
	expect(await storage().list(name)).toMatchObject([{ crc32c: sum.text() }]);
	fake.fault({ damage: true, match: "/upload/storage/", times: 3 });
	const other = `${name}-again`;
	expect(await refusal(storage().put({ name: other, file, gzip: false }))).toContain(
		"transient.staging_damaged | A file arrives in the bucket other than it was sent",
	);
	expect(there(other)).toBe(false);
});

test("something else under our name gives way to the file", async () => {
	const name = nameOf();
	await storage().put({ name, file: await fileOf("something else"), gzip: false });
	await storage().put({ name, file: await fileOf("the file"), gzip: false });
	expect(await storage().list(name)).toMatchObject([{ size: 8 }]);
});

test("a list is read to its last page; what is gone, or was replaced, is no error when it is removed", async () => {
	const file = await fileOf("x");
	const names = Array.from({ length: 45 }, (_, at) => `${FOLDER}many/f${String(at).padStart(2, "0")}`);
	for (const name of names) await storage().put({ name, file, gzip: false });
	const found = await storage().list(`${FOLDER}many/`);
	expect(found.map(({ name }) => name)).toEqual(names);
	await storage().remove(names[0]!, "1");
	expect(there(names[0]!)).toBe(true);
	for (const { name, generation } of found) await storage().remove(name, generation);
	await storage().remove(names[0]!);
	expect(await storage().list(`${FOLDER}many/`)).toEqual([]);
});

test("nothing outside of the dataset's folder is touched", async () => {
	const file = await fileOf("x");
	for (const name of [
		"f0",
		"acme-analytics.growthnav_other/f0",
		`${FOLDER}../../acme-analytics.growthnav_other/f0`,
		`${FOLDER}*`,
	]) {
		const from = fake.requests.length;
		expect(await refusal(storage().put({ name, file, gzip: false }))).toMatch(/lies outside of gs:/);
		expect(await refusal(storage().remove(name))).toMatch(/lies outside of gs:/);
		expect(await refusal(storage().list(name))).toMatch(/lies outside of gs:/);
		expect(fake.requests.length).toBe(from);
	}
});

test("what the operator reads: no bucket, no right, no answer", async () => {
	const file = await fileOf("x");
	const put = (more: Partial<BigQueryConfig> = {}) => refusal(storage(more).put({ name: nameOf(), file, gzip: false }));
	expect(await put({ staging_bucket: "nowhere" })).toBe(
		"config.staging_bucket | The bucket gs://nowhere does not exist | gcloud storage buckets create gs://nowhere " +
			"--project=acme-analytics --location=EU --uniform-bucket-level-access, or correct staging_bucket",
	);
	const impersonate = ["loader@acme-analytics.iam.gserviceaccount.com"];
	const denied = (permission: string) => ({
		status: 403,
		reason: "forbidden",
		message: `loader@acme-analytics.iam.gserviceaccount.com does not have ${permission} access to the Google Cloud Storage object. Permission '${permission}' denied on resource (or it may not exist).`,
	});
	fake.fault({ answer: denied("storage.objects.create"), match: "/upload/storage/" });
	expect(await put({ impersonate })).toBe(
		"config.permission | The permission storage.objects.create is missing | gcloud storage buckets add-iam-policy-binding " +
			"gs://acme-staging --member=serviceAccount:loader@acme-analytics.iam.gserviceaccount.com " +
			"--role=roles/storage.objectUser; a new right takes some minutes",
	);
	fake.fault({ answer: { status: 403, reason: "forbidden", message: "Forbidden" }, match: "DELETE /storage/" });
	expect(await refusal(storage().remove(nameOf()))).toContain("The permission storage.objects.delete is missing");
	fake.fault({ drop: "before", match: "/storage/", times: 99 });
	expect(await put()).toMatch(/^transient.network \| Cloud Storage cannot be reached/);
	fake.clearFaults();
});
