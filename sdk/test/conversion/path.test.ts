import type { Json, JsonObject } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePath, exists, formatPath, parsePath, scopeOf } from "../../src/conversion/path.ts";
import { rawNumber } from "../../src/protocol/numbers.ts";

const at = (path: string, record: unknown): Json | undefined => compilePath(path, {})(scopeOf(record as JsonObject));

describe("paths", () => {
	test("a dot separates keys, a backslash takes its meaning away", () => {
		expect(parsePath("customer.id")).toEqual(["customer", "id"]);
		expect(parsePath("Invoice No\\.")).toEqual(["Invoice No."]);
		expect(parsePath("a\\\\.b")).toEqual(["a\\", "b"]);
		expect(parsePath("a\\b")).toEqual(["a\\b"]);
	});

	test("any keys survive being written as a path", () => {
		const key = fc.oneof(fc.string(), fc.stringMatching(/^[a.\\]{0,6}$/));
		fc.assert(
			fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), (keys) => {
				expect(parsePath(formatPath(keys))).toEqual(keys);
			}),
		);
	});

	test("elements of lists are reached by number", () => {
		const record = { items: [{ sku: "A1" }, { sku: "B2" }], map: { 0: "zero" } };
		expect(at("items.0.sku", record)).toBe("A1");
		expect(at("items.1.sku", record)).toBe("B2");
		expect(at("items.2.sku", record)).toBeUndefined();
		expect(at("items.01.sku", record)).toBeUndefined();
		expect(at("items.length", record)).toBeUndefined();
		expect(at("map.0", record)).toBe("zero");
	});

	test("nothing of a prototype is ever reached", () => {
		for (const path of ["__proto__", "constructor", "constructor.name", "toString", "a.__proto__.b", "a.valueOf"]) {
			expect(at(path, { a: {} })).toBeUndefined();
		}
		expect(at("text.length", { text: "abc" })).toBeUndefined();
		expect(at("list.map", { list: [] })).toBeUndefined();
		expect(at("amount.rawJSON", { amount: rawNumber("1e400") })).toBeUndefined();
	});

	test("an own key of such a name is a key like others", () => {
		const record = JSON.parse('{"__proto__": {"id": "own"}, "constructor": "C", "rawJSON": "r"}');
		expect(at("__proto__.id", record)).toBe("own");
		expect(at("constructor", record)).toBe("C");
		expect(at("rawJSON", record)).toBe("r");
	});

	test("paths never throw, whatever the record", () => {
		fc.assert(
			fc.property(fc.jsonValue(), fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (record, keys) => {
				at(formatPath(keys), record);
			}),
		);
	});

	test("the name of an element stands before paths of the element", () => {
		const scope = { ...scopeOf({ refund: "of the record", id: 1 }), row: { id: 7 }, item: "scalar" };
		expect(compilePath("refund.id", { row: "refund" })(scope)).toBe(7);
		expect(compilePath("refund", { row: "refund" })(scope)).toEqual({ id: 7 });
		expect(compilePath("tag", { row: "refund", item: "tag" })(scope)).toBe("scalar");
		expect(compilePath("id", { row: "refund" })(scope)).toBe(1);
		expect(compilePath("refund", {})(scope)).toBe("of the record");
	});
});

test("absent, null and blank text do not exist; zero, false and empty lists do", () => {
	for (const value of [undefined, null, "", " ", "\t\n", "\u00a0", "\ufeff"]) expect(exists(value)).toBe(false);
	for (const value of [0, false, [], {}, " x", "\u00a0x", "é"] as Json[]) expect(exists(value)).toBe(true);
});
