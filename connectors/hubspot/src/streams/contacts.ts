/** Contacts: people, and the moment when each came. */
import {
	boolean,
	type ConversionMapping,
	object,
	optional,
	type ParsedOf,
	type PathOf,
	string,
	timestamp,
} from "@growthnav/sdk";
import { accountOf, ownersOf } from "../account.ts";
import { association, associationsOf } from "../associations.ts";
import type { CrmStream } from "../crm.ts";
import { facts, own } from "../record.ts";
import { trackedUrl } from "../tracked-url.ts";

export const contact = object({
	...own,
	createdate: optional(timestamp()),
	email: optional(string()),
	phone: optional(string()),
	mobilephone: optional(string()),
	lifecyclestage: optional(string()),
	hs_lifecyclestage_subscriber_date: optional(timestamp()),
	hs_google_click_id: optional(string()),
	hs_facebook_click_id: optional(string()),
	hs_analytics_source: optional(string()),
	hs_analytics_first_url: optional(string()),
	hs_analytics_first_referrer: optional(string()),
	joined: object({
		...facts,
		time_zone: optional(string()).describe("Of the account"),
		is_test: optional(boolean()),
		companies: optional(association()).describe("The primary one first"),
		first_url: optional(string()).describe("hs_analytics_first_url, with the click ids that HubSpot keeps apart"),
	}),
});
type ContactPath = PathOf<ParsedOf<typeof contact>>;

/** Deleted and merged people did not come; the day of an import is not the day when anybody came. */
const came = { archived: { not: true }, hs_object_source: { not: "IMPORT" } } as const;

const columns: ConversionMapping<ContactPath>["columns"] = {
	timestamp: "createdate",
	source_updated_at: "updatedAt",
	transaction_id: "id",
	order_status: "lifecyclestage",
	is_test: "joined.is_test",
	user_id: "id",
	identity_fragments: [
		{ type: "email", value: "email" },
		{ type: "phone", value: "phone" },
		{ type: "phone", value: "mobilephone" },
	],
	landing_page: "hs_analytics_first_url",
	referrer: "hs_analytics_first_referrer",
};
const shared = { time_zone: { path: "joined.time_zone" }, tracking: { url: "joined.first_url" }, columns } as const;

/** Who first left an address for a newsletter has signed up, whatever became of them. */
export const signup: ConversionMapping<ContactPath> = {
	type: "signup",
	when: { ...came, hs_lifecyclestage_subscriber_date: { exists: true } },
	...shared,
};

export const lead: ConversionMapping<ContactPath> = {
	type: "lead",
	when: { ...came, hs_lifecyclestage_subscriber_date: { exists: false } },
	...shared,
};

export const contacts: CrmStream = {
	object: "contacts",
	schema: contact,
	changedBy: "lastmodifieddate",
	async joined(context, rows) {
		const [{ account }, owners] = [await accountOf(context), await ownersOf(context)];
		const { company_currency: _, ...shown } = account;
		const ids = rows.map(({ id }) => id);
		const companies = await associationsOf(context, "contacts", "companies", ids);
		return rows.map((row) => ({
			...{ ...shown, companies: companies.get(row.id) },
			...owners.get(String(row.hubspot_owner_id)),
			first_url: trackedUrl(row),
		}));
	},
	conversions: [signup, lead],
};
