/** The person behind a deal: what identifies them, and how they came. */
import { object, optional, type ReadContext, type RowOf, string } from "@growthnav/sdk";
import type { Config } from "./config.ts";
import { resultsOf } from "./expected.ts";
import type { Sent } from "./properties.ts";
import { trackedUrl } from "./tracked-url.ts";

const known = {
	email: optional(string()),
	phone: optional(string()),
	mobilephone: optional(string()),
	hs_analytics_first_url: optional(string()),
	hs_analytics_first_referrer: optional(string()),
};
export const person = object({ id: string(), ...known, first_url: optional(string()) });
export type Person = RowOf<typeof person>;

const CLICK_IDS = ["hs_google_click_id", "hs_facebook_click_id"];
/** A batch takes no more. */
const BATCH = 100;

/** By the id that was asked for. People who are deleted are missing. */
export async function peopleOf({ http }: ReadContext<Config>, ids: readonly string[]): Promise<Map<string, Person>> {
	const wanted = [...new Set(ids)];
	const people = new Map<string, Person>();
	for (let at = 0; at < wanted.length; at += BATCH) {
		const inputs = wanted.slice(at, at + BATCH).map((id) => ({ id }));
		const properties = [...Object.keys(known), ...CLICK_IDS];
		const answer = await http.post("/crm/v3/objects/contacts/batch/read", { body: { inputs, properties } });
		for (const { id, properties: values } of resultsOf<Sent>(answer)) {
			const filled = Object.entries(values).filter(([name, text]) => Object.hasOwn(known, name) && text !== "");
			people.set(id, { id, ...Object.fromEntries(filled), first_url: trackedUrl(values) });
		}
	}
	return people;
}
