/** A source that reads pages of orders over HTTP, as an author writes it: for `order-server.ts`. */
import { decimal, defineSource, integer, object, optional, string, timestamp } from "@growthnav/sdk";
import { start } from "@growthnav/sdk/start.js";

const order = object({
	id: string(),
	customer_id: optional(string()),
	total: optional(decimal()),
	quantity: optional(integer()),
	currency: optional(string()),
	state: optional(string()),
	created_at: timestamp(),
	memo: string(),
});

const source = defineSource({
	name: "bench",
	version: "0.1.0",
	title: "Bench",
	config: object({ base_url: string() }),
	http: ({ base_url }) => ({ vendor: "Bench", baseUrl: base_url }),
	check: async () => "a server of its own",
	streams: {
		orders: {
			schema: order,
			primaryKey: "id",
			read: ({ http }) =>
				http.pages("/orders", {
					query: { page: 0 },
					rows: (body) => body.orders,
					next: ({ body }) => body.next && { query: { page: body.next } },
				}),
		},
	},
});

await start(async () => ({ default: source }));
