/** What happens in the shop: orders, what becomes of them, refunds. Amounts are hundredths, times milliseconds. */

export interface Product {
	id: number;
	name: string;
	sku: string;
	category: string;
	/** With tax, of one piece. */
	price: number;
	/** In percent. */
	taxRate: number;
	/** The pieces sold are one variation of it. */
	variation?: { id: number; of: string };
	created: number;
	modified: number;
	/** When it went to the trash. */
	trashed?: number;
}

export interface Customer {
	id: number;
	given: string;
	family: string;
	email: string;
	phone: string | undefined;
	created: number;
	modified: number;
	role: "customer" | "subscriber" | "wholesale_customer";
}

export interface Coupon {
	id: number;
	code: string;
	/** In percent. */
	percent: number;
	created: number;
	modified: number;
	uses: number;
}

/** Of a sale, or (with amounts of the same sign) of what comes back. */
export interface Line {
	id: number;
	product: Product;
	quantity: number;
	/** Before the coupon, without tax. */
	subtotal: number;
	subtotalTax: number;
	total: number;
	totalTax: number;
	/** Of what comes back: the line of the sale. */
	of?: number;
}

/** Shipping, or a fee; a fee below zero is a discount that some plugin gives. */
export interface Charge {
	id: number;
	title: string;
	total: number;
	tax: number;
	of?: number;
}

export interface Refund {
	id: number;
	at: number;
	/** What the customer got back. */
	amount: number;
	reason: string;
	/** What it is for; nothing of all three where only an amount was typed in. */
	lines: Line[];
	shipping: Charge[];
	fees: Charge[];
	/** It was a mistake, and somebody deleted it. */
	removed?: number;
}

export interface Step {
	at: number;
	status: string;
}

export interface Attribution {
	type: "utm" | "organic" | "referral" | "typein" | "admin";
	referrer?: string;
	entry?: string;
	utm?: { [name: string]: string };
}

export interface Order {
	id: number;
	number: string;
	currency: string;
	customer: Customer | undefined;
	/** Who pays; guests have no account. */
	person: { given: string; family: string; email: string; phone: string | undefined };
	via: "checkout" | "admin" | "rest-api" | "subscription" | "store-api";
	/** The first one is its creation. */
	steps: Step[];
	/** Absent where nobody knows, as in an import. */
	paid: number | undefined;
	completed: number | undefined;
	/** Changes that change nothing that counts: a note, a tracking number. */
	touched: number[];
	/** Deleted for good. */
	erased?: number;
	lines: Line[];
	shipping: Charge[];
	fees: Charge[];
	coupon: Coupon | undefined;
	discount: number;
	discountTax: number;
	/** The sum of the lines' taxes as the shop rounds it, once for the order. */
	cartTax: number;
	refunds: Refund[];
	attribution: Attribution | undefined;
	/** A later payment of a subscription. */
	renews?: number;
	test?: true;
	/** What a plugin does to the record. */
	oddity?: Oddity;
}

export type Oddity = "numbers" | "texts" | "empty lists" | "keyed lists" | "meta of any type" | "extra fields";

export interface History {
	/** The shop's own zone, for its local times. */
	zone: string;
	orders: Order[];
	products: Product[];
	customers: Customer[];
	coupons: Coupon[];
}

export const shippingOf = ({ shipping }: { shipping: Charge[] }): number => sum(shipping.map(({ total }) => total));
const chargeTax = ({ shipping, fees }: Pick<Order, "shipping" | "fees">): number =>
	sum([...shipping, ...fees].map(({ tax }) => tax));
export const taxOf = (order: Order): number => order.cartTax + chargeTax(order);
export const totalOf = (order: Order): number =>
	sum(order.lines.map(({ total, totalTax }) => total + totalTax)) +
	sum([...order.shipping, ...order.fees].map(({ total, tax }) => total + tax));

/** The order as it stands at a moment. */
export interface Standing {
	status: string;
	modified: number;
	paid: number | undefined;
	completed: number | undefined;
	/** Newest first, as the shop lists them. */
	refunds: Refund[];
}

/** Undefined before it is placed and after it is erased. A deleted refund does not touch its order. */
export function standingAt(order: Order, now: number): Standing | undefined {
	const steps = order.steps.filter(({ at }) => at <= now);
	const last = steps.at(-1);
	if (last === undefined || (order.erased ?? Number.POSITIVE_INFINITY) <= now) return undefined;
	const made = order.refunds.filter(({ at }) => at <= now);
	const known = (time: number | undefined) => (time !== undefined && time <= now ? time : undefined);
	return {
		status: last.status,
		modified: Math.max(last.at, ...made.map(({ at }) => at), ...order.touched.filter((at) => at <= now)),
		paid: known(order.paid),
		completed: known(order.completed),
		refunds: made.filter(({ removed = Number.POSITIVE_INFINITY }) => removed > now).sort((a, b) => b.at - a.at),
	};
}

export function sum(amounts: readonly number[]): number {
	return amounts.reduce((total, amount) => total + amount, 0);
}
