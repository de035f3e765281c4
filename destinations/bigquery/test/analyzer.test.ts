/** Every statement, as Google's own analyzer reads it: names, types and syntax of GoogleSQL. */
import { readdirSync, readFileSync } from "node:fs";
import {
	COMMIT_META,
	COMMITS,
	CONVERSION_STAGE,
	CONVERSION_TABLE_COLUMNS,
	conversionsShadowOf,
	DEAD_LETTERS_STAGE,
	OWN_TABLES,
	RESOLVED_IDS_STAGE,
	SPOOLED_META,
	shadowOf,
	type TableColumn,
} from "@growthnav/sdk/store";
import { beforeAll, describe, expect, it } from "vitest";
import { LEDGER_COLUMNS } from "../src/dataset/dataset.ts";
import { type Analyzed, analyze, type Script, type SqlTables, sqlColumns } from "./analyzer/analyzer.ts";
import { collectedScripts, collectionFile } from "./analyzer/collect.ts";
import { sendSessions } from "./analyzer/sessions.ts";
import { startFake } from "./fake/server.ts";
import { findPython } from "./python/find.ts";
import { settingsFor } from "./support.ts";

const GOLDEN = new URL("golden/", import.meta.url);
const OWN: TableColumn[] = [
	{ name: "id", type: "string" },
	{ name: "total", type: "decimal" },
	{ name: "updated_at", type: "timestamp" },
];
const ORDERS = sqlColumns([...OWN, ...SPOOLED_META, ...COMMIT_META]);
const CONVERSIONS = sqlColumns(CONVERSION_TABLE_COLUMNS);
const SCRATCH = "_gn_stg_0a1b2c3d_0123456789abcdef_f00";

/** The tables that the golden scripts begin with. */
const TABLES: SqlTables = {
	...Object.fromEntries(OWN_TABLES.map(({ name, columns }) => [name, sqlColumns(columns)])),
	[COMMITS]: sqlColumns(LEDGER_COLUMNS),
	shop__orders: ORDERS,
	[shadowOf("shop__orders")]: ORDERS,
	[conversionsShadowOf("shop__orders")]: CONVERSIONS,
	_gn_days: [["day_key", "INT64"]],
	_gn_lease_0a1b2c3d: [
		["connection", "STRING"],
		["epoch", "INT64"],
		["batch_id", "STRING"],
	],
	[`${SCRATCH}_stage_0_file`]: sqlColumns([...OWN, ...SPOOLED_META]),
	[`${SCRATCH}_stage_0_conversions_file`]: sqlColumns(CONVERSION_STAGE),
	[`${SCRATCH}_stage_dead_letters_file`]: sqlColumns(DEAD_LETTERS_STAGE),
	[`${SCRATCH}_stage_resolved_file`]: sqlColumns(RESOLVED_IDS_STAGE),
};
const PARAMETERS = { gn_states: "STRING", gn_counts: "STRING" };

function goldenScripts(): { from: string; script: Script }[] {
	return readdirSync(GOLDEN)
		.filter((name) => name.endsWith(".sql"))
		.map((name) => {
			// three scripts, of which the later ones read what the first ones made: with all variables at the beginning
			const text = readFileSync(new URL(name, GOLDEN), "utf8");
			const sql = [...(text.match(DECLARED) ?? []), text.replaceAll(DECLARED, "")].join("");
			return { from: name, script: { sql, tables: TABLES, parameters: PARAMETERS } };
		});
}

const DECLARED = /^DECLARE .*;\n/gm;

/** What must be refused, and with what words: a gate that lets these pass is none. */
const REFUSED: [sql: string, message: RegExp][] = [
	["SELECT nope FROM shop__orders", /Unrecognized name: nope/],
	["SELECT id FROM shop__order", /Table not found: shop__order/],
	["INSERT INTO shop__orders (id) VALUES (1)", /type INT64 which cannot be inserted into column id/],
	[
		"SELECT id FROM shop__orders WHERE total = 'x'",
		/No matching signature for operator = for argument types: NUMERIC, STRING/,
	],
	["SELECT _gn_meta FROM shop__orders GROUP BY _gn_meta", /Grouping by expressions of type JSON/],
	["SELECT id FROM shop__orders WHERE _gn_meta = _gn_extra", /Equality is not defined for arguments of type JSON/],
	["SELECT 1 UNION ALL SELECT 'a'", /incompatible types/],
	["SELECT CAST(1 AS INTEGER4)", /Type not found: INTEGER4/],
	["IF 1 THEN SELECT 1; END IF", /The condition of IF is INT64/],
	["ASSERT @@row_counts = 1", /Unrecognized name: @@row_counts/],
	["SELECT @gn_other", /Query parameter 'gn_other' not found/],
	["SELECT table_name FROM INFORMATION_SCHEMA.COLUMNS", /Table not found: INFORMATION_SCHEMA/],
	["BEGIN TRANSACTION; CREATE TABLE a AS SELECT 1 AS b; COMMIT TRANSACTION", /CREATE TABLE is not allowed/],
	["BEGIN TRANSACTION; DELETE FROM shop__orders WHERE TRUE", /never committed/],
	["DROP TABLE shop__orders; SELECT id FROM shop__orders", /Table not found/],
	["ALTER TABLE shop__orders ADD COLUMN b JSON; SELECT c FROM shop__orders", /Unrecognized name: c/],
	["DECLARE n INT64 DEFAULT 0; SET n = 'x'", /No matching signature for function IF/],
	["DECLARE n INT64; SET n = 1.5", /Variable n is INT64, its value DOUBLE/],
	["DECLARE n INT64; SET m = 1", /Undeclared variable: m/],
	["SELECT 1; DECLARE n INT64", /DECLARE stands at the beginning/],
	["DELETE FROM shop__orders", /must have a WHERE clause/],
	["SELEC 1", /Syntax error/],
	["IF TRUE THEN CREATE TABLE made AS SELECT 1 AS b; END IF; SELECT b FROM made", /Table not found: made/],
];

/** What must pass, so that a refusal says something. */
const TAKEN = [
	"CREATE TEMP TABLE made AS SELECT id AS a, [STRUCT(total AS b)] AS c FROM shop__orders; SELECT a, c[OFFSET(0)].b FROM made",
	"ALTER TABLE shop__orders ADD COLUMN IF NOT EXISTS b JSON; SELECT b FROM shop__orders",
	"ALTER TABLE shop__orders ALTER COLUMN _gn_seq SET DATA TYPE NUMERIC; SELECT _gn_seq + NUMERIC '1.5' FROM shop__orders",
	"SELECT table_name FROM `acme`.INFORMATION_SCHEMA.COLUMNS JOIN `acme.INFORMATION_SCHEMA.TABLES` USING (table_name)",
	"SELECT PARSE_JSON(@gn_counts)",
	"IF TRUE THEN CREATE TABLE made AS SELECT 1 AS b; ELSE CREATE TABLE made AS SELECT 2 AS b; END IF; SELECT b FROM made",
	"DECLARE n, m INT64 DEFAULT 0; BEGIN TRANSACTION; DELETE FROM shop__orders WHERE id = 'a'; SET n = n + @@row_count; ASSERT n = 1; COMMIT TRANSACTION",
	"IF EXISTS (SELECT 1 FROM shop__orders) THEN RAISE USING MESSAGE = 'é'; END IF; SELECT 'é', id FROM shop__orders",
];

const found = findPython(["zetasql"]);
// where a later step reads all that the tests sent, it is not read twice
const later = process.env.GN_ANALYZER === "later";
const why = "missing" in found ? found.missing : later ? "a later step runs it" : undefined;
const title = why === undefined ? "Google's SQL analyzer" : `Google's SQL analyzer: skipped, ${why}`;
if ("missing" in found) console.warn(title);

describe.skipIf(why !== undefined)(title, () => {
	const own = (sql: string): Script => ({ sql, tables: TABLES, parameters: PARAMETERS });
	let sources: { from: string; script: Script }[] = [];
	let ofSources: Analyzed[] = [];
	let ofRefused: Analyzed[] = [];
	let ofTaken: Analyzed[] = [];

	beforeAll(async () => {
		if (!("python" in found)) return;
		const fake = await startFake({ collect: collectionFile() });
		const errors = await sendSessions(settingsFor(fake.url)).finally(() => fake.close());
		expect(errors.filter((error) => /^internal|no SQL/.test(error))).toEqual([]);
		sources = [...goldenScripts(), ...collectedScripts()];
		const scripts = [
			...sources.map(({ script }) => script),
			...REFUSED.map(([sql]) => own(sql)),
			...TAKEN.map((sql) => own(sql)),
		];
		const answers = await analyze(found.python, scripts);
		ofSources = answers.slice(0, sources.length);
		ofRefused = answers.slice(sources.length, sources.length + REFUSED.length);
		ofTaken = answers.slice(sources.length + REFUSED.length);
	}, 600_000);

	it("refuses what BigQuery refuses, and takes what it takes", () => {
		const otherwise = REFUSED.flatMap(([sql, message], at) => {
			const said = ofRefused[at]!.faults.join("\n");
			return message.test(said) ? [] : [{ sql, said, message }];
		});
		expect(otherwise).toEqual([]);
		expect(ofTaken.map(({ faults }) => faults)).toEqual(TAKEN.map(() => []));
	});

	it("finds no fault in any statement that the sources make or that a test sent", () => {
		const faults = sources.flatMap(({ from }, at) => ofSources[at]!.faults.map((fault) => `${from}: ${fault}`));
		expect(faults).toEqual([]);
		expect(sources.length).toBeGreaterThan(50);
	});

	it("read the commit's scripts to their end", () => {
		const kinds = sources.flatMap(({ from }, at) => (from.endsWith(".sql") ? [ofSources[at]!.kinds] : []));
		for (const kind of ["If", "Begin", "Update", "Insert", "Assert", "Commit", "Delete", "Truncate", "CreateTable"]) {
			expect(kinds.flat()).toContain(kind);
		}
		for (const one of kinds) expect(one.slice(-2)).toEqual(["Commit", "Query"]);
	});
});
