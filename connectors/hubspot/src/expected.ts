/** What an answer must have; anything else that answers is not HubSpot. */
import { type HttpAnswer, unexpectedAnswer } from "@growthnav/sdk";

/** Its list of results. Throws data.unexpected_answer. */
export function resultsOf<Row>({ body, request }: HttpAnswer): Row[] {
	if (Array.isArray(body?.results)) return body.results;
	throw unexpectedAnswer(request, "it has no list of results");
}
