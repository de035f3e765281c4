/** The settings of the connector, and how it speaks to Shopify. */
import {
	type Auth,
	apiKey,
	ConnectorError,
	clientCredentials,
	date,
	type HttpOptions,
	integer,
	object,
	optional,
	type ParsedOf,
	secret,
	string,
} from "@growthnav/sdk";

/** The version of the Admin API that this connector was written for; the only place that names it. */
export const API_VERSION = "2026-07";

export const config = object({
	shop: string().describe("The name in the shop's address: juniper-ceramics of juniper-ceramics.myshopify.com"),
	access_token: optional(secret(string())).describe("Admin API access token of a custom app: shpat_…"),
	client_id: optional(string()).describe("Of an app of the Dev Dashboard, in place of access_token"),
	client_secret: optional(secret(string())).describe("Of the same app"),
	start_date: optional(date()).describe("First day of change that is read, in UTC; left out: everything"),
	bulk_from: integer()
		.min(1)
		.default(100)
		.describe("With so many changed records they are exported by a bulk operation, with fewer read page by page"),
	base_url: optional(string()).describe("Another server in place of Shopify's, for tests: http://127.0.0.1:4711"),
	files_url: optional(string()).describe("Another server in place of that of exported files, for tests"),
});

export type Config = ParsedOf<typeof config>;

export function http(settings: Config): HttpOptions {
	const { shop, base_url, files_url } = settings;
	const domain = shop.includes(".") ? shop : `${shop}.myshopify.com`;
	return {
		vendor: "Shopify",
		baseUrl: base_url ?? `https://${domain}`,
		graphql: `/admin/api/${API_VERSION}/graphql.json`,
		auth: authOf(settings),
		elsewhere: [files_url ?? "https://storage.googleapis.com"],
		rate: { told: bucketOf },
		errorOf: (body) => (typeof body?.errors === "string" ? { detail: body.errors } : undefined),
		credentialHint: "check shop and the token or client; new ones: source-shopify README",
		hints: {
			ACCESS_DENIED: (detail = "") => deniedHint(detail),
			"404": `check shop: there is no ${domain}, or it has another name`,
			"402": "the shop is frozen until its bill is paid",
		},
	};
}

function authOf({ access_token, client_id, client_secret }: Config): Auth {
	const shown = "x-shopify-access-token";
	if (access_token != null) return apiKey({ header: shown }, access_token);
	if (client_id == null || client_secret == null)
		throw new ConnectorError("config.credentials", "There is no key for Shopify", {
			where: "settings access_token, or client_id and client_secret",
			why: "neither is complete",
			next: "set access_token, or both others; where they come from: source-shopify README",
		});
	return clientCredentials({
		tokenUrl: "/admin/oauth/access_token",
		clientId: client_id,
		clientSecret: client_secret,
		show: (token) => ({ headers: { [shown]: token } }),
	});
}

// biome-ignore lint/suspicious/noExplicitAny: a raw answer; what is missing says nothing of the budget
function bucketOf({ body }: { body: any }) {
	const { requestedQueryCost: cost, throttleStatus } = body.extensions.cost;
	const { currentlyAvailable: remaining, restoreRate: restores, maximumAvailable: most } = throttleStatus;
	return { cost, remaining, restores, most };
}

function deniedHint(detail: string): string {
	const scope = /`?(read_\w+)`? access scope/.exec(detail)?.[1];
	if (scope !== undefined) return `add the scope ${scope} to the app, and install it anew`;
	return "ask for protected customer data access in the app's settings (API access requests)";
}
