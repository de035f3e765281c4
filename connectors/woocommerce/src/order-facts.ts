/** What an order's conversions need beside its own fields. Pure. */
import { cameBy } from "./came-by.ts";
import type { Config } from "./config.ts";
import { discountOf, givenBack, saleParts, sumOf } from "./parts.ts";
import type { JoinedOrder, OrderRow } from "./rows/order.ts";
import type { RefundRow } from "./rows/refund.ts";
import type { Shop } from "./shop.ts";

/** The order's field `joined`; the oldest refund first. */
export function joinedOrder(order: OrderRow, refunds: readonly RefundRow[], shop: Shop, config: Config): JoinedOrder {
	const { status, customer_id: customer } = order;
	const discount = discountOf(order);
	return {
		...{ shop: shop.account, time_zone: shop.zone },
		standing: config.paid_statuses?.includes(status ?? "") ? "paid" : (status ?? ""),
		kind: metaOf(order, "_subscription_renewal") ? "renewal" : "purchase",
		...(metaOf(order, "_wcpay_mode") === "test" && { is_test: true }),
		...(customer != null && customer > 0 && { customer_id: customer }),
		...quantityOf(order),
		...saleParts(order),
		...(discount !== undefined && { discount }),
		refunds: givenBack(order, refunds).map(({ split, parts }, n) => {
			const { id, date_created_gmt: created, reason, amount: total, line_items: lines } = refunds[n]!;
			return { ...{ id, created, reason, total, split, lines }, ...parts, ...quantityOf(refunds[n]!) };
		}),
		...cameBy(order),
	};
}

function metaOf({ meta_data }: OrderRow, name: string): unknown {
	return meta_data?.find(({ key }) => key === name)?.value;
}

function quantityOf({ line_items: lines }: Pick<OrderRow, "line_items">) {
	const quantity = sumOf((lines ?? []).map((line) => line.quantity));
	return quantity !== undefined && (lines ?? []).length > 0 && { quantity };
}
