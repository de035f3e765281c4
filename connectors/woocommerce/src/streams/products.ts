/** Products, those in the trash too. */
import {
	array,
	boolean,
	datetime,
	decimal,
	integer,
	json,
	object,
	optional,
	type ReadContext,
	type StreamDefinition,
	string,
	timestamp,
} from "@growthnav/sdk";
import { changed } from "../changed.ts";
import type { Config } from "../config.ts";
import { metaData } from "../rows/fields.ts";

const named = object({ id: optional(integer()), name: optional(string()), slug: optional(string()) });

export const product = object({
	id: integer(),
	name: optional(string()).describe("As it is shown: with the entities of HTML"),
	slug: optional(string()),
	permalink: optional(string()),
	type: optional(string()).describe("simple, variable, grouped, external, or a plugin's"),
	status: optional(string()),
	sku: optional(string()),
	price: optional(decimal()).describe("In the shop's currency, with or without tax as prices are entered"),
	regular_price: optional(decimal()),
	sale_price: optional(decimal()),
	on_sale: optional(boolean()),
	total_sales: optional(integer()),
	tax_class: optional(string()),
	stock_quantity: optional(decimal()),
	stock_status: optional(string()),
	weight: optional(string()),
	parent_id: optional(integer()),
	categories: optional(array(named)),
	tags: optional(array(named)),
	images: optional(array(json())),
	attributes: optional(json()),
	variations: optional(array(integer())).describe("Ids"),
	date_created: optional(datetime()),
	date_created_gmt: optional(timestamp()),
	date_modified_gmt: timestamp(),
	meta_data: metaData(),
});

export const products: StreamDefinition<typeof product, Config> = {
	schema: product,
	primaryKey: "id",
	cursor: "date_modified_gmt",
	sorted: true,
	lookback: "10m",
	slices: async () => [{ id: "any" }, { id: "trash" }],
	read: (context: ReadContext<Config>) => changed(context, "products", product),
	note: "they say what is sold",
};
