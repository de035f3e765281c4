import { expect, it } from "vitest";
import { asking, configurationOf, DATASET, loadOf, PROJECT } from "./asking.ts";

const ID = { name: "id", type: "STRING" };

it("keeps datasets: made once, in one location, patched label by label, deleted when empty", async () => {
	const { call, table } = await asking();
	const path = `datasets/${DATASET}`;
	const again = await call("POST", "datasets", { datasetReference: { projectId: PROJECT, datasetId: DATASET } });
	expect([again.status, again.body.error.errors[0].reason]).toEqual([409, "duplicate"]);
	await call("PATCH", path, { labels: { app: "growthnav", old: "1" }, description: "what it is" });
	const patched = await call("PATCH", path, { labels: { old: null } });
	expect(patched.body).toMatchObject({ location: "EU", labels: { app: "growthnav" }, description: "what it is" });
	expect(patched.body.labels).not.toHaveProperty("old");
	expect((await call("PATCH", path, { location: "US" })).status).toBe(400);
	expect((await call("POST", "datasets", { datasetReference: { datasetId: "no-dash" } })).body.error.message).toMatch(
		/Invalid/,
	);
	await table("orders", [ID]);
	expect((await call("DELETE", path)).body.error.errors[0].reason).toBe("resourceInUse");
	expect((await call("GET", "datasets/none")).status).toBe(404);
});

it("keeps tables: schema, partitions, clusters; refuses what BigQuery refuses", async () => {
	const { call, table } = await asking();
	const made = await table(
		"orders",
		[
			{ ...ID, mode: "REQUIRED" },
			{ name: "at", type: "TIMESTAMP" },
			{ name: "tags", type: "JSON", mode: "REPEATED" },
		],
		{ timePartitioning: { type: "DAY", field: "at" }, clustering: { fields: ["id"] } },
	);
	expect(made.body).toMatchObject({
		timePartitioning: { type: "DAY", field: "at" },
		clustering: { fields: ["id"] },
		location: "EU",
	});
	expect((await table("orders", [ID])).status).toBe(409);
	const path = `datasets/${DATASET}/tables/orders`;
	expect((await call("GET", path)).body).toMatchObject({
		numRows: "0",
		schema: { fields: [{ mode: "REQUIRED" }, {}, { mode: "REPEATED" }] },
	});
	const refused: [object[], object?][] = [
		[[ID, { name: "ID", type: "STRING" }]],
		[[{ name: "_PARTITION_x", type: "STRING" }]],
		[[{ name: "bad name", type: "STRING" }]],
		[[{ name: "a", type: "VARCHAR" }]],
		[[{ name: "a", type: "RECORD" }]],
		[[{ ...ID, comment: "no such key" }]],
		[[ID], { timePartitioning: { type: "DAY", field: "id" } }],
		[[{ name: "j", type: "JSON" }], { clustering: { fields: ["j"] } }],
		[[ID], { partitioning: {} }],
	];
	for (const [fields, more] of refused) expect((await table("refused", fields, more)).status).toBe(400);
	expect((await call("GET", `datasets/${DATASET}/tables`)).body.tables).toHaveLength(1);
	await call("DELETE", path);
	expect((await call("GET", path)).status).toBe(404);
});

it("patches a table by adding columns and relaxing them, never otherwise", async () => {
	const { call, table, load, rows } = await asking({ quotas: false });
	await table("orders", [{ ...ID, mode: "REQUIRED" }]);
	await load("l1", "orders", '{"id":"a"}');
	const path = `datasets/${DATASET}/tables/orders`;
	const patch = (fields: object[]) => call("PATCH", path, { schema: { fields } });
	expect((await patch([ID, { name: "total", type: "NUMERIC" }])).status).toBe(200);
	expect((await patch([ID])).body.error.message).toMatch(/total is missing in new schema/);
	expect((await patch([ID, { name: "total", type: "STRING" }])).body.error.message).toMatch(/total has changed/);
	expect(
		(await patch([ID, { name: "total", type: "NUMERIC" }, { name: "new", type: "STRING", mode: "REQUIRED" }])).status,
	).toBe(400);
	expect(await rows("orders")).toEqual([{ id: "a", total: null }]);
	const { etag } = (await call("GET", path)).body;
	expect((await call("PATCH", path, { description: "mine" }, { "if-match": etag })).status).toBe(200);
	expect((await call("PATCH", path, { description: "late" }, { "if-match": etag })).status).toBe(412);
});

it("lets a table go when its time has come", async () => {
	let now = Date.parse("2026-07-03T10:00:00Z");
	const { call, table } = await asking({ clock: { now: () => now } });
	await table("stage", [ID], { expirationTime: String(now + 60_000) });
	const path = `datasets/${DATASET}/tables/stage`;
	expect((await call("GET", path)).status).toBe(200);
	now += 60_000;
	expect((await call("GET", path)).status).toBe(404);
	expect((await table("stage", [ID])).status).toBe(200);
});

it("knows a job by project, location and id, and makes it once", async () => {
	const { call, query, fake } = await asking();
	expect((await query("q1", "SELECT 1 AS one")).rows).toEqual([["1"]]);
	const again = await call(
		"POST",
		"jobs",
		configurationOf("q1", { query: { query: "SELECT 2", useLegacySql: false } }),
	);
	expect([again.status, again.body.error.errors[0].reason]).toEqual([409, "duplicate"]);
	expect(again.body.error.message).toBe("Already Exists: Job acme:EU.q1");
	expect((await call("GET", "jobs/q1?location=us-east1")).status).toBe(404);
	expect((await call("GET", "jobs/q1")).status).toBe(200);
	expect(fake.events.filter(({ event }) => event === "job known")).toHaveLength(1);
});

it("refuses job resources with settings it does not know, and labels that are none", async () => {
	const { call } = await asking();
	const refused = async (configuration: object) =>
		(await call("POST", "jobs", configurationOf("bad", configuration))).body.error?.message;
	const query = { query: "SELECT 1", useLegacySql: false };
	expect(await refused({ query, lables: {} })).toMatch(/Unknown name "lables"/);
	expect(await refused({ query: { ...query, labels: {} } })).toMatch(/Unknown name "labels"/);
	expect(await refused({ query, labels: { App: "x" } })).toMatch(/Label App/);
	expect(await refused({ query, load: {} })).toMatch(/exactly one/);
	const other = { jobReference: { projectId: "other", jobId: "x" }, configuration: { query } };
	expect((await call("POST", "jobs", other)).status).toBe(400);
});

it("says 404 for a dataset in another location", async () => {
	const { call, fake } = await asking();
	const query = {
		query: "SELECT 1 AS a FROM t",
		useLegacySql: false,
		defaultDataset: { projectId: PROJECT, datasetId: DATASET },
	};
	await call("POST", "jobs", { jobReference: { jobId: "q", location: "US" }, configuration: { query } });
	await fake.idle();
	const { body } = await call("GET", "jobs/q?location=US");
	expect(body.status.errorResult).toMatchObject({
		reason: "notFound",
		message: "Not found: Dataset acme:shop was not found in location US",
	});
	const load = { jobReference: { jobId: "l", location: "US" }, configuration: loadOf("t") };
	expect((await call("POST", "jobs", load)).status).toBe(200);
});

it("pages results and table data, lists tables page by page", async () => {
	const { call, query, table, load } = await asking();
	await table("numbers", [{ name: "n", type: "INT64" }]);
	await load("l", "numbers", Array.from({ length: 25 }, (_, n) => `{"n":${n}}`).join("\n"));
	await query("q", "SELECT n FROM numbers ORDER BY n");
	const first = (await call("GET", "queries/q?location=EU&maxResults=10")).body;
	expect([first.totalRows, first.rows.length, first.jobComplete]).toEqual(["25", 10, true]);
	const last = (await call("GET", "queries/q?location=EU&maxResults=20&pageToken=from-20")).body;
	expect([last.rows.length, last.pageToken]).toEqual([5, undefined]);
	const data = (await call("GET", `datasets/${DATASET}/tables/numbers/data?maxResults=7`)).body;
	expect([data.rows.length, data.totalRows, data.pageToken]).toEqual([7, "25", "from-7"]);
	await table("other", [ID]);
	const tables = (await call("GET", `datasets/${DATASET}/tables?maxResults=1`)).body;
	expect([tables.tables.length, tables.nextPageToken]).toEqual([1, "from-1"]);
});

it("refuses insertAll and jobs.query, and every request without its token where it wants one", async () => {
	const { call } = await asking();
	expect((await call("POST", `datasets/${DATASET}/tables/t/insertAll`, {})).status).toBe(400);
	expect((await call("POST", "queries", {})).status).toBe(400);
	const strict = await asking({ token: "right" });
	expect((await strict.call("GET", "datasets")).body.error.errors[0].reason).toBe("authError");
	expect((await strict.call("GET", "datasets", undefined, { authorization: "Bearer right" })).status).toBe(200);
});

it("copies a table whole", async () => {
	const { call, table, load, rows, fake } = await asking();
	await table("a", [ID]);
	await load("l", "a", '{"id":"x"}');
	const reference = (tableId: string) => ({ projectId: PROJECT, datasetId: DATASET, tableId });
	const copy = { sourceTable: reference("a"), destinationTable: reference("b"), writeDisposition: "WRITE_TRUNCATE" };
	await call("POST", "jobs", configurationOf("c1", { copy }));
	await fake.idle();
	expect(await rows("b")).toEqual([{ id: "x" }]);
	await call("POST", "jobs", configurationOf("c2", { copy: { ...copy, writeDisposition: "WRITE_EMPTY" } }));
	await fake.idle();
	expect((await call("GET", "jobs/c2?location=EU")).body.status.errorResult.reason).toBe("duplicate");
});
