/** Thirteen weeks of the restaurants, told from a seed: the same events at every start. */
import { type Chance, seededChance } from "@growthnav/sdk/testing";
import { type Check, type Order, type Payment, totalOf } from "./events.ts";
import { DISHES, GIFT_CARD, guest, guidOf, HOUSE_ACCOUNT, HOUSES, type House } from "./house.ts";
import { chargesFor, discounted, lineOf, taxed } from "./pricing.ts";
import { giveBack } from "./refunds.ts";

export interface Story {
	seed: number;
	/** The first day of business, at midnight UTC. */
	from: number;
	days: number;
	/** Orders that a restaurant takes on a day, about. */
	perDay: number;
}

export const A_SUMMER: Story = { seed: 1949, from: Date.UTC(2026, 4, 4), days: 89, perDay: 9 };
/** The same restaurants for a month, with fewer guests: for what reads it many times. */
export const FEW_GUESTS: Partial<Story> = { days: 34, perDay: 5 };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const SOURCES = ["In Store", "In Store", "In Store", "Online", "Toast Pickup App", "Kiosk", "API"];

/** When the story ends: nothing happens after it. */
export const endOf = ({ from, days }: Story): number => from + (days + 1) * DAY;

export function tell(story: Story): Order[] {
	const chance = seededChance(story.seed);
	const orders: Order[] = [];
	for (const house of HOUSES)
		for (let day = 0; day < story.days; day++) {
			const count = chance.whole(Math.ceil(story.perDay * 0.6), Math.ceil(story.perDay * 1.4));
			for (let n = 1; n <= count; n++) orders.push(visit(house, story, day, n, chance));
		}
	for (const order of orders) happen(order, endOf(story), chance);
	return orders.sort((a, b) => a.opened - b.opened);
}

/** Guests come between eleven in the morning and half past one at night. */
function visit(house: House, story: Story, day: number, n: number, chance: Chance): Order {
	const local = 11 * HOUR + Math.floor(chance.next() * 14.4 * HOUR);
	const opened = story.from + day * DAY + local + house.hoursBehindUtc * HOUR;
	const guid = guidOf("order", house.code, day, n);
	const checks = Array.from({ length: chance.percent(8) ? 2 : 1 }, (_, part) => check(guid, part, house, n, chance));
	return {
		...{ guid, number: String(n), house, opened, checks, source: chance.pick(SOURCES), guests: chance.whole(1, 6) },
		...{ voided: undefined, deleted: undefined, test: chance.percent(0.7), excessFood: chance.percent(0.4) },
		...{ promised: undefined, approval: undefined, changes: [opened] },
	};
}

function check(order: string, part: number, house: House, n: number, chance: Chance): Check {
	const guid = guidOf("check", order, part);
	const dishes = Array.from({ length: chance.whole(1, 5) }, () => chance.pick(DISHES));
	if (chance.percent(1.2)) dishes.push(GIFT_CARD);
	else if (chance.percent(0.5)) dishes.splice(0, dishes.length, chance.pick([GIFT_CARD, HOUSE_ACCOUNT]));
	const lines = dishes.map((dish, at) => lineOf(guid, at, dish, chance));
	const discountPercent = chance.percent(9) ? chance.pick([10, 15, 100]) : 0;
	discounted(lines, discountPercent, chance);
	taxed(lines, house.taxRate);
	return {
		...{ guid, number: String(n * 10 + part), lines, discountPercent, charges: chargesFor(guid, lines, chance) },
		...{ payments: [], guest: chance.percent(55) ? guest(chance.whole(1, 420)) : undefined },
		...{ paid: undefined, closed: undefined, voided: undefined, deleted: undefined },
	};
}

/** What becomes of an order: paid, left open, voided, moved, ordered ahead, given back. */
function happen(order: Order, end: number, chance: Chance): void {
	const left = order.opened + chance.whole(25, 110) * MINUTE + chance.whole(0, 59_999);
	if (order.source !== "In Store") aheadOf(order, chance);
	if (chance.percent(1)) {
		order.voided = left;
		for (const one of order.checks) voidCheck(one, left);
	} else if (chance.percent(0.8)) {
		order.deleted = left;
		for (const one of order.checks) one.deleted = left;
	} else for (const one of order.checks) settle(one, order, left, chance);
	if (order.promised !== undefined) order.changes.push(order.promised);
	for (const one of order.checks) {
		if (one.paid !== undefined && chance.percent(4.5)) giveBack(one, end, chance);
		const times = [one.paid, one.closed, one.voided, one.deleted, ...one.payments.map(({ refund }) => refund?.at)];
		order.changes.push(...times.filter((at) => at !== undefined));
	}
	if (order.voided !== undefined) order.changes.push(order.voided);
	if (order.deleted !== undefined) order.changes.push(order.deleted);
	order.changes.sort((a, b) => a - b);
}

function aheadOf(order: Order, chance: Chance): void {
	order.approval = "APPROVED";
	if (chance.percent(6)) order.approval = chance.pick(["NEEDS_APPROVAL", "NOT_APPROVED"] as const);
	else if (chance.percent(7)) {
		order.approval = "FUTURE";
		order.promised = order.opened + chance.whole(4, 70) * HOUR;
	}
}

function voidCheck(one: Check, at: number): void {
	one.voided = at;
	for (const line of one.lines) line.voided = true;
}

/** Guests pay when they leave; tips of cards are settled when the business day ends. */
function settle(one: Check, order: Order, left: number, chance: Chance): void {
	if (chance.percent(0.7)) return; // still open
	if (chance.percent(0.7)) {
		voidCheck(one, left);
		return;
	}
	if (chance.percent(0.5)) {
		one.deleted = left;
		return;
	}
	const due = totalOf(one);
	one.closed = closeoutAfter(left, order.house);
	if (due === 0) return; // on the house
	one.paid = left;
	one.payments = payments(one, due, left, chance);
	if (one.payments.every(({ type }) => type === "CASH")) one.closed = left;
}

function payments(one: Check, due: number, at: number, chance: Chance): Payment[] {
	const first = chance.percent(12) ? Math.floor(due / 2) : due;
	const tips = chance.percent(80);
	const paid = [first, due - first]
		.filter((amount) => amount > 0)
		.map((amount, n): Payment => {
			const type = chance.pick(["CREDIT", "CREDIT", "CREDIT", "CASH", "GIFTCARD", "OTHER"] as const);
			const tip = tips && type === "CREDIT" ? Math.round(amount * chance.pick([0.15, 0.18, 0.2])) : 0;
			return { guid: guidOf("payment", one.guid, n), type, amount, tip, at: at - n * 1000 };
		});
	// a card that was refused, and one that was taken back, before the one that worked
	if (chance.percent(3)) {
		const failed = chance.pick(["DENIED", "VOIDED"] as const);
		paid.unshift({
			...{
				guid: guidOf("payment", one.guid, "failed"),
				type: "CREDIT",
				amount: due,
				tip: 300,
				at: at - 60_000,
				failed,
			},
		});
	}
	return paid;
}

/** The business day ends at the closeout hour of the next morning, where the restaurant is. */
function closeoutAfter(at: number, { closeoutHour, hoursBehindUtc }: House): number {
	const hour = (closeoutHour + hoursBehindUtc) * HOUR;
	return Math.floor((at - hour) / DAY) * DAY + DAY + hour + (at % 60_000);
}

/** yyyymmdd of the business day that a moment belongs to. */
export function businessDate(at: number, { closeoutHour, hoursBehindUtc }: House): number {
	const day = new Date(at - (closeoutHour + hoursBehindUtc) * HOUR).toISOString().slice(0, 10);
	return Number(day.replaceAll("-", ""));
}
