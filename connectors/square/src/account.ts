/** Whose account it is: the merchant and its locations, asked for once per run and joined into every record. */
import { ConnectorError, didYouMean, listOf, type SourceContext } from "@growthnav/sdk";
import type { Config } from "./config.ts";

export interface Place {
	id: string;
	name?: string | null;
	timezone?: string | null;
}

export interface Account {
	merchantId: string;
	business: string;
	/** All of them, the inactive too. */
	places: Map<string, Place>;
	/** The ones to read. */
	wanted: string[];
	isTest: boolean;
}

/** Throws config.location for a location that the merchant does not have. */
export function accountOf({ http, config, once }: SourceContext<Config>): Promise<Account> {
	return once("account", async () => {
		const { body: places, request } = await http.get("/v2/locations");
		const { body: merchant } = await http.get("/v2/merchants/me");
		const found = new Map<string, Place>((places?.locations ?? []).map((place: Place) => [place.id, place]));
		const merchantId = merchant?.merchant?.id;
		if (typeof merchantId !== "string") {
			throw new ConnectorError("data.unexpected_answer", "Square does not say whose account it is", {
				where: "GET /v2/merchants/me",
				why: "the answer has no merchant.id",
				next: "check base_url",
			});
		}
		return {
			merchantId,
			business: merchant.merchant.business_name ?? merchantId,
			places: found,
			wanted: wantedOf(config, [...found.keys()], request),
			isTest: config.environment === "sandbox",
		};
	});
}

function wantedOf({ location_ids: chosen }: Config, known: string[], request: string): string[] {
	if (chosen == null) return known;
	const unknown = chosen.find((id) => !known.includes(id));
	if (unknown === undefined) return [...new Set(chosen)];
	throw new ConnectorError("config.location", `The merchant has no location ${unknown}`, {
		where: `location_ids, against ${request}`,
		why: `it has ${listOf(known)}`,
		next: didYouMean(unknown, known) ?? "correct location_ids, or leave it out to read all locations",
	});
}

/** The facts that every record is given. A location that is not listed has no name and no zone. */
export function joinedPlace({ merchantId, places, isTest }: Account, locationId: string | null | undefined) {
	const place = places.get(locationId ?? "");
	return {
		merchant_id: merchantId,
		...(place?.name != null && { location_name: place.name }),
		...(place?.timezone != null && { time_zone: place.timezone }),
		...(isTest && { is_test: true }),
	};
}
