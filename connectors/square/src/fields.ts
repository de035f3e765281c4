/** Shapes that several of Square's objects share. */
import { array, integer, json, object, optional, type RowOf, string } from "@growthnav/sdk";

/** `amount` in the smallest unit of the currency: cents, yen. */
export const money = () => object({ amount: optional(integer()), currency: optional(string()) });
export type Money = RowOf<ReturnType<typeof money>>;

/** Members that are zero may be left out. */
export const moneyAmounts = () =>
	object({
		total_money: optional(money()),
		tax_money: optional(money()),
		discount_money: optional(money()),
		tip_money: optional(money()),
		service_charge_money: optional(money()),
	});
export type MoneyAmounts = RowOf<ReturnType<typeof moneyAmounts>>;

/** A line of a sale; a returned line has the same shape but for its gross money. */
export const lineItem = () =>
	object({
		uid: optional(string()),
		name: optional(string()),
		variation_name: optional(string()),
		catalog_object_id: optional(string()),
		item_type: optional(string()).describe("ITEM, CUSTOM_AMOUNT or GIFT_CARD"),
		quantity: optional(string()).describe("Decimal text"),
		base_price_money: optional(money()),
		gross_sales_money: optional(money()),
		gross_return_money: optional(money()),
		total_tax_money: optional(money()),
		total_discount_money: optional(money()),
		total_service_charge_money: optional(money()),
		total_money: optional(money()),
		source_line_item_uid: optional(string()).describe("Of a returned line: the line of the sale"),
	});
export type LineItem = RowOf<ReturnType<typeof lineItem>>;

export const serviceCharge = () =>
	object({
		uid: optional(string()),
		name: optional(string()),
		applied_money: optional(money()),
		total_money: optional(money()),
		total_tax_money: optional(money()),
	});
export type ServiceCharge = RowOf<ReturnType<typeof serviceCharge>>;

export const returns = () =>
	object({
		uid: optional(string()),
		source_order_id: optional(string()).describe("The sale that these goods come from"),
		return_line_items: optional(array(lineItem())),
		return_service_charges: optional(array(serviceCharge())),
		return_taxes: optional(array(json())),
		return_tips: optional(array(json())),
		return_amounts: optional(moneyAmounts()),
	});
export type OrderReturn = RowOf<ReturnType<typeof returns>>;

/** A conversion's parts of what was given back, positive, in minor units. */
export const givenBack = () =>
	object({
		value: optional(integer()).describe("Goods after discounts, without tax, tip, service charge and gift cards"),
		tax: optional(integer()),
		tip: optional(integer()),
		service_charge: optional(integer()),
		discount: optional(integer()),
		total: optional(integer()),
	});
