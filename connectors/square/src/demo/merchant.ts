/** Who sells what to whom: the fixed part of the scripted merchant. */
import type { Chance } from "@growthnav/sdk/testing";
import { idOf } from "./ids.ts";

export interface Place {
	id: string;
	name: string;
	timezone: string;
	/** Winter hours behind UTC; good enough for opening hours. */
	hoursBehindUtc: number;
	/** In thousandths of a percent: 8.875 % is 8875. */
	taxRate: number;
	town: string;
	state: string;
	created: number;
}

export interface Product {
	id: string;
	name: string;
	variation: string;
	/** Minor units, of one unit. */
	price: number;
	taxed: boolean;
	/** Lessons are sold by the half hour, everything else by the piece. */
	byTheHalf?: true;
	giftCard?: true;
	/** How often it is bought. */
	weight: number;
}

export interface Person {
	id: string;
	given: string;
	family: string;
	email: string | undefined;
	phone: string | undefined;
	created: number;
	updated: number;
}

export const BUSINESS = "Harbour Golf";
export const MERCHANT_ID = "MLHARBOURGOLF1";

const FOUNDED = Date.UTC(2019, 3, 2, 15);
const DAY = 86_400_000;

export const PLACES: Place[] = (
	[
		["Harbour Golf Newport", "America/New_York", 5, 7000, "Newport", "RI"],
		["Harbour Golf Lakeside", "America/Chicago", 6, 10250, "Chicago", "IL"],
		["Harbour Golf Bayfront", "America/Los_Angeles", 8, 7750, "San Diego", "CA"],
		["Harbour Golf Ala Moana", "Pacific/Honolulu", 10, 4712, "Honolulu", "HI"],
	] as const
).map(([name, timezone, hoursBehindUtc, taxRate, town, state], n) => ({
	id: `L${idOf("place", n, 12).toUpperCase()}`,
	name,
	timezone,
	hoursBehindUtc,
	taxRate,
	town,
	state,
	created: FOUNDED + n * 211 * DAY,
}));

type Shelf = [name: string, variation: string, price: number, weight: number, more?: Partial<Product>];

export const PRODUCTS: Product[] = (
	[
		["Range balls", "Large bucket", 1400, 18],
		["Range balls", "Small bucket", 900, 14],
		["Coffee", "Regular", 425, 16],
		["Draft beer", "Pint", 750, 10],
		["Harbour burger", "Regular", 1695, 8],
		["Club sandwich", "Regular", 1450, 6],
		["Green fee", "9 holes", 4200, 7],
		["Green fee", "18 holes", 7900, 4],
		["Cart", "18 holes", 2800, 3],
		["Golf balls", "Dozen", 4999, 3],
		["Tees", "Bag of 50", 499, 8],
		["Glove", "Left, M", 2499, 3],
		["Cap", "Navy", 2999, 2],
		["Polo", "M", 6500, 1],
		["Driver", "10.5°", 44900, 0.15],
		["Lesson", "Per hour", 8000, 1.5, { taxed: false, byTheHalf: true }],
		["Gift card", "Any amount", 5000, 0.25, { taxed: false, giftCard: true }],
	] as Shelf[]
).map(([name, variation, price, weight, more], n) => ({
	id: idOf("product", n, 24).toUpperCase(),
	name,
	variation,
	price,
	weight,
	taxed: true,
	...more,
}));

/** Where each product's part of the weights ends. */
const WEIGHT_ENDS = PRODUCTS.map((_, n) => PRODUCTS.slice(0, n + 1).reduce((sum, { weight }) => sum + weight, 0));

export function someProduct(chance: Chance): Product {
	const at = chance.next() * WEIGHT_ENDS.at(-1)!;
	return PRODUCTS[WEIGHT_ENDS.findIndex((end) => at < end)]!;
}

const GIVEN = "Ana Ben Chloe Dan Elif Finn Grace Hana Ivan Jun Kim Lena Mia Noor Omar Priya Quinn Rosa Sam Tariq".split(
	" ",
);
const FAMILY =
	"Abbott Baptiste Cho Diaz Evans Fischer Gupta Hansen Ito Jones Kim Lopez Müller Nakamura Okafor Park".split(" ");

/** Customers, most of them reachable. `until` bounds their last change. */
export function people(count: number, from: number, until: number, chance: Chance): Person[] {
	return Array.from({ length: count }, (_, n) => {
		const given = chance.pick(GIVEN);
		const family = chance.pick(FAMILY);
		const created = from - Math.floor(chance.next() * 600 * DAY) + Math.floor(chance.next() * (until - from));
		const changed = chance.percent(30) ? created + Math.floor(chance.next() * (until - created)) : created + 600;
		return {
			id: idOf("person", n, 26).toUpperCase(),
			given,
			family,
			email: chance.percent(85) ? `${given}.${family.replace("ü", "ue")}.${n}@example.com`.toLowerCase() : undefined,
			phone: chance.percent(60) ? `+1-555-01${String(n % 100).padStart(2, "0")}` : undefined,
			created,
			updated: Math.min(changed, until),
		};
	});
}
