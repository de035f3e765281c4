/** Fetches the orders around refunds: they may have changed last long before the window that is being read. */
import { isConnectorError, type ReadContext } from "@growthnav/sdk";
import type { Config } from "./config.ts";
import { kindOf } from "./order-facts.ts";
import type { AroundRefund } from "./refund-facts.ts";
import type { OrderRow } from "./rows/order.ts";
import type { RefundRow } from "./rows/refund.ts";

/** BatchRetrieveOrders takes no more. */
const BATCH = 100;

/**
 * By refund: the order that it names, and the sale. Newer refunds name the return order, which names the sale; older
 * ones name the sale itself; where neither leads to a sale, the payment does.
 */
export async function aroundRefunds(
	context: ReadContext<Config>,
	refunds: readonly RefundRow[],
): Promise<Map<RefundRow, AroundRefund>> {
	const named = await ordersById(
		context,
		refunds.map(({ order_id }) => order_id),
	);
	const saleIds = new Map<RefundRow, string | undefined>();
	for (const refund of refunds) {
		const order = named.get(refund.order_id ?? "");
		saleIds.set(refund, saleIdOf(order) ?? (await saleOfPayment(context, refund)));
	}
	const sales = await ordersById(
		context,
		[...saleIds.values()].filter((id) => !named.has(id ?? "")),
	);
	const orderOf = (id: string | null | undefined) => named.get(id ?? "") ?? sales.get(id ?? "");
	return new Map(
		refunds.map((refund) => [refund, { order: orderOf(refund.order_id), sale: orderOf(saleIds.get(refund)) }]),
	);
}

function saleIdOf(order: OrderRow | undefined): string | undefined {
	if (order === undefined) return undefined;
	const source = (order.returns ?? []).find(({ source_order_id: id }) => id != null)?.source_order_id;
	return source ?? (kindOf(order) === "sale" || kindOf(order) === "gift_card" ? order.id : undefined);
}

async function saleOfPayment(
	{ http }: ReadContext<Config>,
	{ payment_id: id }: RefundRow,
): Promise<string | undefined> {
	if (id == null) return undefined;
	try {
		const { body } = await http.get(`/v2/payments/${encodeURIComponent(id)}`);
		return body?.payment?.order_id ?? undefined;
	} catch (error) {
		if (isConnectorError(error) && error.code === "config.not_found") return undefined;
		throw error;
	}
}

/** Ids that Square does not know are missing from the answer, and from the map. */
async function ordersById(
	{ http }: ReadContext<Config>,
	ids: readonly (string | null | undefined)[],
): Promise<Map<string, OrderRow>> {
	const wanted = [...new Set(ids)].filter((id) => id != null && id !== "");
	const found = new Map<string, OrderRow>();
	for (let at = 0; at < wanted.length; at += BATCH) {
		const order_ids = wanted.slice(at, at + BATCH) as string[];
		const { body } = await http.post("/v2/orders/batch-retrieve", { body: { order_ids } });
		for (const order of (body?.orders ?? []) as OrderRow[]) found.set(order.id, order);
	}
	return found;
}
