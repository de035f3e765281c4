/** A file arrives byte for byte, whatever the line does, or the upload ends and says why. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { JsonObject } from "@growthnav/sdk/store";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Api } from "../src/api/api.ts";
import { openUploader, type UploaderOptions } from "../src/api/upload.ts";
import { anyProblemOf } from "../src/errors/problem.ts";
import { type Heard, quickClock, type Reply, refusal, type Server, serve } from "./rest.ts";

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "gn-upload-"));
});
afterAll(() => rm(folder, { recursive: true }));

const RESOURCE: JsonObject = {
	jobReference: { projectId: "acme", jobId: "gn_1_load_a1", location: "EU" },
	configuration: { load: {}, labels: { cfg: "x" } },
};

/** What happens to one PUT: `take` bytes of it are kept (all when left out), then this is answered. */
interface Event {
	take?: number;
	answer?: "cut" | "hang" | 503 | 404 | 410 | 308;
}

interface Service {
	server: Server;
	/** Of the uploads that came to their end. */
	finished: Buffer[];
	sessions: number;
}

async function service(events: Event[] = [], home?: string): Promise<Service> {
	const state = { finished: [] as Buffer[], sessions: 0 };
	const data = new Map<string, Buffer>();
	const coming = [...events];
	const server = await serve((heard): Reply => {
		if (heard.method === "POST") {
			const id = String(++state.sessions);
			data.set(id, Buffer.alloc(0));
			const path = `/upload/bigquery/v2/projects/acme/jobs?uploadType=resumable&upload_id=${id}`;
			return { headers: { location: `${home ?? server.endpoint}${path}` } };
		}
		return put(heard, data, coming, state.finished);
	});
	return Object.assign(state, { server });
}

function put(heard: Heard, data: Map<string, Buffer>, coming: Event[], finished: Buffer[]): Reply {
	const id = heard.query.upload_id!;
	const there = data.get(id);
	if (there === undefined) return { status: 404 };
	const [, from, to, total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(heard.headers["content-range"]!)!;
	if (from !== undefined && Number(to) - Number(from) + 1 !== heard.body.length)
		throw new Error("range and body differ");
	const event = from === undefined && coming[0]?.take !== undefined ? {} : (coming.shift() ?? {});
	if (from !== undefined && Number(from) !== there.length) return { status: 400, body: "not where it ended" };
	const now = Buffer.concat([there, heard.body.subarray(0, event.take)]);
	data.set(id, now);
	if (event.answer === 404 || event.answer === 410) data.delete(id);
	if (event.answer === "cut" || event.answer === "hang") return event.answer;
	if (event.answer !== undefined && event.answer !== 308) return { status: event.answer };
	if (total !== "*" && now.length === Number(total) && event.answer !== 308) {
		finished.push(now);
		data.delete(id);
		return { body: RESOURCE };
	}
	return { status: 308, headers: now.length === 0 ? {} : { range: `bytes=0-${now.length - 1}` } };
}

function uploader(
	endpoint: string,
	more: Partial<UploaderOptions> = {},
	headers: Record<string, string> = { authorization: "Bearer t" },
) {
	const api: Api = {
		project: "acme",
		endpoint,
		headers: async () => headers,
		serviceTime: () => 0,
		call: () => Promise.reject(new Error("not here")),
	};
	const clock = quickClock();
	return { clock, upload: openUploader(api, { clock, emulator: true, compress: false, chunkBytes: 1_000, ...more }) };
}

let files = 0;
async function fileOf(bytes: Buffer): Promise<string> {
	const file = join(folder, `part-${files++}.ndjson`);
	await writeFile(file, bytes);
	return file;
}

const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

test("the session begins with the whole job, chunks follow, and the job's resource comes back", async () => {
	const { server, finished } = await service();
	const bytes = randomBytes(2_500);
	const { upload } = uploader(server.endpoint);
	expect(await upload({ file: await fileOf(bytes), resource: RESOURCE, step: "load" })).toEqual(RESOURCE);
	expect(finished.map(digest)).toEqual([digest(bytes)]);
	const [begin, ...puts] = server.heard;
	expect(begin).toMatchObject({
		method: "POST",
		path: "/upload/bigquery/v2/projects/acme/jobs",
		query: { uploadType: "resumable" },
		headers: {
			"x-upload-content-length": "2500",
			"content-type": "application/json; charset=UTF-8",
			authorization: "Bearer t",
		},
	});
	expect(JSON.parse(begin!.body.toString())).toEqual(RESOURCE);
	expect(puts.map(({ headers }) => headers["content-range"])).toEqual([
		"bytes 0-999/2500",
		"bytes 1000-1999/2500",
		"bytes 2000-2499/2500",
	]);
	await server.close();
});

const event = fc.record(
	{
		take: fc.integer({ min: 0, max: 1_200 }),
		answer: fc.constantFrom("cut" as const, 503 as const, 404 as const, 410 as const, 308 as const, undefined),
	},
	{ requiredKeys: [] },
) as fc.Arbitrary<Event>;

test.each([false, true])(
	"a file of any size arrives whole after any cuts, lost answers and forgotten sessions (gzip: %s)",
	async (gzip) => {
		await fc.assert(
			fc.asyncProperty(
				fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.constantFrom(0, 1, 999, 1_000, 1_001, 2_000, 3_000)),
				fc.array(event, { maxLength: 8 }),
				async (size, events) => {
					// a session may be forgotten three times
					let forgotten = 0;
					const bearable = events.filter(({ answer }) => (answer !== 404 && answer !== 410) || ++forgotten <= 3);
					const { server, finished } = await service(bearable);
					try {
						const bytes = randomBytes(size);
						const { upload } = uploader(server.endpoint, { compress: gzip });
						const file = await fileOf(bytes);
						expect(await upload({ file, resource: RESOURCE, step: "load", deadline: 3_600_000 })).toEqual(RESOURCE);
						expect(finished.map((one) => digest(gzip ? gunzipSync(one) : one))).toEqual([digest(bytes)]);
					} finally {
						await server.close();
					}
				},
			),
			{ numRuns: 60 },
		);
	},
);

test("after a dropped connection the service is asked what it has, and only the rest is sent", async () => {
	const { server, finished } = await service([{}, { take: 300, answer: "cut" }]);
	const bytes = randomBytes(2_000);
	const { upload, clock } = uploader(server.endpoint);
	await upload({ file: await fileOf(bytes), resource: RESOURCE, step: "load" });
	expect(server.heard.slice(1).map(({ headers }) => headers["content-range"])).toEqual([
		"bytes 0-999/2000",
		"bytes 1000-1999/2000",
		"bytes */2000",
		"bytes 1300-1999/2000",
	]);
	expect(clock.waits).toEqual([1_000]);
	expect(finished.map(digest)).toEqual([digest(bytes)]);
	await server.close();
});

test("the answer to the last chunk was lost: the question after it brings the job", async () => {
	let lost = false;
	const bytes = randomBytes(500);
	const server = await serve((heard) => {
		if (heard.method === "POST") return { headers: { location: "/session" } };
		if (lost) return { status: 201, body: RESOURCE };
		lost = true;
		return "cut";
	});
	const { upload } = uploader(server.endpoint);
	expect(await upload({ file: await fileOf(bytes), resource: RESOURCE, step: "load" })).toEqual(RESOURCE);
	expect(server.heard.map(({ headers }) => headers["content-range"])).toEqual([
		undefined,
		"bytes 0-499/500",
		"bytes */500",
	]);
	await server.close();
});

test("a connection that is reset in the middle of a chunk is mended", async () => {
	let [got, resets] = [Buffer.alloc(0), 0];
	const server = createServer((request, response) => {
		if (request.method === "POST") return void response.writeHead(200, { location: "/session" }).end();
		request.on("error", () => {});
		request.on("data", (piece: Buffer) => {
			got = Buffer.concat([got, piece]);
			if (got.length > 300_000 * (resets + 1) && resets < 3) {
				resets++;
				request.socket.resetAndDestroy();
			}
		});
		request.on("end", () => {
			if (got.length === bytes.length) response.end(JSON.stringify(RESOURCE));
			else response.writeHead(308, got.length === 0 ? {} : { range: `bytes=0-${got.length - 1}` }).end();
		});
	});
	const bytes = randomBytes(1_500_000);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { upload } = uploader(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { chunkBytes: 1_000_000 });
	await upload({ file: await fileOf(bytes), resource: RESOURCE, step: "load" });
	expect([digest(got), resets]).toEqual([digest(bytes), 3]);
	server.closeAllConnections();
	server.close();
});

test("a session that is gone begins anew with the same job id, and not for ever", async () => {
	const once = await service([{}, { answer: 410 }]);
	const bytes = randomBytes(1_500);
	await uploader(once.server.endpoint).upload({ file: await fileOf(bytes), resource: RESOURCE, step: "load" });
	expect([once.sessions, once.finished.map(digest)]).toEqual([2, [digest(bytes)]]);
	const ids = once.server.heard
		.filter(({ method }) => method === "POST")
		.map(({ body }) => JSON.parse(body.toString()).jobReference.jobId);
	expect(ids).toEqual(["gn_1_load_a1", "gn_1_load_a1"]);
	await once.server.close();

	const always = await service(Array.from({ length: 20 }, () => ({ answer: 404 as const })));
	const thrown = await uploader(always.server.endpoint)
		.upload({ file: await fileOf(bytes), resource: RESOURCE, step: "load" })
		.catch((e) => e);
	expect(anyProblemOf(thrown)).toMatchObject({
		reason: "backendError",
		message: "the service forgot the upload 4 times",
	});
	await always.server.close();
});

test("503 without end is given up, with the service's words", async () => {
	const { server } = await service(Array.from({ length: 100 }, () => ({ take: 0, answer: 503 as const })));
	const { upload, clock } = uploader(server.endpoint);
	const thrown = await upload({ file: await fileOf(randomBytes(10)), resource: RESOURCE, step: "load" }).catch(
		(e) => e,
	);
	expect(anyProblemOf(thrown)).toMatchObject({ reason: "backendError", status: 503, step: "load" });
	expect(clock.waits.length).toBeLessThan(10);
	await server.close();
});

test.each(["POST", "PUT"])("a server that accepts a %s and never answers ends it in time", async (method) => {
	const server = await serve((heard) => (heard.method === method ? "hang" : { headers: { location: "/session" } }));
	const { upload, clock } = uploader(server.endpoint, { requestDeadline: 50, chunkDeadline: 50 });
	const began = performance.now();
	const thrown = await upload({
		file: await fileOf(randomBytes(10)),
		resource: RESOURCE,
		step: "load",
		deadline: 20_000,
	}).catch((e) => e);
	expect(anyProblemOf(thrown)).toMatchObject({ status: 0, reason: "deadline", step: "load" });
	expect(performance.now() - began).toBeLessThan(3_000);
	expect(clock.waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(20_000);
	await server.close();
});

test("a job that is there already, or one that is refused, is told as it is and not sent again", async () => {
	for (const [status, reason] of [
		[409, "duplicate"],
		[403, "accessDenied"],
		[400, "invalid"],
	] as const) {
		for (const method of ["POST", "PUT"]) {
			const server = await serve((heard) =>
				heard.method === method
					? refusal(status, reason, "Already Exists: Job x")
					: { headers: { location: "/session" } },
			);
			const { upload } = uploader(server.endpoint);
			const thrown = await upload({ file: await fileOf(randomBytes(10)), resource: RESOURCE, step: "load" }).catch(
				(e) => e,
			);
			expect(anyProblemOf(thrown)).toMatchObject({ status, reason });
			expect(server.heard.filter((heard) => heard.method === method)).toHaveLength(1);
			await server.close();
		}
	}
});

test("an emulator's Location is taken for the endpoint; elsewhere nothing is sent to another host", async () => {
	const { server, finished } = await service([], "http://emulator.internal:9050");
	const bytes = randomBytes(1_200);
	await uploader(server.endpoint).upload({ file: await fileOf(bytes), resource: RESOURCE, step: "load" });
	expect(finished.map(digest)).toEqual([digest(bytes)]);

	const elsewhere = await serve(() => ({ body: RESOURCE }));
	for (const location of [
		`${elsewhere.endpoint}/session`,
		"http://bigquery.googleapis.com/x",
		"https://evilgoogleapis.com/x",
	]) {
		const liar = await serve(() => ({ headers: { location } }));
		const { upload } = uploader(liar.endpoint, { emulator: false });
		await expect(upload({ file: await fileOf(bytes), resource: RESOURCE, step: "load" })).rejects.toMatchObject({
			code: "config.upload_address",
			why: "data and tokens go to the endpoint alone; nothing was sent",
		});
		await liar.close();
	}
	expect(elsewhere.heard).toEqual([]);
	await Promise.all([server.close(), elsewhere.close()]);
});

const AUTO = { emulator: false, compress: "auto" as const, chunkBytes: 8 * 1024 * 1024 };

test.each([
	["as long as its speed is not known, and while it is below 50 MB/s", 1_000, [true, true, true]],
	["until it was measured to be faster", 0, [true, false, false]],
])("what is sent is compressed %s", async (_, milliseconds, compressed) => {
	const bytes = Buffer.concat([
		Buffer.from('{"id":"1","name":"a row like many others"}\n'.repeat(10_000)),
		randomBytes(1_000_000),
	]);
	const got: Buffer[] = [];
	const server = await serve(async (heard) => {
		if (heard.method === "POST") return { headers: { location: "/session" } };
		got.push(heard.body);
		await clock.sleep(milliseconds);
		return { body: RESOURCE };
	});
	const { upload, clock } = uploader(server.endpoint, AUTO);
	const file = await fileOf(bytes);
	for (let one = 0; one < 3; one++) await upload({ file, resource: RESOURCE, step: "load" });
	expect(got.map((one) => one.readUInt16BE(0) === 0x1f8b)).toEqual(compressed);
	for (const one of got) expect(digest(one.length < bytes.length ? gunzipSync(one) : one)).toBe(digest(bytes));
	await server.close();
});

test("above 1 GB nothing is compressed: BigQuery reads a compressed file in one piece", async () => {
	const server = await serve(() => refusal(403, "accessDenied", "no"));
	const large = await fileOf(Buffer.alloc(0));
	await truncate(large, 1_000_000_001);
	await uploader(server.endpoint, AUTO)
		.upload({ file: large, resource: RESOURCE, step: "load" })
		.catch(() => {});
	expect(server.heard[0]!.headers["x-upload-content-length"]).toBe("1000000001");
	await server.close();
});

test("a file that becomes shorter meanwhile is not loaded", async () => {
	const { server, finished } = await service();
	const file = await fileOf(randomBytes(3_500));
	const { upload } = uploader(server.endpoint, {}, {});
	const cutting = serve(async (heard) => {
		if (heard.method === "POST") {
			await truncate(file, 1_200);
			return { headers: { location: "/session" } };
		}
		const to = /-(\d+)\//.exec(heard.headers["content-range"]!)![1];
		return { status: 308, headers: { range: `bytes=0-${to}` } };
	});
	const liar = await cutting;
	const shortened = uploader(liar.endpoint).upload({ file, resource: RESOURCE, step: "load" });
	await expect(shortened).rejects.toMatchObject({ code: "internal.spool_changed" });
	expect(finished).toEqual([]);
	expect(upload).toBeDefined();
	await Promise.all([server.close(), liar.close()]);
});

test("memory does not grow with the file", async () => {
	const size = 200_000_000;
	const file = await fileOf(Buffer.alloc(0));
	await truncate(file, size);
	let received = 0;
	const server = createServer((request, response) => {
		if (request.method === "POST") return void response.writeHead(200, { location: "/session" }).end();
		request.on("data", (piece: Buffer) => {
			received += piece.length;
		});
		request.on("end", () => {
			if (received === size) response.end(JSON.stringify(RESOURCE));
			else response.writeHead(308, { range: `bytes=0-${received - 1}` }).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { upload } = uploader(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
		chunkBytes: 8 * 1024 * 1024,
	});
	const before = process.memoryUsage().rss;
	let most = 0;
	const watch = setInterval(() => {
		most = Math.max(most, process.memoryUsage().rss - before);
	}, 10);
	await upload({ file, resource: RESOURCE, step: "load" });
	clearInterval(watch);
	expect(received).toBe(size);
	// the server of this test is in the same process
	expect(most).toBeLessThan(150_000_000);
	server.closeAllConnections();
	server.close();
});
