/** Records by their ids, with properties by name: in a body, since as a query or in a search hundreds of names are too long. */
import { ConnectorError, type HttpAnswer, type SourceContext } from "@growthnav/sdk";
import type { Config } from "./config.ts";
import { resultsOf } from "./expected.ts";
import type { CrmObject, Sent } from "./properties.ts";

/** A batch takes no more. */
const BATCH = 100;

export interface Wanted {
	ids: readonly string[];
	properties: readonly string[];
	/** From the recycle bin. */
	archived?: boolean;
}

/** Those that are not there any more are left out; a merged one comes under the id of its survivor. */
export async function recordsOf(
	{ http }: SourceContext<Config>,
	object: CrmObject,
	{ ids, properties, archived = false }: Wanted,
): Promise<Sent[]> {
	const found: Sent[] = [];
	for (let at = 0; at < ids.length; at += BATCH) {
		const inputs = ids.slice(at, at + BATCH).map((id) => ({ id }));
		const request = { query: { archived }, body: { inputs, properties: [...properties] } };
		const answer = await http.post(`/crm/v3/objects/${object}/batch/read`, request);
		found.push(...resultsOf<Sent>(answer));
		refuseErrors(answer, "OBJECT_NOT_FOUND");
	}
	return found;
}

/** What is not there is an error among the results; any other would be a loss. */
export function refuseErrors({ body, request }: HttpAnswer, notThere: string): void {
	const errors: { category?: string; subCategory?: string; message?: string }[] = body.errors ?? [];
	const wrong = errors.find(({ category, subCategory }) => !`${category} ${subCategory}`.includes(notThere));
	if (wrong === undefined) return;
	throw new ConnectorError("data.refused", "HubSpot does not tell all that was asked for", {
		where: request,
		why: String(wrong.message),
		next: "run again; if it stays, report it as a bug of the connector",
	});
}
