/** source-hubspot: who people and companies are, when they came, and which deals were won. */
import { defineSource } from "@growthnav/sdk";
import { accountOf, stagesOf } from "./account.ts";
import { config, http } from "./config.ts";
import { crmStream } from "./crm.ts";
import { companies } from "./streams/companies.ts";
import { contacts } from "./streams/contacts.ts";
import { deals } from "./streams/deals.ts";

export default defineSource({
	name: "hubspot",
	version: "0.1.0",
	title: "HubSpot",
	docs: "https://developers.hubspot.com/docs/api-reference/overview",
	config,
	http,
	check: async (context) => {
		const { portal_id, company_currency } = await accountOf(context);
		const won = [...(await stagesOf(context)).values()].filter(({ outcome }) => outcome === "won");
		return `account ${portal_id}, ${company_currency}, ${won.length} won ${won.length === 1 ? "stage" : "stages"} of deals`;
	},
	// with the account's own properties
	streams: async (context) => ({
		contacts: await crmStream(context, contacts),
		companies: await crmStream(context, companies),
		deals: await crmStream(context, deals),
	}),
});
