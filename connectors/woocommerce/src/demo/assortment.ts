/** Who sells what to whom: the fixed part of the scripted shop. */
import type { Chance } from "@growthnav/sdk/testing";
import type { Coupon, Customer, Product } from "./events.ts";

export const SHOP_NAME = "Kissa Teaware";
/** Where customers find it; a test reaches it elsewhere. */
export const SHOP_HOME = "https://www.kissa-teaware.example";
export const SHOP_ZONE = "Europe/Berlin";

const DAY = 86_400_000;
const OPENED = Date.UTC(2021, 2, 8, 9);

type Shelf = [name: string, category: string, price: number, taxRate: number, variation?: string];
const SHELVES: Shelf[] = [
	["Kyusu, brown clay", "Pots", 8900, 19],
	["Kyusu, black clay", "Pots", 9400, 19],
	["Shiboridashi", "Pots", 7450, 19],
	["Gaiwan", "Pots", 3990, 19],
	["Chawan &ndash; winter", "Bowls", 6800, 19, "Black"],
	["Chawan &ndash; summer", "Bowls", 6200, 19, "White"],
	["Chasen, 80 prongs", "Tools", 2490, 19],
	["Chashaku", "Tools", 1290, 19],
	["Scale", "Tools", 3495, 19],
	["Tea towel", "Tools", 1190, 19],
	["Sencha, 100 g", "Tea", 1450, 7],
	["Gyokuro, 50 g", "Tea", 2890, 7],
	["Hojicha, 100 g", "Tea", 1090, 7],
	["Genmaicha, 100 g", "Tea", 995, 7],
	["Matcha, 30 g", "Tea", 2690, 7, "Ceremonial"],
	["Matcha, 100 g", "Tea", 4990, 7, "Culinary"],
	["Oolong, 100 g", "Tea", 1850, 7],
	["Book of tea", "Books", 1800, 7],
	["Workshop", "Events", 5500, 19],
	["Tin", "Storage", 1599, 19],
];

export function assortment(chance: Chance, until: number): Product[] {
	return SHELVES.map(([name, category, price, taxRate, variation], n) => {
		const created = OPENED + n * 11 * DAY;
		return {
			...{ id: 120 + n * 7, name, sku: `KT-${100 + n}`, category, price, taxRate, created },
			...(variation !== undefined && { variation: { id: 121 + n * 7, of: variation } }),
			modified: created + Math.floor((chance.next() * (until - created)) / 1000) * 1000,
			...(name === "Tea towel" && { trashed: until - 40 * DAY }),
		};
	});
}

const GIVEN =
	"Anna Bruno Clara Dario Elif Fritz Greta Hugo Ida Jonas Karla Leo Mira Nils Olga Paul Rosa Sven Tina Uwe".split(" ");
const FAMILY =
	"Abel Bauer Çelik Dorn Ernst Fuchs Groß Huber Iwers Jung Kraus Lang Meier Novak Otto Pohl Roth Seidel".split(" ");

export function person(chance: Chance, n: number) {
	const [given, family] = [chance.pick(GIVEN), chance.pick(FAMILY)];
	const letters = `${given}.${family}`.toLowerCase().replace("ç", "c").replace("ß", "ss");
	return {
		...{ given, family, email: `${letters}.${n}@example.com` },
		phone: chance.percent(55) ? `+49 30 5550 ${String(1000 + (n % 9000))}` : undefined,
	};
}

export function customers(count: number, until: number, chance: Chance): Customer[] {
	return Array.from({ length: count }, (_, n) => {
		const created = OPENED + Math.floor(((until - OPENED) * n) / count / 1000) * 1000;
		return {
			...person(chance, n),
			...{ id: 12 + n * 2, created, modified: created + 2000 },
			role: chance.percent(92) ? "customer" : chance.pick(["subscriber", "wholesale_customer"] as const),
		};
	});
}

export function coupons(until: number): Coupon[] {
	return [
		{ id: 90, code: "welcome10", percent: 10, uses: 0 },
		{ id: 91, code: "spring15", percent: 15, uses: 0 },
		{ id: 92, code: "friends25", percent: 25, uses: 0 },
	].map((coupon, n) => ({ ...coupon, created: OPENED + n * 30 * DAY, modified: until - (30 - n) * DAY }));
}
