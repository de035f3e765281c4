/** Shapes that several of WooCommerce's records share. */
import { array, decimal, integer, json, object, optional, type RowOf, string } from "@growthnav/sdk";

/** Plugins keep what they want here: the value may be anything. */
export const metaData = () =>
	optional(array(object({ id: optional(integer()), key: optional(string()), value: optional(json()) })));

export const address = () =>
	object({
		first_name: optional(string()),
		last_name: optional(string()),
		company: optional(string()),
		address_1: optional(string()),
		address_2: optional(string()),
		city: optional(string()),
		state: optional(string()),
		postcode: optional(string()),
		country: optional(string()),
		phone: optional(string()),
	});

export const billing = () => address().extend({ email: optional(string()) });

/** Of a sale; of a refund quantity and amounts are below zero. */
export const lineItem = () =>
	object({
		id: optional(integer()),
		name: optional(string()),
		product_id: optional(integer()),
		variation_id: optional(integer()),
		quantity: optional(decimal()),
		sku: optional(string()),
		price: optional(decimal()).describe("Of one piece, without tax, not rounded"),
		subtotal: optional(decimal()).describe("Before discounts, without tax"),
		subtotal_tax: optional(decimal()),
		total: optional(decimal()).describe("After discounts, without tax"),
		total_tax: optional(decimal()),
		meta_data: metaData(),
	});

/** Shipping, or a fee; a fee below zero is a discount. */
export const charge = () =>
	object({
		id: optional(integer()),
		method_title: optional(string()),
		name: optional(string()),
		total: optional(decimal()),
		total_tax: optional(decimal()),
	});
export type Item = RowOf<ReturnType<typeof charge>>;
