/** Nobody else's data, and nobody else at work: acceptance check 20. Its refresh that is killed is in killed-bigquery.test.ts. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@growthnav/sdk/destination";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { redact } from "../../../sdk/src/redact.ts";
import bigquery from "../src/index.ts";
import { ORIGIN, order, PURCHASE, session, TEXT, TIME, TWO } from "./orders.ts";
import { serve } from "./rest.ts";
import { catalog, fakeBigQuery, record, rows, state, status, stream, write } from "./support.ts";

describe("20: nobody else", () => {
	test("two writers of one connection: what was said to be committed is there, the other is told of the fence", async () => {
		const fake = await fakeBigQuery();
		await write(fake.settings, session(order("a", 1)));
		for (const round of [1, 2, 3]) {
			const names = [`b${round}`, `c${round}`];
			const results = await Promise.all(names.map((id) => write(fake.settings, session(order(id, round)))));
			const there = (await rows(fake.settings, "SELECT id FROM orders")).map(({ id }) => id);
			for (const [at, { exitCode, errors, states }] of results.entries()) {
				// the same counts, the same sizes: they must not be taken for one another
				expect(there.includes(names[at]!)).toBe(exitCode === 0);
				if (exitCode === 0) continue;
				expect([errors.map(({ code }) => code), states]).toEqual([["transient.other_writer"], []]);
			}
		}
		const twice = "SELECT epoch, COUNT(*) AS n FROM _gn_commits GROUP BY epoch HAVING n > 1";
		expect(await rows(fake.settings, twice)).toEqual([]);
	});

	test("two connections of one customer commit at once, and no row is lost", async () => {
		const fake = await fakeBigQuery();
		const names = ["one", "two"];
		const results = await Promise.all(
			names.map((connection) => {
				const named = catalog(
					stream(
						connection,
						{ id: TEXT, at: TIME, total: { type: ["null", "number"] } },
						{ conversions: [PURCHASE], conversion_origin: { ...ORIGIN, source_account: { const: connection } } },
					),
				);
				const data = (id: string) => ({ id, at: "2026-07-03T12:00:00Z", total: 1 });
				const lines = [
					named,
					...["a", "b", "c"].map((id) => record(connection, data(id))),
					state(connection, 1),
					status(connection),
				];
				return write({ ...fake.settings, connection }, lines);
			}),
		);
		expect(results.map(({ errors }) => errors)).toEqual([[], []]);
		expect(await rows(fake.settings, "SELECT COUNT(*) AS n FROM conversions")).toEqual([{ n: 6 }]);
	});

	const KEY = "projects/acme-keys/locations/europe/keyRings/data/cryptoKeys/bigquery";
	const SECRET = "ya29.a-token-that-nobody-may-see";

	test("every job stays in the customer's dataset, with its labels, location, key and limit", async () => {
		const fake = await fakeBigQuery();
		const more = { maximum_bytes_billed: 1e12, kms_key: KEY, labels: { team: "growth" } };
		expect((await write({ ...fake.settings, ...more }, TWO)).errors).toEqual([]);
		const inserted = fake.requests.filter(({ method, path }) => method === "POST" && /\/jobs$/.test(path));
		expect(inserted.length).toBeGreaterThan(3);
		for (const { body } of inserted) {
			const text = JSON.stringify(body);
			for (const [dataset] of text.matchAll(/"datasetId":"\w+"/g)) expect(dataset).toBe('"datasetId":"growthnav_acme"');
			for (const part of ['"location":"EU"', '"tenant":"acme"', '"team":"growth"']) expect(text).toContain(part);
			const { query, load } = (body as { configuration: { query?: JsonObject; load?: JsonObject } }).configuration;
			if (query !== undefined) expect(query.maximumBytesBilled).toBe("1000000000000");
			if (load !== undefined) expect(load.destinationEncryptionConfiguration).toEqual({ kmsKeyName: KEY });
		}
		const made = fake.requests.filter(({ method, path }) => method === "POST" && /\/(tables|datasets)$/.test(path));
		for (const { body } of made) expect(JSON.stringify(body)).toContain(KEY);
	});

	test("the dataset of another customer is refused before a row is written, however it is named", async () => {
		const fake = await fakeBigQuery();
		await write(fake.settings, TWO);
		const before = await fake.contents("growthnav_acme");
		const other = await write({ ...fake.settings, customer_id: "other", dataset: "growthnav_acme" }, TWO);
		expect(other.errors.map(({ kind }) => kind)).toEqual(["config"]);
		for (const dataset of ["growthnav_acme`.x", "growthnav_acme.other", "a-b", "GROWTHNAV", "x; DROP", "", "ä"]) {
			const result = await write({ ...fake.settings, dataset }, TWO).catch((thrown) => ({ errors: [thrown] }));
			expect([dataset, result.errors.map(({ code }) => code)]).toEqual([dataset, [expect.stringMatching(/^config/)]]);
		}
		expect(await fake.contents("growthnav_acme")).toEqual(before);
	});

	test("a dataset in another location stops check, and a run before anything is made", async () => {
		const fake = await fakeBigQuery();
		await write(fake.settings, TWO);
		const settings = { ...fake.settings, location: "US" };
		const before = fake.events.length;
		await expect(bigquery.check(settings)).rejects.toMatchObject({ code: "config.location" });
		expect((await write(settings, TWO)).errors.map(({ code }) => code)).toEqual(["config.location"]);
		expect(fake.events.slice(before)).toEqual([]);
	});

	test("a token is in the header of requests and nowhere else, also where the service repeats it", async () => {
		const folder = await mkdtemp(join(tmpdir(), "gn-bigquery-"));
		onTestFinished(() => rm(folder, { recursive: true, force: true }));
		const spool = join(folder, "spool");
		const subject = join(folder, "subject");
		await writeFile(subject, "the-token-of-the-machine");
		const exchange = await serve(() => ({
			body: {
				access_token: SECRET,
				issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
				token_type: "Bearer",
				expires_in: 3_600,
			},
		}));
		onTestFinished(() => exchange.close());
		const fake = await fakeBigQuery({ token: SECRET });
		const credentials = {
			type: "external_account",
			audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/o",
			subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
			token_url: `${exchange.endpoint}/v1/token`,
			credential_source: { file: subject },
		};
		const spooled: string[] = [];
		const crash = (point: string) => {
			if (point !== "before_load") return;
			for (const one of readdirSync(spool, { recursive: true, withFileTypes: true })) {
				if (one.isFile()) spooled.push(readFileSync(join(one.parentPath, one.name), "utf8"));
			}
		};
		const settings = { ...fake.settings, credentials_json: JSON.stringify(credentials) };
		const good = await write(settings, TWO, { settings: { spool }, crash });
		expect(good.errors).toEqual([]);
		expect(fake.requests.every(({ headers }) => headers.authorization === `Bearer ${SECRET}`)).toBe(true);
		const answer = { status: 403, reason: "accessDenied", message: `Access Denied: ${SECRET}` };
		fake.fault({ answer, match: "^POST .*/jobs", skip: 3, times: 99 });
		const bad = await write(settings, TWO, { settings: { spool } });
		expect(bad.errors).toHaveLength(1);
		expect(spooled.length).toBeGreaterThan(0);
		expect(bad.errors[0]!.why).toContain("Access Denied");
		// as every line is that a program writes
		const said = redact(JSON.stringify([good.sent, bad.sent]));
		const contents = JSON.stringify(await fake.contents("growthnav_acme"));
		for (const text of [said, ...spooled, contents]) expect(text).not.toContain(SECRET);
	});

	test("the environment's BIGQUERY_EMULATOR_HOST is refused without leave, and overrides nothing with it", async () => {
		const fake = await fakeBigQuery();
		vi.stubEnv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:9");
		onTestFinished(() => void vi.unstubAllEnvs());
		expect((await write(fake.settings, TWO)).errors).toEqual([]);
		const { endpoint: _, allow_emulator: __, ...real } = fake.settings;
		expect((await write(real, TWO)).errors.map(({ code }) => code)).toEqual(["config.emulator_variable"]);
	});
});
