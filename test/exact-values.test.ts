/** What a record says stands in the table: exact, or noted, or refused. Never silently different. */
import { join } from "node:path";
import type { JsonObject } from "@growthnav/spec";
import { beforeAll, describe, expect, test } from "vitest";
import { complete, NOON } from "./lines.ts";
import { DESTINATION_DUCKDB, type Ended, folder, pipe, run, SOURCE_FILE, statesIn, writeFile } from "./processes.ts";
import { rows } from "./store.ts";

const at = folder();
const path = join(at, "acme.duckdb");
const config = writeFile(join(at, "duckdb.json"), { path, customer_id: "acme" });

/** A column of each kind, names that JavaScript treats in a way of its own among them. The text is the wire. */
const CATALOG = `{"type":"CATALOG","catalog":{"streams":[{"name":"values","json_schema":{"type":"object","properties":{
"id":{"type":["null","string"]},"amount":{"type":["null","number"]},"whole":{"type":["null","integer"]},
"text":{"type":["null","string"]},"doc":{"type":["null","object"]},"__proto__":{"type":["null","string"]},
"constructor":{"type":["null","integer"]},"2":{"type":["null","string"]},"1":{"type":["null","string"]}}},
"supported_sync_modes":["full_refresh"],"sync_mode":"full_refresh","destination_sync_mode":"append_dedup","primary_key":[["id"]],
"conversion_origin":{"source":{"const":"pos"},"source_system":{"const":"shop"},"source_account":{"const":"main"}},
"conversions":[{"type":"purchase","when":{"whole":{"exists":false}},"columns":{"timestamp":{"const":"2026-07-03T12:00:00Z"},
"value":"amount","currency":{"const":"USD"},"order_number":"text"}}]},
{"name":"keys","json_schema":{"type":"object","properties":{"id":{"type":["null","number"]},"note":{"type":["null","string"]}}},
"supported_sync_modes":["full_refresh"],"sync_mode":"full_refresh","destination_sync_mode":"append_dedup","primary_key":[["id"]]}]}}`;

const record = (stream: string, data: string) =>
	`{"type":"RECORD","record":{"stream":"${stream}","data":${data},"emitted_at":${NOON}}}\n`;

/** A literal of the wire, what the column then holds as text, and the note where it is not the same. */
type Case = [literal: string, column: string | null, note?: string];

const AMOUNTS: Case[] = [
	["9007199254740993", "9007199254740993.000000000"],
	["12345678901234567890123456789.123456789", "12345678901234567890123456789.123456789"],
	["-99999999999999999999999999999.999999999", "-99999999999999999999999999999.999999999"],
	['"99999999999999999999999999999.999999999"', "99999999999999999999999999999.999999999"],
	["1.0", "1.000000000"],
	["0.1", "0.100000000"],
	["1e3", "1000.000000000"],
	["-0", "0.000000000"],
	["0.0000000005", "0.000000001", "rounded"],
	["1e-400", "0.000000000", "rounded"],
	["1e400", null, "out_of_range"],
	["100000000000000000000000000000", null, "out_of_range"],
	['"12,50"', null, "wrong_type"],
	["true", null, "wrong_type"],
];

const WHOLES: Case[] = [
	["9007199254740993", "9007199254740993"],
	["-9223372036854775808", "-9223372036854775808"],
	["9223372036854775807", "9223372036854775807"],
	["12.0", "12"],
	["-0", "0"],
	["9223372036854775808", null, "out_of_range"],
	["1e400", null, "out_of_range"],
	["1.5", null, "wrong_type"],
];

const TEXTS: Case[] = [
	['"a\u2028b\u2029c\u0085"', "a\u2028b\u2029c\u0085"],
	['"a\\u0000b"', "a\u0000b"],
	['"\\ud83d\\ude00"', "\u{1f600}"],
	['"\\\\u0041 \\"\\/"', '\\u0041 "/'],
	['"e\u0301 \u00e9"', "e\u0301 \u00e9"],
	['"a\\ud800b"', "a\ufffdb", "lone_surrogate"],
	['"9007199254740993"', "9007199254740993"],
	["9007199254740993", null, "wrong_type"],
];

const DOCUMENTS: Case[] = [
	['{"big":9007199254740993,"n":-9007199254740993}', '{"big":9007199254740993,"n":-9007199254740993}'],
	['{"__proto__":{"x":1},"constructor":2}', '{"__proto__":{"x":1},"constructor":2}'],
	['{"a":0.1,"list":[1,[2,null]]}', '{"a":0.1,"list":[1,[2,null]]}'],
	['{"huge":1e400}', '{"huge":"1e400"}', "unsafe_number"],
	['{"long":0.1234567890123456789}', '{"long":"0.1234567890123456789"}', "unsafe_number"],
	['{"s":"\\udfff"}', '{"s":"\ufffd"}', "lone_surrogate"],
	['{"\\u2028":"\\u0000"}', '{"\u2028":"\\u0000"}'],
];

const ALL: [string, Case[]][] = [
	["amount", AMOUNTS],
	["whole", WHOLES],
	["text", TEXTS],
	["doc", DOCUMENTS],
];

const STATE = `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"values"},"stream_state":{"at":9007199254740993,"one":1.0,"minus":-0,"__proto__":{"x":1e400}}},"id":7,"x-unknown":[1.50]}}\n`;

let ended: Ended;

beforeAll(async () => {
	const lines = ALL.flatMap(([column, cases]) =>
		cases.map(([literal], i) => record("values", `{"id":"${column} ${i}","${column}":${literal}}`)),
	);
	const odd = [
		record(
			"values",
			'{"id":"names","__proto__":"p","constructor":7,"2":"two","1":"one","toString":"t","3":{"__proto__":1}}',
		),
		// refused, and kept with its numbers
		record("values", '{"amount":1e400,"whole":9007199254740993,"long":0.10000000000000000001,"__proto__":{"x":-0}}'),
		record("keys", '{"id":9007199254740992,"note":"2^53"}'),
		record("keys", '{"id":9007199254740993,"note":"2^53+1"}'),
		record("keys", '{"id":1,"note":"one"}'),
		record("keys", '{"id":1.0,"note":"one again"}'),
		record("keys", '{"id":"1.00","note":"and again"}'),
	];
	const session = [`${CATALOG.replaceAll("\n", "")}\n`, ...lines, ...odd, STATE, complete("values"), complete("keys")];
	ended = await run(DESTINATION_DUCKDB, ["write", "--config", config], { input: session.join("") });
	expect([ended.code, ended.err]).toEqual([0, ""]);
});

const COLUMN = {
	amount: "CAST(amount AS VARCHAR)",
	whole: "CAST(whole AS VARCHAR)",
	text: "text",
	doc: "CAST(doc AS VARCHAR)",
};

describe.for(ALL)("a column %s", ([column, cases]) => {
	test.for(cases)("%s", async ([literal, wanted, note]) => {
		const i = cases.findIndex((one) => one[0] === literal);
		const [row] = await rows(
			path,
			`SELECT ${COLUMN[column as keyof typeof COLUMN]} AS value, _gn_meta FROM "values" WHERE id = '${column} ${i}'`,
		);
		expect(row!.value).toBe(wanted);
		const changes = (row!._gn_meta as JsonObject | null)?.changes ?? [];
		const expected = { field: column, reason: note, change: wanted === null ? "NULLED" : "CHANGED" };
		expect(changes).toMatchObject(note === undefined ? [] : [expected]);
	});
});

test("names that JavaScript treats in a way of its own are columns like any other", async () => {
	const names = await rows(
		path,
		"SELECT property, column_name FROM _gn_columns WHERE stream = 'values' AND property IN ('__proto__', 'constructor', '1', '2')",
	);
	const columnOf = new Map(names.map(({ property, column_name }) => [property, column_name]));
	const [row] = await rows(path, `SELECT * FROM "values" WHERE id = 'names'`);
	const values = ["__proto__", "constructor", "1", "2"].map((name) => row![String(columnOf.get(name))]);
	expect(values).toEqual(["p", 7, "one", "two"]);
	const [extra] = await rows(path, `SELECT CAST(_gn_extra AS VARCHAR) AS x FROM "values" WHERE id = 'names'`);
	expect(extra!.x).toBe('{"3":{"__proto__":1},"toString":"t"}');
});

test("keys beyond 2^53 are apart, and one number in three notations is one key", async () => {
	expect(await rows(path, "SELECT _gn_key, note FROM keys ORDER BY id DESC")).toEqual([
		{ _gn_key: "[9007199254740993]", note: "2^53+1" },
		{ _gn_key: "[9007199254740992]", note: "2^53" },
		{ _gn_key: "[1]", note: "and again" },
	]);
});

test("conversions carry the exact amount", async () => {
	const values = await rows(path, "SELECT CAST(value AS VARCHAR) AS v FROM conversions ORDER BY value");
	const money = AMOUNTS.filter(([, column, note]) => column !== null && note !== "rounded").map(([, column]) => column);
	expect(values.map(({ v }) => v)).toEqual(expect.arrayContaining(money));
	const refused = "SELECT DISTINCT code FROM _gn_dead_letters WHERE kind = 'conversion' AND path = 'amount'";
	expect((await rows(path, refused)).length).toBeGreaterThan(0);
});

test("a refused record keeps its numbers", async () => {
	const [letter] = await rows(path, "SELECT raw FROM _gn_dead_letters WHERE code = 'missing_key'");
	expect(letter!.raw).toBe(
		'{"amount":1e400,"whole":9007199254740993,"long":0.10000000000000000001,"__proto__":{"x":-0}}',
	);
});

test("a state comes back digit by digit, at once and from the ledger", async () => {
	const inner = STATE.slice(STATE.indexOf('{"at"'), STATE.indexOf('},"id"'));
	expect(ended.out).toContain(inner);
	expect(ended.out).toContain('"id":7,"x-unknown":[1.50]');
	const ledger = await run(DESTINATION_DUCKDB, ["state", "--config", config]);
	expect(ledger.out).toContain(inner);
	expect(statesIn(ledger)).toMatchObject([{ id: 7 }]);
});

test("from a file, through a pipe, into the table", async () => {
	const file = writeFile(
		join(at, "sales.jsonl"),
		AMOUNTS.slice(0, 8)
			.map(([literal], n) => `{"n":${n},"amount":${literal},"big":${literal.startsWith('"') ? 1 : literal}}\n`)
			.join(""),
	);
	const settings = writeFile(join(at, "file.json"), { path: file, stream: "sales", columns: { amount: "decimal" } });
	const joined = await pipe(
		{ program: SOURCE_FILE, args: ["read", "--config", settings] },
		{ program: DESTINATION_DUCKDB, args: ["write", "--config", config] },
	);
	expect([joined.source.code, joined.destination.code]).toEqual([0, 0]);
	const amounts = await rows(path, "SELECT CAST(amount AS VARCHAR) AS a FROM file__sales ORDER BY n");
	expect(amounts.map(({ a }) => a)).toEqual(AMOUNTS.slice(0, 8).map(([, column]) => column));
});
