/** What a vendor's limits and refusals make of a whole read. */
import type { Message } from "@growthnav/spec";
import { afterEach, describe, expect, test } from "vitest";
import type { HttpOptions } from "../../src/http/index.ts";
import { defineSource, object, string, timestamp } from "../../src/index.ts";
import { checkSource, readSource } from "../../src/source/index.ts";
import { type ScriptedServer, startServer } from "../../src/testing/scripted-server.ts";

let server: ScriptedServer;
afterEach(() => server.close());

const NOW = Date.UTC(2026, 6, 1, 3);
const row = object({ id: string(), updated_at: timestamp() });

/** Streams a, b and c, each of two pages; what the vendor answers is the test's. */
function sourceWith(more: Partial<HttpOptions>) {
	const stream = (name: string) => ({
		...{ schema: row, primaryKey: "id" as const, cursor: "updated_at" as const, sorted: true as const },
		read: ({ http }: { http: import("../../src/http/client.ts").HttpClient }) =>
			http.pages<{ id: string; updated_at: string }>(`/${name}`, {
				query: { page: 1 },
				rows: (body) => body.rows,
				next: ({ body }) => body.next && { query: { page: body.next } },
			}),
	});
	return defineSource({
		...{ name: "acme", version: "1.0.0", title: "Acme", config: object({}) },
		http: () => ({ vendor: "Acme", baseUrl: server.url, limits: { tries: 3 }, ...more }),
		check: async ({ http }) => `shop ${(await http.get("/a")).body.rows.length}`,
		streams: { a: stream("a"), b: stream("b"), c: stream("c") },
	});
}

type Answer = Awaited<ReturnType<Parameters<typeof startServer>[0][string]>>;
const page = (name: string, number: number) => ({
	json: {
		rows: [{ id: `${name}${number}`, updated_at: `2026-06-0${number}T00:00:00Z` }],
		...(number === 1 && { next: 2 }),
	},
});
async function serving(odd: (path: string, number: number) => Answer | undefined) {
	server = await startServer({
		"*": ({ path, query }) => odd(path, Number(query.page ?? 1)) ?? page(path.slice(1), Number(query.page ?? 1)),
	});
}

async function read(more: Partial<HttpOptions> = {}): Promise<Message[]> {
	return Array.fromAsync(readSource(sourceWith(more), { config: {}, now: () => NOW }));
}

function short(messages: Message[]): string[] {
	return messages.flatMap((message) => {
		if (message.type === "RECORD") return [String(message.record.data.id)];
		if (message.type === "STATE") return ["STATE"];
		if (message.type !== "TRACE") return [];
		const { stream_status, error } = message.trace;
		if (error !== undefined) return [`${error.code} ${error.stream_descriptor?.name}`];
		return [`${stream_status!.status}${stream_status!.reasons === undefined ? "" : " limited"}`];
	});
}

const errorsOf = (messages: Message[]) =>
	messages.flatMap((message) => (message.type === "TRACE" && message.trace.error ? [message.trace.error] : []));
const statusesOf = (messages: Message[]) =>
	messages.flatMap((message) =>
		message.type === "TRACE" && message.trace.stream_status ? [message.trace.stream_status] : [],
	);

describe("403", () => {
	const forbidden = { status: 403, json: { errors: [{ code: "MISSING_SCOPES", message: "needs b.read" }] } };

	test("fails its stream alone; the others are read, and the error says what is missing", async () => {
		await serving((path) => (path === "/b" ? forbidden : undefined));
		const messages = await read({ hints: { MISSING_SCOPES: (detail) => `give the key the scope: ${detail}` } });
		expect(short(messages)).toEqual([
			...["STARTED", "RUNNING", "a1", "STATE", "a2", "STATE", "COMPLETE"],
			...["STARTED", "INCOMPLETE", "config.forbidden b"],
			...["STARTED", "RUNNING", "c1", "STATE", "c2", "STATE", "COMPLETE"],
		]);
		expect(errorsOf(messages)).toMatchObject([
			{
				failure_type: "config_error",
				message: "Acme does not allow this key to do it",
				where: "GET /b, 403 MISSING_SCOPES, stream b",
				why: '"needs b.read"',
				next: "give the key the scope: needs b.read",
			},
		]);
	});

	test("401 ends the run: the key is that of all streams", async () => {
		await serving((path) => (path === "/b" ? { ...forbidden, status: 401 } : undefined));
		expect(short(await read()).slice(-3)).toEqual(["STARTED", "INCOMPLETE", "config.credentials b"]);
	});

	test("check tells it", async () => {
		await serving(() => forbidden);
		expect(await checkSource(sourceWith({ hints: { "403": "ask an owner" } }), { config: {} })).toMatchObject({
			status: "FAILED",
			error: { code: "config.forbidden", next: "ask an owner" },
		});
	});
});

describe("a quota that is used up", () => {
	const quota: Partial<HttpOptions> = {
		errorOf: (body) => (body?.code === "DAILY" ? { code: "DAILY", as: "quota", retryAfter: body.seconds } : undefined),
	};

	test("ends the run with what was read, its state and when to come back; the other streams ask nothing", async () => {
		await serving((path, number) =>
			path === "/b" && number === 2 ? { status: 429, json: { code: "DAILY", seconds: 7_200 } } : undefined,
		);
		const messages = await read(quota);
		expect(short(messages)).toEqual([
			...["STARTED", "RUNNING", "a1", "STATE", "a2", "STATE", "COMPLETE"],
			...["STARTED", "RUNNING", "b1", "STATE", "INCOMPLETE limited", "transient.quota b"],
			...["STARTED", "INCOMPLETE limited", "transient.quota c"],
		]);
		expect(server.requests.filter(({ path }) => path === "/c")).toEqual([]);
		expect(errorsOf(messages)[0]).toMatchObject({
			failure_type: "transient_error",
			message: "The quota of Acme is used up",
			where: "GET /b, 429 DAILY, stream b, after row 1",
			retry_after: 7_200,
		});
		expect(errorsOf(messages)[0]!.next).toMatch(/^run again after \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ; what is committed/);
		expect(statusesOf(messages).find(({ status }) => status === "INCOMPLETE")!.reasons).toEqual([
			{ type: "RATE_LIMITED", rate_limited: { quota_reset: NOW + 7_200_000 } },
		]);
	});

	test("told by the last good answer, its rows count and nobody asks again", async () => {
		await serving((path, number) =>
			path === "/a" && number === 1 ? { ...page("a", 1), headers: { "x-left": "0", "x-reset": "3600" } } : undefined,
		);
		const messages = await read({
			rate: {
				told: ({ headers }) => (headers["x-left"] === "0" ? { quotaUntil: Number(headers["x-reset"]) } : undefined),
			},
		});
		expect(short(messages)).toEqual([
			...["STARTED", "RUNNING", "a1", "STATE", "INCOMPLETE limited", "transient.quota a"],
			...["STARTED", "INCOMPLETE limited", "transient.quota b"],
			...["STARTED", "INCOMPLETE limited", "transient.quota c"],
		]);
		expect(server.requests).toHaveLength(1);
	});

	test("whose end is not known holds to the end of the run", async () => {
		await serving((path) => (path === "/a" ? { status: 403, json: { code: "DAILY" } } : undefined));
		const messages = await read(quota);
		expect(errorsOf(messages).map(({ code }) => code)).toEqual(Array(3).fill("transient.quota"));
		expect(errorsOf(messages)[0]!.next).toBe("run again when the vendor has renewed it; what is committed stays");
		expect(statusesOf(messages).at(-1)!.reasons).toEqual([{ type: "RATE_LIMITED" }]);
	});
});

test("a wait that is longer than allowed ends the others too, without asking", async () => {
	await serving((path) => (path === "/b" ? { status: 429, headers: { "retry-after": "5000" } } : undefined));
	const messages = await read();
	expect(errorsOf(messages).map(({ code }) => code)).toEqual(Array(2).fill("transient.wait_too_long"));
	expect(server.requests.map(({ path }) => path)).toEqual(["/a", "/a", "/b"]);
});

test("while a stream waits for the vendor, it says so in the protocol, with its name and until when", async () => {
	let first = true;
	await serving((path) => {
		if (path !== "/b" || !first) return undefined;
		first = false;
		return { status: 429, headers: { "retry-after": "0.2" } };
	});
	const messages = await read();
	const told = messages.findIndex((message) => message.type === "LOG" && message.log.waiting !== undefined);
	expect(messages.slice(told, told + 2)).toMatchObject([
		{ log: { waiting: { stream: "b", reason: "rate_limited", wait_s: 0.2, try: 2, of: 3, request: "GET /b" } } },
		{
			trace: {
				stream_status: {
					stream_descriptor: { name: "b" },
					status: "RUNNING",
					reasons: [{ type: "RATE_LIMITED", rate_limited: { quota_reset: NOW + 200 } }],
				},
			},
		},
	]);
	expect(short(messages).slice(-4)).toEqual(["STATE", "c2", "STATE", "COMPLETE"]);
});

describe("an error in an answer of status 200", () => {
	const errorOf: HttpOptions["errorOf"] = (body) =>
		body?.ok === false ? { code: body.code, detail: body.why, as: body.as } : undefined;
	const says = (as: string) => ({ json: { ok: false, code: "NO", why: "not today", as } });

	test("is tried again where the rate is limited", async () => {
		let times = 0;
		await serving((path) => (path === "/b" && ++times === 1 ? says("rate_limited") : undefined));
		const limited = await read({ errorOf, limits: { tries: 2, longestWait: 10_000 } });
		expect(errorsOf(limited)).toEqual([]);
		expect(times).toBe(3);
	});

	test.each([
		["forbidden", "config.forbidden", 3],
		["refused", "data.refused", 3],
		["credentials", "config.credentials", 2],
		["quota", "transient.quota", 3],
	])("%s is %s", async (as, code, started) => {
		await serving((path) => (path === "/b" ? says(as) : undefined));
		const messages = await read({ errorOf });
		expect(errorsOf(messages)[0]).toMatchObject({
			...{ code, where: "GET /b, 200 NO, stream b", why: '"not today"' },
		});
		expect(statusesOf(messages).filter(({ status }) => status === "STARTED")).toHaveLength(started);
	});

	test("a meaning that does not exist is none", async () => {
		await serving((path) => (path === "/b" ? { json: { ok: false, as: "toString", rows: [] } } : undefined));
		expect(errorsOf(await read({ errorOf }))).toEqual([]);
	});
});
