/** source-woocommerce: what a WooCommerce shop sold, to whom, how they came, and what was given back. */
import { defineSource } from "@growthnav/sdk";
import { config, http } from "./config.ts";
import { shopOf } from "./shop.ts";
import { coupons } from "./streams/coupons.ts";
import { customers } from "./streams/customers.ts";
import { orders } from "./streams/orders.ts";
import { products } from "./streams/products.ts";
import { refunds } from "./streams/refunds.ts";

export default defineSource({
	name: "woocommerce",
	version: "0.1.0",
	title: "WooCommerce",
	docs: "https://woocommerce.github.io/woocommerce-rest-api-docs/",
	config,
	http,
	check: async (context) => {
		const { name, account } = await shopOf(context);
		const { headers } = await context.http.get("/wc/v3/orders", { query: { per_page: 1 } });
		return `shop ${name} (${account}), ${headers["x-wp-total"] ?? "?"} orders`;
	},
	streams: { orders, refunds, products, customers, coupons },
});
