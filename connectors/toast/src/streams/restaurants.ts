/** Restaurants: where things are sold, in which currency, and when their day ends. */
import type { ReadContext, StreamDefinition } from "@growthnav/sdk";
import type { Config } from "../config.ts";
import { restaurantOf, restaurantSlices } from "../restaurants.ts";
import { type Restaurant, restaurant } from "../rows/restaurant.ts";

export const restaurants: StreamDefinition<typeof restaurant, Config> = {
	schema: restaurant,
	primaryKey: "guid",
	slices: restaurantSlices,
	async *read(context: ReadContext<Config>): AsyncGenerator<Restaurant[]> {
		yield [await restaurantOf(context, context.slice)];
	},
	note: "they say where",
};
