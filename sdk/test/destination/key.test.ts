import type { JsonObject } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRow, type RowOptions } from "../../src/destination/rows/row.ts";
import type { Column } from "../../src/destination/tables/columns.ts";
import { parseJson } from "../../src/protocol/parse.ts";
import { column } from "./columns.ts";

const ID = column("id", "string", { required: true });
const NUMBER = column("number", "integer", { required: true });

function written(columns: Column[], options: RowOptions, record: string) {
	return compileRow(columns, options)(parseJson(record) as JsonObject);
}

function keyOf(columns: Column[], primaryKey: string[][], record: string): string | undefined {
	const row = written(columns, { primaryKey }, record);
	return row.ok ? row.key : `refused: ${row.code}`;
}

describe("a key", () => {
	test("is the JSON of its values", () => {
		expect(keyOf([ID], [["id"]], '{"id":"9cXkQ7f"}')).toBe('["9cXkQ7f"]');
		expect(keyOf([ID, NUMBER], [["id"], ["number"]], '{"number":7,"id":"A"}')).toBe('["A",7]');
		expect(keyOf([ID], [["id"]], '{"id":"a\\"b"}')).toBe('["a\\"b"]');
		expect(keyOf([ID], [], '{"id":"x"}')).toBeUndefined();
	});

	test('is of the normalized values: 7, 7.0 and "7" are one number', () => {
		for (const literal of ["7", "7.0", '"7"', "7e0"]) {
			expect(keyOf([NUMBER], [["number"]], `{"number":${literal}}`)).toBe("[7]");
		}
		const at = column("at", "timestamp", { required: true });
		for (const text of ["2026-07-03T19:22:10Z", "2026-07-03T21:22:10.000+02:00"]) {
			expect(keyOf([at], [["at"]], `{"at":"${text}"}`)).toBe('["2026-07-03T19:22:10Z"]');
		}
	});

	test("stays when its column widens from integer to decimal", () => {
		const decimal = column("number", "decimal", { required: true });
		for (const literal of ["7", "9007199254740993", "-0", '"12"']) {
			const record = `{"number":${literal}}`;
			expect(keyOf([decimal], [["number"]], record)).toBe(keyOf([NUMBER], [["number"]], record));
		}
		expect(keyOf([decimal], [["number"]], '{"number":12.50}')).toBe("[12.5]");
	});

	test("may have parts that are null, but not all", () => {
		expect(keyOf([ID, NUMBER], [["id"], ["number"]], '{"id":"A"}')).toBe('["A",null]');
		expect(keyOf([ID, NUMBER], [["id"], ["number"]], '{"id":"null"}')).toBe('["null",null]');
		expect(written([ID, NUMBER], { primaryKey: [["id"], ["number"]] }, '{"id":null,"x":1}')).toEqual({
			ok: false,
			code: "missing_key",
			reason: "id, number is missing",
			path: "id, number",
		});
		expect(written([ID], { primaryKey: [["id"]] }, '{"x":1}')).toMatchObject({
			code: "missing_key",
			reason: "id is missing",
			path: "id",
		});
	});

	test("may lie inside of an object, or have no column", () => {
		const nested = [column("order", "json", { required: true })];
		expect(keyOf(nested, [["order", "id"]], '{"order":{"id":5}}')).toBe("[5]");
		expect(keyOf(nested, [["order", "id"]], '{"order":{"id":9007199254740993}}')).toBe("[9007199254740993]");
		expect(keyOf(nested, [["order", "id"]], '{"order":{"id":"5"}}')).toBe('["5"]');
		expect(keyOf(nested, [["order", "id"]], '{"order":{}}')).toBe("refused: missing_key");
		expect(keyOf(nested, [["order", "constructor"]], '{"order":{}}')).toBe("refused: missing_key");
		expect(keyOf(nested, [["order", "id"]], '{"order":{"id":[1]}}')).toBe("refused: wrong_type");
		expect(keyOf([], [["__proto__"]], '{"__proto__":"p"}')).toBe('["p"]');
		expect(keyOf([], [["__proto__"]], '{"x":"p"}')).toBe("refused: missing_key");
	});

	test("of more than 200 characters is a hash of it", () => {
		const key = keyOf([ID], [["id"]], JSON.stringify({ id: "x".repeat(200) }));
		expect(key).toMatch(/^h:[0-9a-f]{64}$/);
		expect(keyOf([ID], [["id"]], JSON.stringify({ id: "x".repeat(196) }))).toHaveLength(200);
		// a value that looks like a hash stands in a list
		expect(keyOf([ID], [["id"]], JSON.stringify({ id: key! }))).toBe(JSON.stringify([key]));
	});

	test("differs where the values differ", () => {
		const part = fc.oneof(fc.string(), fc.constantFrom("null", '"', ",", "\\", '","', "7"));
		const columns = [ID, column("day", "string", { required: true })];
		const paths = [["id"], ["day"]];
		fc.assert(
			fc.property(part, part, part, part, (a, b, c, d) => {
				const one = keyOf(columns, paths, JSON.stringify({ id: a, day: b }));
				const other = keyOf(columns, paths, JSON.stringify({ id: c, day: d }));
				const same = a.toWellFormed() === c.toWellFormed() && b.toWellFormed() === d.toWellFormed();
				expect(one === other).toBe(same);
			}),
		);
	});
});

describe("a cursor", () => {
	function cursorOf(columns: Column[], options: Omit<RowOptions, "primaryKey">, record: string) {
		const row = written(columns, { primaryKey: [], ...options }, record);
		return row.ok ? row.cursor : row;
	}

	test("is plain text in the form of its column", () => {
		const at = [column("at", "timestamp")];
		expect(cursorOf(at, { cursor: ["at"] }, '{"at":"2026-07-03T21:22:10+02:00"}')).toBe("2026-07-03T19:22:10Z");
		expect(cursorOf([NUMBER], { cursor: ["number"] }, '{"number":9007199254740993}')).toBe("9007199254740993");
		expect(cursorOf([ID], { cursor: ["id"] }, '{"id":"a\\"\\n😀"}')).toBe('a"\n😀');
		expect(cursorOf(at, { cursor: ["at"] }, '{"at":null}')).toBeUndefined();
		expect(cursorOf(at, {}, '{"at":"2026-07-03T21:22:10+02:00"}')).toBeUndefined();
	});

	test("inside of an object has the type that it is said to have", () => {
		const meta = [column("meta", "json")];
		const options = { cursor: ["meta", "at"], cursorType: "timestamp" as const };
		expect(cursorOf(meta, options, '{"meta":{"at":"2026-07-03T21:22:10+02:00"}}')).toBe("2026-07-03T19:22:10Z");
		expect(cursorOf(meta, options, '{"meta":{}}')).toBeUndefined();
		expect(cursorOf(meta, options, '{"meta":{"at":"soon"}}')).toEqual({
			ok: false,
			code: "wrong_type",
			reason: 'meta.at: "xxxx" is not a date',
			path: "meta.at",
		});
	});
});
