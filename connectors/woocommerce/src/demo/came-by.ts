/** What WooCommerce's order attribution knows of the visit that led to an order. */
import type { Chance } from "@growthnav/sdk/testing";
import { SHOP_HOME } from "./assortment.ts";
import type { Attribution } from "./events.ts";

const CAMPAIGNS = ["spring_sale", "matcha", "gift guide", "brand"];

export function cameBy(n: number, chance: Chance): Attribution | undefined {
	const kind = chance.whole(1, 100);
	const campaign = chance.pick(CAMPAIGNS);
	const query = (values: { [name: string]: string }) => new URLSearchParams(values).toString();
	if (kind <= 22) {
		const utm = {
			source: "google",
			medium: "cpc",
			campaign,
			term: "teapot",
			content: `ad-${n % 7}`,
			id: `${12_000 + (n % 9)}`,
		};
		const click = kind <= 18 ? { gclid: `Cj0KCQ-${n}-aB_c` } : { gbraid: `0AAAA-${n}` };
		const entry = `${SHOP_HOME}/?${query({ utm_source: "google", utm_medium: "cpc", utm_campaign: campaign, ...click })}`;
		return { type: "utm", referrer: "https://www.google.com/", entry, utm };
	}
	if (kind <= 34) {
		const utm = { source: "facebook", medium: "paid_social", campaign };
		const entry = `${SHOP_HOME}/landing/?${query({ utm_source: "facebook", utm_medium: "paid_social", fbclid: `IwAR0${n}x` })}`;
		return { type: "utm", referrer: "https://l.facebook.example/", entry, utm };
	}
	if (kind <= 55)
		return {
			...{ type: "organic", referrer: "https://www.google.com/", entry: `${SHOP_HOME}/tea/` },
			utm: { source: "google", medium: "organic" },
		};
	if (kind <= 62)
		return {
			...{ type: "referral", referrer: "https://blog.example/kyusu", entry: `${SHOP_HOME}/pots/kyusu/` },
			utm: { source: "blog.example", medium: "referral", content: "/kyusu" },
		};
	if (kind <= 90) return { type: "typein", entry: `${SHOP_HOME}/`, utm: { source: "(direct)" } };
	return kind <= 93 ? { type: "admin" } : undefined;
}
