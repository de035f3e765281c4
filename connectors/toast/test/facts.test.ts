/** Checks and refunds as other restaurants may have them, and what they become; to the cent. */
import { heldAfter, minorOf } from "@growthnav/sdk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withFacts } from "../src/facts.ts";
import type { Check, OrderRow } from "../src/rows/order.ts";
import { orders } from "../src/streams/orders.ts";

const AT = "2026-07-04T01:10:00.000+0000";
const restaurant = {
	guid: "house-1",
	general: { name: "Noodles", locationName: "Ludlow", currencyCode: "USD" },
};
const transaction = (guid: string) => ({ guid, entityType: "RefundTransaction" });

/** Noodles 16.50 and tea 4.75, tax 1.89: 23.14. */
const check = (more: object = {}): Check => ({
	...{ guid: "check-1", displayNumber: "12", paymentStatus: "CLOSED", paidDate: AT, voided: false, deleted: false },
	...{ amount: 21.25, taxAmount: 1.89, totalAmount: 23.14, appliedServiceCharges: [], appliedDiscounts: [] },
	selections: [
		{ guid: "line-1", displayName: "Noodles", quantity: 1, preDiscountPrice: 16.5, price: 16.5, tax: 1.46 },
		{ guid: "line-2", displayName: "Tea", quantity: 1, preDiscountPrice: 4.75, price: 4.75, tax: 0.43 },
	],
	payments: [{ guid: "pay-1", amount: 23.14, tipAmount: 4, paymentStatus: "CAPTURED" }],
	...more,
});
const order = (checks: Check[], more: object = {}): OrderRow => ({
	...{ guid: "order-1", businessDate: 20260703, modifiedDate: AT, source: "In Store", deleted: false, voided: false },
	...{ deletedDate: "1970-01-01T00:00:00.000+0000", checks, ...more },
	joined: { restaurant_guid: "", refunds: [] },
});
const { conversions, origin: conversion_origin } = orders;
const key = { source_defined_primary_key: [["guid"]] };
const catalog = { streams: [{ name: "orders", json_schema: {}, ...key, conversions, conversion_origin }] };
const become = (checks: Check[], more: object = {}) => {
	const row = JSON.parse(JSON.stringify(withFacts(order(checks, more), restaurant)));
	return heldAfter(catalog as Parameters<typeof heldAfter>[0], new Map([["orders", [row]]]));
};
const purchaseOf = (one: Check) => become([one]).conversions.find((row) => row.conversion_type === "purchase");
const refundOf = (refund: object, more: object = {}) =>
	become([
		check({ payments: [{ guid: "pay-1", amount: 23.14, paymentStatus: "CAPTURED", refund }], ...more }),
	]).conversions.find((row) => row.conversion_type === "refund");

test("a check", () => {
	expect(purchaseOf(check())).toMatchObject({
		...{ source: "pos", source_system: "toast", source_account: "house-1", source_record_id: "order-1" },
		...{ transaction_id: "check-1", order_number: "12", order_status: "CLOSED", sales_channel: "In Store" },
		...{ timestamp: "2026-07-04T01:10:00Z", business_date: "2026-07-03", location_name: "Noodles, Ludlow" },
		...{ value: "21.25", value_basis: "net", currency: "USD", tax_amount: "1.89", tip_amount: "4" },
		...{ surcharge_amount: "0", total_amount: "27.14", gross_amount: "21.25", quantity: "2" },
		line_items: [{ line_id: "line-1", net_amount: "16.5", total_amount: "17.96" }, { line_id: "line-2" }],
	});
});

describe("the value is Toast's net sales", () => {
	const gratuity = { guid: "g", gratuity: true, chargeAmount: 4.25 };
	test.each([
		["a gratuity that is not in amount", { amount: 21.25, totalAmount: 27.39, appliedServiceCharges: [gratuity] }],
		["a gratuity that is in amount", { amount: 25.5, totalAmount: 27.39, appliedServiceCharges: [gratuity] }],
	])("%s counts nothing", (_, more) => {
		expect(purchaseOf(check(more))).toMatchObject({ value: "21.25", surcharge_amount: "4.25", total_amount: "31.39" });
	});

	test("a service charge is in it, a donation is not", () => {
		const appliedServiceCharges = [
			{ guid: "s", gratuity: false, chargeAmount: 1.1, serviceChargeCategory: "SERVICE_CHARGE" },
			{ guid: "f", gratuity: false, chargeAmount: 0.86, serviceChargeCategory: "FUNDRAISING_CAMPAIGN" },
		];
		expect(purchaseOf(check({ totalAmount: 25.1, appliedServiceCharges }))).toMatchObject({
			...{ value: "22.35", surcharge_amount: "0.86", total_amount: "29.1" },
		});
	});

	test("gift cards, deferred modifiers and house accounts are not in it, and alone they are no sale", () => {
		const card = { guid: "card", deferred: true, selectionType: "TOAST_CARD_SELL", price: 50 };
		const account = { guid: "account", selectionType: "HOUSE_ACCOUNT_PAY_BALANCE", price: 12.5 };
		const modified = { guid: "set", price: 30, modifiers: [{ price: 10, deferred: true }, { price: 2 }, null] };
		const of = (selections: object[], totalAmount: number) => check({ selections, totalAmount, taxAmount: 0 });
		expect(purchaseOf(of([card, account, modified], 92.5))).toMatchObject({ value: "20.0" });
		expect(become([of([card, account], 62.5)]).leftOut).toEqual([
			"orders: item.joined.sells is false, the mapping wants true",
		]);
	});

	test("discounts are of the check and of what is on it; voided lines and withdrawn rewards count nothing", () => {
		const line = check().selections![0]!;
		const selections = [
			{ ...line, appliedDiscounts: [{ discountAmount: 3, nonTaxDiscountAmount: 2.7 }] },
			{ ...line, guid: "voided", voided: true, price: 16.5, appliedDiscounts: [{ discountAmount: 9 }] },
		];
		const appliedDiscounts = [{ discountAmount: 1.25 }, { discountAmount: 7, processingState: "VOID" }];
		expect(purchaseOf(check({ selections, appliedDiscounts }))).toMatchObject({
			...{ discount_amount: "3.95", gross_amount: "25.20", quantity: "1", line_items: [{ line_id: "line-1" }] },
		});
	});

	test("tips of payments that were refused or taken back are none", () => {
		const payments = ["DENIED", "VOIDED", "CAPTURED", null].map((paymentStatus, n) => ({
			...{ guid: `pay-${n}`, amount: 23.14, tipAmount: 1.5, paymentStatus },
		}));
		expect(purchaseOf(check({ payments }))).toMatchObject({ tip_amount: "3.0" });
	});

	test("a check without a total is refused, not guessed", () => {
		expect(become([check({ totalAmount: null })]).refused).toEqual(["orders: no_money item.joined.value is absent"]);
	});
});

test.each([
	["approvalStatus is FUTURE, the mapping leaves that out", {}, { approvalStatus: "FUTURE" }],
	["createdInTestMode is true, the mapping leaves that out", {}, { createdInTestMode: true }],
	["excessFood is true, the mapping leaves that out", {}, { excessFood: true }],
	["item.voided is true, the mapping leaves that out", { voided: true }, {}],
	["item.paymentStatus is OPEN, the mapping wants PAID or CLOSED", { paymentStatus: "OPEN" }, {}],
])("left out: %s", (rule, ofCheck, ofOrder) => {
	const { conversions, leftOut } = become([check(ofCheck)], ofOrder);
	expect(conversions).toEqual([]);
	expect([...new Set(leftOut)]).toEqual([`orders: ${rule}`]);
});

test("what nobody had to pay for is a sale of nothing, at the time it was closed", () => {
	const free = check({ totalAmount: 0, taxAmount: 0, amount: 0, paidDate: null, closedDate: AT, payments: [] });
	expect(purchaseOf(free)).toMatchObject({ value: "0", timestamp: "2026-07-04T01:10:00Z" });
});

describe("a refund", () => {
	const given = { refundDate: "2026-07-05T20:00:00.000+0000", refundBusinessDate: 20260705 };
	const tea = (transactionGuid: string) =>
		check().selections!.map((line, n) =>
			n === 0
				? line
				: {
						...line,
						refundDetails: {
							refundAmount: 4.75,
							taxRefundAmount: 0.43,
							refundTransaction: transaction(transactionGuid),
						},
					},
		);

	test("that names what was given back takes its parts, on its own day", () => {
		const refund = { ...given, refundAmount: 5.18, tipRefundAmount: 1, refundTransaction: transaction("t") };
		expect(refundOf(refund, { selections: tea("t") })).toMatchObject({
			...{ value: "-4.75", tax_amount: "-0.43", tip_amount: "-1", total_amount: "-6.18", dq_flags: null },
			...{ timestamp: "2026-07-05T20:00:00Z", business_date: "2026-07-05", transaction_id: "pay-1" },
		});
	});

	test("of an amount alone, or of another than its pieces, is shared over the check, and says so", () => {
		const shared = { value: "-9.18", tax_amount: "-0.82", dq_flags: ["refund_shared_over_sale"] };
		expect(refundOf({ ...given, refundAmount: 10 })).toMatchObject(shared);
		const other = { ...given, refundAmount: 10, refundTransaction: transaction("t") };
		expect(refundOf(other, { selections: tea("t") })).toMatchObject(shared);
		expect(refundOf(other, { selections: tea("another") })).toMatchObject(shared);
	});

	test("of a tip alone has no value", () => {
		expect(refundOf({ ...given, refundAmount: 0, tipRefundAmount: 4 })).toMatchObject({
			...{ value: "0", tip_amount: "-4", total_amount: "-4", dq_flags: ["refund_shared_over_sale"] },
		});
	});

	test("that is none is none", () => {
		expect(refundOf({ refundAmount: 0, tipRefundAmount: null })).toBeUndefined();
		expect(refundOf({ ...given, refundAmount: 5 }, { voided: true })).toBeUndefined();
	});

	test("of more than the check came to is refused, not guessed", () => {
		const payments = [{ guid: "pay-1", refund: { ...given, refundAmount: 99 } }];
		expect(become([check({ payments })]).refused).toEqual(["orders: no_money item.value is absent"]);
	});

	test("through all payments gives back exactly the parts, whatever they are", () => {
		const cents = fc.integer({ min: 0, max: 90_000 });
		fc.assert(
			fc.property(
				cents,
				cents,
				cents,
				cents,
				fc.double({ min: 0, max: 1, noNaN: true }),
				(goods, tax, tip, card, cut) => {
					const total = goods + tax + tip + card;
					fc.pre(total > 0 && goods > 0);
					const amounts = [Math.floor(total * cut), total - Math.floor(total * cut)];
					const payments = amounts.map((amount, n) => ({
						...{ guid: `pay-${n}`, paymentStatus: "CAPTURED", refund: { ...given, refundAmount: amount / 100 } },
					}));
					const one = check({
						...{ taxAmount: tax / 100, totalAmount: total / 100, payments },
						appliedServiceCharges: [{ gratuity: true, chargeAmount: tip / 100 }],
						selections: [{ price: goods / 100 }, { price: card / 100, deferred: true }],
					});
					const rows = become([one]).conversions;
					const sum = (column: string) => rows.reduce((all, row) => all + minorOf(row[column] ?? "0"), 0);
					expect([sum("value"), sum("tax_amount"), sum("surcharge_amount"), sum("total_amount")]).toEqual([0, 0, 0, 0]);
				},
			),
		);
	});
});

test("amounts keep every digit that a double would lose", () => {
	const one = check({ totalAmount: JSON.rawJSON("9007199254740993.10"), taxAmount: 0.1 });
	const { checks } = withFacts(order([one]), restaurant);
	expect(checks![0]!.joined).toMatchObject({ value: "9007199254740993.00" });
});
