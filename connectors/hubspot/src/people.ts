/** The person behind a deal: what identifies them, and how they came. */
import { object, optional, type ReadContext, type RowOf, string } from "@growthnav/sdk";
import { recordsOf } from "./batch.ts";
import type { Config } from "./config.ts";
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

const ASKED = [...Object.keys(known), "hs_google_click_id", "hs_facebook_click_id"];

/** By id. People who are deleted are missing. */
export async function peopleOf(context: ReadContext<Config>, ids: Iterable<string>): Promise<Map<string, Person>> {
	const people = await recordsOf(context, "contacts", { ids: [...new Set(ids)], properties: ASKED });
	return new Map(
		people.map(({ id, properties }) => {
			const filled = Object.entries(properties).filter(([name, text]) => Object.hasOwn(known, name) && text !== "");
			return [id, { id, ...Object.fromEntries(filled), first_url: trackedUrl(properties) }];
		}),
	);
}
