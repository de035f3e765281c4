/** Downloads: packed or not, broken or whole, from where they may come, and in little memory. */
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { bearer, csv, jsonLines } from "../../src/index.ts";
import { forgetSecrets } from "../../src/redact.ts";
import type { ScriptedRequest } from "../../src/testing/scripted-server.ts";
import { clientOf, collect } from "./client-of.ts";

const execute = promisify(execFile);
afterEach(() => forgetSecrets());

const lines = Array.from({ length: 500 }, (_, id) => ({ id, name: `shop ${id}` }));
const body = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));

describe("a body is unpacked", () => {
	test.each([
		["as it says", gzipSync(body), { "content-encoding": "gzip" }],
		["of deflate", deflateSync(body), { "content-encoding": "deflate" }],
		["of brotli", brotliCompressSync(body), { "content-encoding": "br" }],
		["that is a file of gzip", gzipSync(body), { "content-type": "application/octet-stream" }],
		["twice, the file and its transport", gzipSync(gzipSync(body)), { "content-encoding": "gzip" }],
		["of several members", Buffer.concat([gzipSync(body.subarray(0, 700)), gzipSync(body.subarray(700))]), {}],
		["not at all where it is plain", body, {}],
	])("%s", async (_, packed, headers) => {
		const { http } = await clientOf({
			"GET /export": () => ({ body: packed, headers: headers as Record<string, string> }),
		});
		expect(await collect(http.download("/export", jsonLines()))).toEqual(lines);
	});

	test("and nothing of it is lost: packed data that breaks off is an error", async () => {
		const packed = gzipSync(body);
		for (const headers of [{ "content-encoding": "gzip" }, {}] as Record<string, string>[]) {
			const { http } = await clientOf({ "*": () => ({ body: packed.subarray(0, packed.length / 2), headers }) });
			await expect(collect(http.download("/", jsonLines()))).rejects.toMatchObject({
				code: "transient.answer_cut_off",
			});
		}
	});

	test("within bounds: a bomb, a large body and a foreign encoding are refused", async () => {
		const bomb = gzipSync(Buffer.alloc(20_000_000, " "));
		const packed = await clientOf({ "*": () => ({ body: bomb, headers: { "content-encoding": "gzip" } }) });
		await expect(collect(packed.http.download("/", jsonLines()))).rejects.toMatchObject({
			code: "data.answer_too_large",
			next: "if that is right, raise http_limits.decompression_ratio",
		});
		const large = await clientOf(
			{ "*": () => ({ body: Buffer.alloc(1_500_000, " ") }) },
			{ limits: { downloadMegabytes: 1 } },
		);
		await expect(collect(large.http.download("/", jsonLines()))).rejects.toMatchObject({
			code: "data.answer_too_large",
			next: "if that is right, raise http_limits.download_megabytes",
		});
		const foreign = await clientOf({ "*": () => ({ body: "x", headers: { "content-encoding": "zstd" } }) });
		await expect(collect(foreign.http.download("/", jsonLines()))).rejects.toMatchObject({
			code: "data.answer_encoding",
		});
	});
});

describe("an answer that is no export", () => {
	test("204 has no rows", async () => {
		const { http } = await clientOf({ "*": () => ({ status: 204 }) });
		expect(await collect(http.download("/", csv()))).toEqual([]);
	});

	test("an HTML page is an error, not a CSV of one column", async () => {
		const { http } = await clientOf({
			"*": () => ({ body: "<html>\nlog in\n", headers: { "content-type": "text/html; charset=utf-8" } }),
		});
		await expect(collect(http.download("/", csv()))).rejects.toMatchObject({ code: "transient.html_page" });
	});

	test("a refusal is judged as any other, and tried again where that makes sense", async () => {
		const { http, server } = await clientOf({ "*": () => ({ body }) }, { limits: { tries: 3 } });
		server.fail({ kind: "status", status: 503, times: 2 });
		expect(await collect(http.download("/export", jsonLines()))).toEqual(lines);
		server.fail({ kind: "status", status: 403, json: { error: { code: "NO_EXPORT", detail: "not for you" } } });
		await expect(collect(http.download("/export", jsonLines()))).rejects.toMatchObject({
			code: "config.forbidden",
			where: "GET /export, 403 NO_EXPORT",
		});
	});
});

test.each(["cut_off", "reset", "truncated"] as const)(
	"a body that is %s is a transient error after its whole rows",
	async (kind) => {
		const { http, server } = await clientOf({ "*": () => ({ body }) });
		server.fail({ kind });
		const read: unknown[] = [];
		const reading = async () => {
			for await (const rows of http.download<object>("/export", jsonLines())) read.push(...rows);
		};
		await expect(reading()).rejects.toMatchObject({ kind: "transient" });
		expect(read).toEqual(lines.slice(0, read.length));
	},
);

describe("a body whose connection breaks", () => {
	/** Gives 9,000 bytes of each answer, then breaks the connection. */
	async function breaking(
		more: (request: { range: string | undefined; ifRange: string | undefined }) => Record<string, string>,
	) {
		const asked: (string | undefined)[] = [];
		const server = createServer((incoming, outgoing) => {
			const range = incoming.headers.range;
			asked.push(range);
			const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
			const head = more({ range, ifRange: String(incoming.headers["if-range"]) });
			const rest = body.subarray(head.ignore === undefined ? from : 0);
			outgoing.writeHead(range === undefined || head.ignore !== undefined ? 200 : 206, {
				"content-length": rest.length,
				...(range !== undefined && { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` }),
				...head,
			});
			outgoing.write(rest.subarray(0, 9_000), () =>
				setTimeout(() => (rest.length > 9_000 ? outgoing.socket?.destroy() : outgoing.end()), 20),
			);
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const { http } = await clientOf({}, { baseUrl, limits: { tries: 3 } });
		const read = collect(http.download("/export", jsonLines())).finally(() => server.close());
		return { asked, read };
	}

	test("goes on where it broke, where the server gives parts of the same body", async () => {
		const { asked, read } = await breaking(() => ({ etag: '"v1"', "accept-ranges": "bytes" }));
		expect(await read).toEqual(lines);
		expect(asked).toEqual([undefined, "bytes=9000-"]);
	});

	test.each([
		["the tag is weak", () => ({ etag: 'W/"v1"', "accept-ranges": "bytes" })],
		["the server gives no parts", () => ({ etag: '"v1"' })],
		[
			"the body is another one by now",
			({ range }: { range: string | undefined }) => ({ etag: range ? '"v2"' : '"v1"', "accept-ranges": "bytes" }),
		],
		[
			"the whole body comes again",
			({ range }: { range: string | undefined }) => ({
				etag: '"v1"',
				"accept-ranges": "bytes",
				...(range !== undefined && { ignore: "1" }),
			}),
		],
	])("is a transient error where %s", async (_, head) => {
		const { read } = await breaking(head as never);
		await expect(read).rejects.toMatchObject({ kind: "transient" });
	});
});

describe("where downloads come from", () => {
	const seen = (requests: ScriptedRequest[]) => requests.map(({ headers }) => headers.authorization);

	test("another origin is refused unless it is named, and never gets the key", async () => {
		const files = await clientOf({ "GET /f": () => ({ body }) });
		const refused = await clientOf({}, { auth: bearer("sk-live-0123456789") });
		await expect(collect(refused.http.download(`${files.server.url}/f`, jsonLines()))).rejects.toMatchObject({
			code: "data.other_origin",
		});
		expect(files.server.requests).toEqual([]);
		const allowed = await clientOf(
			{ "GET /f": () => ({ body }) },
			{ auth: bearer("sk-live-0123456789"), headers: { "x-account": "7" }, elsewhere: [files.server.url] },
		);
		expect(await collect(allowed.http.download(`${files.server.url}/f?sig=1`, jsonLines()))).toEqual(lines);
		expect(seen(files.server.requests)).toEqual([undefined]);
		expect(files.server.requests[0]!.headers["x-account"]).toBeUndefined();
		expect(await collect(allowed.http.download("/f", jsonLines()))).toEqual(lines);
		expect(seen(allowed.server.requests)).toEqual(["Bearer sk-live-0123456789"]);
	});

	test("a body, or a key in an address, is not taken to another origin", async () => {
		const { http } = await clientOf({}, { auth: bearer("sk-live-0123456789"), elsewhere: ["https://files.example"] });
		const post = http.download("https://files.example/f", jsonLines(), { method: "POST", body: { a: 1 } });
		await expect(collect(post)).rejects.toMatchObject({ code: "data.other_origin" });
		const leak = http.download("https://files.example/f?key=sk-live-0123456789", jsonLines());
		await expect(collect(leak)).rejects.toMatchObject({
			code: "data.other_origin",
			where: "GET https://files.example/f",
		});
	});

	test.each([
		["https://a.files.example/x", ["https://*.files.example"], true],
		["https://a.b.files.example/x", ["https://*.files.example"], true],
		["https://files.example/x", ["https://*.files.example"], false],
		["https://evilfiles.example/x", ["https://*.files.example"], false],
		["https://a.files.example.evil.example/x", ["https://*.files.example"], false],
		["http://a.files.example/x", ["https://*.files.example"], false],
		["https://a.files.example:8443/x", ["https://*.files.example"], false],
		["https://files.example/x", ["https://files.example"], true],
		["https://a.files.example/x", ["https://files.example"], false],
		["https://a.example/x", ["https://*"], false],
		["https://169.254.169.254/x", ["https://169.254.169.254"], false],
	])("%s with %j: %s", async (url, elsewhere, allowed) => {
		const { http } = await clientOf({}, { elsewhere });
		const error = await collect(http.download(url, jsonLines())).catch((thrown) => thrown);
		// what is allowed is asked for, and these names do not resolve
		expect(error.code).toMatch(allowed ? /^transient\.network$/ : /^data\.(other_origin|redirect_refused)$/);
	});
});

test.each([
	["whoever stops reading", {}],
	["a body that cannot be unpacked", { "content-encoding": "zstd" }],
	["a page in place of a file", { "content-type": "text/html" }],
])("%s ends the connection", async (_, head) => {
	let closed: () => void = () => {};
	const gone = new Promise<void>((resolve) => {
		closed = resolve;
	});
	const server = createServer((_, outgoing) => {
		outgoing.writeHead(200, head as Record<string, string>);
		outgoing.on("close", closed);
		const more = () => {
			while (outgoing.write(body));
			outgoing.once("drain", more);
		};
		more();
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { http } = await clientOf({}, { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
	const reading = async () => {
		for await (const rows of http.download<object>("/", jsonLines())) return rows.length;
	};
	await reading().catch(() => {});
	await gone;
	server.close();
});

/** Reads megabytes that are made while they are read, in a process that has 48 MB of heap. Prints rows, bytes and the memory at its height. */
const SCRIPT = `
const [format, megabytes, source] = process.argv.slice(-3);
const { createHttp } = await import(source + "/src/http/index.ts");
const formats = await import(source + "/src/index.ts");
const { createServer } = await import("node:http");
const row = JSON.stringify({ id: 9007199254740993n.toString(), name: "x".repeat(180), total: 12.5 });
const parts = {
	jsonLines: { head: "", row: row + "\\n", between: "", tail: "", of: () => formats.jsonLines() },
	jsonArray: { head: '{"data":{"items":[', row, between: ",", tail: "]}}", of: () => formats.jsonArray("data.items") },
	csv: { head: "id,name,total\\n", row: "1," + "x".repeat(210) + ",12.50\\n", between: "", tail: "", of: () => formats.csv() },
}[format];
const BYTES = Number(megabytes) * 1e6;
const block = Buffer.from((parts.row + parts.between).repeat(1_000));
const server = createServer(async (_, outgoing) => {
	outgoing.write(parts.head);
	for (let sent = 0; sent < BYTES; sent += block.length) {
		if (!outgoing.write(block)) await new Promise((done) => outgoing.once("drain", done));
	}
	outgoing.end(parts.row + parts.tail);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const http = createHttp({ baseUrl: "http://127.0.0.1:" + server.address().port, vendor: "Acme" }, { signal: new AbortController().signal, log: { waiting() {} } });
let [rows, highest] = [0, 0];
for await (const batch of http.download("/export", parts.of())) {
	rows += batch.length;
	highest = Math.max(highest, process.memoryUsage.rss());
}
const expected = Math.ceil(BYTES / block.length) * 1_000 + 1;
console.log(JSON.stringify({ rows, expected, highest }));
process.exit();
`;

/** GN_TEST_FULL=1 reads two gigabytes. */
const FULL = process.env.GN_TEST_FULL === "1";
const MEGABYTES = FULL ? 2_000 : 30;
/** With the server in the process. The part of the heap for young objects fills its 100 MB in the first hundreds of megabytes, and stays so. */
const HEIGHT = FULL ? 300_000_000 : 220_000_000;

test.each(["jsonLines", "jsonArray", "csv"])(
	"many megabytes of %s are read in the memory of a few",
	async (format) => {
		const source = fileURLToPath(new URL("../..", import.meta.url));
		const flags = ["--conditions=growthnav-source", "--max-old-space-size=48", "--input-type=module"];
		const { stdout } = await execute(process.execPath, [...flags, "-e", SCRIPT, format, String(MEGABYTES), source]);
		const { rows, expected, highest } = JSON.parse(stdout);
		expect(rows).toBe(expected);
		expect(highest).toBeLessThan(HEIGHT);
	},
	600_000,
);
