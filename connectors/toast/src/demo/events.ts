/** What happened in the scripted restaurants. Amounts are cents, times milliseconds since the epoch. */
import type { Dish, Guest, House } from "./house.ts";

export interface Line {
	guid: string;
	dish: Dish;
	/** Pieces, or pounds. */
	quantity: number;
	/** Before discounts, with its extras. */
	gross: number;
	/** Its own discount. */
	discount: number;
	/** Its part of the check's discount. */
	share: number;
	tax: number;
	extras: { guid: string; dish: Dish }[];
	/** Taken off the check before it was paid. */
	voided: boolean;
}

export type ChargeKind = "service" | "delivery" | "gratuity" | "fundraising";

export interface Charge {
	guid: string;
	kind: ChargeKind;
	amount: number;
}

export interface Refund {
	/** What is given back: pieces of the check, or an amount without pieces. */
	lines: Line[];
	charges: Charge[];
	/** Without tip. */
	amount: number;
	tip: number;
	at: number;
	transaction: string;
	/** Some were made before refunds named pieces. */
	itemized: boolean;
}

export interface Payment {
	guid: string;
	type: "CREDIT" | "CASH" | "GIFTCARD" | "OTHER";
	amount: number;
	tip: number;
	at: number;
	/** A card that was refused, or a payment that was taken back at once. */
	failed?: "DENIED" | "VOIDED";
	refund?: Refund;
}

export interface Check {
	guid: string;
	number: string;
	lines: Line[];
	charges: Charge[];
	payments: Payment[];
	guest: Guest | undefined;
	paid: number | undefined;
	closed: number | undefined;
	voided: number | undefined;
	/** Moved to another order. */
	deleted: number | undefined;
	/** The percentage of its discount; 0 for none. */
	discountPercent: number;
}

export interface Order {
	guid: string;
	number: string;
	house: House;
	opened: number;
	source: string;
	guests: number;
	checks: Check[];
	voided: number | undefined;
	deleted: number | undefined;
	test: boolean;
	excessFood: boolean;
	/** Ordered ahead: approved when its day has come. */
	promised: number | undefined;
	approval: "APPROVED" | "NEEDS_APPROVAL" | "NOT_APPROVED" | "FUTURE" | undefined;
	/** All moments at which it changed, in order. */
	changes: number[];
}

export const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);

export const netOf = ({ gross, discount, share }: Line): number => gross - discount - share;
export const kept = (check: Check): Line[] => check.lines.filter(({ voided }) => !voided);
export const isSale = ({ dish }: Line): boolean => !dish.giftCard && !dish.houseAccount;
export const chargesOf = ({ charges }: Check, ...kinds: ChargeKind[]): number =>
	sum(charges.filter(({ kind }) => kinds.includes(kind)).map(({ amount }) => amount));
export const taxOf = (check: Check): number => sum(kept(check).map(({ tax }) => tax));
/** What is due for a check, without tips. */
export const totalOf = (check: Check): number =>
	sum(kept(check).map(netOf)) + sum(check.charges.map(({ amount }) => amount)) + taxOf(check);

/** The last change until then; undefined: the order is not there yet. */
export function modifiedAt({ changes }: Order, now: number): number | undefined {
	return changes.findLast((at) => at <= now);
}
