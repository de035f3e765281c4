/** Nothing that names a dataset or project other than ours leaves. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { guardJob, guardPath, identifier } from "../src/sql/guard.ts";

const ours = { project: "acme-analytics", dataset: "growthnav_acme" };

function sql(query: string) {
	return { configuration: { query: { query, useLegacySql: false } } };
}

test("a name comes into SQL in backticks, and nothing else comes in", () => {
	expect(identifier("orders_2024")).toBe("`orders_2024`");
	for (const text of ["", "a b", "a`b", "a.b", "é", "x".repeat(301), "a\n", "a-b"]) {
		expect(() => identifier(text), text).toThrow(/is no name of a table or column/);
	}
	fc.assert(
		fc.property(fc.string({ unit: "binary" }), (text) => {
			if (/^[A-Za-z0-9_]{1,300}$/.test(text)) expect(identifier(text)).toBe(`\`${text}\``);
			else expect(() => identifier(text)).toThrow();
		}),
	);
});

const OWN_STATEMENTS = [
	"SELECT * FROM `orders` AS t WHERE t.`id` = 'other.table' -- FROM other.table",
	"SELECT `a.b` FROM x".replace("`a.b`", "`a`"),
	"MERGE INTO `conversions` AS T USING (SELECT s.* FROM `_gn_stg` AS s) AS S ON T.`conversion_id` = S.`conversion_id` " +
		"WHEN MATCHED THEN UPDATE SET `value` = S.`value`, `currency` = S.`currency` " +
		"WHEN NOT MATCHED THEN INSERT (`value`, `currency`) VALUES (S.`value`, S.`currency`)",
	"UPDATE `orders` AS t SET `a` = s.`a`, `b` = s.`b` FROM (SELECT s.* FROM `stage` AS s JOIN `v` AS v ON v.`x` = s.`x`) AS s WHERE t.`k` = s.`k`",
	"DELETE FROM `conversions` WHERE `conversions`.`id` NOT IN (SELECT c.`id` FROM `new` AS c UNION ALL SELECT s.`id` FROM `st` AS s)",
	"WITH ranked AS (SELECT a, ROW_NUMBER() OVER (PARTITION BY a ORDER BY b DESC, c) AS place FROM `stage`) SELECT r.a FROM ranked AS r LEFT JOIN `orders` AS t ON t.a = r.a",
	"SELECT x FROM UNNEST([1]) AS `none`, UNNEST(t.items) AS item WHERE FALSE",
	"SELECT EXTRACT(DAY FROM t.`timestamp`), t.a IS DISTINCT FROM t.b FROM `orders` t, t.items i WHERE i.x LIKE t.y",
	"CREATE OR REPLACE TABLE `_gn_stg` OPTIONS (expiration_timestamp = TIMESTAMP '2026-01-01T00:00:00Z') AS SELECT 1 AS one",
	"ALTER TABLE `orders` ADD COLUMN IF NOT EXISTS `a` STRING, ADD COLUMN IF NOT EXISTS `b` NUMERIC",
	"DROP TABLE IF EXISTS `orders`; TRUNCATE TABLE `x`;",
	"IF EXISTS (SELECT 1 FROM `_gn_commits` WHERE `batch_id` = 'b') THEN SELECT 'adopted' AS outcome; RETURN; END IF; BEGIN TRANSACTION; ASSERT @@row_count = 1 AS 'gn_fence'; COMMIT TRANSACTION;",
	"SELECT SAFE.PARSE_JSON('x'), 1.5, .5, t.x FROM `growthnav_acme.orders` AS t",
	"SELECT 1 FROM `acme-analytics.growthnav_acme.orders`, acme-analytics.growthnav_acme.x, growthnav_acme.y, `acme-analytics`.growthnav_acme.`z`",
	"INSERT INTO `_gn_commits` (`a`) VALUES (@gn_states)",
	"SELECT '''a 'quoted' FROM other.t''', r'\\d FROM other.t', \"\"\"FROM other.t\"\"\", 'it\\'s FROM other.t'",
];

test.each(OWN_STATEMENTS)("what names our tables passes: %s", (query) => {
	expect(() => guardJob(sql(query), ours)).not.toThrow();
});

const FOREIGN_STATEMENTS = [
	"SELECT * FROM `other.orders`",
	"SELECT * FROM other.orders",
	"SELECT * FROM `other`.`orders`",
	"SELECT * FROM `elsewhere.growthnav_acme.orders`",
	"SELECT * FROM bigquery-public-data.samples.shakespeare",
	"SELECT * FROM `acme-analytics.growthnav_other.orders`",
	"SELECT * FROM `growthnav_acme`, other.orders",
	"SELECT * FROM (SELECT 1 AS x), other.orders",
	"SELECT * FROM `a` AS a JOIN `b` AS b ON a.x = b.x, other.orders",
	"SELECT * FROM `a` AS a JOIN other.orders AS b USING (x)",
	"SELECT (SELECT MAX(x) FROM other.orders) FROM `a`",
	"SELECT * FROM `a` WHERE x IN (SELECT x FROM `other.orders`)",
	"INSERT INTO other.orders (x) SELECT 1",
	"UPDATE other.orders SET x = 1 WHERE TRUE",
	"DELETE other.orders WHERE TRUE",
	"MERGE INTO `orders` AS T USING other.orders AS S ON FALSE WHEN NOT MATCHED THEN INSERT ROW",
	"CREATE TABLE other.orders AS SELECT 1 AS x",
	"CREATE TABLE `x` CLONE other.orders",
	"CREATE TABLE `x` LIKE other.orders",
	"CREATE TABLE `x` COPY other.orders",
	"CREATE OR REPLACE VIEW other.v AS SELECT 1 AS x",
	"DROP TABLE IF EXISTS other.orders",
	"TRUNCATE TABLE other.orders",
	"ALTER TABLE other.orders ADD COLUMN x STRING",
	"DROP SCHEMA other CASCADE",
	"CREATE SCHEMA IF NOT EXISTS `other`",
	"SELECT other.secret_function(1)",
	"SELECT * FROM other.table_function(1)",
	"SELECT * FROM APPENDS(TABLE other.orders, NULL, NULL)",
	"SELECT table_name FROM `INFORMATION_SCHEMA`.`COLUMNS` ORDER BY table_name, ordinal_position",
	"SELECT * FROM INFORMATION_SCHEMA.SCHEMATA",
	"SELECT * FROM `region-eu`.INFORMATION_SCHEMA.JOBS",
	"SELECT * FROM `region-eu.INFORMATION_SCHEMA.JOBS`",
	"SELECT * FROM EXTERNAL_QUERY('connection', 'SELECT 1')",
	"EXECUTE IMMEDIATE 'SELECT * FROM ' || 'other.orders'",
	"SELECT 1; EXECUTE IMMEDIATE 'x'",
	"BEGIN CALL other.p(); END",
	"EXPORT DATA OPTIONS (uri = 'gs://x/*') AS SELECT 1",
	"LOAD DATA INTO `x` FROM FILES (uris = ['gs://x'])",
	"SET @@dataset_id = 'other'",
	"SELECT 'unclosed FROM `orders`",
	"SELECT * FROM /* hidden */ other /* dots */ . orders",
	"SELECT * FROM -- a line\n other.orders",
	"SELECT 'a' 'b' FROM `x` AS `other.orders`, `other.orders`",
];

test.each(FOREIGN_STATEMENTS)("what names another dataset is refused: %s", (query) => {
	expect(() => guardJob(sql(query), ours)).toThrow(/does not belong to dataset growthnav_acme/);
});

test("legacy SQL, which has other names for tables, is refused", () => {
	expect(() => guardJob({ configuration: { query: { query: "SELECT 1" } } }, ours)).toThrow(/legacy SQL/);
	expect(() => guardJob({ configuration: { query: { query: "SELECT 1", useLegacySql: true } } }, ours)).toThrow();
});

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);

test("every place of a job resource that holds a dataset is read, however deep it lies", () => {
	const table = (datasetId: string, projectId = ours.project) => ({ projectId, datasetId, tableId: "t" });
	const places: ((reference: object) => object)[] = [
		(reference) => ({ configuration: { load: { destinationTable: reference } } }),
		(reference) => ({
			configuration: { query: { query: "SELECT 1", useLegacySql: false, defaultDataset: reference } },
		}),
		(reference) => ({
			configuration: { query: { query: "SELECT 1", useLegacySql: false, destinationTable: reference } },
		}),
		(reference) => ({ configuration: { copy: { sourceTables: [table(ours.dataset), reference] } } }),
		(reference) => ({ configuration: { copy: { sourceTable: reference, destinationTable: table(ours.dataset) } } }),
		(reference) => ({ configuration: { extract: { sourceTable: reference } } }),
		(reference) => ({ tableReference: reference, schema: { fields: [] } }),
		(reference) => ({ datasetReference: reference }),
		(reference) => ({ access: [{ view: reference }] }),
	];
	fc.assert(
		fc.property(fc.constantFrom(...places), name, fc.boolean(), (place, other, isProject) => {
			fc.pre(other !== ours.dataset && other !== ours.project);
			expect(() => guardJob(place(table(ours.dataset)) as never, ours)).not.toThrow();
			const reference = isProject ? table(ours.dataset, other) : table(other);
			expect(() => guardJob(place(reference) as never, ours)).toThrow(/does not belong to/);
		}),
	);
});

test("any other dataset is refused wherever a table can stand, quoted or not, whatever stands around it", () => {
	const quotings = [
		(path: string[]) => path.join("."),
		(path: string[]) => `\`${path.join(".")}\``,
		(path: string[]) => path.map((one) => `\`${one}\``).join("."),
		(path: string[]) => path.map((one, at) => (at === 0 ? `\`${one}\`` : one)).join(" . "),
	];
	const statements = [
		(t: string) => `SELECT * FROM ${t}`,
		(t: string) => `SELECT a.x FROM \`mine\` AS a, ${t} AS b`,
		(t: string) => `SELECT 1 AS one FROM \`mine\` LEFT JOIN ${t} ON TRUE`,
		(t: string) => `INSERT INTO ${t} (\`x\`) SELECT 'from x' AS x`,
		(t: string) => `BEGIN TRANSACTION; UPDATE ${t} AS q SET x = 1 WHERE TRUE; COMMIT TRANSACTION`,
		(t: string) => `MERGE \`mine\` AS m USING ${t} AS s ON m.k = s.k WHEN MATCHED THEN DELETE`,
		(t: string) => `CREATE TEMP TABLE x AS SELECT * FROM (SELECT 1), ${t}`,
		(t: string) => `SELECT '${"a ".repeat(3)}' FROM UNNEST([1]) AS u WHERE EXISTS (SELECT 1 FROM ${t})`,
	];
	fc.assert(
		fc.property(
			fc.constantFrom(...statements),
			fc.constantFrom(...quotings),
			name,
			fc.boolean(),
			(statement, quoted, other, withProject) => {
				fc.pre(
					!["mine", "a", "b", "m", "s", "q", "u", "x", "k", "one", ours.dataset, "information_schema"].includes(other),
				);
				fc.pre(!/^(select|from|where|if|not|exists|lateral|table|view|into|using|on|as|set)$/.test(other));
				const foreign = withProject ? [ours.project, other, "t"] : [other, "t"];
				if (withProject) fc.pre(quoted !== quotings[0]);
				expect(() => guardJob(sql(statement(quoted(foreign))), ours)).toThrow(/does not belong to/);
				const own = withProject ? [ours.project, ours.dataset, "t"] : [ours.dataset, "t"];
				expect(() => guardJob(sql(statement(quoted(own))), ours)).not.toThrow();
			},
		),
		{ numRuns: 500 },
	);
});

test("texts may say what they like", () => {
	const text = 'FROM other.orders; {"datasetId":"other"}';
	const labels = { query: "from-other", note: "x" };
	const queryParameters = [{ name: "gn_states", parameterType: { type: "STRING" }, parameterValue: { value: text } }];
	const query = { query: "SELECT @gn_states", useLegacySql: false, queryParameters };
	expect(() => guardJob({ configuration: { query, labels } }, ours)).not.toThrow();
});

test("a REST path stays within the dataset, jobs and queries", () => {
	for (const path of [
		"datasets",
		"datasets/growthnav_acme",
		"datasets/growthnav_acme/tables/orders",
		"jobs",
		"jobs/gn_1",
		"queries/gn_1",
	]) {
		expect(() => guardPath(path, ours), path).not.toThrow();
	}
	for (const path of [
		"datasets/other",
		"datasets/other/tables/orders",
		"datasets/growthnav_acme2/tables/orders",
		"datasets/growthnav_acme/../other/tables/x",
		"datasets/growthnav_acme%2F..%2Fother",
		"datasets/%67rowthnav_other",
		"projects/elsewhere/jobs",
		"../other/jobs",
		"jobs/x?projectId=y",
		"jobs//x",
		"datasets/growthnav_acme/tables/a b",
		"%E0%A4%A",
	]) {
		expect(() => guardPath(path, ours), path).toThrow(/does not belong to/);
	}
});

test("a job reads files of the dataset's own folder alone, each named whole", () => {
	const staging = "gs://acme-staging/acme-analytics.growthnav_acme/";
	const load = (...sourceUris: string[]) => ({ configuration: { load: { sourceUris } } });
	const own = `${staging}1a2b3c4d/0011223344556677/f0.ndjson.gz`;
	expect(() => guardJob(load(own, own), { ...ours, staging })).not.toThrow();
	for (const uri of [
		"gs://acme-staging/acme-analytics.growthnav_other/f0.ndjson",
		"gs://other/acme-analytics.growthnav_acme/f0.ndjson",
		`${staging}*`,
		`${staging}a/../../acme-analytics.growthnav_other/f0`,
		`${staging}a//f0`,
		staging,
		"https://drive.google.com/open?id=1",
		"",
	]) {
		expect(() => guardJob(load(own, uri), { ...ours, staging }), uri).toThrow(/does not belong to dataset/);
	}
	expect(() => guardJob(load(own), ours)).toThrow(/does not belong to dataset/);
	const written = { configuration: { extract: { destinationUris: ["gs://other/x"] } } };
	expect(() => guardJob(written, { ...ours, staging })).toThrow(/does not belong to dataset/);
});
