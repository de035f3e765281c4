/** What is given back: goods, an amount that somebody typed in, or everything. */
import type { Chance } from "@growthnav/sdk/testing";
import type { Charge, Line, Order, Refund } from "./events.ts";
import { sum, totalOf } from "./events.ts";
import type { Ids } from "./sales.ts";

const DAY = 86_400_000;
const REASONS = ["", "", "Broken on its way", "Does not please", "Late", "Twice in the parcel"];

type Parts = Pick<Refund, "lines" | "shipping" | "fees">;
const NOTHING: Parts = { lines: [], shipping: [], fees: [] };

const grossOf = ({ lines, shipping, fees }: Parts) =>
	sum(lines.map(({ total, totalTax }) => total + totalTax)) +
	sum([...shipping, ...fees].map(({ total, tax }) => total + tax));

/** One or two refunds of a paid order, some days after `from`. */
export function giveBack(order: Order, from: number, until: number, ids: Ids, chance: Chance): void {
	let at = from + Math.floor((chance.next() ** 2 * 30 * DAY) / 1000) * 1000 + 3_600_000;
	const total = totalOf(order);
	const add = (amount: number, parts: Parts, reason = chance.pick(REASONS)) => {
		const left = total - sum(order.refunds.map((one) => one.amount));
		if (at > until || amount <= 0 || amount > left) return;
		order.refunds.push({ id: ids.order++, at, amount, reason, ...parts });
		at += 2 * DAY + 5000;
	};
	const line = order.lines[0]!;
	const kind = chance.pick(["all", "all", "line", "line", "line", "unit", "amount", "amounts", "cent", "more", "rest"]);
	if (kind === "all") add(total, everything(order, ids), "Order returned");
	else if (kind === "line") add(line.total + line.totalTax, { ...NOTHING, lines: [back(line, ids)] });
	else if (kind === "unit") {
		const one = unit(line, ids);
		add(one.total + one.totalTax, { ...NOTHING, lines: [one] });
	} else if (kind === "amount") add(Math.ceil(total / 4), NOTHING);
	else if (kind === "amounts") {
		add(Math.floor(total / 3), NOTHING);
		add(total - Math.floor(total / 3), NOTHING, "Order fully refunded.");
	} else if (kind === "cent") {
		// the lines are shown rounded: what they come to is a cent beside what was given back
		const parts = { ...NOTHING, lines: [back(line, ids)] };
		add(grossOf(parts) - 1, parts);
	} else if (kind === "more") {
		const amount = line.total + line.totalTax + Math.floor((total - line.total - line.totalTax) / 2);
		add(amount, { ...NOTHING, lines: [back(line, ids)] }, "As a courtesy");
	} else {
		add(line.total + line.totalTax, { ...NOTHING, lines: [back(line, ids)] });
		add(total - line.total - line.totalTax, NOTHING, "Order fully refunded.");
	}
	const [only] = order.refunds;
	if (only !== undefined && sum(order.refunds.map(({ amount }) => amount)) === total)
		order.steps.push({ at: order.refunds.at(-1)!.at, status: "refunded" });
}

function everything(order: Order, ids: Ids): Parts {
	return {
		lines: order.lines.map((line) => back(line, ids)),
		shipping: order.shipping.map((charge) => chargeBack(charge, ids)),
		fees: order.fees.map((charge) => chargeBack(charge, ids)),
	};
}

const back = (line: Line, ids: Ids): Line => ({ ...line, id: ids.item++, of: line.id });
const chargeBack = (charge: Charge, ids: Ids): Charge => ({ ...charge, id: ids.item++, of: charge.id });

/** One piece of a line; cents that do not divide stay with what is kept. */
function unit(line: Line, ids: Ids): Line {
	const part = (amount: number) => Math.floor(amount / line.quantity);
	return {
		...{ ...line, id: ids.item++, of: line.id, quantity: 1 },
		...{ subtotal: part(line.subtotal), subtotalTax: part(line.subtotalTax) },
		...{ total: part(line.total), totalTax: part(line.totalTax) },
	};
}
