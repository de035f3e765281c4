/** Restaurants: where things are sold, in which currency, and when their day ends. */
import type { ReadContext, StreamDefinition } from "@growthnav/sdk";
import type { Config } from "../config.ts";
import { restaurantsOf } from "../restaurants.ts";
import { type Restaurant, restaurant } from "../rows/restaurant.ts";

export const restaurants: StreamDefinition<typeof restaurant, Config> = {
	schema: restaurant,
	primaryKey: "guid",
	async *read(context: ReadContext<Config>): AsyncGenerator<Restaurant[]> {
		yield [...(await restaurantsOf(context)).values()];
	},
	note: "they say where",
};
