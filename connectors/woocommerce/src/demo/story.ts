/** A year of the shop, told from a seed: the same events at every start. */
import { type Chance, seededChance } from "@growthnav/sdk/testing";
import { assortment, coupons, customers, person, SHOP_ZONE } from "./assortment.ts";
import { cameBy } from "./came-by.ts";
import type { Customer, History, Oddity, Order, Step } from "./events.ts";
import { giveBack } from "./refunding.ts";
import { basket, type Ids } from "./sales.ts";

export interface Story {
	seed: number;
	orders: number;
	customers: number;
	/** Orders that somebody changes all at once: they share a second. */
	bulk: number;
	from: number;
	until: number;
}

export const A_YEAR: Story = {
	seed: 2011,
	orders: 2_400,
	customers: 740,
	bulk: 130,
	from: Date.UTC(2025, 6, 1),
	until: Date.UTC(2026, 5, 30, 22),
};

/** The same, in little. */
export const SMALL: Partial<Story> = { orders: 140, customers: 40, bulk: 35 };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export function tell(story: Story): History {
	const { until } = story;
	const chance = seededChance(story.seed);
	const products = assortment(chance, until);
	const accounts = customers(story.customers, until, chance);
	const codes = coupons(until);
	const ids: Ids = { order: 1400, item: 3100 };
	const orders = times(story, chance).map((at, n) => {
		const order: Order = {
			...{ id: ids.order++, number: String(10_000 + n), ...who(accounts, n, chance), via: "checkout" as const },
			...{ steps: [{ at, status: "checkout-draft" }], paid: undefined, completed: undefined, touched: [], refunds: [] },
			...basket(products, codes, ids, chance),
			attribution: cameBy(n, chance),
		};
		goesOn(order, at, until, ids, chance);
		return order;
	});
	oddities(orders);
	changedTogether(orders, story);
	return { zone: SHOP_ZONE, orders, products, customers: accounts, coupons: codes };
}

/** More of them before Christmas; in the order in which they are placed, whole seconds. */
function times({ orders, from, until }: Story, chance: Chance): number[] {
	const made: number[] = [];
	while (made.length < orders) {
		const at = from + Math.floor((chance.next() * (until - from - 2 * DAY)) / 1000) * 1000;
		const isSeason = [10, 11].includes(new Date(at).getUTCMonth());
		if (chance.percent(isSeason ? 100 : 45)) made.push(at);
	}
	return made.sort((a, b) => a - b);
}

function who(accounts: Customer[], n: number, chance: Chance): Pick<Order, "customer" | "person"> {
	const customer = chance.percent(60) ? chance.pick(accounts) : undefined;
	return { customer, person: customer ?? person(chance, 5000 + n) };
}

function goesOn(order: Order, at: number, until: number, ids: Ids, chance: Chance): void {
	const { steps } = order;
	const then = (status: string, after: number) => {
		const next: Step = { at: steps.at(-1)!.at + after, status };
		if (next.at <= until) steps.push(next);
		return next.at <= until ? next.at : undefined;
	};
	const fate = chance.whole(1, 1000);
	if (fate <= 12) return; // left in the middle of the checkout
	steps[0]!.status = "pending";
	if (fate <= 45) then("failed", 40_000);
	else if (fate <= 75) then("cancelled", HOUR);
	else if (fate <= 80)
		return; // nobody paid yet
	else if (fate <= 90) order.via = "admin";
	else if (fate <= 96) {
		// came with an import: nobody knows when it was paid
		order.via = "rest-api";
		steps[0]!.status = "completed";
		order.attribution = undefined;
	} else {
		if (fate <= 150) then("on-hold", 4000);
		order.paid = then("processing", fate <= 150 ? 2 * DAY : 9000);
		if (order.paid === undefined) return;
		if (chance.percent(6)) order.via = chance.pick(["store-api", "subscription"] as const);
		if (chance.percent(7)) then("shipped", DAY); // a status of a plugin
		if (chance.percent(92)) order.completed = then("completed", DAY + chance.whole(0, 3 * 86_400) * 1000);
		if (chance.percent(30)) order.touched.push(steps.at(-1)!.at + chance.whole(600, 90_000) * 1000);
		if (chance.percent(9)) giveBack(order, steps.at(-1)!.at, until, ids, chance);
	}
	if (fate > 990) thrownAway(order, then, fate);
	if (order.via === "subscription") order.renews = 900 + (at % 40);
}

/** Some come back from the trash; what stays there is erased after thirty days. */
function thrownAway(order: Order, then: (status: string, after: number) => number | undefined, fate: number): void {
	const before = order.steps.at(-1)!.status;
	const trashed = then("trash", 5 * DAY);
	if (fate > 998) then(before, DAY);
	else if (trashed !== undefined && fate > 994) order.erased = trashed + 30 * DAY;
}

const ODDITIES: Oddity[] = ["numbers", "texts", "empty lists", "keyed lists", "meta of any type", "extra fields"];

function oddities(orders: Order[]): void {
	orders.forEach((order, n) => {
		if (n % 9 === 4) order.oddity = ODDITIES[((n / 9) % ODDITIES.length) | 0]!;
		if (n % 131 === 77 && order.refunds.length === 0) order.test = true;
		// a refund by mistake, taken back the next day; a note is written later
		if (
			n % 97 === 31 &&
			order.paid !== undefined &&
			order.refunds.length === 0 &&
			order.steps.at(-1)!.status === "completed"
		) {
			const at = order.steps.at(-1)!.at + HOUR;
			order.refunds.push({
				...{ id: 900_000 + n, at, amount: 500, reason: "Wrong order", removed: at + DAY },
				...NONE,
			});
			order.touched.push(at + 2 * DAY);
		}
	});
}

const NONE = { lines: [], shipping: [], fees: [] };

/** The night on which the clocks of the shop are put forward: its local 02:00 to 03:00 does not exist. */
export const SPRING_NIGHT = Date.UTC(2026, 2, 29, 1, 30);
/** Somebody marks many orders at once. */
export const BULK_CHANGE = Date.UTC(2026, 1, 10, 9, 30);

function changedTogether(orders: Order[], { bulk }: Story): void {
	const old = orders.filter(({ steps }) => steps.at(-1)!.at < BULK_CHANGE && steps.at(-1)!.status === "completed");
	for (const order of old.slice(0, bulk)) order.touched.push(BULK_CHANGE);
	for (const [n, order] of old.slice(-40).entries()) order.touched.push(SPRING_NIGHT + n * 180_000);
}
