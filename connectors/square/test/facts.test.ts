/** Orders and refunds as other merchants may have them: shapes that the scripted one does not show. */
import { expect, test } from "vitest";
import type { Account } from "../src/account.ts";
import { joinedOrder, kindOf } from "../src/order-facts.ts";
import { joinedRefund } from "../src/refund-facts.ts";
import type { OrderRow } from "../src/rows/order.ts";
import type { RefundRow } from "../src/rows/refund.ts";

const money = (amount: number) => ({ amount, currency: "EUR" });
const account: Account = {
	...{ merchantId: "M1", business: "Shop", wanted: ["L1"], isTest: false },
	places: new Map([["L1", { id: "L1", name: "Harbour", timezone: "Europe/Paris" }]]),
};
const order = (fields: object) => ({ id: "O1", location_id: "L1", state: "COMPLETED", ...fields }) as OrderRow;
const refund = { id: "P1_R1", payment_id: "P1", location_id: "L1", amount_money: money(1000) } as RefundRow;
const sold = order({
	id: "S1",
	total_money: money(2400),
	total_tax_money: money(400),
	line_items: [{ quantity: "1" }],
});

test.each([
	["sale", { total_money: money(1), line_items: [{ quantity: "1" }] }],
	["sale", { total_money: money(1) }],
	["exchange", { total_money: money(1), line_items: [{ quantity: "1" }], returns: [{}] }],
	["return", { returns: [{}] }],
	["return", { refunds: [{}], net_amounts: { total_money: money(-1) } }],
	["gift_card", { total_money: money(1), line_items: [{ quantity: "1", item_type: "GIFT_CARD" }] }],
])("%s: %j", (kind, fields) => {
	expect(kindOf(order(fields))).toBe(kind);
});

test("a location that is not listed has no name and no zone, and is no reason to fail", () => {
	expect(joinedOrder(order({ location_id: "L9" }), account)).not.toHaveProperty("time_zone");
});

test("a return of a custom amount that states a tax of zero is still shared", () => {
	const return_amounts = { total_money: money(1000), tax_money: money(0), tip_money: money(0) };
	const mirror = order({
		return_amounts,
		returns: [{ source_order_id: "S1", return_line_items: [{ quantity: "1", item_type: "CUSTOM_AMOUNT" }] }],
	});
	expect(joinedRefund(refund, { order: mirror, sale: sold }, account)).toMatchObject({
		split: "shared",
		given_back: { value: 833, tax: 167, total: 1000 },
	});
});

test("goods without a sale, returned with their parts, are known", () => {
	const mirror = order({
		return_amounts: { total_money: money(1000), tax_money: money(167) },
		returns: [{ return_line_items: [{ quantity: "2", item_type: "ITEM" }] }],
	});
	const joined = joinedRefund(refund, { order: mirror, sale: undefined }, account);
	expect(joined).toMatchObject({ split: "return_order", given_back: { value: 833, tax: 167 }, quantity: "2" });
	expect(joined).not.toHaveProperty("sale_id");
});

test("a refund of only a part of what its return order took back gets its share", () => {
	const mirror = order({
		return_amounts: { total_money: money(2400), tax_money: money(400) },
		returns: [{ source_order_id: "S1", return_line_items: [{ quantity: "1", item_type: "ITEM" }] }],
	});
	expect(joinedRefund(refund, { order: mirror, sale: sold }, account)).toMatchObject({
		split: "return_order",
		given_back: { value: 833, tax: 167, total: 1000 },
	});
});
