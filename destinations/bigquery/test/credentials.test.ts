/** Keys of every type against token servers on loopback; nothing leaves this machine. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { type ConnectorError, isConnectorError, type JsonObject } from "@growthnav/sdk/destination";
import { type Routes, startServer } from "@growthnav/sdk/testing";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { authOptionsOf } from "../src/api/credentials.ts";
import { credentialsError } from "../src/errors/refusals.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const secretPart = pem.split("\n")[5]!;
const key = {
	type: "service_account",
	project_id: "acme-analytics",
	private_key_id: "0123",
	private_key: pem,
	client_email: "growthnav@acme-analytics.iam.gserviceaccount.com",
	token_uri: "https://oauth2.googleapis.com/token",
};
const plain = { project_id: "acme-analytics", allow_emulator: false };
const inline = (value: object, more: object = {}) => ({ ...plain, credentials_json: JSON.stringify(value), ...more });

const folder = mkdtempSync(join(tmpdir(), "gn-key-"));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (name: string, text: string) => {
	writeFileSync(join(folder, name), text);
	return join(folder, name);
};

const routes: Routes = {
	"POST /token": () => ({ json: { access_token: "token-of-key", expires_in: 3600, token_type: "Bearer" } }),
	"POST /v1/token": () => ({
		json: {
			...{ access_token: "token-of-federation", issued_token_type: "urn:ietf:params:oauth:token-type:access_token" },
			...{ token_type: "Bearer", expires_in: 3600 },
		},
	}),
	"*": ({ path }) =>
		path.endsWith(":generateAccessToken")
			? { json: { accessToken: "token-of-target", expireTime: new Date(Date.now() + 3_600_000).toISOString() } }
			: { status: 404, json: {} },
};
let server: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
	server = await startServer(routes);
});
afterAll(() => server.close());
const warn = vi.spyOn(console, "warn");
afterEach(() => {
	expect(warn).not.toHaveBeenCalled();
	server.requests.length = 0;
});

/** Google's library knows its token server by heart; whatever it asks of Google goes to ours. */
const local: typeof fetch = (input, init) => {
	const url = new URL(input instanceof Request ? input.url : input);
	if (url.hostname.endsWith(".googleapis.com")) url.host = new URL(server.url).host;
	url.protocol = "http:";
	return fetch(url, init);
};

async function tokenOf(settings: Parameters<typeof authOptionsOf>[0]): Promise<string | null | undefined> {
	const { authClient } = await authOptionsOf(settings, { fetch: local });
	const headers = await authClient!.getRequestHeaders();
	return headers.get("authorization");
}

async function refusal(settings: Parameters<typeof authOptionsOf>[0]): Promise<ConnectorError> {
	const thrown = await authOptionsOf(settings).catch((error: unknown) => error);
	expect(isConnectorError(thrown), inspect(thrown)).toBe(true);
	expect(inspect(thrown, { depth: 9 })).not.toContain(secretPart);
	return thrown as ConnectorError;
}

const claimsOf = (body: unknown) => {
	const assertion = new URLSearchParams(String(body)).get("assertion")!;
	return JSON.parse(Buffer.from(assertion.split(".")[1]!, "base64url").toString());
};

test("a service account signs for its token, with no more scope than the work needs", async () => {
	expect(await tokenOf(inline(key))).toBe("Bearer token-of-key");
	const claims = claimsOf(server.requests[0]!.body);
	expect(claims).toMatchObject({ iss: key.client_email, scope: "https://www.googleapis.com/auth/bigquery" });
});

test("the same from a file", async () => {
	const credentials_file = written("key.json", `\uFEFF${JSON.stringify(key, null, 2)}`);
	expect(await tokenOf({ ...plain, credentials_file })).toBe("Bearer token-of-key");
});

test("a chain of accounts: the last does the work, the others are delegates, the wide scope stays with the source", async () => {
	const impersonate = ["a", "b", "c"].map((name) => `${name}@acme-analytics.iam.gserviceaccount.com`);
	expect(await tokenOf(inline(key, { impersonate }))).toBe("Bearer token-of-target");
	const [own, target] = server.requests;
	expect(claimsOf(own!.body).scope).toBe("https://www.googleapis.com/auth/cloud-platform");
	expect(target!.path).toBe(`/v1/projects/-/serviceAccounts/${impersonate[2]}:generateAccessToken`);
	expect(target!.headers.authorization).toBe("Bearer token-of-key");
	expect(target!.body).toMatchObject({
		delegates: impersonate.slice(0, 2),
		scope: ["https://www.googleapis.com/auth/bigquery"],
	});
});

const federation = (more: object = {}) => ({
	type: "external_account",
	audience: "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/pool/providers/oidc",
	subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
	token_url: `${server.url}/v1/token`,
	credential_source: { file: written("oidc", "token-of-the-cloud-we-run-in") },
	...more,
});

test("workload identity federation: the token of the machine is changed for Google's", async () => {
	const settings = inline(federation(), { allow_emulator: true });
	expect(await tokenOf(settings)).toBe("Bearer token-of-federation");
	const asked = new URLSearchParams(String(server.requests[0]!.body));
	expect(asked.get("subject_token")).toBe("token-of-the-cloud-we-run-in");
	expect(asked.get("scope")).toBe("https://www.googleapis.com/auth/bigquery");
});

test("federation, then an account that is acted as: by the key itself or by our setting", async () => {
	const url = `${server.url}/v1/projects/-/serviceAccounts/x@y.iam.gserviceaccount.com:generateAccessToken`;
	const byKey = inline(federation({ service_account_impersonation_url: url }), { allow_emulator: true });
	expect(await tokenOf(byKey)).toBe("Bearer token-of-target");
	const bySetting = inline(federation(), { allow_emulator: true, impersonate: ["x@y.iam.gserviceaccount.com"] });
	expect(await tokenOf(bySetting)).toBe("Bearer token-of-target");
});

test("a key that is itself an impersonation", async () => {
	const service_account_impersonation_url =
		"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/x@y.iam.gserviceaccount.com:generateAccessToken";
	const impersonated = { type: "impersonated_service_account", service_account_impersonation_url, delegates: [] };
	expect(await tokenOf(inline({ ...impersonated, source_credentials: key }))).toBe("Bearer token-of-target");
	const user = { type: "authorized_user", client_id: "c", client_secret: "client-secret", refresh_token: "refresh" };
	expect(await tokenOf(inline({ ...impersonated, source_credentials: user }))).toBe("Bearer token-of-target");
});

test("without a key: the application default; for an emulator nobody at all", async () => {
	expect(await authOptionsOf(plain)).toEqual({
		projectId: "acme-analytics",
		scopes: [expect.stringContaining("bigquery")],
	});
	const { authClient } = await authOptionsOf({ ...plain, allow_emulator: true });
	expect([...(await authClient!.getRequestHeaders())]).toEqual([]);
});

test("the application default may act as another", async () => {
	vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", written("adc.json", JSON.stringify(key)));
	expect(await tokenOf({ ...plain, impersonate: ["x@y.iam.gserviceaccount.com"] })).toBe("Bearer token-of-target");
	vi.unstubAllEnvs();
});

describe("what is no key is refused before anything is sent, and nothing of it is shown", () => {
	const escaped = { ...key, private_key: pem.replaceAll("\n", "\\n") };
	const wrong: [what: string, text: string, why: string][] = [
		["a PEM", pem, "it is a private key alone"],
		["half a file", JSON.stringify(key).slice(0, -40), "private key alone, and no JSON"],
		["no JSON", "ya29.token-of-somebody", "it is not JSON"],
		["a list", "[]", "it is JSON, and no object"],
		["no type", "{}", "it has no type"],
		["an OAuth client", '{"installed":{"client_secret":"x"}}', "the OAuth client of an application"],
		["another type", '{"type":"gdch_service_account"}', "its type is gdch_service_account"],
		["no private key", JSON.stringify({ ...key, private_key: "" }), "service_account without private_key"],
		["a damaged key", JSON.stringify({ ...key, private_key: pem.slice(0, 900) }), "damaged or cut off"],
		["line ends escaped twice", JSON.stringify(escaped), "escaped once too often"],
	];
	test.each(wrong)("%s", async (_, credentials_json, why) => {
		const error = await refusal({ ...plain, credentials_json });
		expect(error).toMatchObject({ code: "config.key", message: "The credentials are no key of Google Cloud" });
		expect(error.where).toBe("credentials_json in the settings of bigquery");
		expect(error.why).toContain(why);
		expect(error.next).toBeDefined();
	});

	test("a federation whose tokens would go to a stranger", async () => {
		for (const stranger of [
			{ token_url: "https://sts.googleapis.com.evil.io/v1/token" },
			{ token_url: "http://sts.googleapis.com/v1/token" },
			{ token_url: "https://sts.googleapis.com/v1/token", service_account_impersonation_url: "https://evil.io/x" },
		]) {
			expect((await refusal(inline(federation(stranger)))).why).toContain("no https address of googleapis.com");
		}
	});

	test("a federation that Google's library cannot use", async () => {
		const settings = inline(federation({ credential_source: { nothing: true } }), { allow_emulator: true });
		expect((await refusal(settings)).message).toBe("The configuration of workload identity federation cannot be used");
	});

	test("a file that is not there, or a folder, or huge", async () => {
		const missing = await refusal({ ...plain, credentials_file: join(folder, "none.json") });
		expect(missing).toMatchObject({ message: "The key file cannot be read", why: "there is no such file" });
		expect(missing.where).toContain("none.json");
		expect((await refusal({ ...plain, credentials_file: folder })).why).toBe("it is a folder");
		const huge = written("huge.json", " ".repeat(1_000_001));
		expect((await refusal({ ...plain, credentials_file: huge })).why).toContain("1000001 bytes");
	});

	test("whatever stands in the place of a key, no error quotes it", async () => {
		const text = fc.string({ minLength: 12, unit: fc.constantFrom(...'KEY0129{}[]":\\,') });
		await fc.assert(
			fc.asyncProperty(text, async (credentials_json) => {
				const error = await authOptionsOf({ ...plain, credentials_json }).catch((thrown: ConnectorError) => thrown);
				expect(inspect(error)).not.toContain(credentials_json);
			}),
		);
	});
});

test("the secrets of a key are removed from every text from then on, also those of a file", async () => {
	const { redact } = await import("../../../sdk/src/redact.ts");
	await authOptionsOf({ ...plain, credentials_file: written("other.json", JSON.stringify(key)) });
	expect(redact(`sent ${pem}`)).not.toContain(secretPart);
	expect(redact(JSON.stringify({ key: pem }))).not.toContain(secretPart);
	await authOptionsOf(
		inline(federation({ credential_source: { url: "http://127.0.0.1/t", headers: { A: "Bearer xyz1" } } }), {
			allow_emulator: true,
		}),
	);
	expect(redact("A: Bearer xyz1")).toBe("A: ***");
});

describe("what Google says where it gives no token", () => {
	const said: [answer: { status: number; json: JsonObject }, message: string, next: string][] = [
		[
			{ status: 400, json: { error: "invalid_grant", error_description: "Invalid JWT Signature." } },
			"Google does not know this key",
			"keys create",
		],
		[
			{ status: 400, json: { error: "invalid_grant", error_description: "Invalid grant: account not found" } },
			"Google does not know the account of this key",
			"gcloud iam service-accounts list",
		],
		[
			{
				status: 400,
				json: {
					error: "invalid_grant",
					error_description:
						"Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
				},
			},
			"the clock of this machine is wrong",
			"set the clock",
		],
	];
	test.each(said)("%j", async (answer, message, next) => {
		server.fail({ kind: "status", path: "/token", ...answer });
		const error = credentialsError(await tokenOf(inline(key)).catch((thrown: unknown) => thrown), {});
		expect(error).toMatchObject({ code: "config.credentials" });
		expect(error!.message).toContain(message);
		expect(error!.next).toContain(next);
		expect(inspect(error, { depth: 9 })).not.toMatch(/assertion|eyJ/);
	});

	test("a right to act as another that is missing, with the command that grants it", async () => {
		const impersonate = ["a@p.iam.gserviceaccount.com", "b@p.iam.gserviceaccount.com"];
		const path = `/v1/projects/-/serviceAccounts/${impersonate[1]}:generateAccessToken`;
		const message = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
		server.fail({ kind: "status", path, status: 403, json: { error: { status: "PERMISSION_DENIED", message } } });
		const thrown = await tokenOf(inline(key, { impersonate })).catch((error: unknown) => error);
		const error = credentialsError(thrown, { impersonate });
		expect(error).toMatchObject({ code: "config.credentials", why: message });
		expect(error!.message).toBe(`Acting as ${impersonate[1]} is not allowed`);
		expect(error!.next).toContain(
			`gcloud iam service-accounts add-iam-policy-binding ${impersonate[1]} --member=serviceAccount:${impersonate[0]} --role=roles/iam.serviceAccountTokenCreator`,
		);
	});

	test("the API for that is not enabled", async () => {
		const impersonate = ["b@p.iam.gserviceaccount.com"];
		const path = `/v1/projects/-/serviceAccounts/${impersonate[0]}:generateAccessToken`;
		const message = "IAM Service Account Credentials API has not been used in project 12 before or it is disabled.";
		server.fail({ kind: "status", path, status: 403, json: { error: { status: "PERMISSION_DENIED", message } } });
		const thrown = await tokenOf(inline(key, { impersonate })).catch((error: unknown) => error);
		const error = credentialsError(thrown, { impersonate, project_id: "acme-analytics" });
		expect(error).toMatchObject({
			code: "config.api_disabled",
			next: "gcloud services enable iamcredentials.googleapis.com --project=acme-analytics",
		});
	});

	test("a provider of federation that does not match, and a token that is not there", async () => {
		const json = { error: "invalid_target", error_description: "The target service indicated by audience is invalid." };
		server.fail({ kind: "status", path: "/v1/token", status: 400, json });
		const asked = await tokenOf(inline(federation(), { allow_emulator: true })).catch((error: unknown) => error);
		expect(credentialsError(asked, {})).toMatchObject({ message: "Google refused the credentials" });
		const none = federation({ credential_source: { file: join(folder, "no-token") } });
		const absent = await tokenOf(inline(none, { allow_emulator: true })).catch((error: unknown) => error);
		expect(credentialsError(absent, {})!.message).toBe("The token for workload identity federation cannot be read");
	});

	test("no application default on this machine", () => {
		const thrown = new Error("Could not load the default credentials. Browse to https://cloud.google.com/…");
		expect(credentialsError(thrown, {})).toMatchObject({
			message: "This machine has no credentials for Google Cloud",
			next: "gcloud auth application-default login, or set credentials_file",
		});
	});

	test("a network that fails is no refusal", () => {
		expect(credentialsError(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }), {})).toBe(
			undefined,
		);
	});
});
