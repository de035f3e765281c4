/** What an answer must have; anything else that answers is not HubSpot. */
import { ConnectorError, type HttpAnswer } from "@growthnav/sdk";

/** Its list of results. Throws data.unexpected_answer. */
export function resultsOf<Row>({ body, request }: HttpAnswer): Row[] {
	if (Array.isArray(body?.results)) return body.results;
	throw unexpected(request, "it has no list of results");
}

export function unexpected(request: string, why: string): ConnectorError {
	return new ConnectorError("data.unexpected_answer", "HubSpot's answer does not have the expected shape", {
		where: request,
		why,
		next: "check base_url; else report it as a bug of the connector",
	});
}
