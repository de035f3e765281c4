/** Whose account it is: asked for once per run and joined into every order. */
import type { SourceContext } from "@growthnav/sdk";
import type { Config } from "./config.ts";

export interface Shop {
	/** The number in its gid. */
	id: string;
	name: string;
	domain: string;
	zone: string;
	/** Without the scope Shopify leaves out orders that are older than 60 days, and says nothing. */
	seesAllOrders: boolean;
}

const SHOP = `{
	shop { id name myshopifyDomain ianaTimezone }
	currentAppInstallation { accessScopes { handle } }
}`;

export function shopOf({ http, once, log }: SourceContext<Config>): Promise<Shop> {
	return once("shop", async () => {
		const { shop, currentAppInstallation } = await http.graphql(SHOP, {}, { cost: 10 });
		const scopes: { handle: string }[] = currentAppInstallation.accessScopes;
		const seesAllOrders = scopes.some(({ handle }) => handle === "read_all_orders");
		if (!seesAllOrders) log.warn("Orders older than 60 days are not read: the app lacks the scope read_all_orders");
		return {
			id: numberOf(shop.id),
			name: shop.name,
			domain: shop.myshopifyDomain,
			zone: shop.ianaTimezone,
			seesAllOrders,
		};
	});
}

/** The number of a gid: "gid://shopify/Order/5500" → "5500". */
export const numberOf = (gid: string): string => gid.slice(gid.lastIndexOf("/") + 1);
