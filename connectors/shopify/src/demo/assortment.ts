/** Who sells what to whom: the fixed part of the scripted shop. */
import type { Chance } from "@growthnav/sdk/testing";
import type { Person, Product, Shown, Visit } from "./events.ts";

export const SHOP = {
	id: "gid://shopify/Shop/68817551",
	name: "Juniper Ceramics",
	myshopifyDomain: "juniper-ceramics.myshopify.com",
	ianaTimezone: "America/Los_Angeles",
};

const DAY = 86_400_000;

type Shelf = [title: string, type: string, price: number, variants: string[]];

const SHELVES: Shelf[] = [
	["Mug", "Tableware", 2800, ["Moss", "Sand", "Ink", "Snow"]],
	["Espresso cup", "Tableware", 1850, ["Moss", "Sand", "Ink"]],
	["Dinner plate", "Tableware", 3900, ["Moss", "Sand", "Ink", "Snow"]],
	["Bowl", "Tableware", 3299, ["Small", "Large"]],
	["Serving platter", "Tableware", 8450, ["Moss", "Ink"]],
	["Bud vase", "Vases", 2450, ["Speckled", "White"]],
	["Floor vase", "Vases", 24_900, ["Speckled"]],
	["Planter", "Planters", 4600, ["10 cm", "15 cm", "20 cm"]],
	["Incense holder", "Home", 1299, ["Round", "Long"]],
	["Soap dish", "Bath", 1699, ["Moss", "Snow"]],
	["Linen napkin", "Textiles", 995, ["Flax", "Rust"]],
	["Clay, 1 kg", "Studio", 749, ["Stoneware", "Porcelain"]],
];

/** A tile that comes in more colours than a page of variants holds. */
const TILE = Array.from({ length: 137 }, (_, n) => `Glaze ${String(n + 1).padStart(3, "0")}`);

export function assortment(from: number, chance: Chance): Product[] {
	const shelves: Shelf[] = [
		...SHELVES,
		["Hand-made tile", "Tiles", 1150, TILE],
		["Gift card", "Gift cards", 5000, ["50", "100"]],
	];
	let variants = 0;
	return shelves.map(([title, type, price, names], n) => {
		const created = from - chance.whole(30, 900) * DAY;
		const product: Product = {
			...{ id: 7_100_000_000_001 + n * 97, title, type, variants: [], created },
			...{ updated: created + chance.whole(1, 25) * DAY, archived: n === 4, giftCard: title === "Gift card" },
		};
		product.variants = names.map((name, place) => ({
			...{ id: 41_500_000_000_003 + variants++ * 31, product, title: name },
			price: product.giftCard
				? price * (place + 1)
				: price + (title === "Bowl" || title === "Planter" ? place * 900 : 0),
		}));
		return product;
	});
}

const GIVEN =
	"Ada Bao Carlos Dana Emil Farah Gus Hye-jin Ines Jonas Kavya Luc Maren Nils Oona Pia Rui Sofía Tomás Uma".split(" ");
const FAMILY =
	"Ahmed Brandt Castillo Dubois Eriksen Ferrari Grant Holm Iwata Jansen Kowalski Lindqvist Moreau Novak Okoye".split(
		" ",
	);

/** Customers, most of them reachable. Some share a moment of change: imports write many rows in one second. */
export function people(count: number, from: number, until: number, chance: Chance): Person[] {
	return Array.from({ length: count }, (_, n) => {
		const given = chance.pick(GIVEN);
		const family = chance.pick(FAMILY);
		const imported = n < 60;
		const created = imported ? from - 200 * DAY : from + Math.floor(chance.next() * (until - from - DAY));
		const plain = `${given}.${family}`
			.normalize("NFD")
			.replace(/[^A-Za-z.]/g, "")
			.toLowerCase();
		return {
			...{ id: 6_200_000_000_007 + n * 1013, given, family, created },
			email: chance.percent(92) ? `${plain}.${n}@example.com` : undefined,
			phone: chance.percent(45) ? `+1503555${String(1000 + (n % 9000)).slice(-4)}` : undefined,
			updated: imported || chance.percent(60) ? created : created + Math.floor(chance.next() * (until - created)),
		};
	}).map((person) => ({ ...person, created: seconds(person.created), updated: seconds(person.updated) }));
}

/** Shopify's instants have whole seconds. */
export const seconds = (time: number): number => Math.floor(time / 1000) * 1000;

export const SHOWN: Shown[] = [
	{ currency: "USD", rate: 1 },
	{ currency: "CAD", rate: 1.37 },
	{ currency: "EUR", rate: 0.92 },
	{ currency: "JPY", rate: 151 },
];

const HOME = "https://juniper-ceramics.example";

/** How people came: none for most, and ads of four platforms. */
export function visits(chance: Chance, number: number): Visit[] {
	const id = () => `J${number.toString(36)}${Math.floor(chance.next() * 2 ** 30).toString(36)}_Q`;
	const utm = (source: string, medium: string, campaign: string) => ({ source, medium, campaign });
	const made: Visit[] = [];
	for (let n = chance.whole(0, 2); n >= 0; n--) {
		const kind = chance.whole(0, 9);
		if (kind < 3) made.push({ landing: `${HOME}/`, referrer: undefined, source: "direct", utm: undefined });
		else if (kind < 5) {
			const landing = `${HOME}/products/mug?utm_source=google&utm_medium=cpc&utm_campaign=spring+table&gclid=${id()}`;
			const referrer = "https://www.google.com/";
			made.push({ landing, referrer, source: "Google", utm: utm("google", "cpc", "spring table") });
		} else if (kind < 7) {
			const landing = `${HOME}/collections/vases?fbclid=${id()}`;
			made.push({ landing, referrer: "https://l.instagram.com/", source: "Instagram", utm: undefined });
		} else if (kind < 8) {
			const landing = `${HOME}/?utm_source=newsletter&utm_medium=email&utm_campaign=kiln-notes#top`;
			made.push({ landing, referrer: undefined, source: "email", utm: utm("newsletter", "email", "kiln-notes") });
		} else if (kind < 9) {
			made.push({
				landing: `${HOME}/?ttclid=${id()}&epik=dj0${id()}`,
				referrer: undefined,
				source: "TikTok",
				utm: undefined,
			});
		} else
			made.push({
				landing: `${HOME}/pages/studio`,
				referrer: "https://blog.example/clay",
				source: "blog",
				utm: undefined,
			});
	}
	return made;
}
