import { bearer, decimal, defineSource, object, optional, secret, string, timestamp } from "@growthnav/sdk";

const sale = object({
	id: string(),
	shop_id: string(),
	status: string(),
	paid_at: optional(timestamp()),
	updated_at: timestamp(),
	total: decimal(),
	tax: decimal(),
	currency: string(),
	guest: optional(object({ email: optional(string()) })),
});

export default defineSource({
	name: "teahouse",
	version: "0.1.0",
	title: "Tea House",
	config: object({
		token: secret(string()).describe("From Settings, API keys"),
		base_url: string().default("https://api.teahouse.example").describe("Another server, for tests"),
	}),
	http: ({ base_url, token }) => ({ vendor: "Tea House", baseUrl: base_url, auth: bearer(token) }),
	check: async ({ http }) => `shop ${(await http.get("/v1/shop")).body.name}`,
	streams: {
		sales: {
			schema: sale,
			primaryKey: "id",
			cursor: "updated_at",
			sorted: true,
			read: ({ http, since }) =>
				http.pages("/v1/sales", {
					query: { order: "updated_at", updated_since: since, limit: 100 },
					rows: (body) => body.sales,
					next: ({ body }) => body.next && { query: { cursor: body.next } },
				}),
			origin: { source: { const: "pos" }, source_system: { const: "teahouse" }, source_account: "shop_id" },
			conversions: [
				{
					type: "purchase",
					when: { status: "PAID" },
					columns: {
						timestamp: "paid_at",
						currency: "currency",
						value: { sum: ["total", { negate: "tax" }] },
						identity_fragments: [{ type: "email", value: "guest.email" }],
					},
				},
			],
		},
	},
});
