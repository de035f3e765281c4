/** What every record has. */
import { boolean, optional, string, timestamp } from "@growthnav/sdk";

export const own = {
	id: string(),
	createdAt: optional(timestamp()),
	updatedAt: optional(timestamp()),
	archived: optional(boolean()),
	archivedAt: optional(timestamp()).describe("When it was deleted, or known to be merged into another"),
	hs_object_source: optional(string()).describe("How it was made: FORM, IMPORT, CRM_UI, INTEGRATION, …"),
	hs_merged_object_ids: optional(string()).describe("Records that became part of this one, joined by semicolons"),
};

/** Of `joined`, everywhere. */
export const facts = {
	portal_id: string().describe("The account"),
	merged_into: optional(string()).describe("The record that it became part of; nothing else is known of it then"),
	owner_name: optional(string()),
	owner_email: optional(string()),
};
