import { expect, it } from "vitest";
import { asking } from "./asking.ts";

/** Statement and the rows it answers, each a list of texts. */
const ANSWERS: [sql: string, rows: unknown[][]][] = [
	[
		String.raw`SELECT 'it\'s', "a\"b", r'\d', '''two
lines''', '\u00e9\U0001F600\x41\101\n'`,
		[["it's", 'a"b', "\\d", "two\nlines", "é😀AA\n"]],
	],
	["SELECT 1 -- one\n, /* two */ 2 # three\n, 0x1F", [["1", "2", "31"]]],
	[
		"SELECT 9223372036854775807, 1.5, 1e3, .5, 1 / 4, NUMERIC '12.340'",
		[["9223372036854775807", "1.5", "1000.0", "0.5", "0.25", "12.34"]],
	],
	[
		"SELECT TIMESTAMP '2026-07-03T12:00:00.5+02:00', DATE '2026-07-03', DATETIME '2026-07-03T10:00:00', TIME '10:00:00'",
		[["1783072800500000", "2026-07-03", "2026-07-03T10:00:00", "10:00:00"]],
	],
	[
		"SELECT TIMESTAMP_MICROS(1783072800500000), UNIX_MICROS(TIMESTAMP '2026-07-03 10:00:00 UTC')",
		[["1783072800500000", "1783072800000000"]],
	],
	[
		"SELECT FORMAT_TIMESTAMP('%F %T', TIMESTAMP '2026-07-03T10:00:00Z'), CAST(DATE(TIMESTAMP '2026-07-03T10:00:00Z') AS STRING)",
		[["2026-07-03 10:00:00", "2026-07-03"]],
	],
	[
		"SELECT TIMESTAMP_TRUNC(TIMESTAMP '2026-07-03T10:00:00Z', DAY), DATE_ADD(DATE '2026-02-28', INTERVAL 1 DAY), DATE_DIFF(DATE '2026-07-03', DATE '2026-07-01', DAY)",
		[["1783036800000000", "2026-03-01", "2"]],
	],
	[
		"SELECT CAST('1.50' AS NUMERIC), SAFE_CAST('x' AS INT64), CAST(12 AS STRING), CAST(NUMERIC '1.50' AS STRING)",
		[["1.5", null, "12", "1.5"]],
	],
	[
		"SELECT FARM_FINGERPRINT('foo'), FARM_FINGERPRINT('1footrue'), FARM_FINGERPRINT('2applefalse'), FARM_FINGERPRINT('3true'), FARM_FINGERPRINT('alphabet'), FARM_FINGERPRINT(NULL)",
		[
			[
				"6150913649986995171",
				"-1541654101129638711",
				"2794438866806483259",
				"-4880158226897771312",
				"-2427165924636348523",
				null,
			],
		],
	],
	[
		"SELECT -5 & 281474976710655, 12 & 4 + 2 = 4, DIV(-3 * 281474976710656, 281474976710656), NORMALIZE('e\\u0301') = '\\u00e9'",
		[["281474976710651", "true", "-3", "true"]],
	],
	[
		"SELECT CONCAT('a', NULL), 'a' || 'b', IFNULL(NULL, 'c'), COALESCE(NULL, NULL, 'd'), IF(1 = 2, 'x', 'y')",
		[[null, "ab", "c", "d", "y"]],
	],
	[
		'SELECT PARSE_JSON(\'{"b": 1, "a": [1.0]}\'), TO_JSON_STRING(JSON \'{"b":1}\'), JSON_VALUE(JSON \'{"a":"x"}\', \'$.a\')',
		[['{"a":[1],"b":1}', '{"b":1}', "x"]],
	],
	[
		"SELECT TO_JSON_STRING(STRUCT('x' AS a, 2 AS b, CAST(NULL AS STRING) AS c)), TO_JSON_STRING(NUMERIC '1.50')",
		[['{"a":"x","b":2,"c":null}', "1.5"]],
	],
	[
		"SELECT [1, 2], ARRAY<STRING>[], ARRAY_LENGTH(['a', 'b']), STRUCT(1 AS one, 'x' AS two)",
		[[[{ v: "1" }, { v: "2" }], [], "2", { f: [{ v: "1" }, { v: "x" }] }]],
	],
	["SELECT x FROM UNNEST([3, 1, 2]) AS x WHERE x IN (1, 2) OR x IN UNNEST([3]) ORDER BY x DESC", [["3"], ["2"], ["1"]]],
	["SELECT x FROM UNNEST([1, NULL, 2]) AS x ORDER BY x", [[null], ["1"], ["2"]]],
	["SELECT x FROM UNNEST([1, NULL, 2]) AS x ORDER BY x DESC", [["2"], ["1"], [null]]],
	[
		"WITH a AS (SELECT 1 AS x UNION ALL SELECT 2), b AS (SELECT x + 1 AS x FROM a) SELECT a.x, b.x AS y FROM a LEFT JOIN b ON a.x = b.x ORDER BY 1",
		[
			["1", null],
			["2", "2"],
		],
	],
	["SELECT * EXCEPT (x), t.x AS renamed FROM (SELECT 1 AS x, 2 AS y) AS t", [["2", "1"]]],
	[
		"SELECT a.x, y, z FROM (SELECT 1 AS x, 'a' AS y) AS a JOIN (SELECT 1 AS x, 'b' AS z) AS b USING (x)",
		[["1", "a", "b"]],
	],
	[
		"SELECT k, COUNT(*) AS n, COUNTIF(v > 1), SUM(v), STRING_AGG(CAST(v AS STRING), '-' ORDER BY v DESC) FROM (SELECT 'a' AS k, 1 AS v UNION ALL SELECT 'a', 2) AS t GROUP BY k HAVING n > 1",
		[["a", "2", "1", "3", "2-1"]],
	],
	[
		"SELECT x FROM UNNEST([1, 1, 2]) AS x QUALIFY ROW_NUMBER() OVER (PARTITION BY x ORDER BY x) = 1 ORDER BY x",
		[["1"], ["2"]],
	],
	[
		"SELECT EXISTS (SELECT 1 FROM UNNEST([1]) AS x WHERE x = 2), (SELECT MAX(x) FROM UNNEST([1, 5]) AS x), ARRAY(SELECT x FROM UNNEST([2]) AS x)",
		[["false", "5", [{ v: "2" }]]],
	],
	[
		"SELECT x BETWEEN 1 AND 2, x IS NOT NULL, x IS DISTINCT FROM 1, 'a_c' LIKE 'a\\\\_%', NOT x = 1 FROM (SELECT 1 AS x) AS t",
		[["true", "true", "false", "true", "false"]],
	],
	["SELECT DISTINCT x FROM UNNEST([1, 1]) AS x UNION ALL SELECT 7 ORDER BY x LIMIT 1 OFFSET 1", [["7"]]],
	[
		"SELECT TO_HEX(SHA256('a')), LOWER('A'), SUBSTR('hello', 2, 3), BYTE_LENGTH('é')",
		[["ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", "a", "ell", "2"]],
	],
];

it("answers what GoogleSQL means", async () => {
	const { query } = await asking();
	for (const [at, [sql, rows]] of ANSWERS.entries()) {
		const answer = await query(`q${at}`, sql);
		expect([sql, answer.error, answer.rows]).toEqual([sql, undefined, rows]);
	}
});

const REFUSED: [sql: string, message: RegExp][] = [
	["SELECT nope FROM t", /Unrecognized name: nope/],
	["SELECT a.id FROM t", /Unrecognized name: a\.id/],
	["SELECT t.nope FROM t", /Name nope not found inside t/],
	["SELECT id FROM t, t AS u", /Column name id is ambiguous/],
	["SELECT 1 AS a, 2 AS A", /Duplicate column names/],
	["SELECT id FROM none", /Not found: Table acme:shop\.none/],
	["SELECT id FROM other.t", /Not found: Dataset acme:other/],
	["SELECT 'a", /Unclosed string literal/],
	[String.raw`SELECT '\q'`, /Illegal escape sequence: \\q at \[1:9\]/],
	["SELECT id AS at FROM t", /Expected a name but got keyword or name at/],
	["SELECT 1 UNION SELECT 2", /Unexpected/],
	["SELECT SOUNDEX('a')", /Function not found: SOUNDEX/],
	["SELECT LOWER('a', 'b')", /No matching signature for function LOWER/],
	["SELECT ROW_NUMBER()", /without an OVER clause/],
	["SELECT TIMESTAMP '2026-02-30T00:00:00Z'", /Invalid TIMESTAMP literal/],
	["SELECT CAST(1 AS NUMBER)", /Type not found: NUMBER/],
	["SELECT PARSE_JSON('{')", /Invalid input to PARSE_JSON/],
	["SELECT @missing", /Query parameter 'missing' not found/],
	["UPDATE t SET id = 'x'", /UPDATE must have a WHERE clause/],
	["DELETE FROM t", /DELETE must have a WHERE clause/],
	["INSERT INTO t VALUES ('a')", /INSERT without a list of columns|Expected/],
	["INSERT INTO t (id, n) SELECT 'a'", /wrong column count/],
	[
		"INSERT INTO t (id) SELECT n FROM t",
		/Value has type INT64 which cannot be inserted into column id, which has type STRING/,
	],
	["UPDATE t SET n = '1' WHERE TRUE", /Value has type STRING which cannot be inserted into column n/],
	["INSERT INTO t (n) VALUES (1)", /Required column value for column id is missing/],
	["CREATE TABLE t (id STRING)", /Already Exists: Table acme:shop\.t/],
	["CREATE TEMP TABLE x AS SELECT 1 AS a", /requires a script or session/],
	["BEGIN TRANSACTION", /only in scripts/],
	["ALTER TABLE t ALTER COLUMN id SET DATA TYPE INT64", /requires that the existing column type \(STRING\)/],
	["ALTER TABLE t ADD COLUMN n INT64", /Column already exists: n/],
	["GRANT ALL", /not one that the fake knows/],
	["SELECT COUNT(*) FROM t FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()", /Expected ; but got/],
];

it("refuses what BigQuery refuses, and what the fake does not know", async () => {
	const { query, table } = await asking({ quotas: false });
	await table("t", [
		{ name: "id", type: "STRING", mode: "REQUIRED" },
		{ name: "n", type: "INT64" },
	]);
	for (const [at, [sql, message]] of REFUSED.entries()) {
		const { error = "none" } = await query(`q${at}`, sql);
		expect([sql, error]).toEqual([sql, expect.stringMatching(message)]);
	}
});

it("takes named parameters, and refuses one that the text does not use", async () => {
	const { query } = await asking();
	const parameter = (name: string, type: string, value: string | null) => ({
		name,
		parameterType: { type },
		parameterValue: { value },
	});
	const given = {
		parameterMode: "NAMED",
		queryParameters: [parameter("a", "STRING", "it's\n"), parameter("b", "INT64", null)],
	};
	expect((await query("q1", "SELECT @a, @b", given)).rows).toEqual([["it's\n", null]]);
	expect((await query("q2", "SELECT @a", given)).error).toMatch(/does not use its parameter b/);
});

it("makes, changes and drops tables", async () => {
	const { query, call, rows } = await asking({ quotas: false });
	const run = async (id: string, sql: string) => expect([sql, (await query(id, sql)).error]).toEqual([sql, undefined]);
	await run(
		"c1",
		"CREATE TABLE IF NOT EXISTS `t` (`id` STRING NOT NULL OPTIONS (description='the id'), `n` INT64, `moment` TIMESTAMP, `l` ARRAY<STRUCT<`a` STRING>>) PARTITION BY DATE(`moment`) CLUSTER BY `id` OPTIONS (labels=[('app', 'gn')], description='d')",
	);
	await run(
		"c2",
		"INSERT INTO t (id, n, moment, l) VALUES ('a', 1, TIMESTAMP '2026-07-03T10:00:00Z', NULL), ('b', NULL, NULL, [STRUCT('x' AS a)])",
	);
	await run("c3", "ALTER TABLE t ADD COLUMN IF NOT EXISTS n INT64, ADD COLUMN IF NOT EXISTS `note` STRING");
	await run("c4", "ALTER TABLE t ALTER COLUMN n SET DATA TYPE NUMERIC");
	await run(
		"c5",
		"CREATE OR REPLACE TABLE copied OPTIONS (expiration_timestamp = TIMESTAMP '2999-01-01T00:00:00Z') AS SELECT t.*, 1 AS one FROM t",
	);
	const { body } = await call("GET", "datasets/shop/tables/t");
	expect(body).toMatchObject({
		timePartitioning: { type: "DAY", field: "moment" },
		clustering: { fields: ["id"] },
		labels: { app: "gn" },
	});
	expect(body.schema.fields.map(({ name, type }: { name: string; type: string }) => `${name} ${type}`)).toEqual([
		"id STRING",
		"n NUMERIC",
		"moment TIMESTAMP",
		"l RECORD",
		"note STRING",
	]);
	expect((await call("GET", "datasets/shop/tables/copied")).body.expirationTime).toBe("32472144000000");
	expect(await rows("copied")).toMatchObject([
		{ id: "a", l: [], one: "1" },
		{ id: "b", l: [{ a: "x" }] },
	]);
	const columns = await query(
		"s",
		"SELECT column_name, data_type, is_partitioning_column FROM INFORMATION_SCHEMA.COLUMNS WHERE table_name = 't' ORDER BY ordinal_position",
	);
	expect(columns.rows.slice(0, 4)).toEqual([
		["id", "STRING", "NO"],
		["n", "NUMERIC", "NO"],
		["moment", "TIMESTAMP", "YES"],
		["l", "ARRAY<STRUCT<a STRING>>", "NO"],
	]);
	await run("d1", "TRUNCATE TABLE copied");
	expect(await rows("copied")).toEqual([]);
	await run("d2", "DROP TABLE copied");
	await run("d3", "DROP TABLE IF EXISTS copied");
});

it("changes rows: UPDATE from a subquery, MERGE, DELETE; never one row by two", async () => {
	const { query, table, rows } = await asking({ quotas: false });
	await table("t", [
		{ name: "id", type: "STRING" },
		{ name: "v", type: "NUMERIC" },
	]);
	await query("i", "INSERT INTO t (id, v) VALUES ('a', 1), ('b', 2)");
	const twice = "(SELECT 'a' AS id, 5 AS v UNION ALL SELECT 'a', 6)";
	const once = "(SELECT 'a' AS id, 5 AS v UNION ALL SELECT 'c', 6)";
	const merge = (source: string) =>
		`MERGE INTO t USING ${source} AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v)`;
	const several = /UPDATE\/MERGE must match at most one source row for each target row/;
	expect((await query("m1", merge(twice))).error).toMatch(several);
	expect((await query("u1", `UPDATE t SET v = s.v FROM ${twice} AS s WHERE t.id = s.id`)).error).toMatch(several);
	expect(await rows("t")).toEqual([
		{ id: "a", v: "1" },
		{ id: "b", v: "2" },
	]);
	expect((await query("m2", merge(once))).job.statistics.query.numDmlAffectedRows).toBe("2");
	expect(
		(await query("u2", "UPDATE t SET v = s.v FROM (SELECT 'b' AS id, 9 AS v) AS s WHERE t.id = s.id")).job.statistics
			.query,
	).toMatchObject({ dmlStats: { updatedRowCount: "1" } });
	expect(
		(await query("d", "DELETE FROM t WHERE t.id IN (SELECT id FROM t WHERE v = 6)")).job.statistics.query
			.numDmlAffectedRows,
	).toBe("1");
	expect(await rows("t")).toEqual([
		{ id: "a", v: "5" },
		{ id: "b", v: "9" },
	]);
});

it("refuses more than 4,000 partitions in one statement", async () => {
	const { query, table } = await asking();
	await table("t", [{ name: "d", type: "DATE" }], { timePartitioning: { type: "DAY", field: "d" } });
	const days = (count: number) =>
		`INSERT INTO t (d) SELECT d FROM UNNEST(GENERATE_DATE_ARRAY(DATE '2000-01-01', DATE_ADD(DATE '2000-01-01', INTERVAL ${count - 1} DAY))) AS d`;
	expect((await query("q1", days(4001))).error).toMatch(
		/Too many partitions produced by query, allowed 4000, query produces at least 4001/,
	);
	expect((await query("q2", days(4000))).error).toBeUndefined();
});

it("judges a dry run without running it", async () => {
	const { call, query, table, rows } = await asking();
	await table("t", [{ name: "id", type: "STRING" }]);
	const dry = async (sql: string) =>
		call("POST", "jobs", {
			jobReference: { location: "EU" },
			configuration: {
				dryRun: true,
				query: { query: sql, useLegacySql: false, defaultDataset: { datasetId: "shop" } },
			},
		});
	const good = await dry("INSERT INTO t (id) VALUES ('x')");
	expect(good.body.statistics.query).toMatchObject({ statementType: "INSERT", totalBytesProcessed: "0" });
	expect((await dry("INSERT INTO t (nope) VALUES ('x')")).body.error.message).toMatch(/Column nope is not present/);
	expect(await rows("t")).toEqual([]);
	expect((await query("later", "SELECT id FROM t")).rows).toEqual([]);
});
