/** What things cost: extras, weights, discounts of an item and of a check, tax, charges. */
import type { Chance } from "@growthnav/sdk/testing";
import { type Charge, type ChargeKind, type Line, netOf, sum } from "./events.ts";
import { type Dish, EXTRAS, guidOf } from "./house.ts";

export function lineOf(check: string, at: number, dish: Dish, chance: Chance): Line {
	const guid = guidOf("line", check, at);
	const isPlain = !dish.giftCard && !dish.houseAccount;
	const quantity = dish.byWeight ? chance.whole(50, 320) / 100 : isPlain && chance.percent(15) ? 2 : 1;
	const extras = isPlain && chance.percent(25) ? [{ guid: guidOf("extra", guid), dish: chance.pick(EXTRAS) }] : [];
	const each = dish.price + sum(extras.map((extra) => extra.dish.price));
	return {
		...{ guid, dish, quantity, gross: Math.round(each * quantity), discount: 0, share: 0, tax: 0, extras },
		voided: isPlain && at > 0 && chance.percent(3),
	};
}

/** One item of some checks is cheaper; a discount of the check is shared by its dishes. Cards are never cheaper. */
export function discounted(lines: Line[], percent: number, chance: Chance): void {
	const dishes = lines.filter(({ dish }) => !dish.giftCard && !dish.houseAccount);
	const [first] = dishes;
	if (first !== undefined && chance.percent(6)) first.discount = Math.min(first.gross, 300);
	for (const line of dishes) line.share = Math.round(((line.gross - line.discount) * percent) / 100);
}

export function taxed(lines: Line[], rate: number): void {
	for (const line of lines)
		if (!line.dish.giftCard && !line.dish.houseAccount) line.tax = Math.round((netOf(line) * rate) / 100_000);
}

export function chargesFor(check: string, lines: Line[], chance: Chance): Charge[] {
	const goods = sum(lines.filter(({ voided }) => !voided).map(netOf));
	const charge = (kind: ChargeKind, amount: number): Charge => ({ guid: guidOf("charge", check, kind), kind, amount });
	if (goods === 0) return [];
	return [
		...(chance.percent(8) ? [charge("gratuity", Math.round(goods * 0.2))] : []),
		...(chance.percent(6) ? [charge("service", Math.round(goods * 0.035))] : []),
		...(chance.percent(6) ? [charge("delivery", 399)] : []),
		...(chance.percent(3) ? [charge("fundraising", 100)] : []),
	];
}
