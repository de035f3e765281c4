/** Customers: who people are, for identity resolution. */
import {
	array,
	decimal,
	object,
	optional,
	type ReadContext,
	type RowOf,
	type StreamDefinition,
	string,
	timestamp,
} from "@growthnav/sdk";
import { changed } from "../changed.ts";
import type { Config } from "../config.ts";
import { money } from "../fields.ts";
import type { Listing } from "../listing.ts";

export const customer = object({
	id: string(),
	legacyResourceId: string(),
	createdAt: timestamp(),
	updatedAt: timestamp(),
	state: optional(string()),
	firstName: optional(string()),
	lastName: optional(string()),
	displayName: optional(string()),
	defaultEmailAddress: optional(object({ emailAddress: string(), marketingState: optional(string()) })),
	defaultPhoneNumber: optional(object({ phoneNumber: string() })),
	defaultAddress: optional(
		object({
			city: optional(string()),
			provinceCode: optional(string()),
			zip: optional(string()),
			countryCodeV2: optional(string()),
		}),
	),
	numberOfOrders: decimal().describe("Shopify sends it as text"),
	amountSpent: money(),
	locale: optional(string()),
	note: optional(string()),
	tags: array(string()),
});
export type CustomerRow = RowOf<typeof customer>;

const LISTING: Listing = {
	root: "customers",
	size: 100,
	node: () => `id legacyResourceId createdAt updatedAt state firstName lastName displayName
		defaultEmailAddress { emailAddress marketingState } defaultPhoneNumber { phoneNumber }
		defaultAddress { city provinceCode zip countryCodeV2 }
		numberOfOrders amountSpent { amount currencyCode } locale note tags`,
	children: {},
};

export const customers: StreamDefinition<typeof customer, Config> = {
	schema: customer,
	primaryKey: "legacyResourceId",
	cursor: "updatedAt",
	start: ({ start_date }) => start_date ?? "2006-01-01",
	window: "730d",
	lookback: "10m",
	read: (context: ReadContext<Config>) => changed<CustomerRow>(LISTING, context),
	note: "they say who bought",
};
