import { expect, it } from "vitest";
import { type Asking, asking } from "./asking.ts";

async function withTable(options?: Parameters<typeof asking>[0]): Promise<Asking> {
	const asked = await asking({ quotas: false, ...options });
	for (const table of ["t", "u"])
		await asked.table(table, [
			{ name: "id", type: "STRING" },
			{ name: "v", type: "INT64" },
		]);
	await asked.query("first", "INSERT INTO t (id, v) VALUES ('a', 1), ('b', 2)");
	return asked;
}

it("runs variables, conditions, blocks and row counts", async () => {
	const { query } = await withTable();
	const script = `
		DECLARE n INT64 DEFAULT (SELECT COUNT(*) FROM t);
		DECLARE days ARRAY<DATE>;
		DECLARE word STRING DEFAULT 'none';
		SET days = [DATE '2026-07-03'];
		UPDATE t SET v = v + n WHERE id = 'a';
		IF @@row_count = 2 THEN SET word = 'two';
		ELSEIF @@row_count = 1 THEN SET word = 'one';
		ELSE SET word = 'other'; END IF;
		BEGIN
			SELECT ERROR('broken');
		EXCEPTION WHEN ERROR THEN
			SET word = CONCAT(word, ' ', @@error.message);
		END;
		SELECT word, v, ARRAY_LENGTH(days) FROM t WHERE id = 'a';`;
	const { rows, error, job } = await query("s", script);
	expect([error, rows]).toEqual([undefined, [[expect.stringMatching(/^one .*broken/), "3", "1"]]]);
	expect(job.statistics.query.statementType).toBe("SCRIPT");
});

it("answers the last statement only where that is a SELECT, and ends at RETURN", async () => {
	const { query } = await withTable();
	expect((await query("s1", "SELECT 1 AS a; ASSERT TRUE;")).rows).toEqual([]);
	expect(
		(await query("s2", "IF EXISTS (SELECT 1 FROM t) THEN SELECT 'there' AS a; RETURN; END IF; SELECT 'after' AS a;"))
			.rows,
	).toEqual([["there"]]);
});

it("fails with the text of an assertion or of RAISE, and undoes the transaction", async () => {
	const { query, rows, fake } = await withTable();
	const change = "DELETE FROM t WHERE id = 'a'; INSERT INTO u (id, v) VALUES ('x', 1);";
	const asserted = await query(
		"s1",
		`BEGIN TRANSACTION; ${change} ASSERT @@row_count = 2 AS 'gn_fence: no'; COMMIT TRANSACTION;`,
	);
	expect(asserted.error).toBe("invalidQuery: Query error: gn_fence: no");
	expect(
		(await query("s2", `BEGIN TRANSACTION; ${change} RAISE USING MESSAGE = 'stop'; COMMIT TRANSACTION;`)).error,
	).toMatch(/stop/);
	// also where nobody commits
	expect((await query("s3", `BEGIN TRANSACTION; ${change}`)).error).toBeUndefined();
	expect(
		(await query("s4", `BEGIN TRANSACTION; ${change} ROLLBACK TRANSACTION; SELECT COUNT(*) FROM t;`)).rows,
	).toEqual([["2"]]);
	expect([(await rows("t")).length, (await rows("u")).length]).toEqual([2, 0]);
	expect(fake.events.filter(({ event }) => event === "transaction rolled back")).toHaveLength(4);
	expect((await query("s5", `BEGIN TRANSACTION; ${change} COMMIT TRANSACTION;`)).error).toBeUndefined();
	expect([(await rows("t")).length, (await rows("u")).length]).toEqual([1, 1]);
});

it("makes temporary tables that end with the script, and no others inside a transaction", async () => {
	const { query } = await withTable();
	const made = await query(
		"s1",
		"BEGIN TRANSACTION; CREATE TEMP TABLE x AS SELECT id FROM t; INSERT INTO u (id) SELECT id FROM x; COMMIT TRANSACTION; SELECT COUNT(*) FROM x;",
	);
	expect([made.error, made.rows]).toEqual([undefined, [["2"]]]);
	expect((await query("s2", "SELECT 1; SELECT id FROM x;")).error).toMatch(/Not found: Table acme:shop\.x/);
	for (const ddl of ["CREATE TABLE y (a INT64)", "DROP TABLE t", "ALTER TABLE t ADD COLUMN w INT64"]) {
		expect((await query(`s${ddl.length}`, `BEGIN TRANSACTION; ${ddl}; COMMIT TRANSACTION;`)).error).toMatch(
			/not supported inside a transaction/,
		);
	}
});

it("refuses a transaction of more than 100 tables", async () => {
	const { query, table } = await withTable();
	for (let at = 0; at <= 100; at++) await table(`many_${at}`, [{ name: "a", type: "INT64" }]);
	const inserts = (count: number) =>
		Array.from({ length: count }, (_, at) => `INSERT INTO many_${at} (a) VALUES (1);`).join(" ");
	expect((await query("s1", `BEGIN TRANSACTION; ${inserts(101)} COMMIT TRANSACTION;`)).error).toMatch(
		/too many tables: at most 100/,
	);
	expect((await query("s2", `BEGIN TRANSACTION; ${inserts(100)} COMMIT TRANSACTION;`)).error).toBeUndefined();
}, 20_000);

/** Stops statements that begin with a text until they are let go. */
function gate() {
	const held = new Map<string, () => void>();
	return {
		beforeStatement: ({ job, text }: { job: string; text: string }) =>
			text.includes("gate") ? new Promise<void>((resolve) => void held.set(job, resolve)) : undefined,
		async open(job: string) {
			while (!held.has(job)) await new Promise((resolve) => setTimeout(resolve, 5));
			held.get(job)!();
		},
		async reached(job: string) {
			while (!held.has(job)) await new Promise((resolve) => setTimeout(resolve, 5));
		},
	};
}

it("cancels the second of two transactions that change rows of one table", async () => {
	const { beforeStatement, open, reached } = gate();
	const { query, rows } = await withTable({ beforeStatement });
	const script = (id: string) =>
		`BEGIN TRANSACTION; UPDATE t SET v = v + 10 WHERE id = '${id}'; SELECT 'gate'; COMMIT TRANSACTION;`;
	const first = query("first_one", script("a"));
	await reached("first_one");
	// other rows of the same table: the table counts
	const second = query("second_one", script("b"));
	await new Promise((resolve) => setTimeout(resolve, 100));
	await open("first_one");
	expect((await first).error).toBeUndefined();
	expect((await second).error).toMatch(/Transaction is aborted due to concurrent update against table acme:shop\.t/);
	expect(await rows("t")).toEqual([
		{ id: "a", v: "11" },
		{ id: "b", v: "2" },
	]);
});

it("cancels a transaction that began before another changed the same table, and lets those that insert run", async () => {
	const { beforeStatement, open, reached } = gate();
	const { query, rows } = await withTable({ beforeStatement });
	const late = query("late", "BEGIN TRANSACTION; SELECT 'gate'; DELETE FROM t WHERE id = 'b'; COMMIT TRANSACTION;");
	const inserting = query(
		"inserting",
		"BEGIN TRANSACTION; INSERT INTO t (id, v) VALUES ('c', 3); SELECT 'gate'; COMMIT TRANSACTION;",
	);
	await reached("late");
	await reached("inserting");
	const other = query(
		"other",
		"BEGIN TRANSACTION; INSERT INTO t (id, v) VALUES ('d', 4); UPDATE t SET v = 0 WHERE id = 'a'; COMMIT TRANSACTION;",
	);
	await new Promise((resolve) => setTimeout(resolve, 100));
	await open("late");
	await open("inserting");
	expect((await other).error).toBeUndefined();
	expect((await inserting).error).toBeUndefined();
	expect((await late).error).toMatch(/concurrent update/);
	expect((await rows("t")).map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
});

it("shows a transaction what was there when it began", async () => {
	const { beforeStatement, open, reached } = gate();
	const { query } = await withTable({ beforeStatement });
	const reading = query("reading", "BEGIN TRANSACTION; SELECT 'gate'; COMMIT TRANSACTION; SELECT COUNT(*) FROM t;");
	const snapshot = query(
		"snapshot",
		"DECLARE n INT64; BEGIN TRANSACTION; SELECT 'gate'; SET n = (SELECT COUNT(*) FROM t); COMMIT TRANSACTION; SELECT n;",
	);
	await reached("reading");
	await reached("snapshot");
	const inserted = query("inserted", "INSERT INTO t (id) VALUES ('c')");
	await new Promise((resolve) => setTimeout(resolve, 100));
	await open("reading");
	await open("snapshot");
	await inserted;
	expect([(await reading).rows, (await snapshot).rows]).toEqual([[["3"]], [["2"]]]);
});

it("makes a table once, whoever comes at the same time", async () => {
	const { query, rows } = await withTable();
	const made = "CREATE TABLE IF NOT EXISTS made (id STRING)";
	await Promise.all(
		Array.from({ length: 8 }, (_, at) => query(`made_${at}`, `${made}; INSERT INTO made (id) VALUES ('${at}');`)),
	);
	expect(await rows("made")).toHaveLength(8);
});

it("stops a script that is cancelled", async () => {
	const { beforeStatement, open, reached } = gate();
	const { query, rows, call } = await withTable({ beforeStatement });
	const running = query("long", "BEGIN TRANSACTION; DELETE FROM t WHERE TRUE; SELECT 'gate'; COMMIT TRANSACTION;");
	await reached("long");
	await call("POST", "jobs/long/cancel?location=EU");
	await open("long");
	expect((await running).error).toMatch(/^stopped: Job execution was cancelled/);
	expect(await rows("t")).toHaveLength(2);
});
