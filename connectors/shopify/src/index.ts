/** source-shopify: what a Shopify shop sold, to whom, how they came, and what was changed and given back. */
import { defineSource } from "@growthnav/sdk";
import { config, http } from "./config.ts";
import { shopOf } from "./shop.ts";
import { customers } from "./streams/customers.ts";
import { orders } from "./streams/orders.ts";
import { products } from "./streams/products.ts";

export default defineSource({
	name: "shopify",
	version: "0.1.0",
	title: "Shopify",
	docs: "https://shopify.dev/docs/api/admin-graphql",
	config,
	http,
	check: async (context) => {
		const { name, domain, seesAllOrders } = await shopOf(context);
		return `shop ${name} (${domain})${seesAllOrders ? "" : ", orders of the last 60 days only"}`;
	},
	streams: { orders, customers, products },
});
