/** REST calls: who we are, what is repeated and for how long, and that nothing can be redirected. */
import { isConnectorError } from "@growthnav/sdk/store";
import { afterEach, expect, test } from "vitest";
import { openApi, problemOf } from "../src/api/api.ts";
import { quickClock, type Reply, refusal, type Server, serve, settingsFor } from "./rest.ts";

let server: Server | undefined;
afterEach(async () => {
	await server?.close();
	server = undefined;
	delete process.env.BIGQUERY_EMULATOR_HOST;
});

async function apiTo(reply: Parameters<typeof serve>[0], chance = 0) {
	server = await serve(reply);
	const clock = quickClock(chance);
	return { api: await openApi(settingsFor(server.endpoint), { clock }), clock, heard: server.heard };
}

const GET = { method: "GET", path: "datasets/growthnav_acme", step: "dataset" } as const;

test("a call goes to the endpoint of the settings, below the project, and its answer is JSON", async () => {
	const { api, heard } = await apiTo(() => ({ body: { location: "EU", numBytes: "9007199254740993" } }));
	expect(await api.call({ ...GET, query: { maxResults: "1" } })).toEqual({
		location: "EU",
		numBytes: "9007199254740993",
	});
	expect(heard).toHaveLength(1);
	expect(heard[0]).toMatchObject({
		method: "GET",
		path: "/bigquery/v2/projects/acme-analytics/datasets/growthnav_acme",
		query: { maxResults: "1", prettyPrint: "false" },
	});
	expect([api.project, api.endpoint]).toEqual(["acme-analytics", server!.endpoint]);
});

test("a body arrives byte for byte, whatever it says", async () => {
	const { api, heard } = await apiTo(() => ({ status: 204 }));
	const body = {
		description: 'keep {{projectId}} and "\u2028" and __proto__',
		exact: JSON.rawJSON("12345678901234567890.123456789"),
	} as never;
	expect(await api.call({ method: "PATCH", path: "datasets/growthnav_acme", body, step: "dataset" })).toEqual({});
	expect(heard[0]!.body.toString()).toBe(JSON.stringify(body));
	expect(heard[0]!.headers["content-type"]).toBe("application/json");
});

test("an emulator gets no token", async () => {
	const { api, heard } = await apiTo(() => ({ body: {} }));
	await api.call(GET);
	expect(heard[0]!.headers.authorization).toBeUndefined();
	expect(await api.headers()).toEqual({});
});

test("the token of the settings goes along", async () => {
	server = await serve(() => ({ body: {} }));
	const { GoogleAuth, OAuth2Client } = await import("google-auth-library");
	const authClient = new OAuth2Client();
	authClient.setCredentials({ access_token: "token-of-the-test", expiry_date: Date.now() + 3_600_000 });
	const api = await openApi(settingsFor(server.endpoint), { auth: new GoogleAuth({ authClient }) as never });
	await api.call(GET);
	expect(server.heard[0]!.headers.authorization).toBe("Bearer token-of-the-test");
	expect(await api.headers()).toMatchObject({ authorization: "Bearer token-of-the-test" });
});

test("503 and a dropped connection are repeated, each time a little later", async () => {
	const replies: Reply[] = [
		refusal(503, "backendError", "later"),
		"cut",
		refusal(500, "internalError", "oops"),
		{ body: { ok: "yes" } },
	];
	const { api, clock, heard } = await apiTo((_, number) => replies[number - 1]!);
	expect(await api.call(GET)).toEqual({ ok: "yes" });
	expect(heard).toHaveLength(4);
	expect(clock.waits).toEqual([1_000, 2_000, 4_000]);
});

test("a rate limit waits ten seconds, and as long as Retry-After says", async () => {
	const limited = refusal(403, "rateLimitExceeded", "Exceeded rate limits") as { status: number; body: unknown };
	const replies: Reply[] = [limited, { ...limited, headers: { "retry-after": "30" } }, { body: {} }];
	const { api, clock } = await apiTo((_, number) => replies[number - 1]!);
	await api.call({ ...GET, deadline: 120_000 });
	expect(clock.waits).toEqual([10_000, 30_000]);
});

test("the deadline of a call ends its repetitions, and the last answer is what is told", async () => {
	const { api, clock, heard } = await apiTo(() => refusal(503, "backendError", "Service unavailable"));
	const thrown = await api.call({ ...GET, deadline: 10_000 }).catch((error) => error);
	expect(thrown).toMatchObject({
		code: "transient.service",
		message: "BigQuery failed on its side, and stayed so: dataset",
		where: "dataset in project acme-analytics, EU",
		why: "Service unavailable",
	});
	expect(clock.waits).toEqual([1_000, 2_000, 4_000]);
	expect(heard).toHaveLength(4);
});

test("a server that accepts and never answers ends at the deadline, which names the step", async () => {
	const { api } = await apiTo(() => "hang");
	const began = performance.now();
	const thrown = await api.call({ ...GET, deadline: 300, step: "table orders" }).catch((error) => error);
	expect(performance.now() - began).toBeLessThan(2_000);
	expect(thrown).toMatchObject({
		code: "transient.deadline",
		message: "BigQuery took too long: table orders",
		where: "table orders in project acme-analytics, EU",
	});
	expect(problemOf(thrown)).toBeUndefined();
});

test("what is refused is not repeated, and callers see the reason", async () => {
	const { api, heard } = await apiTo(() =>
		refusal(404, "notFound", "Not found: Dataset acme-analytics:growthnav_acme"),
	);
	const thrown = await api.call(GET).catch((error) => error);
	expect(isConnectorError(thrown)).toBe(true);
	expect(problemOf(thrown)).toMatchObject({ status: 404, reason: "notFound", step: "dataset" });
	expect(heard).toHaveLength(1);
});

test("what must not be done twice is repeated only where it was surely refused", async () => {
	const cut = await apiTo(() => "cut");
	await expect(cut.api.call({ ...GET, method: "DELETE", once: true })).rejects.toMatchObject({
		code: "transient.network",
	});
	expect(cut.heard).toHaveLength(1);
	await server!.close();
	const replies: Reply[] = [refusal(429, "rateLimitExceeded", "slow down"), { body: {} }];
	const limited = await apiTo((_, number) => replies[number - 1]!);
	await limited.api.call({ ...GET, method: "DELETE", once: true });
	expect(limited.heard).toHaveLength(2);
});

test("a redirect is not followed", async () => {
	const other = await serve(() => ({ body: {} }));
	const { api } = await apiTo(() => ({ status: 307, headers: { location: `${other.endpoint}/stolen` } }));
	await expect(api.call({ ...GET, deadline: 2_000 })).rejects.toMatchObject({
		code: expect.stringMatching(/^(transient|internal)\./),
	});
	expect(other.heard).toEqual([]);
	await other.close();
});

test("half an answer is no answer", async () => {
	const replies: Reply[] = [{ body: '{"location":"E' }, { body: { location: "EU" } }];
	const { api } = await apiTo((_, number) => replies[number - 1]!);
	expect(await api.call(GET)).toEqual({ location: "EU" });
});

test("a path or body that names a foreign dataset is never sent", async () => {
	const { api, heard } = await apiTo(() => ({ body: {} }));
	const reference = { projectId: "acme-analytics", datasetId: "growthnav_other", tableId: "orders" };
	for (const request of [
		{ ...GET, path: "datasets/growthnav_other/tables" },
		{ ...GET, method: "POST", path: "datasets/growthnav_acme/tables", body: { tableReference: reference } },
		{
			...GET,
			method: "POST",
			path: "jobs",
			body: { configuration: { query: { query: "SELECT 1 FROM other.t", useLegacySql: false } } },
		},
	] as const) {
		await expect(api.call(request as never)).rejects.toMatchObject({ code: "config.foreign_dataset" });
	}
	expect(heard).toEqual([]);
});

test("no variable of the environment redirects calls, and without leave to use emulators it is refused", async () => {
	const elsewhere = await serve(() => ({ body: {} }));
	process.env.BIGQUERY_EMULATOR_HOST = elsewhere.endpoint;
	const { api, heard } = await apiTo(() => ({ body: {} }));
	await api.call(GET);
	expect([heard.length, elsewhere.heard.length]).toEqual([1, 0]);
	const { endpoint: _, ...real } = settingsFor("", { allow_emulator: false, credentials_json: KEY });
	await expect(openApi(real)).rejects.toMatchObject({
		code: "config.emulator_variable",
		message: "BIGQUERY_EMULATOR_HOST is set, and emulators are not allowed",
	});
	await elsewhere.close();
});

test("without an endpoint calls go to BigQuery itself", async () => {
	const { endpoint: _, ...real } = settingsFor("", { allow_emulator: false, credentials_json: KEY });
	expect((await openApi(real)).endpoint).toBe("https://bigquery.googleapis.com");
});

test("a refusal of the token is a matter of the credentials, and BigQuery is not asked", async () => {
	const { api, heard } = await apiWithAuth(async () => {
		throw Object.assign(new Error("invalid_grant"), {
			response: { data: { error: "invalid_grant", error_description: "Invalid JWT Signature." } },
		});
	});
	await expect(api.call(GET)).rejects.toMatchObject({
		code: "config.credentials",
		message: "Google does not know this key",
	});
	await expect(api.headers()).rejects.toMatchObject({ code: "config.credentials" });
	expect(heard).toEqual([]);
});

test("a token server that cannot be reached is the network, and is asked again; nonsense is not", async () => {
	let asked = 0;
	const passing = await apiWithAuth(async () => {
		if (++asked < 3)
			throw Object.assign(new Error("getaddrinfo ENOTFOUND oauth2.googleapis.com"), { code: "ENOTFOUND" });
		return new Headers();
	});
	await passing.api.call(GET);
	expect(asked).toBe(3);
	await server!.close();
	const broken = await apiWithAuth(async () => {
		throw Object.assign(new Error("error:1E08010C:DECODER routines::unsupported"), { code: "ERR_OSSL_UNSUPPORTED" });
	});
	await expect(broken.api.call(GET)).rejects.toMatchObject({ code: "config.credentials" });
});

async function apiWithAuth(getRequestHeaders: () => Promise<Headers>) {
	server = await serve(() => ({ body: {} }));
	const { GoogleAuth, PassThroughClient } = await import("google-auth-library");
	const auth = new GoogleAuth({ authClient: new PassThroughClient() });
	auth.getRequestHeaders = getRequestHeaders;
	const api = await openApi(settingsFor(server.endpoint), { clock: quickClock(), auth: auth as never });
	return { api, heard: server.heard };
}

const KEY = JSON.stringify({
	type: "external_account",
	audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
	subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
	token_url: "https://sts.googleapis.com/v1/token",
	credential_source: { file: "/nowhere" },
});
