/**
 * Restaurants to try the connector with, no account needed: Lantern Street, four restaurants in four time zones and two
 * currencies, some 3,500 orders of a summer, with everything that makes a restaurant's numbers hard. Their own books
 * state the totals.
 */
import type { Demo, DemoOptions, ExpectedTotal } from "@growthnav/sdk";
import { decimalText } from "@growthnav/sdk/testing";
import type { Books } from "./demo/ledger.ts";
import { openChain } from "./demo/server.ts";
import { FEW_GUESTS } from "./demo/story.ts";

export { openChain } from "./demo/server.ts";

export async function start({ clock, small = false }: DemoOptions = {}): Promise<Demo> {
	const chain = await openChain({ ...(small && { story: FEW_GUESTS }), ...(clock && { clock }) });
	return {
		config: {
			...{ client_id: chain.clientId, client_secret: chain.clientSecret, base_url: chain.url },
			...{ start_date: "2026-05-01", seconds_between_pages: 0 },
		},
		expectedTotals: totalsOf(chain.books()),
		says: "four scripted Toast restaurants with some 3,500 orders",
		totalsFrom: "the restaurants' own books",
		close: () => chain.close(),
	};
}

/** The books as sums of conversions, in decimal text. */
export function totalsOf(books: Books): ExpectedTotal[] {
	return (["purchase", "refund"] as const).flatMap((conversion_type) =>
		[...books[conversion_type]].sort().map(([currency, { rows, value }]) => ({
			...{ source_system: "toast", conversion_type, currency, rows },
			value: decimalText(value),
		})),
	);
}
