/** Customers: who people are, for identity resolution. Guests are in their orders alone. */
import {
	asDeclared,
	boolean,
	datetime,
	integer,
	object,
	optional,
	type ReadContext,
	type StreamDefinition,
	string,
	timestamp,
} from "@growthnav/sdk";
import { inUtc } from "../changed.ts";
import type { Config } from "../config.ts";
import { address, billing, metaData } from "../rows/fields.ts";

export const customer = object({
	id: integer(),
	email: optional(string()),
	first_name: optional(string()),
	last_name: optional(string()),
	username: optional(string()),
	role: optional(string()),
	billing: optional(billing()),
	shipping: optional(address()),
	is_paying_customer: optional(boolean()),
	date_created: optional(datetime()),
	date_created_gmt: optional(timestamp()),
	date_modified_gmt: optional(timestamp()),
	meta_data: metaData(),
});

const declared = asDeclared(customer);

export const customers: StreamDefinition<typeof customer, Config> = {
	schema: customer,
	primaryKey: "id",
	async *read({ http, config }: ReadContext<Config>) {
		// WooCommerce cannot say which of them changed, so all are read. They stand in the order of their ids, each page
		// begins with the last one of the page before: where it does not, somebody was deleted, and nobody is passed over
		const pages = http.keyset<{ id: number }>("/wc/v3/customers", {
			query: { orderby: "id", order: "asc", role: "all", per_page: config.page_size },
			rows: (rows) => rows,
			...{ by: () => 0, key: "id", size: config.page_size, since: undefined },
			from: () => ({}),
			skip: (offset) => ({ query: { offset } }),
		});
		for await (const rows of pages) yield rows.map((row) => declared(inUtc(row)));
	},
	note: "they say who bought",
};
