/** What was given back of orders: they name their refunds, but not on which day and of what. */
import { asDeclared, isConnectorError, nextPage, type SourceContext } from "@growthnav/sdk";
import { inUtc } from "./changed.ts";
import type { Config } from "./config.ts";
import type { OrderRow } from "./rows/order.ts";
import { type RefundRow, refund } from "./rows/refund.ts";

const declared = asDeclared(refund);
/** The most that a list gives. */
const MOST = 100;

/** By the id of the order, the oldest first. */
export async function refundsOf(
	context: SourceContext<Config>,
	orders: readonly OrderRow[],
): Promise<Map<number | string, RefundRow[]>> {
	const wanted = orders.filter(({ refunds }) => (refunds ?? []).length > 0);
	if (wanted.length === 0) return new Map();
	const found = (await hasList(context)) ? listed(context, wanted) : oneByOne(context, wanted);
	const refunds = new Map((await Array.fromAsync(found)).flat().map((row) => [row.id, row]));
	return new Map(
		wanted.map((order) => {
			const own = order.refunds!.flatMap(({ id }) => refunds.get(id) ?? []);
			return [order.id, own.sort((a, b) => madeAt(a) - madeAt(b) || a.id - b.id)];
		}),
	);
}

const madeAt = ({ date_created_gmt: at }: RefundRow) => Date.parse(at);

/** The list of all refunds came with WooCommerce 9.0. */
export function hasList({ http, once }: SourceContext<Config>): Promise<boolean> {
	return once("list of refunds", async () => {
		try {
			await http.get("/wc/v3/refunds", { query: { per_page: 1 } });
			return true;
		} catch (error) {
			if (isConnectorError(error) && error.code === "config.not_found") return false;
			throw error;
		}
	});
}

async function* listed({ http }: SourceContext<Config>, orders: readonly OrderRow[]): AsyncGenerator<RefundRow[]> {
	const ids = orders.flatMap(({ refunds }) => refunds!.map(({ id }) => id));
	for (let at = 0; at < ids.length; at += MOST) {
		const include = ids.slice(at, at + MOST).join(",");
		const { body } = await http.get("/wc/v3/refunds", { query: { include, per_page: MOST } });
		yield rowsOf(body);
	}
}

async function* oneByOne({ http }: SourceContext<Config>, orders: readonly OrderRow[]): AsyncGenerator<RefundRow[]> {
	for (const { id } of orders)
		yield* http.pages<RefundRow>(`/wc/v3/orders/${id}/refunds`, {
			query: { per_page: MOST, page: 1 },
			rows: rowsOf,
			next: nextPage({ total: ({ headers }) => headers["x-wp-totalpages"] }),
		});
}

const rowsOf = (body: unknown): RefundRow[] =>
	Array.isArray(body) ? body.map((row) => declared(inUtc(row ?? {}))) : [];
