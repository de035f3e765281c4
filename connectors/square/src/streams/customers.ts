/** Customers: who people are, for identity resolution. */
import {
	array,
	integer,
	json,
	object,
	optional,
	type ReadContext,
	type RowOf,
	type StreamDefinition,
	string,
	timestamp,
} from "@growthnav/sdk";
import type { Config } from "../config.ts";

export const customer = object({
	id: string(),
	created_at: optional(timestamp()),
	updated_at: timestamp(),
	given_name: optional(string()),
	family_name: optional(string()),
	company_name: optional(string()),
	nickname: optional(string()),
	email_address: optional(string()),
	phone_number: optional(string()),
	birthday: optional(string()).describe("YYYY-MM-DD; the year is 0000 where it is not known"),
	reference_id: optional(string()),
	address: optional(json()),
	note: optional(string()),
	creation_source: optional(string()),
	group_ids: optional(array(string())),
	segment_ids: optional(array(string())),
	preferences: optional(json()),
	version: optional(integer()),
});
export type CustomerRow = RowOf<typeof customer>;

export const customers: StreamDefinition<typeof customer, Config> = {
	schema: customer,
	primaryKey: "id",
	cursor: "updated_at",
	// Square finds them by their last change, but sorts them by creation only: what changes while they are read is found
	// an hour back
	lookback: "1h",
	read: ({ http, since }: ReadContext<Config>) =>
		http.pages<CustomerRow>("/v2/customers/search", {
			method: "POST",
			body: {
				query: {
					...(since !== undefined && { filter: { updated_at: { start_at: since } } }),
					sort: { field: "CREATED_AT", order: "ASC" },
				},
				limit: 100,
			},
			rows: (body) => body.customers,
			next: ({ body }) => body.cursor && { body: { cursor: body.cursor } },
		}),
	note: "they say who bought",
};
