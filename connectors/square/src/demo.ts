/**
 * A merchant to try the connector with, no account needed: Harbour Golf, four locations, about 20,000 orders of a year,
 * with everything that makes a merchant's numbers hard. Its own ledger states the totals.
 */
import type { Demo, DemoOptions, ExpectedTotal } from "@growthnav/sdk";
import { type Books, decimalText } from "./demo/ledger.ts";
import { openMerchant } from "./demo/server.ts";
import { FEW_VISITS } from "./demo/story.ts";

export { openMerchant } from "./demo/server.ts";

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
