/** What the compiler knows of a source from its literal alone: no type arguments, no casts. Checked by tsc, never run. */
import {
	array,
	bearer,
	decimal,
	defineSource,
	integer,
	object,
	oneOf,
	optional,
	secret,
	string,
	timestamp,
} from "../../src/index.ts";

const order = object({
	id: string(),
	state: oneOf("paid", "refunded"),
	updated_at: timestamp(),
	closed_at: optional(timestamp()),
	total: decimal(),
	currency: string(),
	buyer: object({ email: string() }),
	items: array(object({ sku: string(), quantity: decimal() })),
});
const location = object({ id: string(), count: integer() });

export default defineSource({
	name: "acme-shop",
	version: "1.0.0",
	title: "Acme Shop",
	config: object({ api_key: secret(string()), start: timestamp(), page_size: integer().default(100) }),
	http: ({ api_key }) => ({ baseUrl: "https://api.acme.example/v1", auth: bearer(api_key), vendor: "Acme Shop" }),
	check: async ({ http, config }) => {
		await http.get("/me");
		return `starts at ${config.start.slice(0, 10)}`;
	},
	streams: {
		orders: {
			schema: order,
			primaryKey: "id",
			cursor: "updated_at",
			sorted: true,
			lookback: "3d",
			lag: "5m",
			window: "30d",
			start: (config) => config.start,
			slices: () => [{ id: "a" }],
			concurrency: 4,
			deleted: "closed_at",
			read: ({ http, config, since }) =>
				http.pages("/orders", {
					query: { updated_min: since ?? config.start, limit: config.page_size.toFixed(0) },
					rows: (body) => body.orders,
					next: ({ body }) => body.next_cursor && { query: { cursor: body.next_cursor } },
				}),
			conversions: [
				{
					type: "purchase",
					when: { state: "paid" },
					columns: { timestamp: "closed_at", value: "total", currency: "currency", user_id: "buyer.email" },
				},
			],
			origin: { source: { const: "ecommerce" }, source_system: { const: "acme" }, source_account: { const: "1" } },
		},
		locations: {
			schema: location,
			primaryKey: ["id", "count"],
			async *read({ slice }) {
				yield [{ id: slice.id, count: 1 }];
			},
		},
	},
});

export const wrong = defineSource({
	name: "wrong",
	version: "1.0.0",
	title: "Wrong",
	config: object({ api_key: secret(string()) }),
	// @ts-expect-error a key that the config does not have
	check: async ({ config }) => config.api_kee,
	streams: {
		orders: {
			schema: order,
			// @ts-expect-error a key that the record does not have
			primaryKey: "number",
			// @ts-expect-error a cursor that the record does not have
			cursor: "modified_at",
			// @ts-expect-error no length of time
			lookback: "three days",
			// @ts-expect-error a length without its unit
			window: "30",
			// @ts-expect-error a month has no one length
			lag: "1month",
			// @ts-expect-error a setting that the config does not have
			start: (config) => config.start_date,
			// @ts-expect-error not yes or no
			resumable: false,
			// @ts-expect-error a field that the record does not have
			deleted: "deleted_at",
			// @ts-expect-error rows that do not fit the schema
			async *read() {
				yield [{ id: 7 }];
			},
			conversions: [
				{
					type: "purchase",
					// @ts-expect-error a condition on a field that does not exist
					when: { sate: "paid" },
					columns: {
						// @ts-expect-error misspelt
						timestamp: "close_at",
						// @ts-expect-error misspelt below an object
						user_id: "buyer.mail",
					},
				},
				// @ts-expect-error no such type
				{ type: "purchased", columns: {} },
			],
		},
	},
});

export const twice = {
	// biome-ignore lint/suspicious/noDuplicateObjectKeys: the compiler says it too
	orders: { schema: order },
	// @ts-expect-error the same stream again
	orders: { schema: location },
};

export const dynamic = defineSource({
	name: "dynamic",
	version: "1.0.0",
	title: "Streams that the files decide",
	config: object({ path: string() }),
	check: async () => "fine",
	streams: async ({ config }) => ({
		[config.path]: {
			schema: object({ id: string() }),
			primaryKey: "id",
			ownState: true,
			async *read({ state, config }) {
				yield { rows: [{ id: config.path }], state: { seen: state ?? null } };
			},
		},
	}),
});
