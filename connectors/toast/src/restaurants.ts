/** Which restaurants are read, and what Toast says of them: asked for once per run. */
import { ConnectorError, isConnectorError, type SourceContext } from "@growthnav/sdk";
import { type Config, RESTAURANT } from "./config.ts";
import type { Restaurant } from "./rows/restaurant.ts";

/** By GUID, in the order of the settings. */
export function restaurantsOf(context: SourceContext<Config>): Promise<Map<string, Restaurant>> {
	return context.once("restaurants", async () => {
		const found = new Map<string, Restaurant>();
		for (const guid of await guidsOf(context)) found.set(guid, await restaurantOf(context, guid));
		return found;
	});
}

async function restaurantOf({ http }: SourceContext<Config>, guid: string): Promise<Restaurant> {
	const { body, request } = await http.get(`/restaurants/v1/restaurants/${encodeURIComponent(guid)}`, {
		headers: { [RESTAURANT]: guid },
	});
	if (typeof body?.guid === "string") return body;
	throw unexpected(request, "the answer is no restaurant");
}

async function guidsOf({ http, config: { restaurants } }: SourceContext<Config>): Promise<string[]> {
	if (restaurants != null) return [...new Set(restaurants)];
	try {
		const { body, request } = await http.get("/partners/v1/restaurants");
		if (!Array.isArray(body)) throw unexpected(request, "the answer is no list of restaurants");
		const connected = body.filter((one) => one?.deleted !== true).map((one) => one?.restaurantGuid);
		return [...new Set(connected.filter((guid): guid is string => typeof guid === "string"))];
	} catch (error) {
		throw isConnectorError(error) && error.code === "config.forbidden" ? namesNeeded(error) : error;
	}
}

/** Credentials that a restaurant made for itself may read it, and not ask which they may read. */
const namesNeeded = (cause: ConnectorError) =>
	new ConnectorError("config.restaurants", "Toast tells only partners which restaurants they may read", {
		where: cause.where ?? "GET /partners/v1/restaurants",
		why: "the setting restaurants is left out",
		next: "name the GUIDs in restaurants: the mail that confirmed the credentials lists them",
		cause,
	});

const unexpected = (where: string, why: string) =>
	new ConnectorError("data.unexpected_answer", "The answer does not have the expected shape", {
		where,
		why,
		next: "check base_url; else report it as a bug of the connector",
	});
