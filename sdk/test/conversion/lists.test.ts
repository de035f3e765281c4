import { describe, expect, test } from "vitest";
import { rawNumber } from "../../src/protocol/numbers.ts";
import { outcomes, row } from "./convert.ts";

const currency = { const: "USD" };

describe("line_items", () => {
	const lines = (items: unknown, columns: Record<string, unknown>) =>
		row({ columns: { currency, line_items: { each: { item: "items" }, columns } } }, { items, shop: "S" } as never);

	test("one line per element, decimals exact, null where a field is absent", () => {
		const columns = { sku: "item.sku", quantity: "item.qty", unit_price: { minor: "item.cents" } };
		const items = [{ sku: 17, qty: "0.75", cents: 1250 }, { sku: "B" }, { qty: rawNumber("1e-9") }];
		expect(lines(items, columns).line_items).toEqual([
			{ sku: "17", quantity: "0.75", unit_price: "12.50" },
			{ sku: "B", quantity: null, unit_price: null },
			{ sku: null, quantity: "0.000000001", unit_price: null },
		]);
	});

	test("paths without the element's name start at the record", () => {
		expect(lines([{ name: "Mug" }], { product_name: "item.name", product_category: "shop" }).line_items).toEqual([
			{ product_name: "Mug", product_category: "S" },
		]);
	});

	test("elements may be plain values; those that are null are no lines", () => {
		expect(lines(["A", null, "B"], { sku: "item" }).line_items).toEqual([{ sku: "A" }, { sku: "B" }]);
	});

	test("a wrong value is null and flagged once", () => {
		const found = lines([{ q: "x" }, { q: "y" }, { q: 2 }], { quantity: "item.q" });
		expect(found.line_items).toEqual([{ quantity: null }, { quantity: null }, { quantity: "2" }]);
		expect(found.dq_flags).toEqual(["wrong_value:line_items.quantity"]);
	});

	test("no list: absent; something else: absent and flagged", () => {
		expect(lines(undefined, { sku: "item" })).not.toHaveProperty("line_items");
		expect(lines([], { sku: "item" }).line_items).toEqual([]);
		expect(lines({ 0: "A" }, { sku: "item" }).dq_flags).toEqual(["wrong_value:line_items"]);
	});

	test("within each they may be lists of the element, and read both", () => {
		const parts = {
			each: { refund: "refunds" },
			discriminator: "refund.id",
			columns: { line_items: { each: { line: "refund.lines" }, columns: { sku: "line.sku", line_id: "refund.id" } } },
		};
		const refunds = [{ id: "r1", lines: [{ sku: "A" }, { sku: "B" }] }, { id: "r2" }];
		expect(outcomes(parts, { refunds })).toMatchObject([
			{
				conversion: {
					line_items: [
						{ sku: "A", line_id: "r1" },
						{ sku: "B", line_id: "r1" },
					],
				},
			},
			{ conversion: { line_items: null } },
		]);
	});
});

describe("identity_fragments", () => {
	const fragments = (record: object, value: unknown) =>
		row({ columns: { identity_fragments: [{ type: "email", value: value as string }] } }, record as never);

	test("say where they were found", () => {
		expect(fragments({ b: "x@y.example" }, { first: ["a", "b"] }).identity_fragments).toEqual([
			{ type: "email", value: "x@y.example", source_field: "b" },
		]);
		expect(fragments({}, "a")).not.toHaveProperty("identity_fragments");
	});

	test("that are no text are flagged", () => {
		expect(fragments({ a: [] }, "a").dq_flags).toEqual(["wrong_value:identity_fragments.email"]);
	});
});

describe("other columns", () => {
	test("text takes numbers by their digits and truth by its word; lists and objects are wrong", () => {
		const text = (value: unknown) => row({ columns: { order_number: "v" } }, { v: value } as never);
		expect(text(rawNumber("12345678901234567890")).order_number).toBe("12345678901234567890");
		expect(text(10.5).order_number).toBe("10.5");
		expect(text(false).order_number).toBe("false");
		expect(text(" spaced ").order_number).toBe(" spaced ");
		expect(text({}).dq_flags).toEqual(["wrong_value:order_number"]);
	});

	test("truth is true, false or those words", () => {
		const truth = (value: unknown) => row({ columns: { is_test: "v" } }, { v: value } as never);
		expect(truth(true).is_test).toBe(true);
		expect(truth("FALSE").is_test).toBe(false);
		expect(truth(1).dq_flags).toEqual(["wrong_value:is_test"]);
	});

	test("the source is one of the kinds of system", () => {
		expect(row({ columns: { source: "kind" } }, { kind: "pos" }).source).toBe("pos");
		expect(row({ columns: { source: "kind" } }, { kind: "square" }).dq_flags).toEqual(["wrong_value:source"]);
	});
});
