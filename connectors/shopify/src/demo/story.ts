/** A year of the shop, told from a seed: the same events at every start. */
import { type Chance, seededChance } from "@growthnav/sdk/testing";
import { assortment, people, seconds } from "./assortment.ts";
import { type Entry, entriesOf, type History, type Order, type Product, totalOf } from "./events.ts";
import {
	authorized,
	entryOf,
	lineOf,
	type Numbers,
	numbers,
	orderOf,
	paid,
	plain,
	refunded,
	takenBack,
	type Visit,
} from "./sales.ts";

export interface Story {
	seed: number;
	orders: number;
	customers: number;
	from: number;
	until: number;
}

export const A_YEAR: Story = {
	...{ seed: 2604, orders: 2_600, customers: 900 },
	...{ from: Date.UTC(2025, 7, 1), until: Date.UTC(2026, 6, 31, 12) },
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Tells the year. */
export function tell(story: Story): History {
	const chance = seededChance(story.seed);
	const products = assortment(story.from, chance);
	const persons = people(story.customers, story.from, story.until, chance);
	const ids = numbers(5_500_000_000_000);
	const orders = visitsOf(story, persons, chance).map((visit) => orderOf(visit, products, ids, chance));
	for (const order of orders) happens(order, products, story.until, ids, chance);
	return { products, people: persons, orders };
}

function visitsOf({ orders, from, until }: Story, persons: History["people"], chance: Chance): Visit[] {
	const span = until - from - 2 * DAY;
	const times = Array.from({ length: orders }, () => seconds(from + Math.floor(chance.next() * span))).sort(
		(a, b) => a - b,
	);
	// a sale begins: several orders within one second
	for (let n = 40; n + 4 < times.length; n += 300) times.fill(times[n]!, n, n + 4);
	return times.map((at, n) => ({
		at,
		number: 1001 + n,
		person: chance.percent(80) ? chance.pick(persons) : undefined,
	}));
}

/** What becomes of an order: one of many ways for each part of a hundred. */
function happens(order: Order, products: Product[], until: number, ids: Numbers, chance: Chance): void {
	const { created, agreements } = order;
	const total = totalOf(agreements[0]!.entries);
	const fate = chance.next() * 100;
	order.test = fate < 2;
	order.expired = fate >= 5 && fate < 5.5;
	const isAuthorized = fate >= 4 && fate < 5.5;
	if (isAuthorized) authorized(order, ids);
	else if (fate >= 5.5 && fate < 7) voided(order, ids, chance);
	if (fate >= 2 && fate < 7) return; // never paid
	const paidAt = fate >= 7 && fate < 8.5 ? created + chance.whole(1, 9) * DAY : created + 1000;
	paid(order, total, paidAt, ids);
	const later = seconds(paidAt + HOUR + Math.floor(chance.next() ** 3 * 40 * DAY));
	const afterwards = chance.next() * 100;
	if (order.number % 650 === 77) editedOften(order, products, ids, chance);
	else if (!order.test && later < until - 3 * DAY && afterwards < 24)
		comesBack(order, afterwards, later, products, ids, chance);
}

function voided(order: Order, ids: Numbers, chance: Chance): void {
	authorized(order, ids);
	const at = order.created + chance.whole(2, 60) * HOUR;
	order.cancelled = at;
	order.payments.push({ id: ids.next(), kind: "VOID", status: "SUCCESS", amount: 0, at });
	refunded(
		order,
		{ at, amount: 0, entries: backwards(order.agreements[0]!.entries), note: "Cancelled before payment" },
		ids,
	);
}

const backwards = (entries: Entry[]): Entry[] =>
	entries.map((entry) => ({
		...{ ...entry, action: "RETURN", net: -entry.net, discount: -entry.discount, tax: -entry.tax },
		...(entry.quantity !== undefined && { quantity: -entry.quantity }),
	}));

function comesBack(order: Order, fate: number, at: number, products: Product[], ids: Numbers, chance: Chance): void {
	const { entries } = order.agreements[0]!;
	const goods = entries.filter(({ type }) => type === "PRODUCT");
	const whole = totalOf(entries);
	const give = (amount: number, back: Entry[], note: string, status?: "FAILURE") =>
		refunded(order, { at, amount, entries: back, note, ...(status !== undefined && { status }) }, ids);
	if (goods.length === 0) {
		// a gift card is given back
		if (fate < 12) give(whole, backwards(entries), "Gift card not wanted");
		return;
	}
	const { line } = chance.pick(goods) as Entry & { line: NonNullable<Entry["line"]> };
	const piece = takenBack(line, chance.whole(1, line.quantity));
	if (fate < 4) give(whole, backwards(entries), "All of it came back");
	else if (fate < 6) {
		order.cancelled = at;
		give(whole, backwards(entries), "Cancelled by the customer");
	} else if (fate < 11) give(-totalOf([piece]), [piece], "Damaged");
	else if (fate < 13) {
		const amount = Math.max(1, Math.floor((whole * chance.whole(5, 60)) / 100));
		give(amount, [plain("ADJUSTMENT", -amount)], "Goodwill");
	} else if (fate < 14) {
		const kept = Math.min(500, Math.floor(-totalOf([piece]) / 5));
		give(-totalOf([piece]) - kept, [piece, plain("ADJUSTMENT", kept)], "Restocking fee kept");
	} else if (fate < 15) {
		const shipping = entries.filter(({ type }) => type === "SHIPPING");
		if (shipping.length > 0) give(totalOf(shipping), backwards(shipping), "Late parcel");
	} else if (fate < 16) give(-totalOf([piece]), [piece], "The bank could not", "FAILURE");
	else if (fate < 18.5) added(order, at, products, ids, chance);
	else if (fate < 20.5) removed(order, piece, at, ids);
	else if (fate < 22) exchanged(order, piece, at, products, ids, chance);
	else returned(order, piece, at, ids);
}

/** A line more, paid a day later or never. */
function added(order: Order, at: number, products: Product[], ids: Numbers, chance: Chance): void {
	const line = lineOf(products, chance.whole(1, 3), 0, order.taxesIncluded, ids, chance);
	const entries = [entryOf(line)];
	order.agreements.push({ id: ids.next(), kind: "OrderEdit", at, entries });
	if (chance.percent(70)) paid(order, totalOf(entries), at + DAY, ids);
}

/** Pieces less; the money follows two days later, and agrees to nothing new. */
function removed(order: Order, piece: Entry, at: number, ids: Numbers): void {
	order.agreements.push({ id: ids.next(), kind: "OrderEdit", at, entries: [piece] });
	refunded(order, { at: at + 2 * DAY, amount: -totalOf([piece]), entries: [], note: "Removed from the order" }, ids);
}

/** Something comes back, something else goes out; the difference is paid or given back. */
function exchanged(order: Order, piece: Entry, at: number, products: Product[], ids: Numbers, chance: Chance): void {
	const entries = [piece, entryOf(lineOf(products, 1, 0, order.taxesIncluded, ids, chance))];
	const comesBack = { id: ids.next(), at, pieces: -piece.quantity! };
	order.agreements.push({ id: ids.next(), kind: "Return", at, entries, comesBack });
	const due = totalOf(entries);
	if (due > 0) paid(order, due, at + HOUR, ids);
	else if (due < 0)
		refunded(order, { at: at + HOUR, amount: -due, entries: [], note: "Difference of an exchange" }, ids);
}

/** A return with a fee for its parcel; the refund follows and is counted by the return. */
function returned(order: Order, piece: Entry, at: number, ids: Numbers): void {
	const fee = Math.min(495, Math.floor(-totalOf([piece]) / 4));
	const comesBack = { id: ids.next(), at, pieces: -piece.quantity! };
	order.agreements.push({ id: ids.next(), kind: "Return", at, entries: [piece, plain("FEE", fee)], comesBack });
	const amount = -totalOf(entriesOf(order.agreements.slice(-1)));
	refunded(order, { at: at + DAY, amount, entries: [], note: "Refund of a return" }, ids);
}

/** More agreements than a page of an order holds. */
function editedOften(order: Order, products: Product[], ids: Numbers, chance: Chance): void {
	for (let n = 1; n <= 9; n++) added(order, order.created + n * 5 * HOUR, products, ids, chance);
}
