/** The settings of the connector, and how it speaks to HubSpot. */
import {
	bearer,
	date,
	type HttpOptions,
	integer,
	listOf,
	object,
	optional,
	type ParsedOf,
	type Rate,
	secret,
	string,
	type VendorError,
} from "@growthnav/sdk";

export const config = object({
	access_token: secret(string())
		.describe("A service key, or the token of a private app; see the README for its scopes")
		.meta({ title: "Access token" }),
	base_url: optional(string()).describe("Another server in place of HubSpot's, for tests: http://127.0.0.1:4711"),
	start_date: optional(date()).describe("First day of change that is read, in UTC; left out: everything"),
	searches_per_second: integer()
		.min(1)
		.default(4)
		.describe("HubSpot allows five for the whole account: fewer leave room for its other apps"),
});

export type Config = ParsedOf<typeof config>;

export function http({ access_token, base_url, searches_per_second }: Config): HttpOptions {
	return {
		vendor: "HubSpot",
		baseUrl: base_url ?? "https://api.hubapi.com",
		auth: bearer(access_token),
		credentialHint: "make a new service key under Development, Keys, Service keys; README of source-hubspot",
		rate: { windows: [{ requests: searches_per_second, seconds: 1, of: /\/search$/ }], told: budget() },
		errorOf,
		hints: { MISSING_SCOPES: (missing) => `${missing ?? "a scope is missing"}: add it to the key in HubSpot` },
	};
}

/** What answers tell of the limits. That of the day ends at midnight where the account is: its own answer says where. */
function budget(): NonNullable<Rate["told"]> {
	let utcOffset = 0;
	return ({ headers, body }) => {
		utcOffset = body?.utcOffsetMilliseconds ?? utcOffset;
		if (body?.policyName === "DAILY") return { quotaUntil: untilMidnight(Date.parse(headers.date!) + utcOffset) };
		return {
			remaining: Number(headers["x-hubspot-ratelimit-remaining"]),
			resetsIn: Number(headers["x-hubspot-ratelimit-interval-milliseconds"]) / 1000,
		};
	};
}

const DAY = 86_400_000;
const untilMidnight = (now: number) => Math.ceil((DAY - (now % DAY)) / 1000);

/** Seconds; HubSpot names none. */
const WAITS: { [policy: string]: number } = { SECONDLY: 1, TEN_SECONDLY_ROLLING: 10 };

function errorOf(body: HttpBody, { status }: { status: number }): VendorError {
	const scopes = (body?.errors ?? []).flatMap((error: HttpBody) => error.context?.requiredGranularScopes ?? []);
	return {
		code: body?.category ?? body?.errorType,
		detail: scopes.length > 0 ? `scope ${listOf(scopes)} is missing` : body?.message,
		...(WAITS[body?.policyName] !== undefined && { retryAfter: WAITS[body.policyName] }),
		// 423: somebody is writing the record; 477: the account is being moved
		...((status === 423 || status === 477) && { as: "vendor_error" }),
	};
}
type HttpBody = Parameters<NonNullable<HttpOptions["errorOf"]>>[0];
