/** Orders of a shop as the acceptance checks send them. */
import { catalog, record, state, status, stream } from "./support.ts";

export const TEXT = { type: ["null", "string"] };
export const TIME = { type: ["null", "string"], format: "date-time" };
export const ORIGIN = { source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: "m1" } };
export const PURCHASE = { type: "purchase", columns: { timestamp: "at", value: "total", currency: { const: "USD" } } };
export const ORDERS = catalog(
	stream(
		"orders",
		{ id: TEXT, at: TIME, total: { type: ["null", "number"] } },
		{ conversions: [PURCHASE], conversion_origin: ORIGIN },
	),
);
export const DAY = 86_400_000;
export const NOON = Date.parse("2026-07-03T12:00:00Z");
/** Days after the third of July. */
export const order = (id: string, total: number, { day = 0, version = 1 } = {}) =>
	record("orders", { id, at: new Date(NOON + day * DAY).toISOString(), total }, 1_780_000_000_000 + version);
/** Of a run that ends well. */
export const session = (...orders: object[]) => [ORDERS, ...orders, state("orders", orders.length), status("orders")];
export const TWO = session(order("a", 1), order("b", 2));
