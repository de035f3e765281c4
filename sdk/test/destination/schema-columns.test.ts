import type { JsonSchema } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignNames } from "../../src/destination/tables/names.ts";
import { columnsOf, columnTypeOf, type KeyPaths, propertiesOf } from "../../src/destination/tables/schema-columns.ts";

function typeOf(schema: unknown, root: JsonSchema = {}) {
	return columnTypeOf(schema, root);
}

function columns(schema: JsonSchema, paths?: KeyPaths) {
	const names = assignNames(
		propertiesOf(schema).map(([property]) => property),
		new Map(),
	);
	return columnsOf(schema, names, paths);
}

describe("the type of a property", () => {
	test.each<[string, unknown]>([
		["string", { type: "string" }],
		["string", { type: ["null", "string"] }],
		["integer", { type: "integer" }],
		["integer", { type: "number", airbyte_type: "integer" }],
		["integer", { type: "string", airbyte_type: "big_integer" }],
		["decimal", { type: ["null", "number"] }],
		["decimal", { type: ["integer", "number"] }],
		["decimal", { type: "string", airbyte_type: "big_number" }],
		["boolean", { type: "boolean" }],
		["date", { type: "string", format: "date" }],
		["timestamp", { type: "string", format: "date-time" }],
		["timestamp", { type: "string", format: "date-time", airbyte_type: "timestamp_with_timezone" }],
		["datetime", { type: "string", format: "date-time", airbyte_type: "timestamp_without_timezone" }],
		["time", { type: "string", format: "time", airbyte_type: "time_without_timezone" }],
		["string", { type: "string", format: "time", airbyte_type: "time_with_timezone" }],
		["string", { type: "string", format: "time" }],
		["string", { type: "string", format: "email", pattern: "(a+)+$" }],
		["string", { type: "string", contentEncoding: "base64" }],
		["json", { type: "object", properties: { a: { type: "string" } } }],
		["json", { type: ["null", "array"], items: { type: "string" } }],
		["json", { type: ["string", "integer"] }],
		["json", { type: "null" }],
		["json", { type: [] }],
		["json", { type: "dragon" }],
		["json", {}],
		["json", true],
		["json", null],
		["json", "string"],
		["timestamp", { oneOf: [{ type: "null" }, { type: "string", format: "date-time" }] }],
		["string", { anyOf: [{ type: "string", format: "date-time" }, { type: ["null", "string"] }] }],
		["decimal", { anyOf: [{ type: "integer" }, { type: "number" }] }],
		["json", { oneOf: [{ type: "string" }, { type: "object" }] }],
		["integer", { allOf: [{ type: "integer" }] }],
		["json", { allOf: [{ type: "integer" }, { type: "string" }] }],
		["string", { enum: ["a", "b", null] }],
		["integer", { const: 5 }],
		["json", { enum: ["a", 1] }],
	])("is %s for %j", (type, schema) => {
		expect(typeOf(schema)).toBe(type);
	});

	test("follows references inside the schema only, and not for ever", () => {
		const root: JsonSchema = {
			definitions: { money: { type: "number" }, "a/b~c": { type: "integer" }, loop: { $ref: "#/definitions/loop" } },
		};
		expect(typeOf({ $ref: "#/definitions/money" }, root)).toBe("decimal");
		expect(typeOf({ $ref: "#/definitions/a~1b~0c" }, root)).toBe("integer");
		expect(typeOf({ $ref: "#/definitions/loop" }, root)).toBe("json");
		expect(typeOf({ $ref: "#/definitions/constructor" }, root)).toBe("json");
		expect(typeOf({ $ref: "https://example.com/schema.json" }, root)).toBe("json");
		expect(typeOf({ $ref: "file:///etc/passwd" }, root)).toBe("json");
	});

	test("is found in a schema that wants to be read for ever", () => {
		let wide: unknown = { type: "string" };
		for (let level = 0; level < 12; level++) wide = { anyOf: [wide, wide, wide, wide, wide, wide] };
		let deep: unknown = { type: "string" };
		for (let level = 0; level < 10_000; level++) deep = { anyOf: [deep] };
		expect(typeOf(wide)).toBe("json");
		expect(typeOf(deep)).toBe("json");
	});

	test("is found for any schema at all", () => {
		const keywords = fc.constantFrom(
			"type",
			"anyOf",
			"oneOf",
			"allOf",
			"format",
			"$ref",
			"enum",
			"properties",
			"const",
		);
		const schemas = fc.letrec((tie) => ({
			schema: fc.oneof(
				{ maxDepth: 4 },
				fc.jsonValue(),
				fc.dictionary(keywords, fc.oneof(tie("schema"), fc.array(tie("schema"), { maxLength: 3 }))),
			),
		})).schema;
		fc.assert(
			fc.property(schemas, (schema) => {
				expect(typeOf(schema)).toMatch(/^[a-z]+$/);
			}),
		);
	});
});

describe("the columns of a stream", () => {
	test("are its properties, in order, with their names", () => {
		const schema: JsonSchema = {
			type: "object",
			properties: { orderId: { type: "string" }, 名前: { type: "string" }, total: { type: "number" } },
		};
		expect(columns(schema).map(({ property, name, type }) => [property, name, type])).toEqual([
			["orderId", "order_id", "string"],
			["名前", expect.stringMatching(/^c_[0-9a-f]{6}$/), "string"],
			["total", "total", "decimal"],
		]);
	});

	test("__proto__ is a property like any other", () => {
		const schema = JSON.parse('{"properties":{"__proto__":{"type":"integer"},"constructor":{"type":"string"}}}');
		expect(columns(schema)).toMatchObject([
			{ property: "__proto__", type: "integer" },
			{ property: "constructor", type: "string" },
		]);
		expect(columns({ properties: "none" as never })).toEqual([]);
		expect(columns({ allOf: [{ properties: { a: { type: "string" } } }] })).toMatchObject([{ property: "a" }]);
	});

	test("are required for the key, and for the cursor of a stream with a key", () => {
		const schema: JsonSchema = {
			properties: { id: { type: "string" }, at: { type: "string", format: "date-time" }, meta: { type: "object" } },
		};
		const required = (paths: KeyPaths) =>
			columns(schema, paths)
				.filter((column) => column.required)
				.map((column) => column.property);
		expect(required({})).toEqual([]);
		expect(required({ primaryKey: [["id"]], cursor: ["at"] })).toEqual(["id", "at"]);
		expect(required({ primaryKey: [], cursor: ["at"] })).toEqual([]);
		expect(required({ primaryKey: [["meta", "id"]], cursor: ["meta", "at"] })).toEqual([]);
	});

	test("are limited in number", () => {
		const properties = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`p${at}`, { type: "string" }]));
		expect(() => columns({ properties })).toThrow("The stream has 10000 columns");
	});
});
