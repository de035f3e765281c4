/**
 * An account to try the connector with, no key needed: Northwind Robotics, 2,200 contacts and 900 deals of a year in four
 * currencies, with everything that makes the numbers of a CRM hard. Its own books state the totals.
 */
import type { Demo, DemoOptions, ExpectedTotal } from "@growthnav/sdk";
import { decimalText } from "@growthnav/sdk/testing";
import { type Books, DECIMALS } from "./demo/ledger.ts";
import { openPortal } from "./demo/server.ts";

export { openPortal } from "./demo/server.ts";

const SMALL = { contacts: 230, companies: 95, deals: 130, unpriced: 0 };

export async function start({ small = false }: DemoOptions = {}): Promise<Demo> {
	const portal = await openPortal(small ? { story: SMALL } : {});
	return {
		// the scripted account does not limit
		config: { access_token: portal.token, base_url: portal.url, searches_per_second: 1000 },
		expectedTotals: totalsOf(portal.books()),
		says: "a scripted HubSpot account with 2,200 contacts and 900 deals",
		totalsFrom: "the account's own books",
		close: () => portal.close(),
	};
}

/** The books as sums of conversions, in decimal text. */
export function totalsOf({ purchase }: Books): ExpectedTotal[] {
	return [...purchase].sort().map(([currency, { rows, value }]) => ({
		...{ source_system: "hubspot", conversion_type: "purchase", currency, rows },
		value: decimalText(value, DECIMALS[currency]!),
	}));
}
