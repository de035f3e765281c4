/** What conversions need beside an order's own fields: the restaurant, and the parts of each check. Pure. */
import { addDecimals, decimalOf } from "@growthnav/sdk";
import { dayOf, isAlive, isOwed, partsOf, sells, sumOf } from "./parts.ts";
import { refundsOf } from "./refunds.ts";
import type { Check, OrderRow, Selection } from "./rows/order.ts";
import type { Restaurant } from "./rows/restaurant.ts";

/** The order with its field `joined`, and one in each check. */
export function withFacts(order: OrderRow, { guid, general }: Restaurant): OrderRow {
	const name = [general?.name, general?.locationName].filter(Boolean).join(", ");
	const day = dayOf(order.businessDate);
	const currency = general?.currencyCode;
	return {
		...order,
		...(Array.isArray(order.checks) && { checks: order.checks.map((check) => ({ ...check, joined: factsOf(check) })) }),
		joined: {
			restaurant_guid: guid,
			...(name !== "" && { restaurant_name: name }),
			...(currency != null && { currency }),
			...(day !== undefined && { business_date: day }),
			refunds: (order.checks ?? []).flatMap((check) => refundsOf(check, currency)),
		},
	};
}

function factsOf(check: Check): NonNullable<Check["joined"]> {
	const parts = partsOf(check);
	const tip = sumOf((check.payments ?? []).filter(isAlive), ({ tipAmount }) => tipAmount);
	const total = decimalOf(check.totalAmount);
	const selections = (check.selections ?? []).filter(({ voided }) => voided !== true);
	const quantities = selections.filter((one) => !isOwed(one)).map(({ quantity }) => decimalOf(quantity));
	return {
		sells: sells(check),
		...(parts !== undefined && { value: parts.goods }),
		discount: discountOf(check),
		surcharge: parts?.setAside ?? "0",
		tip,
		...(total !== undefined && { total: addDecimals(total, tip) }),
		...(quantities.length > 0 &&
			quantities.every((one) => one !== undefined) && { quantity: quantities.reduce(addDecimals) }),
		lines: selections.map(lineOf),
	};
}

function lineOf({ guid, item, displayName, plu, quantity, ...line }: Selection) {
	return {
		...{ guid, product_id: item?.guid, name: displayName, plu, quantity, unit_price: line.receiptLinePrice },
		...{ gross: line.preDiscountPrice, net: line.price, tax: line.tax },
	};
}

/** Of the check and of its selections; rewards that were taken off again do not count. */
function discountOf({ appliedDiscounts, selections }: Check): string {
	const kept = (selections ?? []).filter(({ voided }) => voided !== true);
	const all = [...(appliedDiscounts ?? []), ...kept.flatMap((one) => one.appliedDiscounts ?? [])];
	return sumOf(
		all.filter((one) => !/VOID/.test(String((one as { processingState?: unknown }).processingState ?? ""))),
		({ nonTaxDiscountAmount, discountAmount }) => nonTaxDiscountAmount ?? discountAmount,
	);
}
