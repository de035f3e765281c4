/** The settings of the connector, and how it speaks to Square. */
import {
	array,
	bearer,
	date,
	type HttpOptions,
	integer,
	object,
	oneOf,
	optional,
	type ParsedOf,
	secret,
	string,
} from "@growthnav/sdk";

/** The version of Square's API that this connector was written for; the only place that names it. */
export const SQUARE_VERSION = "2025-08-20";

const HOSTS = {
	production: "https://connect.squareup.com",
	sandbox: "https://connect.squareupsandbox.com",
};

export const config = object({
	access_token: secret(string())
		.describe("Access token of the seller, or a personal one; see the README for the rights it needs")
		.meta({ title: "Access token" }),
	environment: oneOf("production", "sandbox")
		.default("production")
		.describe("A sandbox token works in the sandbox alone; its conversions are marked as tests"),
	base_url: optional(string()).describe("Another server in place of Square's, for tests: http://127.0.0.1:4711"),
	start_date: optional(date()).describe("First day of change that is read, in UTC; left out: everything"),
	location_ids: optional(array(string())).describe("Only these locations; left out: all"),
	requests_per_second: optional(integer().min(1)).describe(
		"At most so many requests per second; left out: as fast as Square answers, slower when it asks for it",
	),
});

export type Config = ParsedOf<typeof config>;

export function http({ access_token, environment, base_url, requests_per_second }: Config): HttpOptions {
	return {
		vendor: "Square",
		baseUrl: base_url ?? HOSTS[environment],
		auth: bearer(access_token),
		headers: { "square-version": SQUARE_VERSION },
		credentialHint: "a sandbox key needs environment: sandbox; new key: source-square README",
		...(requests_per_second != null && { rate: { perSecond: requests_per_second } }),
		errorOf: (body) => body?.errors?.[0],
	};
}

/** Square was founded in 2009: before that nothing changed. Its lists end a year back when no beginning is named. */
const EVERYTHING = "2009-01-01T00:00:00Z";

/** Where a read begins: at the saved cursor, at `start_date`, or at the beginning. */
export function beginning(since: string | undefined, { start_date }: Config): string {
	return since ?? (start_date == null ? EVERYTHING : `${start_date}T00:00:00Z`);
}
