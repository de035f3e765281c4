import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { apiKey, basic, bearer } from "../../../src/http/auth/keys.ts";
import type { Auth } from "../../../src/http/index.ts";
import { redact } from "../../../src/redact.ts";
import { startServer } from "../../../src/testing/scripted-server.ts";
import { acme, failure, textOf } from "./acme.ts";

const KEY = "sk-live-0123456789";

test.each<[string, () => Auth, object]>([
	["bearer", () => bearer(KEY), { headers: { authorization: `Bearer ${KEY}` } }],
	["a header", () => apiKey({ header: "X-Api-Key" }, KEY), { headers: { "x-api-key": KEY } }],
	[
		"a header with a word before it",
		() => apiKey({ header: "authorization", prefix: "Token " }, KEY),
		{ headers: { authorization: `Token ${KEY}` } },
	],
	[
		"the query",
		() => apiKey({ query: "api_key" }, "k&y=ü +%/0123"),
		{ query: { api_key: "k&y=ü +%/0123", page: "1" } },
	],
	["basic", () => basic("ck_1", "cs_ü234567"), { headers: { authorization: "Basic Y2tfMTpjc1/DvDIzNDU2Nw==" } }],
	["basic without a password", () => basic("sk_live_123"), { headers: { authorization: "Basic c2tfbGl2ZV8xMjM6" } }],
])("%s goes with every request", async (_what, auth, expected) => {
	const { server, http } = await acme({ "*": () => ({ json: {} }) }, auth);
	await http.get("/a", { query: { page: 1 } });
	await http.post("/b", { query: { page: 1 }, body: {} });
	for (const request of server.requests) expect(request).toMatchObject(expected);
	expect(server.requests).toHaveLength(2);
});

test("a key in the query takes the place of one that a vendor echoes in the address of the next page", async () => {
	const asked: string[] = [];
	const vendor = createServer(({ url = "" }, answer) => {
		asked.push(url);
		answer.end("{}");
	});
	await new Promise<void>((resolve) => vendor.listen(0, "127.0.0.1", resolve));
	const baseUrl = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
	const { http } = await acme({}, () => apiKey({ query: "key" }, KEY), { baseUrl });
	await http.get(`${baseUrl}/a?b=x%20y&key=old-key-0000`);
	await http.get(`${baseUrl}/a?b=x%20y`);
	// what stands there already is not written anew where nothing is replaced
	expect(asked).toEqual([`/a?b=x+y&key=${KEY}`, `/a?b=x%20y&key=${KEY}`]);
	vendor.close();
	vendor.closeAllConnections();
});

const places = [
	["header", () => apiKey({ header: "x-api-key" }, KEY)],
	["query", () => apiKey({ query: "api_key" }, KEY)],
	["bearer", () => bearer(KEY)],
	["basic", () => basic("user-name", KEY)],
] as const;

test.each(places)("a key in the %s is in no error, whatever the vendor answers", async (_place, auth) => {
	const { server, http, said } = await acme({}, auth, {
		errorOf: (body) => body?.error,
		limits: { tries: 2, totalTimeout: 200 },
	});
	const echo = {
		error: { code: KEY, detail: `the key ${KEY} (${encodeURIComponent(KEY)}) of user-name:${KEY} is wrong` },
	};
	const faults = [
		...[400, 401, 403, 404, 429, 500].map((status) => ({ kind: "status" as const, status, json: echo, times: 2 })),
		...(["cut_off", "reset", "truncated", "hang"] as const).map((kind) => ({ kind, times: 2 })),
	];
	for (const fault of faults) {
		server.fail(fault);
		const error = await failure(http.get("/v1/orders"));
		expect(textOf(error)).not.toContain(KEY);
		expect(textOf(error)).not.toContain(Buffer.from(KEY).toString("base64").slice(0, 20));
		expect(error.where).toContain("GET /v1/orders");
	}
	expect(JSON.stringify(said)).not.toContain(KEY);
});

test.each(places)("a key in the %s does not go where a redirect points to", async (_place, auth) => {
	const other = await startServer({ "*": () => ({ json: { from: "other" } }) });
	const { server, http } = await acme(
		{
			"GET /away": () => ({ status: 302, headers: { location: `${other.url}/file?token=of-its-own` } }),
			"GET /echo": ({ query }) => ({
				status: 302,
				headers: { location: `${other.url}/file?${new URLSearchParams(query)}&k=${KEY}` },
			}),
			"GET /home": () => ({ status: 302, headers: { location: "/there" } }),
			"GET /there": ({ headers, query }) => ({ json: { shown: JSON.stringify([headers, query]) } }),
		},
		auth,
	);
	expect((await http.get("/away")).body).toEqual({ from: "other" });
	expect(JSON.stringify(other.requests)).not.toContain(KEY);
	const error = await failure(http.get("/echo"));
	expect(error).toMatchObject({
		code: "data.redirect_refused",
		message: "A redirect would take the key to another address",
	});
	expect(textOf(error)).not.toContain(KEY);
	expect(other.requests).toHaveLength(1);
	// on the way home it is shown again
	expect(redact((await http.get("/home")).body.shown)).toContain("***");
	expect(server.requests.at(-1)!.path).toBe("/there");
	await other.close();
});

test("a key that never changes is not tried again after a 401", async () => {
	const { server, http } = await acme({ "*": () => ({ status: 401 }) }, () => bearer(KEY), {
		credentialHint: "see the README",
	});
	expect(await failure(http.get("/"))).toMatchObject({ code: "config.credentials", next: "see the README" });
	expect(server.requests).toHaveLength(1);
});
