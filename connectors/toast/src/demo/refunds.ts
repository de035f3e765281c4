/** Money given back, minutes to weeks later: pieces of a check, all of it, or an amount that names no piece. */
import type { Chance } from "@growthnav/sdk/testing";
import { type Check, isSale, kept, netOf, type Payment, type Refund, totalOf } from "./events.ts";
import { guidOf } from "./house.ts";

const DAY = 86_400_000;

export function giveBack(check: Check, end: number, chance: Chance): void {
	const alive = check.payments.filter(({ failed }) => failed === undefined);
	const [first] = alive;
	const at = (check.paid ?? 0) + 600_000 + Math.floor(chance.next() ** 3 * 30 * DAY);
	if (first === undefined || at >= end) return;
	const kind = chance.pick(["piece", "piece", "all", "amount", "amount", "tip", "everybody"] as const);
	if (kind === "everybody") for (const one of alive) back(one, { amount: one.amount, tip: one.tip, at });
	else if (kind === "amount") back(first, { amount: Math.ceil(first.amount * (0.1 + 0.6 * chance.next())), at });
	else if (kind === "tip") {
		if (first.tip > 0) back(first, { amount: 0, tip: first.tip, at });
	} else if (alive.length === 1) pieces(check, first, kind === "all", at);
}

function pieces(check: Check, payment: Payment, all: boolean, at: number): void {
	const lines = kept(check).filter(isSale);
	if (lines.length === 0 || (all && lines.length < kept(check).length)) return;
	const returned = all ? lines : lines.slice(0, 1);
	const charges = all ? check.charges.filter(({ kind }) => kind === "service" || kind === "delivery") : [];
	if (all && charges.length < check.charges.length) return;
	const amount = all ? totalOf(check) : returned.reduce((sum, line) => sum + netOf(line) + line.tax, 0);
	if (amount === 0) return;
	back(payment, { lines: returned, charges, amount, tip: all ? payment.tip : 0, at, itemized: true });
}

function back(payment: Payment, { lines = [], charges = [], tip = 0, itemized = false, ...rest }: Given): void {
	const transaction = guidOf("refund", payment.guid);
	payment.refund = { lines, charges, tip, itemized, transaction, ...rest };
}

type Given = Pick<Refund, "amount" | "at"> & Partial<Refund>;
