import type { Json, JsonObject } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRow } from "../../src/destination/rows/row.ts";
import { convertValue } from "../../src/destination/rows/values/convert.ts";
import { quickText, unquoted } from "../../src/destination/rows/values/quick.ts";
import type { ColumnType } from "../../src/destination/tables/columns.ts";
import { parseJson } from "../../src/protocol/parse.ts";
import { column, rowOf, through } from "./columns.ts";

describe("a row", () => {
	const columns = [column("id", "string"), column("total", "decimal"), column("items", "json"), column("n", "integer")];

	test("has its members in the order of the columns, whatever the order of the record", () => {
		const { members } = rowOf(columns, '{"n":3,"items":[1,{"a":"b"}],"total":12.50,"id":"7"}');
		expect(members).toBe('"id":"7","total":"12.5","items":[1,{"a":"b"}],"n":3');
	});

	test("leaves out what is null or absent", () => {
		expect(rowOf(columns, '{"total":null,"n":0}').members).toBe('"n":0');
		expect(rowOf(columns, '{"id":null}').members).toBe("");
	});

	test("keeps undeclared properties together, those of JavaScript's objects too", () => {
		const record = '{"id":"7","__proto__":{"a":1},"constructor":2,"0":"first","big":9007199254740993}';
		const { values, members } = rowOf(columns, record);
		expect(members).toContain('"_gn_extra":{"0":"first","__proto__":{"a":1},"constructor":2,"big":9007199254740993}');
		expect(Object.keys(values)).toEqual(["id", "_gn_extra"]);
	});

	test("knows properties that every object inherits from those that the record has", () => {
		const names = ["__proto__", "constructor", "toString", "hasOwnProperty"].map((name) => column(name, "string"));
		expect(rowOf([...names, column("a", "string")], '{"a":"x"}').members).toBe('"a":"x"');
		expect(rowOf(names, '{"__proto__":"p","constructor":"c"}').members).toBe('"__proto__":"p","constructor":"c"');
	});

	test("takes integer-like names and names with quotes", () => {
		const odd = [column("10", "string"), column("9", "string"), column('a"b\\', "string")];
		expect(rowOf(odd, '{"a\\"b\\\\":"z","9":"x","10":"y"}').members).toBe('"10":"y","9":"x","a\\"b\\\\":"z"');
	});

	test("is refused when it is empty", () => {
		expect(compileRow(columns, { primaryKey: [] })({})).toEqual({
			ok: false,
			code: "empty_record",
			reason: "the record has no properties",
			path: "",
		});
	});

	test("does not fill columns that are only kept", () => {
		const both = [column("n", "integer", { kept: true }), column("n", "string", { name: "n__str" })];
		expect(rowOf(both, '{"n":"A5"}').members).toBe('"n__str":"A5"');
		expect(rowOf([column("old", "integer", { kept: true })], '{"old":5}').members).toBe('"_gn_extra":{"old":5}');
	});

	test("makes a wrong value of an optional column null, with a note", () => {
		const { members, changes } = rowOf(columns, '{"id":7,"n":"xxx","total":"12"}');
		expect(members).toBe('"total":"12"');
		expect(changes).toEqual([
			{ column: "id", code: "wrong_type", text: "7", nulled: true },
			{ column: "n", code: "wrong_type", text: "xxx", nulled: true },
		]);
	});

	test("is refused for a wrong value of a required column, with its path and the value masked", () => {
		const row = compileRow([column("at", "timestamp", { required: true })], { primaryKey: [] });
		expect(row({ at: "2026-02-30T10:00:00Z" })).toEqual({
			ok: false,
			code: "wrong_type",
			reason: 'at: "2026-02-30T10:00:00Z" is not a date',
			path: "at",
		});
		expect(row({ at: "ann@example.com" })).toMatchObject({ reason: 'at: "xxx@xxxxxxx.xxx" is not a date' });
	});

	test("notes values of any length in 200 characters that are well formed", () => {
		const { changes } = rowOf([column("n", "integer")], JSON.stringify({ n: `${"x".repeat(199)}😀` }));
		expect(changes![0]!.text).toHaveLength(200);
		expect(changes![0]!.text.isWellFormed()).toBe(true);
	});
});

describe("text", () => {
	test.each([
		["a\u2028b\u2029c"],
		["NUL \u0000 and \u0001"],
		["four bytes 😀 𝒳"],
		['quote " and \\ and \n'],
		["<script>\u0085\ufeff"],
		[""],
	])("%j is kept", (text) => {
		const { values, changes } = rowOf([column("v", "string")], JSON.stringify({ v: text }));
		expect(values.v).toBe(text);
		expect(changes).toBeUndefined();
	});

	test("every string arrives as it is, or with lone surrogates replaced and told", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), fc.constantFrom("string" as const, "json" as const), (text, type) => {
				const { values, members, changes } = rowOf([column("v", type)], JSON.stringify({ v: text }));
				expect(values.v).toBe(text.toWellFormed());
				expect(changes?.[0]?.code).toBe(text.isWellFormed() ? undefined : "lone_surrogate");
				// loaders refuse half a pair even as an escape
				expect(members).not.toMatch(/(?<!\\)(\\\\)*\\ud[89a-f]/i);
				expect(members).not.toContain("\n");
			}),
		);
	});

	test("other values are no text", () => {
		for (const literal of ["7", "true", "{}", "[]", "9007199254740993"]) {
			expect(through("string", literal)).toEqual({ text: undefined, code: "wrong_type" });
		}
	});
});

describe("booleans", () => {
	test.each([
		["true", "true"],
		["false", "false"],
		['"true"', "true"],
		['"false"', "false"],
	])("%s is %s", (literal, text) => {
		expect(through("boolean", literal)).toEqual({ text, code: undefined });
	});

	test.each(["1", "0", '"True"', '"yes"', '""'])("%s is none", (literal) => {
		expect(through("boolean", literal)).toEqual({ text: undefined, code: "wrong_type" });
	});
});

describe("times", () => {
	test.each<[ColumnType, string, string]>([
		["timestamp", "2026-07-03T19:22:10Z", "2026-07-03T19:22:10Z"],
		["timestamp", "2026-07-03T19:22:10.000+00:00", "2026-07-03T19:22:10Z"],
		["timestamp", "2026-07-03T19:22:10+02:00", "2026-07-03T17:22:10Z"],
		["datetime", "2026-07-03 19:22:10", "2026-07-03T19:22:10"],
		["date", "2026-07-03", "2026-07-03"],
		["time", "19:22:10.5", "19:22:10.5"],
	])("%s %s is %s", (type, text, canonical) => {
		expect(through(type, `"${text}"`)).toEqual({ text: `"${canonical}"`, code: undefined });
	});

	test.each<[ColumnType, string, string]>([
		["timestamp", '"2026-07-03T19:22:10"', "no_zone"],
		["timestamp", '"2026-07-03"', "wrong_type"],
		["timestamp", "1783106530", "wrong_type"],
		["timestamp", '"2026-06-30T23:59:60Z"', "wrong_type"],
		["datetime", '"2026-07-03T19:22:10Z"', "has_zone"],
		["date", '"2026-02-30"', "wrong_type"],
		["date", '"2026-07-03T00:00:00Z"', "wrong_type"],
		["time", '"24:00:00"', "wrong_type"],
	])("%s %s becomes null: %s", (type, literal, code) => {
		expect(through(type, literal)).toEqual({ text: undefined, code });
	});

	test("digits after the microseconds are cut off and told", () => {
		expect(through("timestamp", '"2026-07-03T19:22:10.123456789Z"')).toEqual({
			text: '"2026-07-03T19:22:10.123456Z"',
			code: "truncated",
		});
		expect(through("time", '"19:22:10.0000001"')).toEqual({ text: '"19:22:10"', code: "truncated" });
		expect(through("timestamp", '"2026-07-03T19:22:10.123456000Z"').code).toBeUndefined();
	});
});

describe("json", () => {
	test.each([
		["9007199254740993", "9007199254740993"],
		["18446744073709551615", "18446744073709551615"],
		["-9223372036854775808", "-9223372036854775808"],
		["[1.5,-0,1e300]", "[1.5,-0,1e+300]"],
		['{"__proto__":{"a":1},"1":2}', '{"1":2,"__proto__":{"a":1}}'],
		['"text"', '"text"'],
		["false", "false"],
		["[null]", "[null]"],
	])("%s is kept", (literal, text) => {
		expect(through("json", literal)).toEqual({ text, code: undefined });
	});

	test.each([
		["18446744073709551616", '"18446744073709551616"'],
		["-9223372036854775809", '"-9223372036854775809"'],
		["[0.1234567890123456789]", '["0.1234567890123456789"]'],
		['{"a":{"b":[1e400,1]}}', '{"a":{"b":["1e400",1]}}'],
		["12345678901234567890.0", '"12345678901234567890.0"'],
	])("%s: numbers that no store keeps are quoted, and told", (literal, text) => {
		expect(through("json", literal)).toEqual({ text, code: "unsafe_number" });
	});

	test("half a surrogate pair is replaced and told, in names too", () => {
		expect(through("json", '{"a\\ud800":["\\udc00x"]}')).toEqual({
			text: '{"a\ufffd":["\ufffdx"]}',
			code: "lone_surrogate",
		});
		expect(through("json", '["\\\\ud800"]')).toEqual({ text: '["\\\\ud800"]', code: undefined });
	});

	test("500 levels are kept, 501 refuse the record", () => {
		const nested = (levels: number) => {
			let value: Json = [];
			for (let level = 1; level < levels; level++) value = [value];
			return { v: value };
		};
		const row = compileRow([column("v", "json")], { primaryKey: [] });
		expect(row(nested(500)).ok).toBe(true);
		expect(row(nested(501))).toMatchObject({ ok: false, code: "too_deep", path: "v" });
		expect(row(nested(5_000))).toMatchObject({ ok: false, code: "too_deep" });
		expect(compileRow([], { primaryKey: [] })(nested(600))).toMatchObject({ ok: false, code: "too_deep" });
	});

	test("any JSON comes back as it went in", () => {
		fc.assert(
			fc.property(fc.json({ noUnicodeString: false }), (text) => {
				const value = parseJson(text);
				const row = compileRow([column("v", "json")], { primaryKey: [] })({ v: value });
				if (!row.ok || value === null) return;
				expect(parseJson(`{${row.members}}`)).toEqual({ v: value });
			}),
		);
	});
});

test("bytes are base64", () => {
	expect(through("bytes", '"YWJj"')).toEqual({ text: '"YWJj"', code: undefined });
	expect(through("bytes", '"YWJ"').code).toBe("wrong_type");
	expect(through("bytes", '"YW*j"').code).toBe("wrong_type");
});

test("the short cuts decide nothing of their own", () => {
	const texts = fc.oneof(
		fc.string(),
		fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
		fc.constantFrom("2026-07-03", "2026-07-03T19:22:10+02:00", "12.5", "true", "2026-07-03T19:22:10.1234567Z"),
		fc.tuple(fc.nat(10 ** 9), fc.nat(9), fc.constantFrom("Z", "+02:00", "-0730", " UTC")).map(
			([digits, count, zone]) =>
				`2026-07-03T19:22:10.${String(digits)
					.padStart(9, "0")
					.slice(0, count + 1)}${zone}`,
		),
	);
	const values: fc.Arbitrary<Json> = fc.oneof(texts, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
	const types = fc.constantFrom<ColumnType>(
		...("string integer decimal float boolean date timestamp datetime time json bytes".split(" ") as ColumnType[]),
	);
	fc.assert(
		fc.property(types, values, (type, value) => {
			const quick = quickText(type, value);
			if (quick === undefined) return;
			const careful = convertValue(type, value);
			expect(careful.changed).toBeUndefined();
			expect(unquoted(type, careful.text)).toBe(quick);
		}),
		{ numRuns: 2_000 },
	);
});

test("a record is never altered", () => {
	const columns = [column("a", "string"), column("b", "decimal"), column("c", "json")];
	const row = compileRow(columns, { primaryKey: [["a"]] });
	fc.assert(
		fc.property(fc.dictionary(fc.constantFrom("a", "b", "c", "d", "__proto__"), fc.jsonValue()), (data) => {
			const before = JSON.stringify(data);
			row(data as JsonObject);
			expect(JSON.stringify(data)).toBe(before);
		}),
	);
});
