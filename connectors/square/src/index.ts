/** source-square: what a Square merchant sold, to whom, how it was paid and what was given back. */
import { defineSource } from "@growthnav/sdk";
import { accountOf } from "./account.ts";
import { config, http } from "./config.ts";
import { customers } from "./streams/customers.ts";
import { locations } from "./streams/locations.ts";
import { orders } from "./streams/orders.ts";
import { payments } from "./streams/payments.ts";
import { refunds } from "./streams/refunds.ts";

export default defineSource({
	name: "square",
	version: "0.1.0",
	title: "Square",
	docs: "https://developer.squareup.com/reference/square",
	config,
	http,
	check: async (context) => {
		const { business, places } = await accountOf(context);
		return `merchant ${business}, ${places.size} ${places.size === 1 ? "location" : "locations"}`;
	},
	streams: { locations, customers, orders, payments, refunds },
});
