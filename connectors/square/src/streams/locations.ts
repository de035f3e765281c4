/** Locations: few, and the only list that Square gives whole. */
import {
	array,
	json,
	object,
	optional,
	type ReadContext,
	type RowOf,
	type StreamDefinition,
	string,
	timestamp,
} from "@growthnav/sdk";
import type { Config } from "../config.ts";

export const location = object({
	id: string(),
	name: optional(string()),
	merchant_id: optional(string()),
	business_name: optional(string()),
	status: optional(string()).describe("ACTIVE or INACTIVE"),
	type: optional(string()).describe("PHYSICAL or MOBILE"),
	timezone: optional(string()).describe("IANA name"),
	currency: optional(string()),
	country: optional(string()),
	address: optional(json()),
	phone_number: optional(string()),
	business_email: optional(string()),
	website_url: optional(string()),
	mcc: optional(string()),
	created_at: optional(timestamp()),
	capabilities: optional(array(string())),
	coordinates: optional(json()),
	business_hours: optional(json()),
});
export type LocationRow = RowOf<typeof location>;

export const locations: StreamDefinition<typeof location, Config> = {
	schema: location,
	primaryKey: "id",
	async *read({ http }: ReadContext<Config>): AsyncGenerator<LocationRow[]> {
		const { body } = await http.get("/v2/locations");
		yield body?.locations ?? [];
	},
	note: "they say where",
};
