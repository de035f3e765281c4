/** How the customer came, from what WooCommerce's order attribution and other plugins keep in meta_data. Pure. */
import type { OrderRow } from "./rows/order.ts";

const CLICK_IDS = /^_?(gclid|gbraid|wbraid|dclid|fbclid|msclkid|ttclid|twclid|li_fat_id)$/;
const ATTRIBUTION = "_wc_order_attribution_";

/**
 * Only a visit by a campaign (`utm`) has UTM values; for others WooCommerce fills the same fields with words of its own
 * (organic, referral, (direct)). What stands first in an address counts.
 */
export function cameBy({ meta_data }: OrderRow) {
	const meta = new Map(
		(meta_data ?? []).flatMap(({ key, value }): [string, string][] =>
			typeof value === "string" && value !== "" ? [[key ?? "", value]] : [],
		),
	);
	const known = (name: string) => meta.get(ATTRIBUTION + name);
	const campaign =
		known("source_type") === "utm" ? [...meta].filter(([key]) => key.startsWith(`${ATTRIBUTION}utm_`)) : [];
	const clicks = [...meta].filter(([key]) => CLICK_IDS.test(key));
	const told = [...campaign, ...clicks].map(([key, value]): [string, string] => [
		key.replace(ATTRIBUTION, "").replace(/^_/, ""),
		value,
	]);
	const [landing, referrer] = [known("session_entry"), known("referrer")];
	const tracked = tellingFirst(landing, told);
	return {
		...(landing !== undefined && { landing_page: landing }),
		...(referrer !== undefined && { referrer }),
		...(tracked !== undefined && { tracked_url: tracked }),
	};
}

function tellingFirst(landing: string | undefined, told: [string, string][]): string | undefined {
	if (told.length === 0) return landing;
	const [, path = "", rest = ""] = /^([^?#]*)\??(.*)$/s.exec(landing ?? "") ?? [];
	return `${path}?${told.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}&${rest}`;
}
