/** Who sells what to whom: the fixed part of the scripted restaurants. */
import { hash } from "node:crypto";

export interface House {
	guid: string;
	name: string;
	location: string;
	code: string;
	timeZone: string;
	/** In summer, when the story is told. */
	hoursBehindUtc: number;
	closeoutHour: number;
	currency: string;
	/** In thousandths of a percent: 8.875 % is 8875. */
	taxRate: number;
	town: string;
	state: string;
	country: string;
}

export interface Dish {
	guid: string;
	name: string;
	plu: string | undefined;
	group: string;
	/** Cents, of one. */
	price: number;
	/** Sold by weight. */
	byWeight?: true;
	/** Cards are money owed until they are spent. */
	giftCard?: true;
	/** A guest pays what the house had lent: no sale. */
	houseAccount?: true;
}

export interface Guest {
	guid: string;
	first: string;
	last: string;
	email: string | undefined;
	phone: string | undefined;
	loyalty: string | undefined;
	card: string;
}

/** A GUID that means nothing and is the same at every start. */
export function guidOf(kind: string, ...which: (string | number)[]): string {
	const hex = hash("sha256", [kind, ...which].join(" "), "hex");
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export const GROUP = guidOf("group", "Lantern Street");

export const HOUSES: House[] = (
	[
		["Lantern Street Noodles", "Ludlow", "LUD", "America/New_York", 4, 4, "USD", 8875, "New York", "NY", "US"],
		["Lantern Street Noodles", "Wicker Park", "WPK", "America/Chicago", 5, 4, "USD", 10750, "Chicago", "IL", "US"],
		["Lantern Street Bar", "Echo Park", "ECP", "America/Los_Angeles", 7, 2, "USD", 9500, "Los Angeles", "CA", "US"],
		["Lantern Street Noodles", "Ossington", "OSS", "America/Toronto", 4, 5, "CAD", 13000, "Toronto", "ON", "CA"],
	] as const
).map(
	([name, location, code, timeZone, hoursBehindUtc, closeoutHour, currency, taxRate, town, state, country]): House => ({
		...{ guid: guidOf("house", code), name, location, code, timeZone, hoursBehindUtc, closeoutHour, currency },
		...{ taxRate, town, state, country },
	}),
);

type OnTheCard = [name: string, group: string, price: number, more?: Partial<Dish>];

const dish = ([name, group, price, more]: OnTheCard, n: number): Dish => ({
	...{ guid: guidOf("dish", name), name, group, price, plu: n % 3 === 0 ? String(4000 + n) : undefined },
	...more,
});

export const DISHES: Dish[] = (
	[
		["Dan dan noodles", "Noodles", 1650],
		["Beef noodle soup", "Noodles", 1895],
		["Mapo tofu", "Mains", 1725],
		["Salt and pepper squid", "Mains", 1990],
		["Cucumber salad", "Small", 850],
		["Pork dumplings", "Small", 1199],
		["Scallion pancake", "Small", 905],
		["Oolong tea", "Drinks", 475],
		["Lager", "Drinks", 800],
		["Plum highball", "Drinks", 1350],
		["Sesame ice cream", "Sweets", 777],
		["Roast duck", "Mains", 3333, { byWeight: true }],
	] as OnTheCard[]
).map(dish);

export const EXTRAS: Dish[] = (
	[
		["Soft egg", "Extras", 250],
		["Chili oil", "Extras", 0],
		["Extra noodles", "Extras", 300],
	] as OnTheCard[]
).map(dish);

export const GIFT_CARD: Dish = dish(["Gift Card", "Cards", 5000, { giftCard: true }], 1);
export const HOUSE_ACCOUNT: Dish = dish(["House account payment", "Cards", 12_500, { houseAccount: true }], 1);

const FIRST = "Ana Ben Chloe Dan Elif Finn Grace Hana Ivan Jun Kim Lena Mia Noor Omar Priya Quinn Rosa Sam Tariq".split(
	" ",
);
const LAST = "Abbott Baptiste Cho Diaz Evans Fischer Gupta Hansen Ito Jones Kim Lopez Nakamura Okafor Park Reyes".split(
	" ",
);

/** The n-th regular guest; some left no address, some no number. */
export function guest(n: number): Guest {
	const first = FIRST[n % FIRST.length]!;
	const last = LAST[(n * 7) % LAST.length]!;
	return {
		...{ guid: guidOf("guest", n), first, last, card: guidOf("card", n) },
		email: n % 5 === 0 ? undefined : `${first}.${last}.${n}@example.com`.toLowerCase(),
		phone: n % 3 === 0 ? undefined : `55501${String(n % 10_000).padStart(5, "0")}`,
		loyalty: n % 4 === 0 ? `LS-${100_000 + n}` : undefined,
	};
}
