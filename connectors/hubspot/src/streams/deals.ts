/** Deals: those that are won are purchases, at the close and in the currency that their people gave. */
import {
	boolean,
	type ConversionMapping,
	date,
	decimal,
	integer,
	object,
	oneOf,
	optional,
	type ParsedOf,
	type PathOf,
	string,
	timestamp,
} from "@growthnav/sdk";
import { accountOf, ownersOf, stageKey, stagesOf } from "../account.ts";
import { association, associationsOf } from "../associations.ts";
import type { CrmStream } from "../crm.ts";
import { peopleOf, person } from "../people.ts";
import type { Flat } from "../properties.ts";
import { facts, own } from "../record.ts";

export const deal = object({
	...own,
	dealname: optional(string()),
	pipeline: optional(string()),
	dealstage: optional(string()),
	closedate: optional(timestamp()).describe("Given by people, or set when the deal is closed"),
	amount: optional(decimal()).describe("In the deal's currency"),
	deal_currency_code: optional(string()),
	joined: object({
		...facts,
		company_currency: optional(string()).describe("Of a deal that names none"),
		time_zone: optional(string()).describe("Of the account"),
		is_test: optional(boolean()),
		pipeline_name: optional(string()),
		stage_name: optional(string()),
		outcome: optional(oneOf("won", "lost", "open", "unknown")).describe("unknown: the stage is not in its pipeline"),
		closed_day: optional(date()).describe("The close, where a day was given and no time"),
		contacts: optional(association()).describe("The oldest first"),
		contact_count: optional(integer()),
		companies: optional(association()).describe("The primary one first"),
		contact: optional(person),
	}),
});
type DealPath = PathOf<ParsedOf<typeof deal>>;

/** Open deals are not revenue, lost ones nothing; one that is opened again takes its purchase with it. */
export const purchase: ConversionMapping<DealPath> = {
	type: "purchase",
	when: { archived: { not: true }, "joined.outcome": "won" },
	time_zone: { path: "joined.time_zone" },
	tracking: { url: "joined.contact.first_url" },
	flags: [{ flag: "one_of_several_contacts", when: { "joined.contact_count": { not: [0, 1] } } }],
	columns: {
		timestamp: { first: ["joined.closed_day", "closedate"] },
		source_updated_at: "updatedAt",
		transaction_id: "id",
		order_number: "dealname",
		order_status: "joined.stage_name",
		is_test: "joined.is_test",
		currency: { first: ["deal_currency_code", "joined.company_currency"] },
		value: "amount",
		// nothing says whether the amount has tax in it
		value_basis: { const: "total" },
		total_amount: "amount",
		sales_channel: "joined.pipeline_name",
		user_id: "joined.contact.id",
		identity_fragments: [
			{ type: "email", value: "joined.contact.email" },
			{ type: "phone", value: "joined.contact.phone" },
			{ type: "phone", value: "joined.contact.mobilephone" },
		],
		landing_page: "joined.contact.hs_analytics_first_url",
		referrer: "joined.contact.hs_analytics_first_referrer",
	},
};

export const deals: CrmStream = {
	object: "deals",
	schema: deal,
	changedBy: "hs_lastmodifieddate",
	async joined(context, rows) {
		const [{ account }, owners, stages] = [await accountOf(context), await ownersOf(context), await stagesOf(context)];
		const ids = rows.map(({ id }) => id);
		const contacts = await associationsOf(context, "deals", "contacts", ids);
		const companies = await associationsOf(context, "deals", "companies", ids);
		const people = await peopleOf(
			context,
			[...contacts.values()].flatMap(([first]) => first?.id ?? []),
		);
		return rows.map((row) => {
			const known = contacts.get(row.id)!;
			return {
				...{ ...account, ...owners.get(String(row.hubspot_owner_id)) },
				...(stages.get(stageKey(row.pipeline, row.dealstage)) ?? { outcome: "unknown" }),
				...{ closed_day: closedDay(row), contacts: known, contact_count: known.length },
				...{ companies: companies.get(row.id), contact: people.get(known[0]?.id ?? "") },
			};
		});
	},
	conversions: [purchase],
};

/** HubSpot keeps a day without a time (an import, an integration) as the midnight of UTC. */
function closedDay({ closedate }: Flat): string | undefined {
	return /^(.{10})T00:00:00(?:\.0+)?Z$/.exec(String(closedate))?.[1];
}
