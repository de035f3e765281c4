/**
 * What a refund gives back, and of which sale. A refund has only an amount; the order that mirrors it may tell goods,
 * tax and tip apart, else the amount is shared over the parts of the sale. Pure.
 */
import { type Account, joinedPlace } from "./account.ts";
import type { OrderReturn } from "./fields.ts";
import { givenBackOf, kindOf, returnParts, saleParts } from "./order-facts.ts";
import { minor, type Parts, quantityOf, share, shareInTurn, totalOf } from "./parts.ts";
import type { OrderRow } from "./rows/order.ts";
import type { RefundRow } from "./rows/refund.ts";

/**
 * - `return_order`: the return order told the parts
 * - `shared`: by the largest remainder over the parts of the sale
 * - `exchange`: counted by the order of the exchange
 * - `unknown`: neither order could be had; the refund becomes no conversion
 */
export type Split = "return_order" | "shared" | "exchange" | "unknown";

/** Square's orders around a refund: the one it names, and the sale. */
export interface AroundRefund {
	order: OrderRow | undefined;
	sale: OrderRow | undefined;
}

/** The refund's field `joined`. */
export function joinedRefund(refund: RefundRow, { order, sale }: AroundRefund, account: Account): RefundRow["joined"] {
	const customer = sale?.customer_id ?? order?.customer_id;
	return {
		...joinedPlace(account, refund.location_id ?? sale?.location_id),
		...(sale?.id !== undefined && { sale_id: sale.id }),
		...(customer != null && { customer_id: customer }),
		...(sale?.source?.name != null && { channel: sale.source.name }),
		...splitOf(refund, order, sale),
	};
}

function splitOf(refund: RefundRow, order: OrderRow | undefined, sale: OrderRow | undefined) {
	const amount = minor(refund.amount_money);
	const back = order === undefined ? undefined : mirrored(order);
	if (back !== undefined && kindOf(order!) === "exchange") return { split: "exchange" as const };
	if (back !== undefined && tellsParts(back)) {
		const parts = returnParts(back);
		const earlier = earlierOf(refund, order!);
		const mine = totalOf(parts) === amount ? parts : shareInTurn(amount, earlier, parts);
		if (mine !== undefined) return { split: "return_order" as const, ...itemized(back, mine, earlier.length === 0) };
	}
	const shared = sale === undefined ? undefined : share(amount, saleParts(sale));
	return shared === undefined
		? { split: "unknown" as const }
		: { split: "shared" as const, given_back: givenBackOf(shared, undefined) };
}

/** All that an order takes back, as if it were of one sale; undefined for an order that takes nothing back. */
function mirrored({ returns, return_amounts }: OrderRow): OrderReturn | undefined {
	const [first] = returns ?? [];
	if (first == null) return undefined;
	if (returns!.length === 1) return { ...first, return_amounts: return_amounts ?? first.return_amounts };
	return {
		return_amounts,
		return_line_items: returns!.flatMap((back) => back.return_line_items ?? []),
		return_service_charges: returns!.flatMap((back) => back.return_service_charges ?? []),
		return_taxes: returns!.flatMap((back) => back.return_taxes ?? []),
		return_tips: returns!.flatMap((back) => back.return_tips ?? []),
	};
}

/**
 * A return of goods tells its parts. A return of one custom amount does not, although it may state a tax and a tip of
 * zero: they are within the amount.
 */
function tellsParts(back: OrderReturn): boolean {
	if (back.return_amounts?.total_money == null) return false;
	const goods = (back.return_line_items ?? []).some(
		(line) => line.item_type !== "CUSTOM_AMOUNT" || line.source_line_item_uid != null,
	);
	const parts: Parts = returnParts(back);
	return goods || parts.tax !== 0n || parts.tip !== 0n || parts.serviceCharge !== 0n;
}

/** A sale that was paid in two ways is given back by two refunds with one return order: those before this one. */
function earlierOf(refund: RefundRow, { refunds }: OrderRow): bigint[] {
	const listed = refunds ?? [];
	const byTender = listed.findIndex(({ tender_id }) => tender_id != null && tender_id === refund.payment_id);
	// the id of a refund is the payment's, "_", and the one that its order knows
	const own = byTender >= 0 ? byTender : listed.findIndex(({ id }) => id != null && refund.id?.endsWith(id));
	return listed.slice(0, Math.max(0, own)).map(({ amount_money }) => minor(amount_money));
}

/** What was returned piece by piece stands on the first refund of a return order alone. */
function itemized(back: OrderReturn, parts: Parts, first: boolean) {
	if (!first) return { given_back: givenBackOf(parts, 0n) };
	const quantity = quantityOf(back.return_line_items);
	return {
		given_back: givenBackOf(parts, minor(back.return_amounts?.discount_money)),
		...(quantity !== undefined && { quantity }),
		lines: back.return_line_items ?? [],
	};
}
