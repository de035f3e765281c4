/** The settings of the connector, and how it speaks to Toast. */
import {
	array,
	date,
	type HttpOptions,
	integer,
	keptToken,
	login,
	object,
	optional,
	type ParsedOf,
	type Rate,
	secret,
	string,
} from "@growthnav/sdk";

export const config = object({
	client_id: string().describe("Client ID of the API credentials; see the README for where to make them"),
	client_secret: secret(string()).describe("Client secret of the API credentials, shown when they are made"),
	restaurants: optional(array(string())).describe(
		"GUIDs of the restaurants; left out: all that are connected to the integration, as Toast tells its partners",
	),
	start_date: date().describe("First day of change that is read, in UTC; Toast recommends twelve weeks back"),
	seconds_between_pages: integer()
		.min(0)
		.default(5)
		.describe("Toast asks for 5 to 10 between two pages of a restaurant's past; 0: as fast as its limits allow"),
	base_url: string()
		.default("https://ws-api.toasttab.com")
		.describe("The API access URL that Toast Web shows beside the credentials; http://127.0.0.1:4711 for tests"),
	session: keptToken,
});
export type Config = ParsedOf<typeof config>;

/** Names the restaurant that a request is about. */
export const RESTAURANT = "toast-restaurant-external-id";
const ORDERS = /\/ordersBulk$/;

export function http({
	client_id,
	client_secret,
	base_url,
	session,
	seconds_between_pages: pause,
}: Config): HttpOptions {
	return {
		vendor: "Toast",
		baseUrl: base_url,
		// Toast asks for one or two logins a day: a token serves its whole life, over many runs
		auth: login({
			ask: (toast) =>
				toast.ask("/authentication/v1/authentication/login", {
					json: { clientId: client_id, clientSecret: client_secret, userAccessType: "TOAST_MACHINE_CLIENT" },
				}),
			token: ({ token }) => token.accessToken,
			expires: ({ token }) => token.expiresIn,
			kept: { setting: "session", value: session },
		}),
		credentialHint: "make new credentials in Toast Web, Integrations, Toast API access; README of source-toast",
		rate: {
			per: RESTAURANT,
			windows: [
				{ requests: 20, seconds: 1 },
				{ requests: 10_000, seconds: 900 },
				{ requests: 5, seconds: 1, of: ORDERS },
				...(pause > 0 ? [{ requests: 1, seconds: pause, of: ORDERS }] : []),
			],
			told,
		},
		errorOf: (body, { status }) => ({
			...(body?.code != null && { code: String(body.code) }),
			...(typeof body?.message === "string" && { detail: body.message }),
			// the restaurant changed its settings while a list of it was read
			...(status === 409 && { as: "vendor_error" }),
		}),
		hints: {
			403: "give the credentials the scopes orders:read and restaurants:read and access to the restaurant, or name the others alone in restaurants",
			404: "correct restaurants: this one does not exist, or is archived",
		},
	};
}

/** Reset is the second since 1970 at which the next slice begins, by Toast's clock: that of the answer's Date. */
const told: NonNullable<Rate["told"]> = ({ headers }) => ({
	remaining: Number(headers["x-toast-ratelimit-remaining"]),
	resetsIn: Number(headers["x-toast-ratelimit-reset"]) - Date.parse(headers.date ?? "") / 1000,
});
