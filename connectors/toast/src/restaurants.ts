/** Which restaurants are read, and what Toast says of them: asked for once per run. */
import { ConnectorError, isConnectorError, type Slice, type SourceContext, unexpectedAnswer } from "@growthnav/sdk";
import { type Config, RESTAURANT } from "./config.ts";
import type { Restaurant } from "./rows/restaurant.ts";

/** One for each restaurant, in the order of the settings; its id is the GUID. */
export async function restaurantSlices(context: SourceContext<Config>): Promise<Slice[]> {
	return (await context.once("guids", () => guidsOf(context))).map((id) => ({ id }));
}

export function restaurantOf({ http, once }: SourceContext<Config>, { id }: Slice): Promise<Restaurant> {
	return once(`restaurant ${id}`, async () => {
		const { body, request } = await http.get(`/restaurants/v1/restaurants/${encodeURIComponent(id)}`, {
			headers: { [RESTAURANT]: id },
		});
		if (typeof body?.guid === "string") return body;
		throw unexpectedAnswer(request, "the answer is no restaurant");
	});
}

async function guidsOf({ http, config: { restaurants } }: SourceContext<Config>): Promise<string[]> {
	if (restaurants != null) return [...new Set(restaurants)];
	try {
		const { body, request } = await http.get("/partners/v1/restaurants");
		if (!Array.isArray(body)) throw unexpectedAnswer(request, "the answer is no list of restaurants");
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
