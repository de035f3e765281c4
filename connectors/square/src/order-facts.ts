/** What an order is, and what its conversions need beside its own fields. Pure. */
import type { Account } from "./account.ts";
import { joinedPlace } from "./account.ts";
import type { OrderReturn } from "./fields.ts";
import { giftCardsOf, inclusiveTax, integerOf, minor, type Parts, partsOf, quantityOf, totalOf } from "./parts.ts";
import type { OrderRow } from "./rows/order.ts";

/**
 * - `sale`: goods for money
 * - `exchange`: goods for goods; one sale and one return in one order
 * - `return`: the order by which Square mirrors a refund; the refund counts, it does not
 * - `gift_card`: nothing but gift cards, which count when they are spent
 */
export type OrderKind = "sale" | "exchange" | "return" | "gift_card";

export function kindOf({ line_items: lines, returns, total_money }: OrderRow): OrderKind {
	const sells = (lines ?? []).length > 0;
	if ((returns ?? []).length > 0) return sells ? "exchange" : "return";
	if (!sells && total_money == null) return "return"; // a mirror that does not say of what
	return sells && lines!.every((line) => line.item_type === "GIFT_CARD") ? "gift_card" : "sale";
}

/** The order's field `joined`. */
export function joinedOrder(order: OrderRow, account: Account): OrderRow["joined"] {
	const kind = kindOf(order);
	const quantity = quantityOf(order.line_items);
	return {
		...joinedPlace(account, order.location_id),
		kind,
		...(quantity !== undefined && { quantity }),
		gift_cards: integerOf(giftCardsOf(order.line_items)),
		tax_in_service_charge: integerOf(inclusiveTax(order.service_charges)),
		...(kind === "exchange" && order.state === "COMPLETED" && { taken_back: (order.returns ?? []).map(takenBack) }),
	};
}

/** What an exchange takes back, from one earlier sale. */
function takenBack(back: OrderReturn, index: number) {
	const quantity = quantityOf(back.return_line_items);
	return {
		uid: back.uid ?? String(index),
		...(back.source_order_id != null && { sale_id: back.source_order_id }),
		given_back: givenBackOf(returnParts(back), minor(back.return_amounts?.discount_money)),
		...(quantity !== undefined && { quantity }),
		lines: back.return_line_items ?? [],
	};
}

/** Of the sale itself: what an exchange takes back is not taken off. */
export function saleParts(order: OrderRow): Parts {
	const amounts = {
		total_money: order.total_money,
		tax_money: order.total_tax_money,
		tip_money: order.total_tip_money,
		service_charge_money: order.total_service_charge_money,
	};
	return partsOf(amounts, order.line_items, order.service_charges);
}

export function returnParts(back: OrderReturn): Parts {
	return partsOf(back.return_amounts, back.return_line_items, back.return_service_charges);
}

/** Parts as a record carries them. */
export function givenBackOf(parts: Parts, discount: bigint | undefined) {
	return {
		value: integerOf(parts.goods),
		tax: integerOf(parts.tax),
		tip: integerOf(parts.tip),
		service_charge: integerOf(parts.serviceCharge),
		...(discount !== undefined && { discount: integerOf(discount) }),
		total: integerOf(totalOf(parts)),
	};
}
