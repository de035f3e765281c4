import { describe, expect, test } from "vitest";
import { clientCredentials, refreshToken } from "../../../src/http/auth/grant.ts";
import { login } from "../../../src/http/auth/login.ts";
import { signed } from "../../../src/http/auth/signed.ts";
import { redact } from "../../../src/redact.ts";
import { type Routes, type ScriptedRequest, startServer } from "../../../src/testing/scripted-server.ts";
import { acme, failure, NOW, textOf } from "./acme.ts";

const CLIENT = { clientId: "app-1", clientSecret: "s3cret+/ =&ü-0123" };
const SECRETS = [CLIENT.clientSecret, "access-0001", "access-0002", "refresh-0000", "refresh-0001", "refresh-0002"];

/** The token as shown; 401 for another one than `valid`. */
const guarded =
	(valid: () => string) =>
	({ headers }: ScriptedRequest) =>
		headers.authorization === `Bearer ${valid()}` ? { json: { ok: true } } : { status: 401, json: {} };

/** An OAuth server that counts its tokens: access-0001, access-0002, … each with a refresh token of its own. */
function oauth(more: object = { expires_in: 3600 }): { routes: Routes; issued: () => number; revoke: () => void } {
	let issued = 0;
	let valid = "";
	return {
		issued: () => issued,
		revoke: () => {
			valid = "";
		},
		routes: {
			"POST /token": ({ body }) => {
				const form = new URLSearchParams(String(body));
				const last = `refresh-${String(issued).padStart(4, "0")}`;
				if (form.get("grant_type") === "refresh_token" && form.get("refresh_token") !== last)
					return { status: 400, json: { error: "invalid_grant" } };
				const number = String(++issued).padStart(4, "0");
				valid = `access-${number}`;
				return { json: { access_token: valid, token_type: "Bearer", refresh_token: `refresh-${number}`, ...more } };
			},
			"GET /data": guarded(() => valid),
		},
	};
}

describe("client credentials", () => {
	test("one token for all requests, until a minute before its end", async () => {
		const vendor = oauth();
		const { server, http, clock } = await acme(
			vendor.routes,
			() => clientCredentials({ tokenUrl: "/token", ...CLIENT, scope: "read", more: { audience: "api" } }),
			{ rate: { concurrent: 20 } },
		);
		await Promise.all(Array.from({ length: 20 }, () => http.get("/data")));
		const asked = server.requests.filter(({ path }) => path === "/token");
		expect(asked).toHaveLength(1);
		expect(Object.fromEntries(new URLSearchParams(String(asked[0]!.body)))).toEqual({
			grant_type: "client_credentials",
			client_id: "app-1",
			client_secret: CLIENT.clientSecret,
			scope: "read",
			audience: "api",
		});
		expect(asked[0]!.headers).toMatchObject({ "content-type": "application/x-www-form-urlencoded" });
		expect(asked[0]!.headers.authorization).toBeUndefined();
		clock.now = NOW + 3_539_000;
		await http.get("/data");
		expect(vendor.issued()).toBe(1);
		clock.now = NOW + 3_540_000;
		await http.get("/data");
		expect(vendor.issued()).toBe(2);
	});

	test("the client in Basic auth, id and secret form-encoded first; parameters as JSON", async () => {
		const vendor = oauth();
		const { server, http } = await acme(vendor.routes, () =>
			clientCredentials({ tokenUrl: "/token", ...CLIENT, clientIn: "basic", json: true }),
		);
		await http.get("/data");
		const sent = Buffer.from("app-1:s3cret%2B%2F+%3D%26%C3%BC-0123").toString("base64");
		expect(server.requests[0]).toMatchObject({
			headers: { authorization: `Basic ${sent}`, "content-type": "application/json" },
			body: { grant_type: "client_credentials" },
		});
	});

	test("the token's address may be another host, which gets nothing else", async () => {
		const vendor = oauth();
		const accounts = await startServer(vendor.routes);
		const { server, http } = await acme(
			{ "GET /data": guarded(() => "access-0001") },
			() => clientCredentials({ tokenUrl: `${accounts.url}/token`, ...CLIENT }),
			{ headers: { "x-own": "for the base alone" } },
		);
		await http.get("/data");
		expect(accounts.requests).toHaveLength(1);
		expect(JSON.stringify(accounts.requests)).not.toContain("for the base alone");
		expect(JSON.stringify(server.requests)).not.toContain("app-1");
		await accounts.close();
	});

	test("the token's address must be https", async () => {
		const { http } = await acme({}, () =>
			clientCredentials({ tokenUrl: "http://accounts.example.com/token", ...CLIENT }),
		);
		expect(await failure(http.get("/data"))).toMatchObject({
			code: "config.base_url",
			message: "The address of the login cannot be used",
			where: "address of the login http://accounts.example.com",
		});
	});

	test("a token of short life is shown for nine tenths of it; one without a life until it is refused", async () => {
		const short = oauth({ expires_in: "100" });
		const first = await acme(short.routes, () => clientCredentials({ tokenUrl: "/token", ...CLIENT }));
		await first.http.get("/data");
		first.clock.now = NOW + 89_000;
		await first.http.get("/data");
		expect(short.issued()).toBe(1);
		first.clock.now = NOW + 90_000;
		await first.http.get("/data");
		expect(short.issued()).toBe(2);

		for (const expires_in of [undefined, null, 0, -1, "soon", {}]) {
			const open = oauth({ expires_in });
			const second = await acme(open.routes, () => clientCredentials({ tokenUrl: "/token", ...CLIENT }));
			await second.http.get("/data");
			second.clock.now = NOW + 1e10;
			await second.http.get("/data");
			expect(open.issued()).toBe(1);
			open.revoke();
			await second.http.get("/data");
			expect(open.issued()).toBe(2);
		}
	});

	test("a 401 is answered with a new token once; the second is an error with the way out", async () => {
		const vendor = oauth();
		const { server, http, said } = await acme(
			{ ...vendor.routes, "GET /data": () => ({ status: 401, json: {} }) },
			() => clientCredentials({ tokenUrl: "/token", ...CLIENT }),
			{ credentialHint: "new keys: source-acme README" },
		);
		expect(await failure(http.get("/data"))).toMatchObject({
			code: "config.credentials",
			where: "GET /data, 401 UNAUTHORIZED",
			next: "new keys: source-acme README",
		});
		expect(server.requests.map(({ path }) => path)).toEqual(["/token", "/data", "/token", "/data"]);
		expect(said).toEqual([]);
	});
});

describe("a token that is not given", () => {
	const ask = (tries = 8) => ({
		auth: () => clientCredentials({ tokenUrl: "/oauth/token", ...CLIENT }),
		limits: { tries },
	});

	test.each([
		[
			401,
			{ error: "invalid_client", error_description: "no such client" },
			"Acme does not take this client",
			'"no such client"',
			"check the client's id and its secret",
		],
		[
			400,
			{ error: "unauthorized_client" },
			"Acme does not take this client",
			"it said no more",
			"check the client's id and its secret",
		],
		[
			400,
			{ error: "invalid_scope", error_description: "scope admin" },
			"Acme does not give this client what it asks for",
			'"scope admin"',
			"allow the scope at the vendor",
		],
		[
			403,
			{ code: 10010, message: "Forbidden for you" },
			"Acme refused the login",
			'"Forbidden for you"',
			"check the keys in the settings",
		],
		[400, null, "Acme refused the login", "it said no more", "check the keys in the settings"],
	])("%i %j", async (status, json, message, why, next) => {
		const { auth, limits } = ask();
		const { server, http } = await acme({ "POST /oauth/token": () => ({ status, json }) }, auth, { limits });
		const error = await failure(http.get("/data"));
		expect(error).toMatchObject({ code: "config.credentials", message, why, next });
		expect(error.where).toContain(`POST /oauth/token, ${status}`);
		expect(server.requests).toHaveLength(1);
	});

	test("200 with an error in it is a refusal; 200 without a token says what is missing", async () => {
		const { auth } = ask();
		const first = await acme({ "*": () => ({ json: { error: "invalid_client" } }) }, auth);
		expect(await failure(first.http.get("/data"))).toMatchObject({
			code: "config.credentials",
			message: "Acme does not take this client",
		});
		for (const json of [{}, [], null, "text", { access_token: 7 }, { access_token: "" }]) {
			const second = await acme({ "*": () => ({ json: json as never }) }, auth);
			expect(await failure(second.http.get("/data"))).toMatchObject({
				code: "data.no_token",
				where: "POST /oauth/token",
				why: "access_token is missing",
			});
		}
	});

	test("5xx, 429 and what OAuth calls passing come again; the tries are not multiplied by those of the request", async () => {
		const { auth, limits } = ask(3);
		const down = { kind: "status" as const, status: 503, times: 2 };
		const first = await acme(oauth().routes, () => clientCredentials({ tokenUrl: "/token", ...CLIENT }), { limits });
		first.server.fail({ ...down, path: "/token" });
		expect((await first.http.get("/data")).body).toEqual({ ok: true });

		for (const [status, json, code] of [
			[503, null, "transient.vendor_error"],
			[429, null, "transient.rate_limited"],
			[400, { error: "temporarily_unavailable" }, "transient.vendor_error"],
		] as const) {
			const { server, http } = await acme({ "*": () => ({ status, json }) }, auth, { limits });
			const error = await failure(http.get("/data"));
			expect(error.code).toBe(code);
			expect(error.message).toMatch(/^Acme .*: 3 tries in /);
			expect(error.where).toContain("POST /oauth/token");
			expect(server.requests).toHaveLength(3);
		}
	});

	test("an HTML page in place of a token is told as one", async () => {
		const { auth } = ask();
		const { http } = await acme(
			{ "*": () => ({ body: "<html>Sign in</html>", headers: { "content-type": "text/html" } }) },
			auth,
			{ limits: { tries: 2 } },
		);
		expect(await failure(http.get("/data"))).toMatchObject({
			code: "transient.not_json",
			where: "POST /oauth/token",
			why: expect.stringContaining("login page"),
		});
		const refused = await acme({ "*": () => ({ status: 403, body: "<html>no</html>" }) }, auth);
		expect(await failure(refused.http.get("/data"))).toMatchObject({
			code: "config.credentials",
			message: "Acme refused the login",
		});
	});

	test("no error and no wait holds a key, however the vendor echoes it", async () => {
		for (const status of [200, 400, 401, 403, 404, 500]) {
			const { http, said } = await acme(
				{
					"*": ({ body }) => ({
						status,
						json: { error: String(body), error_description: `you sent ${body} and ${CLIENT.clientSecret}` },
					}),
				},
				() => clientCredentials({ tokenUrl: "/token", ...CLIENT }),
				{ limits: { tries: 2 } },
			);
			const text = textOf(await failure(http.get("/data"))) + JSON.stringify(said);
			expect(text).not.toContain(CLIENT.clientSecret);
			expect(text).not.toContain("s3cret");
		}
	});

	test("a token's address that is not there is no refusal", async () => {
		const { auth } = ask();
		const { http } = await acme({}, auth);
		expect(await failure(http.get("/data"))).toMatchObject({
			code: "config.not_found",
			where: expect.stringContaining("POST /oauth/token, 404"),
		});
	});

	test("a clock that goes wrong is told, since it is often the reason", async () => {
		const date = new Date(NOW - 600_000).toUTCString();
		const { auth } = ask();
		const { http } = await acme(
			{ "*": () => ({ status: 400, json: { error: "invalid_request" }, headers: { date } }) },
			auth,
		);
		expect((await failure(http.get("/data"))).why).toBe("the clock of this machine is 600 s ahead of the vendor's");
	});
});

describe("a refresh token", () => {
	const grant = (tokenUrl = "/token") =>
		refreshToken({ tokenUrl, ...CLIENT, refreshToken: "refresh-0000", setting: "login.refresh_token" });

	test("that works once is kept before the first request with its token leaves", async () => {
		const vendor = oauth();
		const order: string[] = [];
		const routes: Routes = Object.fromEntries(
			Object.entries(vendor.routes).map(([route, answer]) => [
				route,
				(request) => {
					order.push(request.path);
					return answer(request);
				},
			]),
		);
		const { http, saved, clock } = await acme(
			routes,
			() => grant(),
			{},
			async () => {
				await new Promise((resolve) => setTimeout(resolve, 20));
				order.push("saved");
			},
		);
		await Promise.all([http.get("/data"), http.get("/data")]);
		clock.now += 3_600_000;
		await http.get("/data");
		expect(order).toEqual(["/token", "saved", "/data", "/data", "/token", "saved", "/data"]);
		expect(saved).toEqual([{ login: { refresh_token: "refresh-0001" } }, { login: { refresh_token: "refresh-0002" } }]);
		for (const secret of SECRETS) expect(redact(`a ${secret} b`)).toBe("a *** b");
	});

	test("that stays as it is, is not kept again", async () => {
		const { http, saved } = await acme(
			{
				"POST /token": () => ({ json: { access_token: "access-0001", refresh_token: "refresh-0000" } }),
				"*": () => ({ json: {} }),
			},
			() => grant(),
		);
		await http.get("/data");
		expect(saved).toEqual([]);
	});

	test("that cannot be kept, is not used", async () => {
		const vendor = oauth();
		const { server, http } = await acme(
			vendor.routes,
			() => grant(),
			{},
			async () => {
				throw new Error("the disk is full");
			},
		);
		await expect(http.get("/data")).rejects.toThrow("the disk is full");
		expect(server.requests.map(({ path }) => path)).toEqual(["/token"]);
	});

	test("that is used up says what may have happened and what to do", async () => {
		const { http } = await acme(
			{ "*": () => ({ status: 400, json: { error: "invalid_grant", error_description: "token was revoked" } }) },
			() => grant(),
		);
		expect(await failure(http.get("/data"))).toMatchObject({
			code: "config.credentials",
			message: "Acme does not take the refresh token any more",
			where: "POST /token, 400 invalid_grant",
			why: '"token was revoked"; it has expired, was revoked, or was used: a run that was ended just while it renewed it leaves a used one',
			next: "connect the account again at Acme, and put the new refresh token into the setting login.refresh_token",
		});
	});
});

describe("a login call of a vendor's own", () => {
	const routes = (count: { logins: number }): Routes => ({
		"POST /authentication/login": ({ body }) => {
			count.logins++;
			return {
				json: {
					token: { accessToken: `access-000${count.logins}`, expiresIn: 86_400 },
					status: "SUCCESS",
					sent: body as never,
				},
			};
		},
		"GET /orders": guarded(() => `access-000${count.logins}`),
	});
	const toast = (kept?: { token: string; until?: string }) =>
		login({
			ask: (session) =>
				session.ask("/authentication/login", { json: { clientId: "app-1", clientSecret: CLIENT.clientSecret } }),
			token: (body) => body.token.accessToken,
			expires: (body) => body.token.expiresIn,
			kept: { setting: "session", value: kept },
		});

	test("is made once for the life of its token, and kept for the next run", async () => {
		const count = { logins: 0 };
		const { http, saved, clock } = await acme(routes(count), () => toast());
		for (let hour = 0; hour < 23; hour++) {
			await http.get("/orders");
			clock.now += 3_600_000;
		}
		expect(count.logins).toBe(1);
		const session = { token: "access-0001", until: "2026-07-02T02:59:00.000Z" };
		expect(saved).toEqual([{ session }]);

		const next = await acme(routes(count), () => toast(session));
		await next.http.get("/orders");
		expect(count.logins).toBe(1);
		next.clock.now = Date.parse(session.until);
		await next.http.get("/orders");
		expect(count.logins).toBe(2);
	});

	test("is made again where a kept token was revoked meanwhile", async () => {
		const count = { logins: 0 };
		const { http } = await acme(routes(count), () => toast({ token: "access-of-long-ago" }));
		await http.get("/orders");
		expect(count.logins).toBe(1);
	});

	test("tells its token's end as a time too, and is refused in four parts", async () => {
		const ends = login({
			ask: (session) => session.ask("/login", {}),
			token: (body) => body.token,
			expires: (body) => body.expires_at,
		});
		let logins = 0;
		const { http, clock } = await acme(
			{
				"POST /login": () => ({ json: { token: `t-${++logins}-0123456`, expires_at: "2026-07-01T04:00:00Z" } }),
				"*": () => ({ json: {} }),
			},
			() => ends,
		);
		await http.get("/");
		clock.now = NOW + 3_500_000;
		await http.get("/");
		expect(logins).toBe(1);
		clock.now = NOW + 3_545_000;
		await http.get("/");
		expect(logins).toBe(2);

		const refused = await acme({ "*": () => ({ status: 401, json: { code: "10006", message: "bad client" } }) }, () =>
			toast(),
		);
		expect(await failure(refused.http.get("/orders"))).toMatchObject({
			code: "config.credentials",
			message: "Acme refused the login",
			where: "POST /authentication/login, 401 10006",
			why: '"bad client"',
		});
		const strange = await acme({ "*": () => ({ json: { status: "ok" } }) }, () => toast());
		expect(await failure(strange.http.get("/orders"))).toMatchObject({
			code: "data.no_token",
			where: "POST /authentication/login",
		});
	});
});

test("a token for every single request", async () => {
	let tokens = 0;
	const once = signed(async (_request, _now, session) => {
		const { body } = await session.ask("/once", {});
		return { headers: { "x-once": body.token } };
	});
	const { server, http } = await acme(
		{ "POST /once": () => ({ json: { token: `once-${++tokens}` } }), "*": () => ({ json: {} }) },
		() => once,
	);
	server.fail({ kind: "status", status: 503, path: "/data" });
	await http.get("/data");
	await http.get("/data");
	expect(server.requests.filter(({ path }) => path === "/data").map(({ headers }) => headers["x-once"])).toEqual([
		"once-1",
		"once-2",
		"once-3",
	]);
});
