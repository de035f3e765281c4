/** The settings of the connector, and how it speaks to a shop. */
import {
	type Auth,
	array,
	basic,
	date,
	type HttpOptions,
	integer,
	oauth1,
	object,
	oneOf,
	optional,
	type ParsedOf,
	secret,
	string,
} from "@growthnav/sdk";

export const config = object({
	url: string().describe(
		"Address of the shop: https://shop.example; with http, where a shop has nothing else, requests are signed",
	),
	consumer_key: secret(string()).describe("From WooCommerce, Settings, Advanced, REST API"),
	consumer_secret: secret(string()).describe("Shown once, beside the consumer key"),
	keys_in: oneOf("header", "query")
		.default("header")
		.describe("query: for servers that take the Authorization header away; https alone"),
	start_date: optional(date()).describe("First day of change that is read, in UTC; left out: everything"),
	paid_statuses: optional(array(string())).describe("Statuses of plugins that mean paid: shipped, ready-for-pickup"),
	page_size: integer()
		.min(2)
		.max(100)
		.default(100)
		.describe("Rows per request; fewer for shops that run out of memory"),
	requests_per_second: optional(integer().min(1)).describe("At most so many; left out: as fast as the shop answers"),
	base_url: optional(string()).describe("Another server in place of the shop's, for tests: http://127.0.0.1:4711"),
});

export type Config = ParsedOf<typeof config>;

const NEW_KEY = "make a key in WooCommerce, Settings, Advanced, REST API, for a user who manages the shop, with Read";

export function http(config: Config): HttpOptions {
	const { url, base_url, requests_per_second } = config;
	return {
		vendor: "WooCommerce",
		baseUrl: `${(base_url ?? url).replace(/\/+$/, "")}/wp-json`,
		auth: authOf(config),
		credentialHint: NEW_KEY,
		...(requests_per_second != null && { rate: { perSecond: requests_per_second } }),
		hints: {
			woocommerce_rest_cannot_view: `${NEW_KEY}; if it has one, the server may take the header away: keys_in: query`,
			woocommerce_rest_authentication_error: (detail = "") =>
				detail.includes("timestamp") ? "set the clock of this machine, or of the shop's server" : NEW_KEY,
			rest_invalid_param: "update WooCommerce: 5.8 or newer is needed to read what changed",
			rest_no_route: "switch WooCommerce on, and update it: its API wc/v3 is not there",
			rest_not_logged_in: "a plugin closes the REST API: let everybody read /wp-json/, which says whose shop it is",
			403: "a firewall or a security plugin stands before the shop: let this machine's address through",
			404: "url must be WordPress' own address, and Settings, Permalinks anything but Plain",
		},
	};
}

/** Over https the keys themselves; over http a signature, so that nobody on the way learns them. */
function authOf({ url, keys_in, consumer_key, consumer_secret }: Config): Auth {
	if (url.startsWith("http:")) return oauth1({ consumerKey: consumer_key, consumerSecret: consumer_secret });
	if (keys_in === "header") return basic(consumer_key, consumer_secret);
	return { sign: () => ({ query: { consumer_key, consumer_secret } }) };
}
