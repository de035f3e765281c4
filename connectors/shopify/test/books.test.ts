/** Books as other shops may have them: shapes that the scripted one does not show. */
import { compileConversions } from "@growthnav/sdk/testing";
import { expect, test } from "vitest";
import { joinedOrder } from "../src/books.ts";
import { assembled } from "../src/bulk.ts";
import type { OrderNode } from "../src/rows/order.ts";
import { orders } from "../src/streams/orders.ts";

const shop = { id: "7", name: "Uji", domain: "uji.myshopify.com", zone: "Asia/Tokyo", seesAllOrders: true };
const bag = (amount: string) => ({ shopMoney: { amount, currencyCode: "USD" } });

type Line = [type: string, total: string, tax?: string, more?: object];

function agreement(id: number, reason: string, lines: Line[], more: object = {}) {
	return {
		...{ id: `gid://shopify/Agreement/${id}`, reason, happenedAt: `2026-07-0${id}T10:00:00Z` },
		sales: lines.map(([lineType, total, tax = "0.0", extra], n) => ({
			...{ id: `gid://shopify/Sale/${id}${n}`, lineType, actionType: reason === "REFUND" ? "RETURN" : "ORDER" },
			...{ totalAmount: bag(total), totalTaxAmount: bag(tax), totalDiscountAmountBeforeTaxes: bag("0.0") },
			...extra,
		})),
		...more,
	};
}

const orderOf = (agreements: object[], more: object = {}) =>
	({
		...{ legacyResourceId: "1", name: "#1", currencyCode: "USD", processedAt: "2026-07-01T10:00:00Z", test: false },
		...{ displayFinancialStatus: "PAID", currentTotalPriceSet: bag("24.0"), lineItems: [], agreements, ...more },
	}) as unknown as OrderNode;

const sale = agreement(1, "ORDER", [["PRODUCT", "24.0", "4.0", { quantity: 2 }]]);
const joined = (later: object[], more: object = {}) => joinedOrder(orderOf([sale, ...later], more), shop);

test("what a return takes back is below zero, however it is written", () => {
	for (const [total, tax, quantity] of [
		["12.0", "2.0", 1],
		["-12.0", "-2.0", -1],
	] as const) {
		const { refunds } = joined([agreement(2, "REFUND", [["PRODUCT", total, tax, { quantity }]])]);
		expect(refunds).toMatchObject([{ value: "-10.0", tax: "-2.0", total: "-12.0", quantity: "-1" }]);
	}
});

test("an amount that is given back is shared over the sale, one that is kept over what came back", () => {
	const goodwill = agreement(2, "REFUND", [["ADJUSTMENT", "-10.00"]]);
	expect(joined([goodwill]).refunds).toMatchObject([{ value: "-8.33", tax: "-1.67", total: "-10.00", shared: "sale" }]);
	const kept = agreement(2, "REFUND", [
		["PRODUCT", "-12.0", "-2.0"],
		["ADJUSTMENT", "3.0", "0.0", { actionType: "ORDER" }],
	]);
	expect(joined([kept]).refunds).toMatchObject([{ value: "-7.50", tax: "-1.50", total: "-9.0", shared: "change" }]);
});

test("an adjustment that names its tax is taken at its word", () => {
	const { refunds } = joined([agreement(2, "REFUND", [["ADJUSTMENT", "-12.0", "-2.0"]])]);
	expect(refunds).toMatchObject([{ value: "-10.0", tax: "-2.0" }]);
	expect(refunds[0]).not.toHaveProperty("shared");
});

test("a currency of three decimals is shared to the third, one of none to the whole", () => {
	const shares = (currencyCode: string) =>
		joined([agreement(2, "REFUND", [["ADJUSTMENT", "-1.0"]])], { currencyCode }).refunds[0]!.value;
	expect(shares("KWD")).toBe("-0.833");
	expect(shares("JPY")).toBe("-1");
});

test("a line of a kind that is new counts as a fee, not as goods; duties are tax", () => {
	const lines: Line[] = [
		["PRODUCT", "24.0", "4.0"],
		["NEW_KIND", "5.0"],
		["DUTY", "3.0"],
		["FEE", "2.0"],
	];
	const { sold } = joinedOrder(orderOf([agreement(1, "ORDER", lines)]), shop);
	expect(sold).toMatchObject({ value: "20.0", surcharge: "7.0", tax: "7.0", total: "34.0" });
});

test("money that agrees to nothing new is no change; neither are goods for goods of the same price", () => {
	const follows = agreement(2, "REFUND", [], { refund: { id: "gid://shopify/Refund/5" } });
	const even = agreement(3, "RETURN", [
		["PRODUCT", "-12.0", "-2.0"],
		["PRODUCT", "12.0", "2.0"],
	]);
	expect(joined([follows, even])).toMatchObject({ refunds: [], adjustments: [] });
});

test("the landing page is the last visit's, else the first's", () => {
	const visit = (landingPage: string | null) => ({ landingPage, referrerUrl: null });
	const page = (firstVisit: object | null, lastVisit: object | null) =>
		joined([], { customerJourneySummary: { ready: true, firstVisit, lastVisit } }).landing_page;
	expect(page(visit("/a?gclid=1"), visit("/b"))).toBe("/b");
	expect(page(visit("/a"), null)).toBe("/a");
	expect(page(null, null)).toBeUndefined();
});

const convert = compileConversions(orders.conversions! as never, {
	...{ customerId: "acme", stream: "orders", primaryKey: [["legacyResourceId"]], connectorVersion: undefined },
	origin: orders.origin as never,
});
const converted = (order: OrderNode) => convert({ ...order, joined: joinedOrder(order, shop) } as never);

test("an order without books is refused, never guessed", () => {
	const [outcome] = converted(orderOf([]));
	expect(outcome).toMatchObject({ outcome: "rejected", code: "no_money" });
});

test("books that do not add up to what the order is worth are flagged", () => {
	const flags = (order: OrderNode) =>
		(converted(order)[0] as { conversion: { dq_flags: unknown } }).conversion.dq_flags;
	expect(flags(orderOf([sale]))).toBeNull();
	expect(flags(orderOf([sale], { currentTotalPriceSet: bag("20.0") }))).toEqual(["differs_from_current_total"]);
});

test("an order whose payment is not known is left out", () => {
	const [outcome] = converted(orderOf([sale], { displayFinancialStatus: null }));
	expect(outcome).toMatchObject({ outcome: "left_out" });
});

const CHILDREN = { lines: { type: /^Line$/ }, bills: { type: /Bill$/, children: { sums: { type: /Sum$/ } } } };
const id = (type: string, n: number) => `gid://shopify/${type}/${n}`;
const put = (type: string, n: number, parent?: string) => ({
	id: id(type, n),
	...(parent !== undefined && { __parentId: parent }),
});

test("records are put together out of lines, wherever batches end", async () => {
	const lines = [put("Order", 1), put("Line", 1, id("Order", 1)), put("OrderBill", 1, id("Order", 1))];
	const more = [put("LineSum", 1, id("OrderBill", 1)), put("Line", 2, id("Order", 1)), put("Order", 2)];
	for (const size of [1, 2, 3, 6]) {
		const all = [...lines, ...more];
		const batches = async function* () {
			for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size).map((line) => ({ ...line }));
		};
		expect((await Array.fromAsync(assembled(batches(), CHILDREN))).flat()).toEqual([
			{
				id: id("Order", 1),
				lines: [{ id: id("Line", 1) }, { id: id("Line", 2) }],
				bills: [{ id: id("OrderBill", 1), sums: [{ id: id("LineSum", 1) }] }],
			},
			{ id: id("Order", 2), lines: [], bills: [] },
		]);
	}
});

test.each([
	["stands behind another record", [put("Order", 1), put("Order", 2), put("Line", 1, id("Order", 1))]],
	["is of a kind that nobody asked for", [put("Order", 1), put("Other", 1, id("Order", 1))]],
])("a part that %s is an error, not a loss", async (_, lines) => {
	const batches = (async function* () {
		yield lines;
	})();
	await expect(Array.fromAsync(assembled(batches, CHILDREN))).rejects.toMatchObject({ code: "data.unexpected_answer" });
});
