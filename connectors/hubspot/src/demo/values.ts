/** Properties as HubSpot keeps them: text, whatever their type; what nobody filled in is not there. */

import { type Chance, decimalText } from "@growthnav/sdk/testing";
import type { DealFact } from "./events.ts";
import { DECIMALS } from "./ledger.ts";

export const iso = (at: number): string => new Date(at).toISOString();

/** The same with some values changed. */
export const edited = (properties: Record<string, string>, change: Record<string, string>): Record<string, string> => ({
	...properties,
	...change,
});

const SITE = "https://northwind.example/robots";
const CAMPAIGNS = ["spring arms", "grippers", "factory-fair"];

export interface Coming {
	number: number;
	owner: string;
	at: number;
	imported: boolean;
	subscribed: boolean;
}

export function contactProperties(
	{ number, owner, at, imported, subscribed }: Coming,
	chance: Chance,
): Record<string, string> {
	return {
		firstname: chance.pick(["Mia", "Noah", "Zoë", "Liam", "Aiko", "Omar", "Priya", "Jonas"]),
		lastname: chance.pick(["Berg", "O'Neill", "Silva", "Tanaka", "Novak", "Haddad", "Iyer"]),
		email: `person.${number}@customer-${number % 211}.example`,
		...(chance.percent(50) && { phone: `+1 555 01${String(number % 100).padStart(2, "0")}` }),
		// cleared again by somebody: HubSpot then keeps an empty text
		...(chance.percent(30) && {
			mobilephone: chance.percent(20) ? "" : `+1 555 02${String(number % 100).padStart(2, "0")}`,
		}),
		hs_object_source: imported ? "IMPORT" : chance.pick(["FORM", "FORM", "CRM_UI", "CONVERSATIONS"]),
		lifecyclestage: subscribed ? "subscriber" : "lead",
		...(subscribed
			? { hs_lifecyclestage_subscriber_date: iso(at + 40) }
			: { hs_lifecyclestage_lead_date: iso(at + 40) }),
		...(chance.percent(70) && { hubspot_owner_id: owner }),
		hs_email_optout: String(chance.percent(10)),
		num_employees_managed: String(chance.whole(0, 40)),
		...(chance.percent(20) && { birth_day: `19${chance.whole(60, 99)}-0${chance.whole(1, 9)}-1${chance.whole(0, 9)}` }),
		newsletter_topics: chance.pick(["arms", "arms;grippers", "arms;grippers;vision"]),
		joined: "2026-01-05",
		...(imported ? { hs_analytics_source: "OFFLINE" } : cameBy(number, chance)),
	};
}

function cameBy(number: number, chance: Chance): Record<string, string> {
	const utm = `utm_source=google&utm_medium=cpc&utm_campaign=${encodeURIComponent(chance.pick(CAMPAIGNS))}`;
	if (chance.percent(20)) {
		const id = `Cj0KCQ-${number}_AbC`;
		const inUrl = chance.percent(50);
		return {
			hs_analytics_source: "PAID_SEARCH",
			hs_analytics_first_url: `${SITE}?${utm}${inUrl ? `&gclid=${id}` : ""}`,
			hs_analytics_first_referrer: "https://www.google.com/",
			// HubSpot keeps it apart where its ads tool is connected
			...(!inUrl && { hs_google_click_id: id }),
		};
	}
	if (chance.percent(15)) return { hs_analytics_source: "PAID_SOCIAL", hs_facebook_click_id: `IwAR${number}xYz` };
	return { hs_analytics_source: "DIRECT_TRAFFIC", hs_analytics_first_url: SITE };
}

export function companyProperties(number: number, owner: string, chance: Chance): Record<string, string> {
	return {
		...{ name: `Customer ${number} & Söhne`, domain: `customer-${number}.example`, hubspot_owner_id: owner },
		country: chance.pick(["United States", "Germany", "Japan", "United Kingdom"]),
		numberofemployees: String(chance.whole(3, 4000)),
		// beyond what a double holds to the cent
		annualrevenue: `${chance.whole(1, 9)}007199254740993.25`,
		hs_object_source: "CRM_UI",
		is_partner: String(chance.percent(20)),
	};
}

export interface DealValues {
	number: number;
	pipeline: string;
	owner: string;
	codeIsGiven: boolean;
	fact: DealFact;
}

export function dealProperties({ number, pipeline, owner, codeIsGiven, fact }: DealValues): Record<string, string> {
	const { stage, amount, currency, closed } = fact;
	return {
		...{ dealname: `Robots for customer ${number}`, pipeline, hubspot_owner_id: owner, hs_object_source: "CRM_UI" },
		dealtype: number % 3 === 0 ? "existingbusiness" : "newbusiness",
		...(stage !== undefined && { dealstage: stage.id }),
		...(amount !== undefined && { amount: shortest(decimalText(amount, DECIMALS[currency]!)) }),
		...(codeIsGiven && { deal_currency_code: currency }),
		closedate: closed % 86_400_000 === 0 ? iso(closed).replace(".000Z", "Z") : iso(closed),
		hs_is_closed_won: String(stage?.outcome === "won"),
		contract_signed: String(stage?.outcome === "won"),
		...(stage?.outcome === "won" && { renewal_day: iso(closed + 365 * 86_400_000).slice(0, 10) }),
		...{ discount_rate: "0.125", plan_tier: number % 2 === 0 ? "standard" : "pro" },
	};
}

/** HubSpot writes no zeros at the end. */
const shortest = (decimal: string): string => (decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal);
