/** source-toast: what restaurants sold, check by check, how it was paid and what was given back. */
import { defineSource, listOf } from "@growthnav/sdk";
import { config, http } from "./config.ts";
import { restaurantOf, restaurantSlices } from "./restaurants.ts";
import { orders } from "./streams/orders.ts";
import { restaurants } from "./streams/restaurants.ts";

export default defineSource({
	name: "toast",
	version: "0.1.0",
	title: "Toast",
	docs: "https://doc.toasttab.com/doc/devguide/index.html",
	config,
	http,
	check: async (context) => {
		const names: string[] = [];
		for (const slice of await restaurantSlices(context))
			names.push((await restaurantOf(context, slice)).general?.locationName ?? "?");
		return `${names.length} ${names.length === 1 ? "restaurant" : "restaurants"}: ${listOf(names)}`;
	},
	streams: { restaurants, orders },
});
