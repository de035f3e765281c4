/**
 * A shop to try the connector with, no key needed: Kissa Teaware, 2,400 orders of a year in three currencies, with
 * everything that makes a shop's numbers hard. Its own ledger states the totals.
 */
import type { Demo, DemoOptions, ExpectedTotal } from "@growthnav/sdk";
import { decimalText } from "@growthnav/sdk/testing";
import { SHOP_HOME } from "./demo/assortment.ts";
import type { Books } from "./demo/ledger.ts";
import { openShop } from "./demo/server.ts";
import { SMALL } from "./demo/story.ts";

export { openShop } from "./demo/server.ts";

export async function start({ small = false }: DemoOptions = {}): Promise<Demo> {
	const shop = await openShop(small ? { story: SMALL } : {});
	return {
		config: {
			...{ url: SHOP_HOME, base_url: shop.url, consumer_key: shop.keys.key, consumer_secret: shop.keys.secret },
			...{ paid_statuses: ["shipped"], ...(small && { page_size: 30 }) },
		},
		expectedTotals: totalsOf(shop.books()),
		says: "a scripted WooCommerce shop with 2,400 orders",
		totalsFrom: "the shop's own ledger",
		close: () => shop.close(),
	};
}

/** The books as sums of conversions, in decimal text. */
export function totalsOf({ totals }: Books): ExpectedTotal[] {
	return [...totals].sort().map(([kind, { rows, value }]) => {
		const [conversion_type, currency] = kind.split(" ") as [string, string];
		return { source_system: "woocommerce", conversion_type, currency, rows, value: decimalText(value) };
	});
}
