/** What happens at the shop: orders, edits, returns, refunds. Amounts are minor units of the shop's currency, times milliseconds. */

export interface Product {
	id: number;
	title: string;
	type: string;
	variants: Variant[];
	created: number;
	updated: number;
	archived: boolean;
	giftCard: boolean;
}

export interface Variant {
	id: number;
	product: Product;
	title: string;
	/** Before tax. */
	price: number;
}

export interface Person {
	id: number;
	given: string;
	family: string;
	email: string | undefined;
	phone: string | undefined;
	created: number;
	updated: number;
}

/** A line as it was ordered, or as an edit added it. */
export interface Line {
	id: number;
	variant: Variant;
	quantity: number;
	/** After the discount, before tax. */
	net: number;
	discount: number;
	tax: number;
}

export type EntryType = "PRODUCT" | "GIFT_CARD" | "SHIPPING" | "TIP" | "DUTY" | "FEE" | "ADJUSTMENT";

/** One line of the shop's books: what was agreed to, or taken back. Amounts and quantity are signed. */
export interface Entry {
	type: EntryType;
	action: "ORDER" | "RETURN" | "UPDATE";
	line?: Line;
	quantity?: number;
	net: number;
	discount: number;
	tax: number;
}

/** Something that shop and customer agreed on at one moment. */
export interface Agreement {
	id: number;
	kind: "Order" | "OrderEdit" | "Refund" | "Return";
	at: number;
	entries: Entry[];
	refund?: Refund;
	comesBack?: Return;
}

export interface Refund {
	id: number;
	at: number;
	/** What the customer gets. */
	amount: number;
	note: string;
}

export interface Return {
	id: number;
	at: number;
	pieces: number;
}

export interface Payment {
	id: number;
	kind: "SALE" | "AUTHORIZATION" | "CAPTURE" | "REFUND" | "VOID";
	status: "SUCCESS" | "PENDING" | "FAILURE";
	amount: number;
	at: number;
}

export interface Visit {
	landing: string;
	referrer: string | undefined;
	source: string;
	utm: { source: string; medium: string; campaign: string } | undefined;
}

/** The currency that the customer saw. */
export interface Shown {
	currency: string;
	/** Per unit of the shop's currency. */
	rate: number;
}

export interface Order {
	id: number;
	number: number;
	person: Person | undefined;
	/** When it was entered, and when it was sold: they differ for imported orders. */
	created: number;
	processed: number;
	channel: "web" | "pos";
	shown: Shown;
	taxesIncluded: boolean;
	test: boolean;
	visits: Visit[];
	agreements: Agreement[];
	payments: Payment[];
	cancelled: number | undefined;
	/** Never paid: its payment was refused, or it is waited for. */
	expired: boolean;
	/** Later changes of tags and notes. */
	touched: number[];
}

export interface History {
	products: Product[];
	people: Person[];
	orders: Order[];
}

export const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

/** Money of the entries, with tax. */
export const totalOf = (entries: readonly Entry[]): number => sum(entries.map(({ net, tax }) => net + tax));

export const entriesOf = (agreements: readonly Agreement[]): Entry[] => agreements.flatMap(({ entries }) => entries);

/** An order as it stood at a moment. */
export interface Standing {
	agreements: Agreement[];
	payments: Payment[];
	refunds: Refund[];
	returns: Return[];
	cancelled: number | undefined;
	updated: number;
	status: Status;
}

export type Status =
	| "AUTHORIZED"
	| "EXPIRED"
	| "PAID"
	| "PARTIALLY_PAID"
	| "PARTIALLY_REFUNDED"
	| "PENDING"
	| "REFUNDED"
	| "VOIDED";

/** Sessions are attributed some time after the order; the order changes by it. */
export const ATTRIBUTION = 40 * 60_000;

export function standingOf(order: Order, now: number): Standing {
	const past = <T extends { at: number }>(list: readonly T[]) => list.filter(({ at }) => at <= now);
	const agreements = past(order.agreements);
	const payments = past(order.payments);
	const moments = [order.created, order.created + ATTRIBUTION, ...order.touched, order.cancelled ?? 0];
	const times = [...moments, ...agreements.map(({ at }) => at), ...payments.map(({ at }) => at)];
	return {
		agreements,
		payments,
		refunds: agreements.flatMap(({ refund }) => refund ?? []),
		returns: agreements.flatMap(({ comesBack }) => comesBack ?? []),
		cancelled: order.cancelled !== undefined && order.cancelled <= now ? order.cancelled : undefined,
		updated: Math.max(...times.filter((time) => time <= now)),
		status: statusOf(order, agreements, payments),
	};
}

function statusOf({ expired }: Order, agreements: Agreement[], payments: Payment[]): Status {
	const amount = (...kinds: Payment["kind"][]) =>
		sum(payments.filter(({ kind, status }) => kinds.includes(kind) && status === "SUCCESS").map((one) => one.amount));
	const received = amount("SALE", "CAPTURE");
	const owed = totalOf(entriesOf(agreements));
	const back = amount("REFUND");
	if (payments.some(({ kind }) => kind === "VOID")) return "VOIDED";
	if (received === 0 && expired) return "EXPIRED";
	if (received === 0 && owed > 0) return amount("AUTHORIZATION") > 0 ? "AUTHORIZED" : "PENDING";
	if (back > 0) return back >= received ? "REFUNDED" : "PARTIALLY_REFUNDED";
	return received < owed ? "PARTIALLY_PAID" : "PAID";
}
