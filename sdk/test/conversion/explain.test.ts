import type { ConversionMapping, JsonObject } from "@growthnav/spec";
import { describe, expect, test } from "vitest";
import { compileConversions } from "../../src/conversion/compile.ts";
import { explain } from "../../src/conversion/explain.ts";
import { shortened } from "../../src/conversion/words.ts";
import { context } from "./convert.ts";

function explained(mapping: ConversionMapping, record: JsonObject, row = 0) {
	const outcome = compileConversions([mapping], context)(record)[row]!;
	if (outcome.outcome !== "converted") throw new Error(JSON.stringify(outcome));
	const { because, details, empty } = explain(mapping, record, outcome);
	const words = Object.fromEntries(details.map(({ column, value, words }) => [column, [value, words]]));
	return { because, words, empty };
}

const zero = { const: 0 };
const purchase: ConversionMapping = {
	type: "purchase",
	when: { state: "COMPLETED", "metadata.test": { not: "true" } },
	columns: {
		timestamp: { first: ["closed_at", "paid_at"] },
		currency: "total_money.currency",
		value: {
			minor: {
				sum: [
					"total_money.amount",
					{ negate: { first: ["total_tax_money.amount", zero] } },
					{ negate: { first: ["total_tip_money.amount", zero] } },
					{ negate: { first: ["total_service_charge_money.amount", zero] } },
				],
			},
		},
		user_id: "customer_id",
		line_items: { each: { item: "line_items" }, columns: { product_name: "item.name" } },
	},
};
const order = {
	id: "9cXkQ7f",
	state: "COMPLETED",
	closed_at: "2026-07-03T19:22:10Z",
	total_money: { amount: 4820, currency: "USD" },
	total_tax_money: { amount: 320 },
	total_tip_money: { amount: 250 },
	line_items: [{ name: "Mug" }, { name: "Cup" }],
};

describe("explain", () => {
	test("says why a row was taken, and the words behind each column", () => {
		const { because, words, empty } = explained(purchase, order);
		expect(because).toBe("state is COMPLETED and metadata.test is not true");
		expect(words).toMatchObject({
			timestamp: ["2026-07-03T19:22:10Z", "closed_at"],
			value: ["42.50", "total 4820 - tax 320 - tip 250, minor"],
			currency: ["USD", "total_money.currency"],
			line_items: ["2", "each item of line_items"],
			user_id: ["-", "customer_id is absent"],
			source_account: ["A1", "as the connector says"],
		});
		expect(empty.slice(0, 2)).toEqual(["gclid", "utm_source"]);
		expect(empty).toContain("tip_amount");
		expect(empty).not.toContain("value");
		expect(empty).not.toContain("conversion_id");
	});

	test("reads the element that the row came from", () => {
		const refund: ConversionMapping = {
			type: "refund",
			each: { refund: "refunds" },
			discriminator: "refund.id",
			parent: { type: "purchase", stream: "orders", key: "id" },
			time_zone: { path: "zone" },
			columns: {
				timestamp: "refund.at",
				currency: { const: "USD" },
				value: { negate: "refund.amount" },
				tax_amount: "refund.tax",
			},
		};
		const record = {
			id: "1",
			zone: "America/Chicago",
			refunds: [
				{ id: "a", at: "2026-01-01T00:00:00Z", amount: "1.00" },
				{ id: "b", at: "2026-01-02T00:00:00Z", amount: "2.00", tax: "n/a" },
			],
		};
		const { because, words } = explained(refund, record, 1);
		expect(because).toBeUndefined();
		expect(words).toMatchObject({
			value: ["-2.00", "- refund.amount 2.00"],
			currency: ["USD", "constant"],
			business_date: ["2026-01-01", "the date in America/Chicago"],
			tax_amount: ["-", 'refund.tax: "x/x" is not used'],
			dq_flags: ["wrong_value:tax_amount", ""],
		});
		expect(words.parent_conversion_id![1]).toBe("the purchase of orders");
	});

	test("names the URL of tracking columns", () => {
		const mapping: ConversionMapping = {
			type: "lead",
			tracking: { url: { first: ["landing", "url"] } },
			columns: { timestamp: "at" },
		};
		const { words, empty } = explained(mapping, { id: 1, at: "2026-07-03", url: "/?gclid=A&qclid=B" });
		expect(words).toMatchObject({ gclid: ["A", "in url"], click_ids: ["1", "in url"] });
		expect(words.business_date).toEqual(["2026-07-03", "the day itself"]);
		expect(empty).not.toContain("utm_source");
	});
});

test("names of terms are shortened to what tells them apart", () => {
	expect(shortened(["total_money.amount", "total_tax_money.amount"])).toEqual(["total", "tax"]);
	expect(shortened(["a", "b"])).toEqual(["a", "b"]);
	expect(shortened(["total"])).toEqual(["total"]);
	expect(shortened(["net.amount", "", "tip.amount"])).toEqual(["net", "", "tip"]);
});
