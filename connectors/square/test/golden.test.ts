/** One small merchant per case: what each becomes, to the cent. */
import type { ConversionRow, FullReading } from "@growthnav/sdk/testing";
import { afterEach, describe, expect, test } from "vitest";
import {
	historyOf,
	type Line,
	linesTotal,
	type Refund,
	type Returned,
	type ReturnOrder,
	type Sale,
	type Tender,
	totalOf,
} from "../src/demo/events.ts";
import { PLACES, PRODUCTS } from "../src/demo/merchant.ts";
import { type Merchant, openMerchant } from "../src/demo/server.ts";
import { read } from "./support.ts";

let merchant: Merchant;
afterEach(() => merchant.close());

const NOON = Date.UTC(2026, 6, 3, 23, 22, 10);
const DAY = 86_400_000;
const product = (name: string) => PRODUCTS.find((one) => one.name === name)!;

function line(name: string, quantity: string, discount = 0, tax = 0): Line {
	const sold = product(name);
	const uid = `line-${name}`;
	return { uid, product: sold, quantity, gross: Math.round(sold.price * Number(quantity)), discount, tax };
}

function sale(id: string, lines: Line[], more: Partial<Sale> = {}, split?: number): Sale {
	const sold: Sale = {
		...{ id, place: PLACES[3]!, person: undefined, channel: "Square Online", reference: undefined, state: "COMPLETED" },
		...{ opened: NOON - 60_000, closed: NOON, updated: NOON + 5000, lines, discountPercent: 10 },
		...{ serviceCharge: 0, tip: 0, tenders: [], exchange: undefined },
		...more,
	};
	const due = totalOf(sold) - (sold.exchange === undefined ? 0 : linesTotal(sold.exchange.lines));
	const amounts = split === undefined ? [due] : [split, due - split];
	sold.tenders = amounts
		.filter((amount) => amount > 0)
		.map(
			(amount, n): Tender => ({
				...{ id: `${id}-pay${n}`, type: "CARD", amount, tip: n === 0 ? sold.tip : 0 },
				...{ refunds: [], sale: sold, updated: sold.updated },
			}),
		);
	return sold;
}

function refund(tender: Tender, amount: number, order: Refund["order"], more: Partial<Refund> = {}): Refund {
	const at = NOON + 2 * DAY;
	const made: Refund = {
		...{ id: `${tender.id}_r${tender.refunds.length}`, tender, amount, at, updated: at + 9000 },
		...{ status: "COMPLETED", reason: "Returned goods", order },
		...more,
	};
	tender.refunds.push(made);
	return made;
}

function returned(sold: Sale, lines: Returned[] | undefined, amount: number, tip = 0, serviceCharge = 0): ReturnOrder {
	return { id: `return-of-${sold.id}`, sale: sold, at: NOON + 2 * DAY, lines, tip, serviceCharge, amount, refunds: [] };
}

const taken = (of: Line): Returned => ({ ...of, uid: `back-${of.uid}`, of });

async function readStory(
	sales: Sale[],
	returns: ReturnOrder[] = [],
	refunds: Refund[] = [],
	currency = "USD",
	config = {},
) {
	merchant = await openMerchant({ history: historyOf(sales, returns, refunds), currency });
	const reading = await read(merchant, config);
	expect(reading.errors).toEqual([]);
	return reading;
}

const rows = (reading: FullReading, type: string): ConversionRow[] =>
	reading.conversions.filter(({ conversion_type }) => conversion_type === type);

/** 24.99 and twice 4.25, less 3.35, tax 1.42, tip 5.00, service charge 2.00. */
const lunch = () =>
	sale("lunch", [line("Glove", "1", 250, 106), line("Coffee", "2", 85, 36)], { tip: 500, serviceCharge: 200 });

test("a sale", async () => {
	const [row, ...others] = rows(await readStory([lunch()]), "purchase");
	expect(others).toEqual([]);
	expect(row).toMatchObject({
		...{ source: "pos", source_system: "square", source_account: "MLHARBOURGOLF1", source_stream: "orders" },
		...{ source_record_id: "lunch", transaction_id: "lunch", order_number: "lunch", order_status: "COMPLETED" },
		...{ timestamp: "2026-07-03T23:22:10Z", business_date: "2026-07-03", source_updated_at: "2026-07-03T23:22:15Z" },
		...{ value: "30.14", currency: "USD", gross_amount: "33.49", discount_amount: "3.35", net_amount: "30.14" },
		...{ tax_amount: "1.42", tip_amount: "5.00", surcharge_amount: "2.00", total_amount: "38.56", quantity: "3" },
		...{ location_id: PLACES[3]!.id, location_name: "Harbour Golf Ala Moana", sales_channel: "Square Online" },
		identity_fragments: [
			{
				type: "card_fingerprint",
				value: "sq-1-lunch-pay0",
				source_field: "tenders.0.card_details.card.fingerprint",
			},
		],
		line_items: [
			{
				...{ line_id: "line-Glove", product_id: product("Glove").id, product_name: "Glove", quantity: "1" },
				...{ unit_price: "24.99", gross_amount: "24.99", discount_amount: "2.50", net_amount: "22.49" },
				...{ tax_amount: "1.06", total_amount: "23.55" },
			},
			{ quantity: "2", unit_price: "4.25", gross_amount: "8.50", net_amount: "7.65", total_amount: "8.01" },
		],
	});
	expect(row!.is_test).toBeNull();
});

describe("a refund", () => {
	test("of one line takes what the return order tells, two days later", async () => {
		const sold = lunch();
		const order = returned(sold, [taken(sold.lines[1]!)], 801);
		order.refunds.push(refund(sold.tenders[0]!, 801, { kind: "return", order }));
		const reading = await readStory([sold], [order], order.refunds);
		const [row] = rows(reading, "refund");
		expect(row).toMatchObject({
			...{ value: "-7.65", tax_amount: "-0.36", tip_amount: "0.00", total_amount: "-8.01", quantity: "-2" },
			...{ gross_amount: "-8.50", discount_amount: "-0.85", timestamp: "2026-07-05T23:22:10Z" },
			...{ source_stream: "refunds", order_number: "lunch", sales_channel: "Square Online", dq_flags: null },
			line_items: [{ line_id: "line-Coffee", quantity: "-2", total_amount: "-8.01", tax_amount: "-0.36" }],
		});
		expect(row!.parent_conversion_id).toBe(rows(reading, "purchase")[0]!.conversion_id);
		expect(reading.leftOut).toContain("orders: joined.kind is return, the mapping wants sale or exchange");
	});

	test("of everything brings the sale back to zero in every component", async () => {
		const sold = lunch();
		const order = returned(sold, sold.lines.map(taken), 3856, 500, 200);
		order.refunds.push(refund(sold.tenders[0]!, 3856, { kind: "return", order }));
		const [row] = rows(await readStory([sold], [order], order.refunds), "refund");
		expect(row).toMatchObject({
			...{ value: "-30.14", tax_amount: "-1.42", tip_amount: "-5.00", surcharge_amount: "-2.00" },
			total_amount: "-38.56",
		});
	});

	test("of an amount alone is shared over the parts of the sale, and flagged", async () => {
		const sold = lunch();
		const order = returned(sold, undefined, 1000);
		order.refunds.push(refund(sold.tenders[0]!, 1000, { kind: "return", order }));
		const [row] = rows(await readStory([sold], [order], order.refunds), "refund");
		// 781.64.., 36.82.., 129.66.., 51.86..: three cents are left for the largest fractions
		expect(row).toMatchObject({
			...{ value: "-7.81", tax_amount: "-0.37", tip_amount: "-1.30", surcharge_amount: "-0.52" },
			...{ total_amount: "-10.00", quantity: null, line_items: null, dq_flags: ["refund_shared_over_sale"] },
		});
	});

	test("of the whole amount without goods gives back the value of the sale", async () => {
		const sold = lunch();
		const order = returned(sold, undefined, 3856);
		order.refunds.push(refund(sold.tenders[0]!, 3856, { kind: "return", order }));
		const [row] = rows(await readStory([sold], [order], order.refunds), "refund");
		expect(row).toMatchObject({ value: "-30.14", tip_amount: "-5.00", total_amount: "-38.56" });
	});

	test("of a sale that was paid in two ways: two rows, together what was returned", async () => {
		const sold = sale("split", [line("Glove", "1", 250, 106), line("Coffee", "2", 85, 36)], { tip: 500 }, 2000);
		const order = returned(sold, sold.lines.map(taken), 3656, 500);
		for (const tender of sold.tenders) order.refunds.push(refund(tender, tender.amount, { kind: "return", order }));
		const both = rows(await readStory([sold], [order], order.refunds), "refund");
		expect(both).toHaveLength(2);
		const sum = (column: string) => both.reduce((so, row) => so + Math.round(Number(row[column]) * 100), 0);
		expect([sum("value"), sum("tax_amount"), sum("tip_amount"), sum("total_amount")]).toEqual([
			-3014, -142, -500, -3656,
		]);
		expect([sum("discount_amount"), sum("quantity")]).toEqual([-335, -300]);
		expect(both.map(({ total_amount }) => total_amount).sort()).toEqual(["-16.56", "-20.00"]);
	});

	test("that names the sale, or no order at all, still finds it", async () => {
		const [first, second] = [lunch(), sale("beer", [line("Draft beer", "2", 0, 71)])];
		const refunds = [
			refund(first.tenders[0]!, 3856, { kind: "sale", sale: first }),
			refund(second.tenders[0]!, 1571, undefined),
		];
		const reading = await readStory([first, second], [], refunds);
		const parents = rows(reading, "purchase").map(({ conversion_id }) => conversion_id);
		const found = rows(reading, "refund");
		expect(found.map(({ value }) => value).sort()).toEqual(["-15.00", "-30.14"]);
		expect(found.map(({ parent_conversion_id: id }) => id).sort()).toEqual([...parents].sort());
		expect(merchant.requests.filter(({ path }) => path.startsWith("/v2/payments/"))).toHaveLength(1);
	});

	test("whose sale cannot be had is refused, for its value is not known", async () => {
		const lost = lunch();
		const refunds = [refund(lost.tenders[0]!, 1000, undefined)];
		const reading = await readStory([], [], refunds);
		expect(reading.records.refunds![0]!.joined).toMatchObject({ split: "unknown" });
		expect(reading.refused).toEqual(["refunds: no_money joined.given_back.value is absent"]);
	});

	test.each(["PENDING", "REJECTED", "FAILED"] as const)("that is %s is left out", async (status) => {
		const sold = lunch();
		const reading = await readStory([sold], [], [refund(sold.tenders[0]!, 100, undefined, { status })]);
		expect(rows(reading, "refund")).toEqual([]);
		expect(reading.leftOut).toContain(`refunds: status is ${status}, the mapping wants COMPLETED`);
	});
});

describe("an exchange is one sale row and one return row", () => {
	const glove = () => sale("glove", [line("Glove", "1", 250, 106)]);
	const swap = (from: Sale, lines: Line[]) =>
		sale("swap", lines, {
			exchange: { from, lines: [taken(from.lines[0]!)] },
			closed: NOON + DAY,
			updated: NOON + DAY + 9000,
		});

	async function expectSwap(lines: Line[], value: string, refundOf: number) {
		const from = glove();
		const order = swap(from, lines);
		const refunds = refundOf > 0 ? [refund(from.tenders[0]!, refundOf, { kind: "exchange", sale: order })] : [];
		const reading = await readStory([from, order], [], refunds);
		const [, bought] = rows(reading, "purchase");
		expect(bought).toMatchObject({ source_record_id: "swap", value });
		const back = rows(reading, "refund");
		expect(back).toHaveLength(1);
		expect(back[0]).toMatchObject({
			...{ source_stream: "orders", source_record_id: "swap", timestamp: "2026-07-04T23:22:10Z" },
			...{ value: "-22.49", tax_amount: "-1.06", total_amount: "-23.55", quantity: "-1", discount_amount: "-2.50" },
			parent_conversion_id: rows(reading, "purchase")[0]!.conversion_id,
			line_items: [{ line_id: "line-Glove", quantity: "-1", total_amount: "-23.55" }],
		});
		return reading;
	}

	test("for something dearer: the difference is paid", async () => {
		await expectSwap([line("Cap", "1", 0, 141)], "29.99", 0);
	});

	test("for something cheaper: the refund of the difference is not counted again", async () => {
		const reading = await expectSwap([line("Tees", "2", 0, 47)], "9.98", 2355 - 1045);
		expect(reading.leftOut).toContain("refunds: joined.split is exchange, the mapping leaves that out");
	});

	test("for the same: no money moves, and both rows are there", async () => {
		await expectSwap([line("Glove", "1", 250, 106)], "22.49", 0);
	});
});

test("open, cancelled and draft orders count nothing", async () => {
	const unpaid = (["OPEN", "CANCELED", "DRAFT"] as const).map((state) =>
		sale(state, [line("Cap", "1")], { state, closed: state === "CANCELED" ? NOON : undefined }),
	);
	const reading = await readStory(unpaid);
	expect(reading.conversions).toEqual([]);
	for (const state of ["OPEN", "CANCELED", "DRAFT"])
		expect(reading.leftOut).toContain(`orders: state is ${state}, the mapping wants COMPLETED`);
});

test("a gift card counts nothing when it is bought, alone or beside goods", async () => {
	const alone = sale("card", [line("Gift card", "1")]);
	const beside = sale("both", [line("Gift card", "1"), line("Cap", "1", 0, 141)]);
	const reading = await readStory([alone, beside]);
	expect(rows(reading, "purchase")).toEqual([expect.objectContaining({ source_record_id: "both", value: "29.99" })]);
	expect(rows(reading, "purchase")[0]).toMatchObject({ total_amount: "81.40", tax_amount: "1.41" });
	expect(reading.leftOut).toContain("orders: joined.kind is gift_card, the mapping wants sale or exchange");
});

test("a currency without decimals", async () => {
	const sold = lunch();
	const order = returned(sold, [taken(sold.lines[1]!)], 801);
	order.refunds.push(refund(sold.tenders[0]!, 801, { kind: "return", order }));
	const reading = await readStory([sold], [order], order.refunds, "JPY");
	expect(rows(reading, "purchase")[0]).toMatchObject({ currency: "JPY", value: "3014", total_amount: "3856" });
	expect(rows(reading, "refund")[0]).toMatchObject({ currency: "JPY", value: "-765", total_amount: "-801" });
});

test("what is sold in the sandbox is a test", async () => {
	const reading = await readStory([lunch()], [], [], "USD", { environment: "sandbox" });
	expect(rows(reading, "purchase")[0]).toMatchObject({ is_test: true });
});
