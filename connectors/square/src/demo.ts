/**
 * A merchant to try the connector with, no account needed: Harbour Golf, four locations, about 20,000 orders of a year,
 * with everything that makes a merchant's numbers hard. Its own ledger states the totals.
 */
import type { Demo, DemoOptions, ExpectedTotal } from "@growthnav/sdk";
import type { Known } from "@growthnav/sdk/testing";
import { decimalText } from "@growthnav/sdk/testing";
import type { Books } from "./demo/ledger.ts";
import { openMerchant } from "./demo/server.ts";
import { FEW_VISITS } from "./demo/story.ts";

export { openMerchant } from "./demo/server.ts";

/** What the story lacks or has on purpose; for trials. */
export const known: Known = {
	// the story has them on purpose
	rejects: { orders: 4 },
	refused: { "orders no_event_time": 1 },
	unseen: {
		"what Square keeps beside, and no mapping reads": [
			...["phone_number", "business_email", "website_url", "mcc", "coordinates", "business_hours"].map(
				(field) => `locations.${field}`,
			),
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

export async function start({ small = false }: DemoOptions = {}): Promise<Demo> {
	const merchant = await openMerchant(small ? { story: FEW_VISITS } : {});
	return {
		config: { access_token: merchant.token, base_url: merchant.url },
		expectedTotals: totalsOf(merchant.books(), "USD", 2),
		says: "a scripted Square merchant with about 20,000 orders",
		totalsFrom: "the merchant's own ledger",
		close: () => merchant.close(),
	};
}

/** The books as sums of conversions, in decimal text. */
export function totalsOf(books: Books, currency: string, decimals: number): ExpectedTotal[] {
	return (["purchase", "refund"] as const).map((conversion_type) => ({
		source_system: "square",
		conversion_type,
		currency,
		rows: books[conversion_type].rows,
		value: decimalText(books[conversion_type].value, decimals),
	}));
}
