/** Order records as a shop's API would give them, seeded: the same lines in every run. */
import type { JsonSchema } from "@growthnav/spec";

/** `small`: 229 bytes a line, flat; `large`: about 900, with an address, a basket and tracking. */
export type Size = "small" | "large";

export const SCHEMAS: Record<Size, JsonSchema> = {
	small: {
		type: "object",
		properties: {
			id: { type: "string" },
			customer_id: { type: ["null", "string"] },
			total: { type: ["null", "number"] },
			quantity: { type: ["null", "integer"] },
			currency: { type: ["null", "string"] },
			state: { type: ["null", "string"] },
			created_at: { type: ["null", "string"], format: "date-time" },
		},
	},
	large: {
		type: "object",
		properties: {
			id: { type: "string" },
			number: { type: ["null", "integer"] },
			customer_id: { type: ["null", "string"] },
			email: { type: ["null", "string"] },
			state: { type: ["null", "string"] },
			currency: { type: ["null", "string"] },
			created_at: { type: ["null", "string"], format: "date-time" },
			updated_at: { type: ["null", "string"], format: "date-time" },
			business_date: { type: ["null", "string"], format: "date" },
			subtotal: { type: ["null", "number"] },
			discount: { type: ["null", "number"] },
			tax: { type: ["null", "number"] },
			shipping: { type: ["null", "number"] },
			total: { type: ["null", "number"] },
			is_test: { type: ["null", "boolean"] },
			channel: { type: ["null", "string"] },
			location_id: { type: ["null", "string"] },
			note: { type: ["null", "string"] },
			landing_page: { type: ["null", "string"] },
			billing: { type: ["null", "object"] },
			items: { type: ["null", "array"] },
		},
	},
};

const STATES = ["COMPLETED", "COMPLETED", "COMPLETED", "OPEN", "CANCELED"];
const CURRENCIES = ["USD", "USD", "EUR", "GBP"];
const PRODUCTS = ["Range balls, large bucket", "Green fee 18 holes", "Cart half", "Glove M", "Coffee", "Club sandwich"];
const CITIES = ["Portland", "Zürich", "San José", "Boston", "Lyon"];
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";

/** `count` orders as JSON. */
export function* orderTexts(size: Size, count: number): Generator<string> {
	const random = seeded(7);
	const order = size === "small" ? smallOrder : largeOrder;
	for (let n = 0; n < count; n++) yield JSON.stringify(order(n, random));
}

/** `count` RECORD lines, each with its line feed. */
export function* recordLines(size: Size, count: number): Generator<string> {
	let emitted = 1_790_000_000_000;
	for (const data of orderTexts(size, count)) {
		yield `{"type":"RECORD","record":{"stream":"orders","data":${data},"emitted_at":${emitted++}}}\n`;
	}
}

type Random = () => number;

function smallOrder(n: number, random: Random) {
	return {
		id: `o${String(n).padStart(8, "0")}`,
		customer_id: `c_${text(random, 11)}`,
		total: cents(random, 40_000),
		quantity: 1 + pick(random, 9),
		currency: CURRENCIES[pick(random, CURRENCIES.length)],
		state: STATES[pick(random, STATES.length)],
		created_at: instant(n),
	};
}

function largeOrder(n: number, random: Random) {
	const items = Array.from({ length: 2 + pick(random, 2) }, (_, i) => ({
		id: `${text(random, 10)}${i}`,
		name: PRODUCTS[pick(random, PRODUCTS.length)],
		quantity: 1 + pick(random, 3),
		price: cents(random, 9_000),
	}));
	return {
		id: text(random, 22),
		number: 100_000 + n,
		customer_id: `cus_${text(random, 12)}`,
		email: `${text(random, 9).toLowerCase()}@example.com`,
		state: STATES[pick(random, STATES.length)],
		currency: CURRENCIES[pick(random, CURRENCIES.length)],
		created_at: instant(n),
		updated_at: instant(n + 900),
		business_date: instant(n).slice(0, 10),
		subtotal: cents(random, 30_000),
		discount: cents(random, 2_000),
		tax: cents(random, 3_000),
		shipping: cents(random, 900),
		total: cents(random, 40_000),
		is_test: false,
		channel: pick(random, 3) === 0 ? "pos" : "web",
		location_id: `L${text(random, 11)}`,
		note: pick(random, 8) === 0 ? `Please call "${text(random, 5)}" first\nthanks` : null,
		landing_page: `https://shop.example.com/p/${pick(random, 900)}?utm_source=google&gclid=${text(random, 60)}`,
		billing: {
			name: `${text(random, 6)} ${text(random, 9)}`,
			city: CITIES[pick(random, CITIES.length)],
			postal_code: String(10_000 + pick(random, 89_999)),
		},
		items,
	};
}

function pick(random: Random, below: number): number {
	return Math.floor(random() * below);
}

function cents(random: Random, below: number): number {
	return pick(random, below) / 100;
}

function text(random: Random, length: number): string {
	let made = "";
	for (let i = 0; i < length; i++) made += LETTERS[pick(random, LETTERS.length)];
	return made;
}

function instant(n: number): string {
	return `${new Date(1_700_000_000_000 + n * 61_000).toISOString().slice(0, 19)}Z`;
}

/** Mulberry32. */
function seeded(seed: number): Random {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	};
}
