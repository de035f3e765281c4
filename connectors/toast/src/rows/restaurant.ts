/** A restaurant as Toast describes it: where it is, its currency, and when its day ends. */
import { boolean, decimal, integer, json, object, optional, type RowOf, string } from "@growthnav/sdk";

const general = object({
	name: optional(string()),
	locationName: optional(string()),
	locationCode: optional(string()),
	description: optional(string()),
	timeZone: optional(string()).describe("IANA name"),
	closeoutHour: optional(integer()).describe("0 to 12: when one business day ends and the next begins"),
	managementGroupGuid: optional(string()),
	currencyCode: optional(string()),
	firstBusinessDate: optional(integer()).describe("yyyymmdd"),
	archived: optional(boolean()),
});

const location = object({
	address1: optional(string()),
	city: optional(string()),
	administrativeArea: optional(string()).describe("State, province or county"),
	zipCode: optional(string()),
	country: optional(string()),
	phone: optional(string()),
	phoneCountryCode: optional(string()),
	latitude: optional(decimal()),
	longitude: optional(decimal()),
});

export const restaurant = object({
	guid: string(),
	general: optional(general),
	location: optional(location),
	urls: optional(json()),
	schedules: optional(json()),
	delivery: optional(json()),
});

export type Restaurant = RowOf<typeof restaurant>;
