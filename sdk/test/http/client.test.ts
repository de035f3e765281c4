import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { Waiting } from "@growthnav/spec";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { bearer } from "../../src/http/auth/keys.ts";
import { createHttp, type HttpOptions } from "../../src/http/index.ts";
import { forgetSecrets } from "../../src/redact.ts";
import { type Routes, type ScriptedServer, startServer } from "../../src/testing/scripted-server.ts";

let server: ScriptedServer;
let clock = 0;
let slept: number[] = [];
let waited: Waiting[] = [];
const closers: (() => unknown)[] = [];

beforeEach(() => {
	clock = Date.parse("2026-07-01T03:00:00Z");
	slept = [];
	waited = [];
});
afterEach(async () => {
	forgetSecrets();
	for (const close of closers.splice(0)) await close();
});

async function scripted(routes: Routes): Promise<ScriptedServer> {
	server = await startServer(routes);
	closers.push(() => server.close());
	return server;
}

function client(options: Partial<HttpOptions> = {}, signal = new AbortController().signal) {
	return createHttp(
		{
			baseUrl: server.url,
			vendor: "Acme",
			auth: bearer("sk-live-0123456789"),
			credentialHint: "new key: source-acme README",
			errorOf: (body) => (body as { error?: { code: string; detail: string } } | null)?.error,
			...options,
		},
		{
			signal,
			log: { waiting: (waiting) => void waited.push(waiting) },
			now: () => clock,
			random: () => 1,
			sleep: async (ms) => {
				slept.push(ms);
				clock += ms;
			},
		},
	);
}

async function failure(promise: Promise<unknown>): Promise<ConnectorError> {
	const thrown = await promise.then(
		() => undefined,
		(error: unknown) => error,
	);
	expect(thrown).toBeInstanceOf(ConnectorError);
	return thrown as ConnectorError;
}

describe("a request", () => {
	test("carries the key, the query and the body; the answer names the request without them", async () => {
		await scripted({ "POST /v2/orders/search": () => ({ json: { ok: true } }) });
		const answer = await client({ baseUrl: `${server.url}/v2/` }).post("/orders/search", {
			query: { limit: 5, none: undefined },
			body: { a: [1] },
			headers: { "square-version": "2025-08-20" },
		});
		expect(answer).toMatchObject({ status: 200, body: { ok: true }, request: "POST /v2/orders/search" });
		expect(server.requests[0]).toMatchObject({
			query: { limit: "5" },
			body: { a: [1] },
			headers: { authorization: "Bearer sk-live-0123456789", "square-version": "2025-08-20" },
		});
	});

	test("numbers that a float cannot hold keep their digits, both ways", async () => {
		await scripted({ "*": () => ({ body: '{"amount": 9007199254740993, "rate": 0.10000000000000000001}' }) });
		const { body } = await client().get("/");
		expect(JSON.stringify(body)).toBe('{"amount":9007199254740993,"rate":0.10000000000000000001}');
		await client().post("/", { body: { amount: body.amount } });
		expect(Number((server.requests[1]!.body as { amount: number }).amount)).toBe(9007199254740992);
	});

	test("a compressed answer is read", async () => {
		await scripted({ "*": () => ({ headers: { "content-encoding": "gzip" }, body: gzipSync('{"a":1}') }) });
		expect((await client().get("/")).body).toEqual({ a: 1 });
	});
});

describe("tried again", () => {
	test("429 waits as long as Retry-After says, in seconds", async () => {
		await scripted({ "*": () => ({ json: { ok: 1 } }) });
		server.fail({ kind: "status", status: 429, headers: { "retry-after": "12" }, times: 2 });
		await client().get("/v2/orders");
		expect(slept).toEqual([12_000, 12_000]);
		expect(waited).toEqual([
			{ reason: "rate_limited", wait_s: 12, try: 2, of: 8, request: "GET /v2/orders" },
			{ reason: "rate_limited", wait_s: 12, try: 3, of: 8, request: "GET /v2/orders" },
		]);
	});

	test.each(["2026-07-01T03:00:00Z", "1970-01-01T00:00:00Z", "2038-01-19T03:14:07Z"])(
		"429 waits until the date of Retry-After by the vendor's clock, wherever ours stands (%s)",
		async (ours) => {
			clock = Date.parse(ours);
			await scripted({ "*": () => ({ json: {} }) });
			const headers = { date: "Wed, 01 Jul 2026 03:00:00 GMT", "retry-after": "Wed, 01 Jul 2026 03:00:30 GMT" };
			server.fail({ kind: "status", status: 429, headers });
			await client().get("/");
			expect(slept).toEqual([30_000]);
		},
	);

	test("a wait beyond the limit ends the request and says when to come back and which setting bounds it", async () => {
		await scripted({ "*": () => ({ json: {} }) });
		server.fail({ kind: "status", status: 429, headers: { "retry-after": "7200" } });
		const error = await failure(client().get("/"));
		expect(error).toMatchObject({ code: "transient.wait_too_long", retryAfter: 7200 });
		expect(error.why).toContain("http_limits.longest_wait, 15 min 0 s");
		expect(error.next).toContain("2026-07-01T05:00:00Z");
	});

	test.each(["99999999999999999", "9".repeat(400), "1e5"])(
		"a Retry-After of %.20s is no time of this world",
		async (wait) => {
			await scripted({ "*": () => ({ json: {} }) });
			server.fail({ kind: "status", status: 429, headers: { "retry-after": wait }, times: 9 });
			const error = await failure(client().get("/orders"));
			expect(error.code).toMatch(/^transient\.(wait_too_long|rate_limited)$/);
			expect(error.next).toMatch(/^run again/);
		},
	);

	test("when all tries are used up, the totals are told", async () => {
		await scripted({ "*": () => ({}) });
		const json = { error: { code: "RATE_LIMITED", detail: "slow down" } };
		server.fail({ kind: "status", status: 429, json, headers: { "retry-after": "10" }, times: 99 });
		const error = await failure(client().get("/v2/orders"));
		expect(server.requests).toHaveLength(8);
		expect(error).toMatchObject({
			code: "transient.rate_limited",
			message: "Acme limits the rate: 8 tries in 1 min 10 s",
			where: "GET /v2/orders, 429 RATE_LIMITED",
			why: '"slow down"',
			next: "run again after 03:01:20Z; what is committed stays",
		});
	});

	test("5xx, cut-off, reset and silent answers come again, with growing waits", async () => {
		await scripted({ "*": () => ({ json: { text: "x".repeat(5000) } }) });
		server.fail({ kind: "status", status: 503 });
		server.fail({ kind: "cut_off" });
		server.fail({ kind: "truncated" });
		server.fail({ kind: "reset" });
		server.fail({ kind: "hang" });
		const http = client({ limits: { headersTimeout: 100, totalTimeout: 5_000 } });
		expect((await http.get("/")).body.text).toHaveLength(5000);
		expect(slept).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
	});

	test.each([
		["cut_off", "transient.answer_cut_off"],
		["truncated", "transient.answer_cut_off"],
		["reset", "transient.answer_cut_off"],
		["hang", "transient.timeout"],
		["trickle", "transient.timeout"],
	] as const)("%s without end is %s, with the request and the tries", async (kind, code) => {
		await scripted({ "*": () => ({ json: { text: "x".repeat(500) } }) });
		server.fail({ kind, times: 9, every: 20 });
		const error = await failure(client({ limits: { totalTimeout: 150, tries: 2 } }).get("/v2/orders"));
		expect(error.code).toBe(code);
		expect(error.message).toMatch(/: 2 tries in /);
		expect(error.where).toContain("GET /v2/orders");
		expect(server.requests).toHaveLength(2);
		if (code === "transient.timeout") expect(error.next).toContain("http_limits.total_timeout");
	});

	test("a dripping body that never pauses is ended by the total time", async () => {
		await scripted({ "*": () => ({ body: " ".repeat(100_000) }) });
		server.fail({ kind: "trickle", every: 1, times: 9 });
		const started = performance.now();
		const error = await failure(client({ limits: { totalTimeout: 100, tries: 1 } }).get("/"));
		expect(error.message).toBe("Acme is too slow: 1 try in 0.0 s");
		expect(error.why).toBe("the answer was not complete within 0.1 s");
		expect(performance.now() - started).toBeLessThan(5_000);
	});

	test("silence within a body names its limit", async () => {
		await scripted({ "*": () => ({ body: " ".repeat(1000) }) });
		server.fail({ kind: "trickle", every: 5_000, times: 9 });
		const error = await failure(client({ limits: { bodyTimeout: 100, tries: 1 } }).get("/"));
		expect(error.next).toContain("http_limits.body_timeout");
	});

	test("nobody listening is transient.network", async () => {
		await scripted({});
		await server.close();
		const error = await failure(client({ limits: { tries: 3 } }).get("/v2/orders"));
		expect(error).toMatchObject({ code: "transient.network", where: "GET /v2/orders" });
		expect(error.message).toBe("The connection to Acme failed: 3 tries in 3.0 s");
		expect(error.why).toContain("ECONNREFUSED");
	});

	test("an HTML page is no answer", async () => {
		await scripted({ "*": () => ({ headers: { "content-type": "text/html" }, body: "<html>Maintenance</html>" }) });
		const error = await failure(client({ limits: { tries: 2 } }).get("/"));
		expect(error).toMatchObject({
			code: "transient.not_json",
			message: "The answer is an HTML page: 2 tries in 1.0 s",
		});
	});
});

describe("not tried again", () => {
	test.each([
		[401, "config.credentials"],
		[403, "config.forbidden"],
	])("%i is %s", async (status, code) => {
		await scripted({});
		server.fail({
			kind: "status",
			status,
			json: { error: { code: "UNAUTHORIZED", detail: "could not be authorized." } },
		});
		const error = await failure(client().get("/v2/locations"));
		expect(server.requests).toHaveLength(1);
		expect(error).toMatchObject({
			code,
			where: `GET /v2/locations, ${status} UNAUTHORIZED`,
			why: '"could not be authorized."',
			next: "new key: source-acme README",
		});
	});

	test.each([
		[404, "config.not_found", "404 NOT_FOUND"],
		[400, "config.request_refused", "400 BAD_REQUEST"],
		[422, "config.request_refused", "422 UNPROCESSABLE_ENTITY"],
	])("%i is %s", async (status, code, where) => {
		await scripted({});
		server.fail({ kind: "status", status });
		expect(await failure(client().get("/x"))).toMatchObject({ code, where: `GET /x, ${where}` });
	});

	test("an errorOf that stumbles does not hide the error", async () => {
		await scripted({});
		server.fail({ kind: "status", status: 401, json: null });
		const errorOf = (body: unknown) => (body as { errors: { code: string }[] }).errors[0];
		expect((await failure(client({ errorOf }).get("/"))).code).toBe("config.credentials");
	});

	test.each([{ code: {}, detail: [1] }, { code: 5, detail: null }, "no", 7, [], { detail: { length: 1e9 } }])(
		"words of a vendor that are no text are left out: %j",
		async (error) => {
			await scripted({ "*": () => ({ json: {} }) });
			server.fail({ kind: "status", status: 400, json: { error } as never });
			expect(await failure(client().get("/orders"))).toMatchObject({
				code: "config.request_refused",
				where: "GET /orders, 400 BAD_REQUEST",
				why: undefined,
			});
		},
	);

	test.each([
		[{ errors: [{ code: "BAD_VALUE", message: "no such day" }] }, "400 BAD_VALUE", '"no such day"'],
		[{ error: "invalid_grant", error_description: "expired" }, "400 invalid_grant", '"expired"'],
		[{ error: { message: "no such day", type: "OAuthException" } }, "400 OAuthException", '"no such day"'],
		[{ message: "no such day" }, "400 BAD_REQUEST", '"no such day"'],
		[{ error: "It was not possible, sorry" }, "400 BAD_REQUEST", undefined],
		[["a list"], "400 BAD_REQUEST", undefined],
		["only text", "400 BAD_REQUEST", undefined],
	])("without errorOf the usual members are looked at: %j", async (json, said, why) => {
		await scripted({ "*": () => ({ status: 400, json: json as never }) });
		const http = createHttp(
			{ baseUrl: server.url, vendor: "Acme" },
			{ signal: new AbortController().signal, log: { waiting() {} } },
		);
		expect(await failure(http.get("/x"))).toMatchObject({ where: `GET /x, ${said}`, why });
	});

	test("of a vendor's words one line is shown, without what may be personal", async () => {
		const detail = `no customer ann.smith@mail.example, card 4111 1111 1111 1111, phone +49 170 1234567, order 1042\n${"x".repeat(1e6)}`;
		await scripted({ "*": () => ({ status: 422, json: { error: { code: "NO", detail } } }) });
		const { why } = await failure(client().get("/x"));
		expect(why).toMatch(
			/^"no customer xxx\.xxxxx@xxxx\.xxxxxxx, card 0000 0000 0000 0000, phone \+00 000 0000000, order 1042\\n/,
		);
		expect(why!.length).toBeLessThan(310);
	});

	test("hints are found by the vendor's code, then by the status; one that stumbles is none", async () => {
		await scripted({ "*": () => ({ status: 422, json: { error: { code: "NO", detail: "day" } } }) });
		const next = async (hints: HttpOptions["hints"]) =>
			(await failure(client({ ...(hints && { hints }) }).get("/x"))).next;
		expect(await next({ NO: (detail) => `choose another ${detail}`, 422: "no" })).toBe("choose another day");
		expect(await next({ 422: "look at the dates" })).toBe("look at the dates");
		const stumbling = { NO: () => (undefined as unknown as { a: string }).a };
		expect(await next(stumbling)).toMatch(/^correct the setting/);
	});

	test("secrets in a vendor's words are removed", async () => {
		await scripted({});
		const json = { error: { code: "BAD", detail: "no such token sk-live-0123456789" } };
		server.fail({ kind: "status", status: 400, json });
		const error = await failure(client().get("/sk-live-0123456789/orders"));
		expect(`${error.where} ${error.why} ${error.message}`).not.toContain("sk-live");
	});

	test("an answer above the byte limit, and a compression bomb", async () => {
		await scripted({ "GET /big": () => ({ body: " ".repeat(3000) }), "GET /bomb": () => gzipped(50_000_000) });
		const big = await failure(client({ limits: { answerBytes: 2000 } }).get("/big"));
		expect(big).toMatchObject({ code: "data.answer_too_large", where: "GET /big" });
		expect(big.next).toContain("http_limits.answer_bytes");
		const bomb = await failure(client().get("/bomb"));
		expect(bomb).toMatchObject({ code: "data.answer_too_large", where: "GET /bomb" });
		expect(bomb.next).toContain("http_limits.decompression_ratio");
		const within = await failure(client({ limits: { answerBytes: 2_000_000, decompressionRatio: 9999 } }).get("/bomb"));
		expect(within.next).toContain("http_limits.answer_bytes");
	});
});

test.each(["constructor", "toString", "__proto__", "zstd", "gzip, gzip"])(
	"an answer compressed as %s is refused",
	async (encoding) => {
		await scripted({ "*": () => ({ headers: { "content-encoding": encoding }, body: "{}" }) });
		expect((await failure(client().get("/"))).code).toBe("data.answer_encoding");
	},
);

test("a head without end and a body without end are left", async () => {
	const chunk = Buffer.alloc(1_000_000, 32);
	const endless = createServer((request, response) => {
		if (request.url === "/head") return void response.setHeader("x-long", "x".repeat(100_000)).end("{}");
		const more = (): unknown => response.write(chunk, (error) => error || setImmediate(more));
		more();
	});
	server = { url: `http://127.0.0.1:${await listening(endless)}` } as ScriptedServer;
	const head = await failure(client().get("/head"));
	expect(head).toMatchObject({
		code: "data.answer_too_large",
		next: expect.stringContaining("http_limits.header_bytes"),
	});
	const body = await failure(client({ limits: { answerBytes: 5_000_000 } }).get("/body"));
	expect(body).toMatchObject({
		code: "data.answer_too_large",
		next: expect.stringContaining("http_limits.answer_bytes"),
	});
});

test("the name of a compression may be written in capitals", async () => {
	await scripted({ "*": () => ({ headers: { "content-encoding": "GZIP" }, body: gzipSync('{"a":1}') }) });
	expect((await client().get("/")).body).toEqual({ a: 1 });
});

function gzipped(bytes: number) {
	return { headers: { "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(bytes, 32)) };
}

describe("where requests may go", () => {
	test.each(["http://api.example.com", "ftp://api.example.com", "not a url", "https://user:pass@api.example.com"])(
		"%s is refused as a base",
		(baseUrl) => {
			server = { url: "" } as ScriptedServer;
			expect(() => client({ baseUrl })).toThrow(expect.objectContaining({ code: "config.base_url" }));
		},
	);

	test("redirects on the same origin are followed with the key, at most five", async () => {
		await scripted({
			"GET /a": () => ({ status: 302, headers: { location: "/b?x=1" } }),
			"GET /b": () => ({ json: { b: true } }),
			"GET /loop": () => ({ status: 307, headers: { location: "/loop" } }),
		});
		expect((await client().get("/a")).body).toEqual({ b: true });
		expect(server.requests[1]).toMatchObject({ path: "/b", query: { x: "1" } });
		expect(server.requests[1]!.headers.authorization).toBe("Bearer sk-live-0123456789");
		const error = await failure(client().get("/loop"));
		expect(error.code).toBe("data.redirects");
		expect(error.next).toContain("http_limits.redirects");
		expect(server.requests.filter(({ path }) => path === "/loop")).toHaveLength(6);
	});

	test("a POST is not turned into a GET by a redirect", async () => {
		await scripted({ "*": () => ({ status: 302, headers: { location: "/b" } }) });
		expect((await failure(client().post("/a"))).code).toBe("data.redirect_refused");
	});

	test("another origin never sees the key", async () => {
		const seen: (string | undefined)[] = [];
		const other = createServer((request, response) => {
			seen.push(request.headers.authorization, request.headers["x-api-key"] as string | undefined);
			response.setHeader("content-type", "application/json").end("{}");
		});
		const port = await listening(other);
		await scripted({ "*": () => ({ status: 302, headers: { location: `http://127.0.0.1:${port}/stolen` } }) });
		await client({ headers: { "x-api-key": "abcdefgh" } }).get("/");
		expect(seen).toEqual([undefined, undefined]);
	});

	test("another origin never sees a body: it may hold a key of its own", async () => {
		let seen = 0;
		const port = await listening(
			createServer((_request, response) => {
				seen++;
				response.end("{}");
			}),
		);
		await scripted({ "*": () => ({ status: 307, headers: { location: `http://127.0.0.1:${port}/stolen` } }) });
		const error = await failure(client().post("/token", { body: { client_secret: "sk-live-9876543210" } }));
		expect(error.code).toBe("data.redirect_refused");
		expect(seen).toBe(0);
	});

	test.each([
		"http://169.254.169.254/latest/meta-data/",
		"https://169.254.169.254/",
		"https://[fe80::1]/",
		"https://[::ffff:169.254.169.254]/",
		"https://[64:ff9b::a9fe:a9fe]/",
		"https://[64:ff9b::c0a8:101]/",
		"https://2852039166/",
		"https://0xa9.0xfe.0xa9.0xfe/",
		"https://192.168.1.1/",
		"http://example.com/",
	])("a redirect to %s is refused", async (location) => {
		await scripted({ "*": () => ({ status: 302, headers: { location } }) });
		const error = await failure(client().get("/"));
		expect(error.code).toBe("data.redirect_refused");
		expect(error.where).toContain("GET /");
	});
});

async function listening(other: Server): Promise<number> {
	await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
	closers.push(() => other.close());
	return (other.address() as AddressInfo).port;
}

describe("the rate budget", () => {
	test("requests of all streams leave one after the other", async () => {
		await scripted({ "*": () => ({ json: {} }) });
		const http = client({ rate: { perSecond: 4 } });
		const start = clock;
		for (let i = 0; i < 5; i++) await http.get("/");
		expect(clock - start).toBe(1000);
	});

	test("each value of the header that `per` names has a budget of its own", async () => {
		await scripted({
			"GET /x": ({ headers }) => ({ json: {}, headers: { "x-left": headers["x-place"] ? "9" : "0" } }),
		});
		const rate = {
			per: "X-Place",
			windows: [{ requests: 2, seconds: 10 }],
			told: ({ headers }: { headers: Record<string, string> }) => ({
				remaining: Number(headers["x-left"]),
				resetsIn: 3,
			}),
		};
		const http = client({ rate });
		for (const place of ["a", "b", "a", "b"]) await http.get("/x", { headers: { "x-place": place } });
		expect(slept).toEqual([]);
		await http.get("/x", { headers: { "x-place": "a" } });
		expect(slept).toEqual([10_000]);
		await http.get("/x");
		await http.get("/x", { headers: { "x-place": "b" } });
		expect(slept).toEqual([10_000]);
		await http.get("/x");
		expect(slept).toEqual([10_000, 3_000]);
	});

	test("a vendor's wait holds back the other requests too", async () => {
		await scripted({ "*": () => ({ json: {} }) });
		server.fail({ kind: "status", status: 429, headers: { "retry-after": "5" } });
		const http = client();
		const start = clock;
		await Promise.all([http.get("/a"), http.get("/b")]);
		expect(clock - start).toBeGreaterThanOrEqual(5_000);
	});
});

describe("stopping", () => {
	test("a run that is stopped ends its request at once, with the run's own reason", async () => {
		await scripted({});
		server.fail({ kind: "hang" });
		const stop = new AbortController();
		const pending = client({}, stop.signal).get("/");
		setTimeout(() => stop.abort(new Error("stopped by Ctrl-C")), 50);
		await expect(pending).rejects.toThrow("stopped by Ctrl-C");
		expect(slept).toEqual([]);
	});

	test("a real wait ends when the run is stopped", async () => {
		await scripted({});
		server.fail({ kind: "status", status: 500, times: 9 });
		const stop = new AbortController();
		const log = { waiting: () => stop.abort(new Error("enough")) };
		const http = createHttp({ baseUrl: server.url, vendor: "Acme" }, { signal: stop.signal, log });
		await expect(http.get("/")).rejects.toThrow("enough");
	});
});
