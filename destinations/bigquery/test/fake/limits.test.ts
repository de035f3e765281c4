import { expect, it } from "vitest";
import { type Asking, asking } from "./asking.ts";
import { openQuotas } from "./quotas.ts";

const MB = 1024 ** 2;

function movable() {
	let now = Date.parse("2026-07-03T10:00:00Z");
	return {
		now: () => now,
		advance(milliseconds: number) {
			now += milliseconds;
		},
	};
}

it("allows five changes of a table's metadata in ten seconds; DML counts and is never refused", async () => {
	const clock = movable();
	const { load, query, call, table, fake } = await asking({ clock });
	await table("t", [{ name: "n", type: "INT64" }]);
	for (let at = 0; at < 4; at++) expect((await load(`l${at}`, "t", '{"n":1}')).body.status.errorResult).toBeUndefined();
	await query("dml", "INSERT INTO t (n) VALUES (1)");
	expect((await load("sixth", "t", '{"n":1}')).body.status.errorResult).toMatchObject({ reason: "rateLimitExceeded" });
	const patched = await call("PATCH", "datasets/shop/tables/t", { description: "x" });
	expect([patched.status, patched.body.error.errors[0].reason]).toEqual([403, "rateLimitExceeded"]);
	expect((await query("ddl", "ALTER TABLE t ADD COLUMN m INT64")).error).toMatch(/rateLimitExceeded/);
	expect((await query("dml2", "INSERT INTO t (n) VALUES (1)")).error).toBeUndefined();
	// dropping it resets nothing
	await call("DELETE", "datasets/shop/tables/t");
	await table("t", [{ name: "n", type: "INT64" }]);
	expect((await load("again", "t", '{"n":1}')).body.status.errorResult).toMatchObject({ reason: "rateLimitExceeded" });
	clock.advance(10_000);
	expect((await load("later", "t", '{"n":1}')).body.status.errorResult).toBeUndefined();
	await fake.idle();
});

it("allows 1,500 loads of a table in a day, failed ones too", async () => {
	const clock = movable();
	const quotas = openQuotas(clock.now, true);
	for (let at = 0; at < 1500; at++) {
		clock.advance(2000);
		quotas.load("t");
	}
	clock.advance(2000);
	expect(() => quotas.load("t")).toThrow(/exceeded quota for imports or query appends per table \(t\)/);
	expect(() => quotas.load("other")).not.toThrow();
	clock.advance(86_400_000);
	expect(() => quotas.load("t")).not.toThrow();
	const { load, table } = await asking({ clock });
	await table("t", [{ name: "n", type: "INT64" }]);
	for (let at = 0; at < 5; at++) await load(`l${at}`, "t", '{"no":1}');
	expect((await load("sixth", "t", '{"n":1}')).body.status.errorResult.reason).toBe("rateLimitExceeded");
});

async function partitioned(options?: Parameters<typeof asking>[0]): Promise<Asking> {
	const asked = await asking({ quotas: false, ...options });
	const fields = [
		{ name: "id", type: "STRING" },
		{ name: "moment", type: "TIMESTAMP" },
		{ name: "v", type: "NUMERIC" },
		{ name: "tags", type: "STRING", mode: "REPEATED" },
	];
	await asked.table("t", fields, { timePartitioning: { type: "DAY", field: "moment" } });
	const lines = [1, 2, 3, 4].map((day) =>
		JSON.stringify({ id: `row${day}`, moment: `2026-07-0${day}T10:00:00Z`, v: "1", tags: ["ab", "c"] }),
	);
	await asked.load("l", "t", [...lines, '{"id":"none"}'].join("\n"));
	return asked;
}

it("counts logical bytes of the columns that are read, in the partitions that literals leave", async () => {
	const { query, fake } = await partitioned();
	const scan = async (id: string, sql: string) => {
		const { job, error } = await query(id, sql);
		expect(error).toBeUndefined();
		const { columns, partitions, bytes, pruned } = fake
			.scans()
			.findLast((one) => one.job === id && one.table.endsWith(".t"))!;
		return {
			columns,
			partitions: partitions!.length,
			bytes,
			pruned,
			billed: Number(job.statistics.query.totalBytesBilled),
		};
	};
	// STRING: 2 bytes and its own, of five rows; NULL nothing; at least 10 MiB are billed
	expect(await scan("q1", "SELECT id FROM t")).toEqual({
		columns: ["id"],
		partitions: 5,
		bytes: 4 * 6 + 6,
		pruned: false,
		billed: 10 * MB,
	});
	const day = "TIMESTAMP '2026-07-02T00:00:00Z'";
	const next = "TIMESTAMP '2026-07-03T00:00:00Z'";
	expect(await scan("q2", `SELECT v FROM t WHERE moment >= ${day} AND moment < ${next}`)).toMatchObject({
		columns: ["moment", "v"],
		partitions: 1,
		bytes: 24,
		pruned: true,
	});
	expect(
		await scan(
			"q3",
			`SELECT tags FROM t WHERE (t.moment >= ${day} AND t.moment < ${next} OR t.moment >= TIMESTAMP '2026-07-04T00:00:00Z') AND id <> 'x'`,
		),
	).toMatchObject({ partitions: 2, pruned: true });
	expect(await scan("q4", `SELECT id FROM t WHERE moment BETWEEN ${day} AND ${next} OR moment IS NULL`)).toMatchObject({
		partitions: 3,
	});
	// a function around the column, a variable, or OR with another condition prunes nothing
	expect(await scan("q5", "SELECT id FROM t WHERE DATE(moment) = DATE '2026-07-02'")).toMatchObject({
		partitions: 5,
		pruned: false,
	});
	expect(await scan("q6", `SELECT id FROM t WHERE moment >= ${day} OR id = 'x'`)).toMatchObject({
		partitions: 5,
		pruned: false,
	});
	expect(await scan("q7", `DECLARE d TIMESTAMP DEFAULT ${day}; SELECT id FROM t WHERE moment >= d;`)).toMatchObject({
		partitions: 5,
		pruned: false,
	});
	// ON prunes the side that it drops rows of
	const join = (kind: string) =>
		`SELECT s.x, t.id FROM (SELECT 'row2' AS x) AS s ${kind} JOIN t ON t.id = s.x AND t.moment >= ${day} AND t.moment < ${next}`;
	expect(await scan("q8", join("LEFT"))).toMatchObject({ partitions: 1 });
	expect(await scan("q9", join("RIGHT"))).toMatchObject({ partitions: 5 });
	const between = {
		parameterMode: "NAMED",
		queryParameters: [
			{ name: "d", parameterType: { type: "TIMESTAMP" }, parameterValue: { value: "2026-07-04T00:00:00Z" } },
		],
	};
	await query("q10", "SELECT id FROM t WHERE moment >= @d", between);
	expect(fake.scans().at(-1)!.partitions).toEqual(["20260704"]);
});

it("bills all columns of the partitions in which rows are changed, of an insert only what it reads", async () => {
	const { query, fake } = await partitioned();
	const on =
		"t.id = s.id AND t.moment >= TIMESTAMP '2026-07-02T00:00:00Z' AND t.moment < TIMESTAMP '2026-07-03T00:00:00Z'";
	const source = "(SELECT 'row2' AS id, TIMESTAMP '2026-07-02T11:00:00Z' AS moment)";
	const insert = "WHEN NOT MATCHED THEN INSERT (id, moment) VALUES (s.id, s.moment)";
	await query("m1", `MERGE INTO t USING ${source} AS s ON ${on} ${insert}`);
	expect(fake.scans().at(-1)).toMatchObject({ partitions: ["20260702"], changes: false, bytes: 6 + 8 });
	await query(
		"m2",
		`MERGE INTO t USING ${source} AS s ON ${on} WHEN MATCHED THEN UPDATE SET moment = s.moment ${insert}`,
	);
	const row = 6 + 8 + 16 + 4 + 3;
	expect(fake.scans().at(-1)).toMatchObject({ partitions: ["20260702"], changes: true, bytes: 6 + 8 + row });
	await query("u", `UPDATE t SET v = 2 FROM ${source} AS s WHERE ${on}`);
	expect(fake.scans().at(-1)).toMatchObject({ partitions: ["20260702"], changes: true });
	await query("i", "INSERT INTO t (id) SELECT id FROM t WHERE moment >= TIMESTAMP '2026-07-04T00:00:00Z'");
	expect(fake.scans().at(-1)).toMatchObject({ partitions: ["20260704"], changes: false });
});

it("stops what would be billed more than maximumBytesBilled, before it is done", async () => {
	const { query, rows } = await partitioned();
	const capped = { maximumBytesBilled: String(15 * MB) };
	expect((await query("q1", "SELECT id FROM t", capped)).error).toBeUndefined();
	const script =
		"BEGIN TRANSACTION; DELETE FROM t WHERE id = 'row1'; DELETE FROM t WHERE id = 'row2'; COMMIT TRANSACTION;";
	expect((await query("q2", script, capped)).error).toBe(
		"bytesBilledLimitExceeded: Query exceeded limit for bytes billed: 15728640. 20971520 or higher required.",
	);
	expect(await rows("t")).toHaveLength(5);
});

it("refuses a query without a filter where a table requires one", async () => {
	const { query, call } = await partitioned();
	await call("PATCH", "datasets/shop/tables/t", { requirePartitionFilter: true });
	expect((await query("q1", "SELECT id FROM t")).error).toMatch(/without a filter over column\(s\) 'moment'/);
	expect((await query("q2", "SELECT id FROM t WHERE moment > TIMESTAMP '2026-07-01T00:00:00Z'")).error).toBeUndefined();
});
