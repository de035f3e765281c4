import { conformance } from "@growthnav/sdk/testing";
import { expect, test } from "vitest";
import { start } from "../src/demo.ts";
import source from "../src/index.ts";

test("every rule of the kit holds", async () => {
	const known = {
		// the story has them on purpose
		rejects: { orders: 4 },
		refused: { "orders no_event_time": 1 },
		unseen: {
			"what Square keeps beside, and no mapping reads": [
				...["phone_number", "business_email", "website_url", "mcc", "coordinates", "business_hours"].map(inLocations),
				...["company_name", "nickname", "birthday", "reference_id", "address", "note", "group_ids", "segment_ids"].map(
					(field) => `customers.${field}`,
				),
				...["ticket_name", "fulfillments", "rewards", "metadata", "rounding_adjustment"].map(
					(field) => `orders.${field}`,
				),
				...["reference_id", "team_member_id", "is_offline_payment"].map((field) => `payments.${field}`),
				...["destination_type", "team_member_id"].map((field) => `refunds.${field}`),
			],
			"the story gives back no tips and no service charges": [
				"orders.return_amounts.tip_money",
				"orders.return_amounts.service_charge_money",
			],
			"of the sandbox alone": ["orders.joined.is_test", "refunds.joined.is_test"],
		},
	};
	const outcomes = await Array.fromAsync(conformance({ source, start, known }));
	expect(outcomes.flatMap(({ name, findings }) => findings.map((finding) => `${name}: ${finding}`))).toEqual([]);
});

function inLocations(field: string): string {
	return `locations.${field}`;
}
