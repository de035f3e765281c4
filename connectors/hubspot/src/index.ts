/** source-hubspot: who people and companies are, when they came, and which deals were won. */
import { type ConnectorError, defineSource, isConnectorError, listOf, type SourceContext } from "@growthnav/sdk";
import { accountOf } from "./account.ts";
import { type Config, config, http } from "./config.ts";
import { crmStream } from "./crm.ts";
import { OBJECTS } from "./properties.ts";
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
		const { account } = await accountOf(context);
		return `account ${account.portal_id}, ${account.company_currency}: ${await readableBy(context)}`;
	},
	// with the account's own properties; the account first, whose answer says when its day ends
	streams: async (context) => {
		await accountOf(context);
		return {
			contacts: await crmStream(context, contacts),
			companies: await crmStream(context, companies),
			deals: await crmStream(context, deals),
		};
	},
});

/** In words what the key may read. Throws where it is nothing. */
async function readableBy({ http }: SourceContext<Config>): Promise<string> {
	const readable: string[] = [];
	const refused: ConnectorError[] = [];
	for (const name of OBJECTS) {
		try {
			await http.get(`/crm/v3/objects/${name}`, { query: { limit: 1 } });
			readable.push(name);
		} catch (error) {
			if (!isConnectorError(error) || error.code !== "config.forbidden") throw error;
			refused.push(error);
		}
	}
	if (readable.length === 0) throw refused[0];
	return [listOf(readable), ...refused.map(({ why }) => why?.replaceAll('"', ""))].join("; ");
}
