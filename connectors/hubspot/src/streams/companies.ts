/** Companies: whom contacts and deals belong to. */
import { object } from "@growthnav/sdk";
import { accountOf, ownersOf } from "../account.ts";
import type { CrmStream } from "../crm.ts";
import { facts, own } from "../record.ts";

export const company = object({ ...own, joined: object(facts) });

export const companies: CrmStream = {
	object: "companies",
	schema: company,
	changedBy: "hs_lastmodifieddate",
	async joined(context, rows) {
		const [{ account }, owners] = [await accountOf(context), await ownersOf(context)];
		return rows.map(({ hubspot_owner_id }) => ({
			portal_id: account.portal_id,
			...owners.get(String(hubspot_owner_id)),
		}));
	},
	note: "they say for whom",
};
