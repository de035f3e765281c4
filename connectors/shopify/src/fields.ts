/** Shapes that several records share, as Shopify gives them. */
import { array, decimal, object, optional, type RowOf, string, timestamp } from "@growthnav/sdk";

export const money = () => object({ amount: decimal(), currencyCode: string() });
export const shopBag = () => object({ shopMoney: money() });
/** In the shop's currency, and in the one that the customer saw. */
export const bag = () => object({ shopMoney: money(), presentmentMoney: money() });

export const BAG = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }";
export const SHOP_MONEY = "{ shopMoney { amount currencyCode } }";

/** What a sale, or a change of it, is made of; together the total. Amounts of what is taken back are negative. */
export const parts = () => ({
	/** Goods after discounts. */
	value: decimal(),
	discount: decimal(),
	/** With duties. */
	tax: decimal(),
	tip: decimal(),
	shipping: decimal(),
	/** Fees, of returns too. */
	surcharge: decimal(),
	gift_cards: decimal().describe("Money owed to their holders"),
	total: decimal(),
	quantity: optional(decimal()),
	lines: array(
		object({
			line_id: string(),
			product_id: optional(string()),
			sku: optional(string()),
			name: optional(string()),
			category: optional(string()),
			quantity: optional(decimal()),
			unit_price: optional(decimal()),
			value: decimal(),
			discount: decimal(),
			tax: decimal(),
			total: decimal(),
		}),
	),
});

const sold = object(parts());
export type Sold = RowOf<typeof sold>;

export const change = object({
	id: string().describe("Number of the agreement"),
	reason: string().describe("ORDER_EDIT, REFUND or RETURN"),
	happened_at: timestamp(),
	refund_id: optional(string()),
	return_id: optional(string()),
	shared: optional(string()).describe("What an amount without goods was shared over: the change, or the sale"),
	...parts(),
});
export type Change = RowOf<typeof change>;
