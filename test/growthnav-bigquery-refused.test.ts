/** What growthnav shows where BigQuery cannot be used: code, what, where, why and next, by `check` and by `run`. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startFake } from "../destinations/bigquery/test/fake/server.ts";
import { settingsFor } from "../destinations/bigquery/test/support.ts";
import { growthnav } from "./growthnav.ts";
import { DESTINATION_BIGQUERY, folder, run, writeFile } from "./processes.ts";

function shop(settings: object): string {
	const at = folder();
	writeFile(join(at, "shop.csv"), "date,id,amount,currency\n2026-07-01,A1,10.00,USD\n");
	writeFile(join(at, "shop.yaml"), {
		customer: "acme",
		source: {
			connector: "file",
			config: {
				path: "shop.csv",
				key: ["id"],
				account: "shop",
				source: "ecommerce",
				conversions: [{ type: "purchase", columns: { timestamp: "date", value: "amount", currency: "currency" } }],
			},
		},
		destination: { connector: "bigquery", config: settings },
	});
	return at;
}

/** Both commands fail for the same reason and show the same four parts, with the exit code of a setting. */
async function shown(at: string, parts: string[]): Promise<void> {
	for (const command of ["check", "run"]) {
		const { out, err, code } = await growthnav(at, [command, "shop.yaml"]);
		const text = `${out}${err}`.replace(/\s+/g, " ");
		for (const part of parts) expect(text).toContain(part);
		expect([command, code]).toEqual([command, 10]);
		expect(text).not.toMatch(/\bat \S+\.ts:\d+|\bat \S+\.js:\d+/);
	}
}

test("a key file that is not there", { timeout: 120_000 }, async () => {
	await shown(shop({ project_id: "acme-test", location: "EU", credentials_file: "none.json" }), [
		"config.key",
		"The key file cannot be read",
		"none.json",
		"why there is no such file",
		"next correct the path, or the rights of the file: it is read by the user of this process",
	]);
});

test("the address of an emulator in the environment of the executable", {
	timeout: 120_000,
}, async () => {
	const at = folder();
	writeFile(join(at, "key.json"), {
		...{
			type: "authorized_user",
			client_id: "c",
			client_secret: "s3cret-of-the-client",
			refresh_token: "r3fresh-token",
		},
	});
	writeFile(join(at, "config.json"), {
		...{ project_id: "acme-test", customer_id: "acme", location: "EU", credentials_file: join(at, "key.json") },
	});
	const env = { BIGQUERY_EMULATOR_HOST: "http://127.0.0.1:1" };
	const { out, err, code } = await run(DESTINATION_BIGQUERY, ["check", "--config", "config.json"], { cwd: at, env });
	const text = `${out}${err}`;
	for (const part of [
		"config.emulator_variable",
		"BIGQUERY_EMULATOR_HOST is set, and emulators are not allowed",
		"Google's client would send data to that address in place of BigQuery",
		"unset BIGQUERY_EMULATOR_HOST; for tests against an emulator set endpoint and allow_emulator: true",
	]) {
		expect(text).toContain(part);
	}
	// the protocol's way to say no
	expect([code, text]).toEqual([0, expect.stringContaining('"status":"FAILED"')]);
	expect(text).not.toMatch(/s3cret|r3fresh/);
});

test("a role that is missing", { timeout: 120_000 }, async () => {
	const fake = await startFake();
	onTestFinished(() => fake.close());
	const message =
		"Access Denied: Project acme-test: User does not have bigquery.jobs.create permission in project acme-test.";
	fake.fault({
		answer: { status: 403, reason: "accessDenied", message },
		match: "^POST /(upload/)?bigquery/v2/projects/acme-test/jobs",
		times: 99,
	});
	const { customer_id: _, ...settings } = settingsFor(fake.url);
	await shown(shop(settings), [
		"config.permission",
		"The permission bigquery.jobs.create is missing",
		"in project acme-test, EU",
		`why ${message}`,
		"next gcloud projects add-iam-policy-binding acme-test --member=MEMBER --role=roles/bigquery.jobUser; a new right takes some minutes",
	]);
});
