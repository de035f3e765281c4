/** Whose shop it is: what WordPress tells everybody of its site, asked for once per run. */
import { ConnectorError, type SourceContext } from "@growthnav/sdk";
import type { Config } from "./config.ts";

export interface Shop {
	name: string;
	/** The shop's own address, however it was reached: "shop.example", "example.com/shop". */
	account: string;
	/** Of its local times, and of how it understands times in filters: "Europe/Berlin", "+05:30". */
	zone: string;
}

const FIELDS = "name,home,gmt_offset,timezone_string,namespaces";

export function shopOf({ http, once }: SourceContext<Config>): Promise<Shop> {
	return once("shop", async () => {
		const { body, request } = await http.get("/", { query: { _fields: FIELDS } });
		const home = URL.parse(String(body?.home));
		if (home === null) throw notThere(request, "it does not say which site it is", "check url");
		if (!(body.namespaces ?? []).includes("wc/v3"))
			throw notThere(request, "the site has no API wc/v3", "switch WooCommerce on, or update it to 5.8 or newer");
		return { name: String(body.name ?? home.host), account: accountOf(home), zone: zoneOf(body) };
	});
}

/** A shop that moves to https, drops its www or gets a slash is still the same; its staging site is another one. */
export function accountOf({ host, pathname }: URL): string {
	return host.replace(/^www\./, "") + pathname.replace(/\/+$/, "");
}

/** Sites have a zone, or a fixed number of hours: 5.5. */
function zoneOf({ timezone_string: zone, gmt_offset: hours }: { timezone_string?: string; gmt_offset?: unknown }) {
	if (zone) return zone;
	const minutes = Math.round(Number(hours ?? 0) * 60);
	const two = (number: number) => String(Math.floor(number)).padStart(2, "0");
	return `${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

function notThere(where: string, why: string, next: string): ConnectorError {
	return new ConnectorError("config.shop", "There is no WooCommerce shop at this address", { where, why, next });
}
