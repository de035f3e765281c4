/** A year of the merchant, told from a seed: the same events at every start. */

import { type Chance, seededChance } from "@growthnav/sdk/testing";
import {
	type History,
	historyOf,
	type Line,
	linesTotal,
	type Refund,
	type Returned,
	type ReturnOrder,
	type Sale,
	type Tender,
	totalOf,
} from "./events.ts";
import { idOf } from "./ids.ts";
import { type Person, PLACES, type Place, people } from "./merchant.ts";
import { exchange, sale, unpaid, type Visit } from "./sales.ts";

export interface Story {
	seed: number;
	/** Orders that people begin; returns come on top. */
	visits: number;
	customers: number;
	from: number;
	until: number;
}

export const A_YEAR: Story = {
	seed: 1894,
	visits: 19_400,
	customers: 4_812,
	from: Date.UTC(2025, 6, 1),
	until: Date.UTC(2026, 6, 31, 3),
};

/** The same merchant, with fewer guests: for what reads it many times. */
export const FEW_VISITS: Partial<Story> = { visits: 700, customers: 180 };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const REASONS = ["Returned goods", "Rain check", "Wrong size", "Overcharged", "Lesson cancelled"];

/** Tells the year. */
export function tell(story: Story): History {
	const chance = seededChance(story.seed);
	const persons = people(story.customers, story.from, story.until, chance);
	const sales = visits(story, persons, chance).map((visit) => visitOutcome(visit, chance));
	const refunds: Refund[] = [];
	const returns: ReturnOrder[] = [];
	sales.forEach((sold, n) => {
		if (sold.state !== "COMPLETED" || sold.closed === undefined) return;
		if (chance.percent(0.25)) sales[n] = exchanged(sold, n, sales, refunds, chance) ?? sold;
		else if (chance.percent(3.2)) giveBack(sold, story.until, refunds, returns, chance);
	});
	oddities(sales);
	return historyOf(sales, returns, refunds, persons);
}

/** Between seven and twenty-one o'clock at the place, more of them in summer and at weekends. */
function visits({ visits, from, until }: Story, persons: Person[], chance: Chance): Visit[] {
	const days = Math.floor((until - from) / DAY) - 2;
	const made: Omit<Visit, "number">[] = [];
	while (made.length < visits) {
		const day = chance.whole(0, days);
		const date = new Date(from + day * DAY);
		const summer = [4, 5, 6, 7, 8].includes(date.getUTCMonth());
		const weekend = date.getUTCDay() % 6 === 0;
		if (!chance.percent(summer ? (weekend ? 100 : 60) : weekend ? 60 : 30)) continue;
		const place: Place = chance.pick(PLACES);
		const hour = 7 + 14 * chance.next() + place.hoursBehindUtc;
		const person = persons.length > 0 && chance.percent(45) ? chance.pick(persons) : undefined;
		made.push({ place, person, at: from + day * DAY + Math.floor((hour * HOUR) / 1000) * 1000 });
	}
	return made.sort((a, b) => a.at - b.at).map((visit, number) => ({ ...visit, number }));
}

function visitOutcome(visit: Visit, chance: Chance): Sale {
	if (chance.percent(2.6)) return unpaid(visit, "CANCELED", chance);
	if (chance.percent(1.2)) return unpaid(visit, "OPEN", chance);
	if (chance.percent(0.1)) return unpaid(visit, "DRAFT", chance);
	return sale(visit, chance);
}

/** The visit becomes an exchange for something bought at the same place before; undefined when nothing was. */
function exchanged(visit: Sale, number: number, sales: Sale[], refunds: Refund[], chance: Chance): Sale | undefined {
	const from = sales
		.slice(Math.max(0, number - 400), number)
		.find((past) => past.place === visit.place && past.person !== undefined && isUntouched(past));
	const back = from?.lines.find((line) => returnable(line));
	if (from === undefined || back === undefined || visit.opened <= from.updated) return undefined;
	const { place, opened } = visit;
	const swap = exchange({ number, place, person: from.person, at: opened }, from, back, chance);
	const due = totalOf(swap) - linesTotal([back]);
	if (due < 0) {
		if (from.tenders[0]!.amount < -due) return undefined;
		refund(from.tenders[0]!, -due, swap.closed!, { kind: "exchange", sale: swap }, refunds, chance);
	}
	from.gaveBack = true;
	return swap;
}

function isUntouched(past: Sale): boolean {
	return (
		past.state === "COMPLETED" &&
		past.exchange === undefined &&
		past.tenders.length === 1 &&
		past.tenders[0]!.refunds.length === 0 &&
		!past.gaveBack
	);
}

const returnable = ({ product, gross, discount }: Line) => !product.giftCard && !product.byTheHalf && gross > discount;

/** Hours to weeks after the sale: all of it or a part, goods or an amount. */
function giveBack(sold: Sale, until: number, refunds: Refund[], returns: ReturnOrder[], chance: Chance): void {
	const at = sold.updated + Math.floor(chance.next() ** 3 * 45 * DAY) + HOUR;
	const line = sold.lines.find(returnable);
	if (at > until || line === undefined || sold.gaveBack || sold.tenders.length === 0) return;
	if (sold.lines.some(({ product }) => product.giftCard)) return;
	const [tender] = sold.tenders as [Tender];
	const kind = chance.pick([
		"all",
		"all",
		"line",
		"line",
		"line",
		"unit",
		"amount",
		"amount",
		"whole amount",
		"no order",
	]);
	if (kind === "all") {
		const lines = sold.lines.map((one, n) => ({ ...one, uid: `return-${n + 1}`, of: one }));
		returnGoods({ sold, at, lines, tip: sold.tip, serviceCharge: sold.serviceCharge }, refunds, returns, chance);
	} else if (kind === "line" || kind === "unit") {
		const lines = [kind === "unit" ? oneUnit(line) : { ...line, uid: "return-1", of: line }];
		if (linesTotal(lines) > tender.amount) return;
		returnGoods({ sold, at, lines, tip: 0, serviceCharge: 0, by: [tender] }, refunds, returns, chance);
	} else if (sold.tenders.length === 1) {
		const amount = kind === "whole amount" ? tender.amount : Math.ceil(tender.amount * (0.1 + 0.6 * chance.next()));
		returnAmount(tender, amount, at, kind === "no order", refunds, returns, chance);
		const later = at + Math.floor(chance.next() * 5 * DAY);
		if (kind === "amount" && chance.percent(30) && later < until)
			returnAmount(tender, Math.ceil((tender.amount - amount) / 3), later, false, refunds, returns, chance);
	}
}

/** One piece of a line; cents that do not divide stay with the pieces that are kept. */
function oneUnit(line: Line): Returned {
	const pieces = Number(line.quantity);
	const part = (amount: number) => Math.floor(amount / pieces);
	return {
		...line,
		uid: "return-1",
		of: line,
		quantity: "1",
		gross: part(line.gross),
		discount: part(line.discount),
		tax: part(line.tax),
	};
}

type Goods = { sold: Sale; at: number; lines: Returned[]; tip: number; serviceCharge: number; by?: Tender[] };

function returnGoods(goods: Goods, refunds: Refund[], returns: ReturnOrder[], chance: Chance): void {
	const { sold, at, lines, tip, serviceCharge, by = sold.tenders } = goods;
	const amount = linesTotal(lines) + tip + serviceCharge;
	const order: ReturnOrder = { id: returnId(returns), sale: sold, at, lines, tip, serviceCharge, amount, refunds: [] };
	returns.push(order);
	let left = amount;
	for (const tender of by) {
		const part = Math.min(left, tender.amount);
		left -= part;
		if (part > 0) order.refunds.push(refund(tender, part, at, { kind: "return", order }, refunds, chance));
	}
}

/** Money without goods. Not every such refund came to pass, and the oldest way of giving back made no order. */
function returnAmount(
	tender: Tender,
	amount: number,
	at: number,
	noOrder: boolean,
	refunds: Refund[],
	returns: ReturnOrder[],
	chance: Chance,
): void {
	const { sale: sold } = tender;
	if (noOrder) {
		const order = chance.percent(50) ? ({ kind: "sale", sale: sold } as const) : undefined;
		const made = refund(tender, amount, at, order, refunds, chance);
		if (chance.percent(25)) made.status = chance.pick(["PENDING", "REJECTED", "FAILED"] as const);
		return;
	}
	const id = returnId(returns);
	const order: ReturnOrder = { id, sale: sold, at, lines: undefined, tip: 0, serviceCharge: 0, amount, refunds: [] };
	returns.push(order);
	order.refunds.push(refund(tender, amount, at, { kind: "return", order }, refunds, chance));
}

const returnId = (returns: ReturnOrder[]) => `CAIR${idOf("return", returns.length)}`;

function refund(
	tender: Tender,
	amount: number,
	at: number,
	order: Refund["order"],
	refunds: Refund[],
	chance: Chance,
): Refund {
	const made: Refund = {
		id: `${tender.id}_${idOf("refund", refunds.length, 40)}`,
		tender,
		amount,
		at,
		updated: at + chance.whole(30, 3000) * 1000,
		status: "COMPLETED",
		reason: chance.pick(REASONS),
		order,
	};
	tender.refunds.push(made);
	refunds.push(made);
	return made;
}

/**
 * What a reader must withstand, each allowed by Square's own specification, which requires neither field: open orders
 * without `id` (rejects), completed orders that nobody closed (no time for a conversion).
 */
function oddities(sales: Sale[]): void {
	const some = (state: Sale["state"], count: number): Sale[] => {
		const found = sales.filter((sold) => sold.state === state);
		return found.filter((_, n) => n % Math.ceil(found.length / count) === 0);
	};
	for (const open of some("OPEN", 6)) open.withoutId = true;
	for (const draft of some("DRAFT", 3)) draft.state = "COMPLETED";
}
