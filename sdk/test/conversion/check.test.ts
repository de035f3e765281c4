import type { ConversionMapping, JsonSchema } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkMapping, checkStructure } from "../../src/conversion/check.ts";
import { compileConversions } from "../../src/conversion/compile.ts";
import { toJsonSchema } from "../../src/schema/json-schema.ts";
import { array, decimal, integer, json, object, optional, string, timestamp } from "../../src/schema/vocabulary.ts";
import { context } from "./convert.ts";

const money = optional(object({ amount: integer(), currency: string() }));
const orders = toJsonSchema(
	object({
		id: string(),
		state: string(),
		closed_at: optional(timestamp()),
		total_money: money,
		total_tip_money: money,
		line_items: optional(array(object({ name: string(), quantity: decimal() }))),
		metadata: optional(json()),
		"Invoice No.": optional(string()),
	}),
);
const good: ConversionMapping = {
	type: "purchase",
	when: { state: "COMPLETED", "metadata.test": { not: "true" } },
	columns: {
		timestamp: "closed_at",
		currency: "total_money.currency",
		value: { minor: { sum: ["total_money.amount", { negate: { first: ["total_tip_money.amount", { const: 0 }] } }] } },
		order_number: { first: ["Invoice No\\.", "metadata.deep.number", "id"] },
		line_items: { each: { item: "line_items" }, columns: { product_name: "item.name", quantity: "item.quantity" } },
	},
};

const stream = { name: "orders" };
const errors = (mapping: unknown, schema: JsonSchema = orders, more = {}) =>
	checkMapping(mapping, schema, "streams.orders.conversions[0]", { ...stream, ...more }).map(
		({ code, message, where, why, next }) => ({ code, message, where, why, next }),
	);
const withColumns = (columns: Record<string, unknown>) => ({ ...good, columns: { ...good.columns, ...columns } });

describe("paths", () => {
	test("a good mapping has no errors", () => {
		expect(errors(good)).toEqual([]);
	});

	test("a path that the stream does not have is told in four parts", () => {
		const mapping = withColumns({
			value: { minor: { sum: ["total_money.amount", { negate: "total_tip_mony.amount" }] } },
		});
		expect(errors(mapping)).toEqual([
			{
				code: "config.mapping_path",
				message: "The mapping reads a path that orders does not have",
				where: "streams.orders.conversions[0].columns.value",
				why: "orders has no total_tip_mony.amount",
				next: "did you mean total_tip_money.amount? growthnav discover lists all",
			},
		]);
	});

	test("the caller can find line and column of the very place", () => {
		const mapping = withColumns({ value: { minor: { sum: ["total_money.amount", { negate: "tips" }] } } });
		const [error] = checkMapping(
			mapping,
			orders,
			({ keys, text }) => `acme.yaml:30:37, streams.orders.conversions[0].${text} (${keys.join("/")})`,
			stream,
		);
		expect(error!.where).toBe(
			"acme.yaml:30:37, streams.orders.conversions[0].columns.value (columns/value/minor/sum/1/negate)",
		);
		expect(error!.next).toBe(
			"orders has id, state, closed_at, total_money, total_tip_money, line_items, metadata and Invoice No.; growthnav discover lists all",
		);
	});

	test.each([
		["deeper", { user_id: "total_money.curency" }, "did you mean total_money.currency? growthnav discover lists all"],
		["below a text", { user_id: "state.code" }, "nothing lies below state; growthnav discover lists all"],
		[
			"of an element",
			{ line_items: { each: { item: "line_items" }, columns: { product_name: "item.nam" } } },
			"did you mean item.name? growthnav discover lists all",
		],
		["a dot in a key", { order_number: "Invoice No" }, "did you mean Invoice No\\.? growthnav discover lists all"],
	])("%s", (_, columns, next) => {
		expect(errors(withColumns(columns))).toMatchObject([{ code: "config.mapping_path", next }]);
	});

	test("everywhere: when, each, discriminator, parent, tracking, time_zone, flags, fragments", () => {
		const mapping = {
			...good,
			when: { stat: "COMPLETED" },
			each: { refund: "refunds" },
			discriminator: "refnd.id",
			parent: { type: "purchase", stream: "orders", key: ["idd"], discriminator: "whch" },
			tracking: { url: "landing" },
			time_zone: { path: "zone" },
			flags: [{ flag: "odd", when: { od: 1 } }],
			columns: { ...good.columns, identity_fragments: [{ type: "email", value: "mail" }] },
		};
		expect(errors(mapping).map(({ where }) => where!.slice("streams.orders.conversions[0].".length))).toEqual([
			"each.refund",
			"when.stat",
			"discriminator",
			"parent.key",
			"parent.discriminator",
			"tracking.url",
			"time_zone.path",
			"flags[0].when.od",
			"columns.identity_fragments",
		]);
	});

	test("below what is not described anything may be; a reference and a map too", () => {
		const schema: JsonSchema = {
			type: "object",
			properties: {
				any: {},
				map: { type: "object", additionalProperties: { type: "object", properties: { x: { type: "string" } } } },
				free: { type: ["null", "object"] },
				list: { type: "array" },
				ref: { $ref: "#/definitions/x" },
				either: { oneOf: [{ type: "string" }, { type: "object", properties: { y: { type: "string" } } }] },
				closed: { type: "object", additionalProperties: false },
			},
			additionalProperties: true,
		};
		const mapping = (path: string) => ({ type: "lead", columns: { timestamp: "any.at", user_id: path } });
		for (const path of ["any.a.b", "map.key.x", "free.a", "list.3.z", "ref.a", "either.y", "either"]) {
			expect(errors(mapping(path), schema)).toEqual([]);
		}
		for (const path of ["map.key.z", "closed.a", "either.z", "list.z"]) {
			expect(errors(mapping(path), schema)).toMatchObject([{ code: "config.mapping_path" }]);
		}
		expect(errors(mapping("anything.at.all"), {})).toEqual([]);
	});

	test("an object or a list where one value is wanted, and each over no list", () => {
		expect(errors(withColumns({ user_id: "total_money" }))).toMatchObject([
			{ code: "config.mapping_value", message: "The mapping reads total_money, which is an object" },
		]);
		expect(errors(withColumns({ user_id: "line_items" }))).toMatchObject([
			{ next: "name an element (.0), or use each" },
		]);
		expect(errors({ ...good, each: { one: "total_money" }, discriminator: "one.amount" })).toMatchObject([
			{ code: "config.mapping_each", message: "each reads total_money, which is no list" },
		]);
	});
});

describe("what a conversion needs", () => {
	test("time, money, currency", () => {
		const { timestamp, value, currency, ...rest } = good.columns;
		const codes = (mapping: unknown) => errors(mapping).map(({ message }) => message);
		expect(codes({ ...good, columns: rest })).toEqual([
			"A purchase needs timestamp, and the mapping does not give it",
			"A purchase needs value, and the mapping does not give it",
			"A purchase needs currency, and the mapping does not give it",
		]);
		expect(codes({ ...good, type: "lead", columns: { timestamp, value } })).toEqual([
			"A lead needs currency, and the mapping does not give it",
		]);
		expect(codes({ type: "lead", columns: { timestamp } })).toEqual([]);
		expect(currency).toBeDefined();
	});

	test("an origin and a key, where the caller knows of them", () => {
		expect(errors(good, orders, { origin: undefined, primaryKey: [] }).map(({ code }) => code)).toEqual([
			"config.mapping_incomplete",
			"config.mapping_incomplete",
			"config.mapping_no_key",
		]);
		const { origin, primaryKey } = context;
		expect(errors(good, orders, { origin, primaryKey })).toEqual([]);
	});
});

describe("form", () => {
	const minimal = { type: "lead", columns: { timestamp: "at" } };
	const form = (more: Record<string, unknown>) => checkStructure({ ...minimal, ...more }, "here");

	test.each<[string, Record<string, unknown>, string, string | RegExp]>([
		["a misspelt key", { colums: {} }, "config.unknown_key", "did you mean columns?"],
		["no type", { type: undefined }, "config.mapping_type", /custom fits all others/],
		["a misspelt type", { type: "purchas" }, "config.mapping_type", "did you mean purchase?"],
		["a misspelt column", { columns: { curency: "c" } }, "config.mapping_column", "did you mean currency?"],
		["a derived column", { columns: { conversion_id: "id" } }, "config.mapping_column", "remove it"],
		["an unknown verb", { columns: { value: { negat: "v" } } }, "config.mapping_value", "did you mean negate?"],
		["two verbs", { columns: { value: { negate: "v", minor: "v" } } }, "config.mapping_value", /one in each object/],
		["no verb", { columns: { value: {} } }, "config.mapping_value", /one in each object/],
		["a bare number", { columns: { value: 12 } }, "config.mapping_value", "a constant is written as { const: … }"],
		["an empty path", { columns: { value: "" } }, "config.mapping_value", "name a field"],
		["a sum of nothing", { columns: { value: { sum: [] } } }, "config.mapping_value", "write it as { sum: [a, b] }"],
		["the negation of a list", { columns: { value: { negate: ["v"] } } }, "config.mapping_value", /{ negate: a }/],
		["a parent without key", { parent: { type: "lead", stream: "s", key: [] } }, "config.mapping_value", /constant/],
		["decimals elsewhere", { columns: { value: { negate: "v", decimals: 2 } } }, "config.mapping_value", "remove it"],
		["half a decimal", { columns: { value: { minor: "v", decimals: 0.5 } } }, "config.mapping_value", /currency's own/],
		["a constant of the wrong kind", { columns: { value: { const: "abc" } } }, "config.mapping_value", /can hold/],
		["no currency", { columns: { currency: { const: "dollars" } } }, "config.mapping_value", /can hold/],
		["no time", { columns: { timestamp: { const: "now" } } }, "config.mapping_value", /can hold/],
		["a system for a source", { columns: { source: { const: "square" } } }, "config.mapping_value", /can hold/],
		["blank", { columns: { user_id: { const: " " } } }, "config.mapping_value", /can hold/],
		["each without discriminator", { each: { r: "rs" } }, "config.mapping_each", /discriminator: refund.id/],
		["two names", { each: { a: "b", c: "d" }, discriminator: "a" }, "config.mapping_each", /refund: refunds/],
		["a dotted name", { each: { "a.b": "c" }, discriminator: "a" }, "config.mapping_each", /refund: refunds/],
		["no zone", { time_zone: "America/Chicgo" }, "config.time_zone", /^did you mean America\/Chicago/],
		["an empty list", { when: { a: [] } }, "config.mapping_when", /one literal/],
		["an unknown condition", { when: { a: { nto: 1 } } }, "config.mapping_when", /one literal/],
		["exists of text", { when: { a: { exists: "yes" } } }, "config.mapping_when", /one literal/],
		["when as text", { when: "a = 1" }, "config.mapping_when", /state: COMPLETED/],
		["parent without stream", { parent: { type: "purchase", key: "k" } }, "config.mapping_form", /stream: orders/],
		["a loud flag", { flags: [{ flag: "Odd!", when: {} }] }, "config.mapping_form", /split_shared/],
		["tracking as text", { tracking: "url" }, "config.mapping_form", /docs\/mapping.md/],
		["line_items as path", { columns: { line_items: "items" } }, "config.mapping_form", /docs\/mapping.md/],
		["fragments as path", { columns: { identity_fragments: "email" } }, "config.mapping_form", /type: email/],
	])("%s", (_, more, code, next) => {
		const [error] = form(more);
		expect(error).toMatchObject({ code, kind: "config" });
		expect(error!.next).toMatch(next);
		expect(error!.why).not.toBe("");
	});

	test("everything that is wrong is told at once, with its place", () => {
		const wrong = {
			type: "purchas",
			each: { item: "items" },
			columns: { curency: "c", line_items: { each: { i: "items" }, columns: { sku: { frst: [] } } } },
		};
		expect(checkStructure(wrong, "m").map(({ where }) => where)).toEqual([
			"m.type",
			"m.each",
			"m.columns.curency",
			"m.columns.line_items.columns.sku",
		]);
		expect(checkStructure("purchase", "m")[0]!.where).toBe("m");
	});

	test("compiling refuses what is no mapping, and an origin that is none", () => {
		expect(() => compileConversions([{ type: "purchas" } as never], context)).toThrow("The mapping has a type");
		expect(() => compileConversions([], { ...context, origin: { source: 5 } as never })).toThrow("A value is a path");
	});

	test("checking any JSON never throws", () => {
		const keys = fc.constantFrom(...["type", "columns", "when", "each", "parent", "value", "sum", "first", "const"]);
		const { value } = fc.letrec((tie) => ({
			value: fc.oneof(
				{ maxDepth: 5 },
				fc.jsonValue(),
				fc.constantFrom("lead", "id", true),
				fc.dictionary(keys, tie("value")),
				fc.array(tie("value")),
			),
		}));
		fc.assert(
			fc.property(value, (mapping) => {
				for (const error of checkMapping(mapping, orders, "m")) expect(error.next).toBeTruthy();
			}),
			{ numRuns: 1000 },
		);
		let deep: unknown = "id";
		for (let i = 0; i < 100_000; i++) deep = { negate: deep };
		expect(form({ columns: { value: deep } })[0]!.why).toContain("deeper than");
	});

	test("what passes compiles, and runs", () => {
		const path = fc.constantFrom("id", "state", "total_money.amount", "item", "item.name", "metadata.x");
		const { value } = fc.letrec((tie) => ({
			value: fc.oneof(
				{ maxDepth: 4 },
				path,
				fc.record({ const: fc.oneof(fc.string(), fc.integer(), fc.boolean()) }),
				fc.record({ first: fc.array(tie("value")) }),
				fc.record({ sum: fc.array(tie("value")) }),
				fc.record({ negate: tie("value") }),
				fc.record({ minor: tie("value"), decimals: fc.nat(10) }, { requiredKeys: ["minor"] }),
			),
		}));
		const columns = fc.dictionary(fc.constantFrom("value", "currency", "timestamp", "user_id", "is_test"), value);
		fc.assert(
			fc.property(columns, (some) => {
				const mapping = { type: "custom", columns: some } as ConversionMapping;
				if (checkStructure(mapping, "m").length > 0) return;
				compileConversions([mapping], context)({ id: "1", total_money: { amount: 1 } });
			}),
			{ numRuns: 1000 },
		);
	});
});
