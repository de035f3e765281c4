import type { ConversionMapping, Json, JsonObject } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileConversions } from "../../src/conversion/compile.ts";
import { context } from "./convert.ts";

/** Reads every kind of column in every way, from fields that random records often have. */
const everything: ConversionMapping[] = [
	{
		type: "purchase",
		when: { state: ["PAID", 1, true], test: { not: true } },
		time_zone: { path: "zone" },
		tracking: { url: "url" },
		flags: [{ flag: "odd", when: { "a.b": { exists: true } } }],
		columns: {
			timestamp: { first: ["at", "day"] },
			source_updated_at: "updated",
			business_date: "day",
			currency: "currency",
			value: { minor: { sum: ["total", { negate: { first: ["tax", { const: 0 }] } }] } },
			tax_amount: { minor: "tax", decimals: 6 },
			total_amount: "total",
			is_test: "test",
			user_id: "a.b.c",
			quantity: "items.length",
			product_id: "items.0.sku",
			line_items: { each: { item: "items" }, columns: { sku: "item.sku", quantity: "item.qty", unit_price: "item" } },
			identity_fragments: [{ type: "email", value: { first: ["url", "a"] } }],
		},
	},
	{
		type: "refund",
		each: { item: "items" },
		discriminator: { first: ["item.sku", "item"] },
		parent: { type: "purchase", stream: "orders", key: ["id", "a"] },
		columns: { timestamp: "at", currency: "currency", value: { negate: "item.qty" } },
	},
	{ type: "lead", columns: { timestamp: "at", order_number: "constructor", user_id: "__proto__.x" } },
];

const field = fc.constantFrom(
	...["id", "state", "test", "zone", "url", "at", "day", "updated", "currency", "total", "tax", "a", "items", "b"],
	...["c", "sku", "qty", "__proto__", "constructor", "length"],
);
const likely = fc.constantFrom<Json>(
	...["1", "PAID", "2026-07-03T19:22:10Z", "2026-07-03", "2026-03-08T02:30:00", "America/Chicago", "USD", "JPY"],
	...["/?gclid=A&utm_source=b%", "12.50", "-3", "1e400", "", " ", 1, 0, -0, 1e21, 0.1, 2 ** 53, true, false, null],
);
const { record } = fc.letrec<{ record: JsonObject; value: Json }>((tie) => ({
	record: fc.dictionary(field, tie("value"), { maxKeys: 12 }) as fc.Arbitrary<JsonObject>,
	value: fc.oneof(
		{ depthSize: "small", withCrossShrink: true },
		likely,
		fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
		tie("record"),
		fc.array(tie("value"), { maxLength: 3 }),
	),
}));
/** As it arrives: parsed from text, so that `__proto__` is an own key. */
const arrived = record.map((one) => JSON.parse(JSON.stringify(one)) as JsonObject);
/** One that gives conversions more often than not. */
const good = fc.record({
	id: fc.constantFrom("7", 7),
	state: fc.constantFrom("PAID", 1, "OPEN"),
	at: likely,
	day: likely,
	currency: fc.constantFrom("USD", "KWD", "eur", null, 5),
	total: likely,
	tax: likely,
	zone: likely,
	items: fc.array(fc.record({ sku: likely, qty: likely }), { maxLength: 3 }),
}) as fc.Arbitrary<JsonObject>;

const convert = compileConversions(everything, context);
const anything = fc.oneof(arrived, good);

describe("always", () => {
	test("converting never throws, and tells of every mapping that has a row to make", () => {
		fc.assert(
			fc.property(anything, (one) => {
				const mappings = new Set(convert(one).map(({ mapping }) => mapping));
				// the refund makes a row per element: a record without elements has none
				mappings.delete("orders/refund");
				expect([...mappings]).toEqual(["orders/purchase", "orders/lead"]);
			}),
			{ numRuns: 3000 },
		);
	});

	test("the same record becomes the same, and is not touched", () => {
		const again = compileConversions(everything, context);
		fc.assert(
			fc.property(anything, (one) => {
				const before = JSON.stringify(one);
				const first = JSON.stringify(convert(one));
				expect(JSON.stringify(again(one))).toBe(first);
				expect(JSON.stringify(one)).toBe(before);
			}),
		);
	});

	test("no time, currency or amount is invented: without those of the record there is no row", () => {
		const paths = ["at", "day", "currency", "total"];
		fc.assert(
			fc.property(good, fc.constantFrom(...paths), (one, gone) => {
				const { [gone]: _, ...rest } = one;
				if (gone === "at") delete rest.day;
				const [purchase] = convert(rest);
				if (gone === "day") return;
				expect(purchase!.outcome).not.toBe("converted");
			}),
		);
	});

	test("a converted row has its identity, a time in UTC, a value and a currency", () => {
		let converted = 0;
		fc.assert(
			fc.property(good, (one) => {
				for (const outcome of convert(one)) {
					if (outcome.outcome !== "converted") continue;
					converted++;
					const row = outcome.conversion;
					expect(row.conversion_id).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
					expect(row.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z$/);
					if (row.conversion_type === "lead") continue;
					expect(row.value).toMatch(/^-?(0|[1-9]\d{0,28})(\.\d{1,9})?$/);
					expect(row.currency).toMatch(/^[A-Z]{3}$/);
					if (row.conversion_type === "refund") expect(Number(row.value)).toBeLessThanOrEqual(0);
				}
			}),
			{ numRuns: 2000 },
		);
		expect(converted).toBeGreaterThan(100);
	});

	test("all rows of a mapping have the same columns in the same order", () => {
		const shapes = new Map<string, string>();
		fc.assert(
			fc.property(good, (one) => {
				for (const outcome of convert(one)) {
					if (outcome.outcome !== "converted") continue;
					const shape = Object.keys(outcome.conversion).join();
					expect(shapes.get(outcome.mapping) ?? shape).toBe(shape);
					shapes.set(outcome.mapping, shape);
				}
			}),
		);
	});

	test("rows of one record have different ids", () => {
		fc.assert(
			fc.property(anything, (one) => {
				const ids = convert(one).flatMap((outcome) =>
					outcome.outcome === "converted" ? [outcome.conversion.conversion_id] : [],
				);
				expect(new Set(ids).size).toBe(ids.length);
			}),
		);
	});
});
