/** The scripted account: Northwind Robotics, its owners, its pipelines and the properties that its people made. */
import type { JsonObject } from "@growthnav/sdk";

export const KINDS = ["contacts", "companies", "deals"] as const;
export type Kind = (typeof KINDS)[number];

/** Contacts have a name of their own for it. */
export const CHANGED: Record<Kind, string> = {
	contacts: "lastmodifieddate",
	companies: "hs_lastmodifieddate",
	deals: "hs_lastmodifieddate",
};

export const ACCOUNT = {
	portalId: 27118446,
	accountType: "STANDARD",
	timeZone: "America/New_York",
	companyCurrency: "USD",
	additionalCurrencies: ["EUR", "GBP", "JPY"],
	utcOffset: "-04:00",
	utcOffsetMilliseconds: -14_400_000,
	uiDomain: "app.hubspot.com",
	dataHostingLocation: "na1",
} satisfies JsonObject;

export interface Stage {
	pipeline: string;
	id: string;
	label: string;
	outcome: "open" | "won" | "lost";
	probability: string;
}

const stage = (pipeline: string, id: string, label: string, probability: string, isClosed = false): Stage => ({
	...{ pipeline, id, label, probability },
	outcome: isClosed ? (probability === "1.0" ? "won" : "lost") : "open",
});

/** The second pipeline was made in the app: its stages have numbers, its won stage a name of its own. */
export const STAGES: Stage[] = [
	stage("default", "appointmentscheduled", "Appointment scheduled", "0.2"),
	stage("default", "contractsent", "Contract sent", "0.9"),
	stage("default", "closedwon", "Closed won", "1.0", true),
	stage("default", "closedlost", "Closed lost", "0.0", true),
	stage("18204470", "18204471", "Introduced", "0.1"),
	stage("18204470", "18204474", "Certain, unsigned", "1.0"),
	stage("18204470", "18204472", "Signed", "1.0", true),
	stage("18204470", "18204473", "Declined", "0.0", true),
];
/** Its stages were deleted in the app; deals that stood there still name it. */
export const DELETED_STAGE = "99900001";

const LABELS: Record<string, string> = { default: "Sales", "18204470": "Partners" };
const MADE = "2024-01-15T09:00:00.000Z";

export const pipelines = (): JsonObject[] =>
	Object.entries(LABELS).map(([id, label], displayOrder) => ({
		...{ id, label, displayOrder, archived: false, createdAt: MADE, updatedAt: MADE },
		stages: STAGES.filter(({ pipeline }) => pipeline === id).map((one, order) => ({
			...{ id: one.id, label: one.label, displayOrder: order, archived: false, createdAt: MADE, updatedAt: MADE },
			// on the wire both are text
			metadata: { isClosed: String(one.outcome !== "open"), probability: one.probability },
			writePermissions: "CRM_PERMISSIONS_ENFORCEMENT",
		})),
	}));

const NAMES = ["Ada Marsh", "Ben Okoro", "Chloé Durand", "Dev Patel", "Eve Lind", "Finn Osei"];

/** The last one has left the company. */
export const owners = (): JsonObject[] =>
	NAMES.map((name, n) => {
		const [firstName, lastName] = name.split(" ") as [string, string];
		return {
			...{ id: String(61240010 + n * 7), type: "PERSON", firstName, lastName, userId: 4400 + n },
			email: `${firstName.normalize("NFD").replace(/\P{ASCII}/gu, "")}@northwind.example`.toLowerCase(),
			...{ archived: n === NAMES.length - 1, createdAt: MADE, updatedAt: MADE, userIdIncludingInactive: 4400 + n },
			teams: [{ id: "301", name: "Sales", primary: true }],
		};
	});

type PropertyType = "string" | "number" | "bool" | "date" | "datetime" | "enumeration" | "phone_number";
/** Name to type; a star after the type: made by the account's own people. */
type Definitions = Record<string, PropertyType | `${PropertyType}*`>;

const EVERYWHERE: Definitions = {
	hs_object_id: "number",
	createdate: "datetime",
	hs_object_source: "enumeration",
	hs_merged_object_ids: "enumeration",
	hubspot_owner_id: "enumeration",
};

const DEFINITIONS: Record<Kind, Definitions> = {
	contacts: {
		...EVERYWHERE,
		lastmodifieddate: "datetime",
		email: "string",
		firstname: "string",
		lastname: "string",
		phone: "string",
		mobilephone: "string",
		lifecyclestage: "enumeration",
		hs_lifecyclestage_subscriber_date: "datetime",
		hs_lifecyclestage_lead_date: "datetime",
		hs_google_click_id: "string",
		hs_facebook_click_id: "string",
		hs_analytics_source: "enumeration",
		hs_analytics_first_url: "string",
		hs_analytics_first_referrer: "string",
		hs_email_optout: "bool",
		num_employees_managed: "number*",
		birth_day: "date*",
		newsletter_topics: "enumeration*",
		// a name that the record has taken for itself
		joined: "date*",
	},
	companies: {
		...EVERYWHERE,
		hs_lastmodifieddate: "datetime",
		name: "string",
		domain: "string",
		country: "string",
		numberofemployees: "number",
		annualrevenue: "number",
		is_partner: "bool*",
	},
	deals: {
		...EVERYWHERE,
		hs_lastmodifieddate: "datetime",
		dealname: "string",
		dealtype: "enumeration",
		amount: "number",
		deal_currency_code: "enumeration",
		closedate: "datetime",
		pipeline: "enumeration",
		dealstage: "enumeration",
		hs_is_closed_won: "bool",
		contract_signed: "bool*",
		renewal_day: "date*",
		discount_rate: "number*",
		plan_tier: "enumeration*",
	},
};

const TYPES = new Map(
	KINDS.map((kind) => {
		const types = Object.entries(DEFINITIONS[kind]).map(([name, type]) => [name, type.replace("*", "")] as const);
		return [kind, new Map<string, string>(types)];
	}),
);
export const typesOf = (kind: Kind): ReadonlyMap<string, string> => TYPES.get(kind)!;

/** As `/crm/v3/properties/{object}` lists them. */
export const propertyDefinitions = (kind: Kind): JsonObject[] =>
	Object.entries(DEFINITIONS[kind]).map(([name, text], displayOrder) => {
		const type = text.replace("*", "");
		return {
			...{ name, label: `${name[0]!.toUpperCase()}${name.slice(1).replaceAll("_", " ")}`, type, displayOrder },
			fieldType: { number: "number", bool: "booleancheckbox", enumeration: "select", date: "date" }[type] ?? "text",
			...{ description: "", groupName: `${kind}information`, options: [], hasUniqueValue: false, hidden: false },
			...{ calculated: false, externalOptions: false, formField: false, archived: false },
			...{ createdAt: MADE, updatedAt: MADE },
			...(!text.endsWith("*") && { hubspotDefined: true }),
			modificationMetadata: { archivable: text.endsWith("*"), readOnlyDefinition: false, readOnlyValue: false },
		};
	});
