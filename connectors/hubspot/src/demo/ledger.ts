/**
 * The account's own books, written from what happened and not from what the API says about it: deals that are won by
 * now, at the close that somebody gave, in the currency of the deal; people at the time when they came.
 */
import { type Contact, type Deal, type History, isLive } from "./events.ts";

export interface Books {
	/** By currency, in its smallest unit. */
	purchase: Map<string, { rows: number; value: number }>;
	/** Value per UTC day and currency: "2026-03-18 USD". */
	days: Map<string, number>;
	lead: number;
	signup: number;
	/** Won, but nobody wrote down for how much. */
	withoutAmount: number;
}

export const DECIMALS: Record<string, number> = { USD: 2, EUR: 2, GBP: 2, JPY: 0 };

/** The books at a moment, in milliseconds. */
export function keepBooks({ deals, contacts }: History, now = Number.POSITIVE_INFINITY): Books {
	const books: Books = { purchase: new Map(), days: new Map(), lead: 0, signup: 0, withoutAmount: 0 };
	for (const deal of deals) if (isLive(deal.record, now)) book(books, deal, now);
	for (const contact of contacts) if (isLive(contact.record, now)) count(books, contact);
	return books;
}

function book(books: Books, { facts }: Deal, now: number): void {
	const fact = facts.findLast(({ at }) => at <= now);
	if (fact?.stage?.outcome !== "won") return;
	const { amount, currency, closed } = fact;
	if (amount === undefined) {
		books.withoutAmount++;
		return;
	}
	const sum = books.purchase.get(currency) ?? { rows: 0, value: 0 };
	books.purchase.set(currency, { rows: sum.rows + 1, value: sum.value + amount });
	const day = `${new Date(closed).toISOString().slice(0, 10)} ${currency}`;
	books.days.set(day, (books.days.get(day) ?? 0) + amount);
}

function count(books: Books, { came, subscribed }: Contact): void {
	if (came !== undefined) books[subscribed ? "signup" : "lead"]++;
}
