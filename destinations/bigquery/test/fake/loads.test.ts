import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { asking, configurationOf, loadOf, PROJECT } from "./asking.ts";

const ALL = [
	{ name: "s", type: "STRING" },
	{ name: "i", type: "INT64" },
	{ name: "n", type: "NUMERIC" },
	{ name: "f", type: "FLOAT64" },
	{ name: "b", type: "BOOL" },
	{ name: "d", type: "DATE" },
	{ name: "ts", type: "TIMESTAMP" },
	{ name: "dt", type: "DATETIME" },
	{ name: "t", type: "TIME" },
	{ name: "j", type: "JSON" },
	{ name: "y", type: "BYTES" },
	{ name: "tags", type: "STRING", mode: "REPEATED" },
	{
		name: "lines",
		type: "RECORD",
		mode: "REPEATED",
		fields: [
			{ name: "id", type: "STRING" },
			{ name: "amount", type: "NUMERIC" },
		],
	},
];
const ROW = {
	s: "a\u0000b\u2028 😀",
	i: "9223372036854775807",
	n: "-12345678901234567890123456789.123456789",
	f: 1.5,
	b: true,
	d: "2026-07-03",
	ts: "2026-07-03T12:00:00.000001+02:00",
	dt: "2026-07-03T10:00:00",
	t: "10:00:00.5",
	j: { z: [1, null], a: "x" },
	y: "AAEC/w==",
	tags: ["x", "y"],
	lines: [{ id: "1", amount: "0.10" }, { id: "2" }],
};
const WHAT_STANDS = {
	...ROW,
	f: "1.5",
	b: "true",
	ts: "1783072800000001",
	t: "10:00:00.5",
	j: '{"a":"x","z":[1,null]}',
	lines: [
		{ id: "1", amount: "0.1" },
		{ id: "2", amount: null },
	],
};

type Job = { status: { state: string }; jobReference: { jobId: string } };

it("loads every type exactly, and answers it in BigQuery's JSON", async () => {
	const { table, load, rows, call } = await asking();
	await table("all", ALL);
	const job = await load("l1", "all", `${JSON.stringify(ROW)}\n\n{}\n`);
	expect(job.body).toMatchObject({
		status: { state: "DONE" },
		statistics: { load: { outputRows: "2", badRecords: "0" } },
	});
	const nothing = Object.fromEntries(ALL.map(({ name, mode }) => [name, mode === "REPEATED" ? [] : null]));
	expect(await rows("all")).toEqual(expect.arrayContaining([WHAT_STANDS, nothing]));
	const { body } = await call("GET", "datasets/shop/tables/all/data");
	const values = body.rows[0].f.map((cell: { v: unknown }) => cell.v);
	expect(values[6]).toBe("1.783072800000001E9");
	expect(values[11]).toEqual([{ v: "x" }, { v: "y" }]);
	expect(values[12][1]).toEqual({ v: { f: [{ v: "2" }, { v: null }] } });
});

it("reads files as they are where rows need no check", async () => {
	const { table, load, rows } = await asking({ checkRows: false });
	await table("all", ALL);
	await load("l1", "all", `${JSON.stringify({ ...ROW, j: "text" })}\n`);
	expect(await rows("all")).toEqual([{ ...WHAT_STANDS, j: '"text"' }]);
});

it("refuses a row that does not fit, whole, and says which", async () => {
	const { table, load, rows } = await asking({ quotas: false });
	await table("all", [...ALL, { name: "must", type: "STRING", mode: "REQUIRED" }]);
	const wrong: [object | string, RegExp][] = [
		[{ nope: 1 }, /No such field: nope/],
		[{ lines: [{ nope: 1 }] }, /No such field: lines\.nope/],
		[{}, /Missing required field: must/],
		[{ s: 1 }, /Could not convert value to string. Field: s; Value: 1/],
		[{ i: 1.5 }, /integer. Field: i/],
		[{ i: "9223372036854775808" }, /integer. Field: i/],
		[{ n: "1.0000000001" }, /numeric. Field: n/],
		[{ n: "123456789012345678901234567890" }, /numeric. Field: n/],
		['{"n":1.00000000000000000001}', /numeric. Field: n/],
		[{ f: "1,5" }, /float. Field: f/],
		[{ b: 1 }, /boolean. Field: b/],
		[{ d: "2026-02-30" }, /date. Field: d/],
		[{ ts: "2026-07-03T10:00:00" }, /timestamp. Field: ts/],
		[{ ts: "2026-07-03T10:00:00.1234567Z" }, /timestamp. Field: ts/],
		[{ ts: 1783072800 }, /timestamp. Field: ts/],
		[{ dt: "2026-07-03T10:00:00Z" }, /datetime. Field: dt/],
		[{ t: "25:00:00" }, /time. Field: t/],
		[{ y: "not base64!" }, /bytes. Field: y/],
		['{"j":{"n":12345678901234567890123}}', /JSON value. Field: j/],
		[{ tags: null }, /Only optional fields can be set to NULL/],
		[{ tags: ["x", null] }, /Only optional fields can be set to NULL/],
		[{ tags: "x" }, /Repeated field must be imported as a JSON array/],
		[{ s: ["x"] }, /Array specified for non-repeated field: s/],
		['{"s":', /Parser terminated/],
		["[1]", /Start of object expected/],
	];
	for (const [at, [row, message]] of wrong.entries()) {
		const text = typeof row === "string" ? row : JSON.stringify(row);
		const { body } = await load(`l${at}`, "all", `{"must":"good"}\n${text}\n`);
		expect(body.status.errorResult).toMatchObject({ reason: "invalid" });
		expect(body.status.errors[1].message).toMatch(/row starting at position 16 \(line 2\)/);
		expect(body.status.errors[1].message).toMatch(message);
	}
	expect(await rows("all")).toEqual([]);
}, 30_000);

it("refuses a row above 100 MB", async () => {
	const { table, load } = await asking();
	await table("big", [{ name: "s", type: "STRING" }]);
	const { body } = await load("l", "big", `{"s":"${"x".repeat(100 * 1024 * 1024)}"}`);
	expect(body.status.errorResult.message).toMatch(/Row size is larger than: 104857600.*line 1/);
});

it("writes as the dispositions say", async () => {
	const { table, load, rows, call } = await asking({ quotas: false });
	const line = (s: string) => `{"s":"${s}"}`;
	const fields = [{ name: "s", type: "STRING" }];
	expect((await load("never", "t", line("a"))).body.status.errorResult.reason).toBe("notFound");
	const made = await load("made", "t", line("a"), { createDisposition: "CREATE_IF_NEEDED", schema: { fields } });
	expect(made.body.status.errorResult).toBeUndefined();
	expect(
		(await load("empty", "t", line("b"), { writeDisposition: "WRITE_EMPTY" })).body.status.errorResult.reason,
	).toBe("duplicate");
	await load("append", "t", line("b"));
	expect(await rows("t")).toHaveLength(2);
	await load("truncate", "t", line("c"), { writeDisposition: "WRITE_TRUNCATE" });
	expect(await rows("t")).toEqual([{ s: "c" }]);
	await load("bad", "t", '{"x":1}', { writeDisposition: "WRITE_TRUNCATE" });
	expect(await rows("t")).toEqual([{ s: "c" }]);
	await table("other", fields);
	const schema = { fields: [{ name: "s", type: "INT64" }] };
	expect((await load("schema", "other", '{"s":1}', { schema })).body.status.errorResult.message).toMatch(
		/changed type from STRING to INT64/,
	);
	for (const more of [
		{ autodetect: true },
		{ maxBadRecords: 1 },
		{ ignoreUnknownValues: true },
		{ sourceFormat: "CSV" },
	]) {
		expect((await load(`refused_${Object.keys(more)[0]}`, "t", line("x"), more)).body.status.errorResult.reason).toBe(
			"invalid",
		);
	}
	expect((await call("GET", "datasets/shop/tables/t")).body.numRows).toBe("1");
});

const CHUNK = 256 * 1024;

it("takes an upload in chunks, tells how far it is, refuses gaps and odd sizes", async () => {
	const { fake, table, rows, call } = await asking();
	await table("t", [{ name: "s", type: "STRING" }]);
	const line = `${JSON.stringify({ s: "x".repeat(1000) })}\n`;
	const data = gzipSync(Buffer.from(line.repeat(20_000)), { level: 0 });
	const resource = configurationOf("up", loadOf("t"));
	const begun = await fetch(`${fake.url}/upload/bigquery/v2/projects/${PROJECT}/jobs?uploadType=resumable`, {
		method: "POST",
		body: JSON.stringify(resource),
	});
	const url = begun.headers.get("location")!;
	const put = (body: Buffer, range: string) =>
		fetch(url, { method: "PUT", body: new Uint8Array(body), headers: { "content-range": `bytes ${range}` } });
	expect((await put(data.subarray(0, 1000), "0-999/*")).status).toBe(400);
	const first = await put(data.subarray(0, 4 * CHUNK), `0-${4 * CHUNK - 1}/*`);
	expect([first.status, first.headers.get("range")]).toEqual([308, `bytes=0-${4 * CHUNK - 1}`]);
	expect((await put(data.subarray(8 * CHUNK, 9 * CHUNK), `${8 * CHUNK}-${9 * CHUNK - 1}/*`)).status).toBe(400);
	const asked = await put(Buffer.alloc(0), `*/${data.length}`);
	expect([asked.status, asked.headers.get("range")]).toEqual([308, `bytes=0-${4 * CHUNK - 1}`]);
	const last = await put(data.subarray(4 * CHUNK), `${4 * CHUNK}-${data.length - 1}/${data.length}`);
	expect([last.status, ((await last.json()) as Job).jobReference.jobId]).toEqual([200, "up"]);
	await fake.idle();
	expect(await rows("t")).toHaveLength(20_000);
	const late = await put(Buffer.alloc(0), `*/${data.length}`);
	expect([late.status, ((await late.json()) as Job).status.state]).toEqual([200, "DONE"]);
	const again = await fetch(`${fake.url}/upload/bigquery/v2/projects/${PROJECT}/jobs?uploadType=resumable`, {
		method: "POST",
		body: JSON.stringify(resource),
	});
	expect(again.status).toBe(409);
	expect((await call("GET", "jobs/up?location=EU")).body.statistics.load.outputRows).toBe("20000");
});

it("keeps whole units of a chunk that breaks off", async () => {
	const { fake, table, rows } = await asking();
	await table("t", [{ name: "s", type: "STRING" }]);
	const data = Buffer.from(`${JSON.stringify({ s: "x".repeat(2 * 1024 * 1024) })}\n`);
	const begun = await fetch(`${fake.url}/upload/bigquery/v2/projects/${PROJECT}/jobs?uploadType=resumable`, {
		method: "POST",
		body: JSON.stringify(configurationOf("up", loadOf("t"))),
	});
	const url = begun.headers.get("location")!;
	const put = (from: number, range: string) =>
		fetch(url, { method: "PUT", body: new Uint8Array(data.subarray(from)), headers: { "content-range": range } });
	fake.fault({ reset: 1024 * 1024 });
	await expect(put(0, `bytes 0-${data.length - 1}/${data.length}`)).rejects.toThrow();
	const asked = await fetch(url, { method: "PUT", headers: { "content-range": `bytes */${data.length}` } });
	const kept = Number(/bytes=0-(\d+)/.exec(asked.headers.get("range")!)![1]) + 1;
	expect(kept % CHUNK).toBe(0);
	expect(kept).toBeLessThan(data.length);
	expect((await put(kept, `bytes ${kept}-${data.length - 1}/${data.length}`)).status).toBe(200);
	await fake.idle();
	expect(await rows("t")).toHaveLength(1);
});
