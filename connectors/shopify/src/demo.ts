/**
 * A shop to try the connector with, no account needed: Juniper Ceramics, 2,600 orders of a year, with everything that makes
 * a shop's numbers hard. Its own ledger states the totals.
 */
import type { Demo, DemoOptions, ExpectedTotal } from "@growthnav/sdk";
import { decimalText } from "@growthnav/sdk/testing";
import type { Books, Kind } from "./demo/ledger.ts";
import { openShop } from "./demo/server.ts";

export { openShop } from "./demo/server.ts";

export async function start({ clock, small }: DemoOptions = {}): Promise<Demo> {
	const shop = await openShop({
		...(clock !== undefined && { clock }),
		...(small && { story: { orders: 120, customers: 40 } }),
	});
	return {
		config: {
			...{ shop: "juniper-ceramics", access_token: shop.token, base_url: shop.url, files_url: shop.files.url },
			...(small && { bulk_from: 50 }), // some by export, some page by page
		},
		expectedTotals: totalsOf(shop.books(), "USD", 2),
		says: `a scripted Shopify shop with ${small ? "120" : "2,600"} orders`,
		totalsFrom: "the shop's own ledger",
		close: () => shop.close(),
	};
}

/** The books as sums of conversions, in decimal text. */
export function totalsOf({ totals }: Books, currency: string, decimals: number): ExpectedTotal[] {
	return (Object.keys(totals) as Kind[]).map((conversion_type) => ({
		...{ source_system: "shopify", conversion_type, currency, rows: totals[conversion_type].rows },
		value: decimalText(totals[conversion_type].value, decimals),
	}));
}
